//! Ending the calls of a cancelled run. The lines come free by the carrier's own report, as with any call.

use std::sync::Arc;

use carrier::{CallSid, EndVerb};
use domain::ids::{BusinessId, RunId};
use storage::calls;
use tracing::warn;

use crate::Dialer;

/// Asks the carrier to end every call of the run that is in the air.
pub(crate) async fn run(dialer: Arc<Dialer>, business: BusinessId, run: RunId) {
    let in_the_air = match dialer
        .db
        .system(move |tx| calls::in_the_air(tx, business, run))
        .await
    {
        Ok(calls) => calls,
        Err(error) => {
            warn!(business_id = business.0, run_id = run.0, error = %chassis::telemetry::chain(&error), "calls could not be hung up");
            return;
        }
    };
    for (sid, answered) in in_the_air {
        let Ok(sid) = sid.parse::<CallSid>() else {
            continue;
        };
        // A ringing call is cancelled, so that it counts as not answered; but it may be answered at this moment, and
        // then only `completed` ends it.
        let verbs: &[EndVerb] = if answered {
            &[EndVerb::Complete]
        } else {
            &[EndVerb::Cancel, EndVerb::Complete]
        };
        for verb in verbs {
            if let Err(error) = dialer.carrier.end_call(&sid, *verb).await {
                warn!(business_id = business.0, run_id = run.0, call_sid = sid.as_str(), error = %chassis::telemetry::chain(&error), "a call could not be hung up");
            }
        }
    }
}
