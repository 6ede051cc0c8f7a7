//! `status.suggested`: one suggestion, one transaction.

use std::sync::Arc;

use chassis::clock::Clock;
use chassis::lifecycle::Lifecycle;
use domain::events::{Envelope, StatusSuggested};
use messaging::{Broker, Decision};
use storage::{Db, StorageError};
use tracing::{Instrument as _, info, info_span};

use crate::classifiers::Classifiers;
use crate::failpoint::{self, Place};
use crate::handle::{self, Handled};
use crate::{SERVICE, Work, measures};

pub(crate) fn start(db: &Db, broker: &Broker, clock: &Clock, work: Work, lifecycle: &Lifecycle) {
    let (db, clock) = (db.clone(), clock.clone());
    let classifiers = Arc::new(Classifiers::default());
    let consumer = broker.consume::<StatusSuggested>(
        SERVICE,
        work.prefetch,
        lifecycle.shutdown_token(),
        move |event| suggested(db.clone(), clock.clone(), Arc::clone(&classifiers), event),
    );
    lifecycle.spawn("consumer of status.suggested", consumer);
}

async fn suggested(
    db: Db,
    clock: Clock,
    classifiers: Arc<Classifiers>,
    event: Envelope<StatusSuggested>,
) -> Result<(), Decision> {
    let (business, lead) = (event.data.business_id, event.data.lead_id);
    let now = clock.now();
    let handled = db
        .tenant(business, move |tx| {
            let handled = handle::suggestion(tx, now, event.id, &event.data, &classifiers);
            failpoint::pass(Place::Decided);
            handled
        })
        .instrument(info_span!("decide"))
        .await
        .map_err(|error| match error {
            // A status was switched off, or another worker decided on the same conversation, in this very moment: the
            // next look sees it.
            StorageError::BrokenReference { .. } | StorageError::Conflict { .. } => {
                Decision::Retry(error.into())
            }
            error => Decision::from(error),
        })?;
    failpoint::pass(Place::Committed);
    match handled {
        Handled::Before => measures::REPEATED.count(&[]).increment(1),
        Handled::Retold => {
            measures::RETOLD.count(&[]).increment(1);
            info!(
                business_id = business.0,
                lead_id = lead.0,
                "told anew; the decision stands"
            );
        }
        Handled::Decided { decision, reason } => {
            measures::decided(reason, 1);
            info!(
                business_id = business.0,
                lead_id = lead.0,
                decision_id = decision.0,
                reason,
                "decided"
            );
        }
    }
    Ok(())
}
