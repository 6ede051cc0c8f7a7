//! What nobody told us, we ask. A call whose end no callback reported is looked up by its id; an attempt of which it is
//! not known whether the carrier has it is searched for in the carrier's list, by who called whom. Only the carrier's
//! answer frees a line.

use std::sync::Arc;
use std::time::Duration;

use carrier::{CallSid, ListCalls, RequestError};
use observe::{Label, Metric, trace};
use storage::calls::{self, Applied, Heard, NeverCalled, NeverCalledReason, OpenCall, Report};
use storage::trace_contexts::Subject;
use tracing::{Instrument as _, info, info_span, warn};

use crate::dial::known;
use crate::{Dialer, voicemail};

/// Most calls asked about in one go.
const BATCH: i32 = 50;

/// Clocks of the carrier and ours differ, and its times are whole seconds.
const CLOCK_SKEW: Duration = Duration::from_secs(5);

/// A list that shows nothing proves nothing until it has done so this often.
const SEARCHES_BEFORE_ABSENT: i16 = 3;

pub(crate) const RECONCILIATIONS: Metric = Metric::counter(
    "callboard_reconciliations_total",
    "Questions to the carrier about calls that nobody reported: the unknown attempt exists (present), never existed (absent), \
     a lost end was found (ended), nothing new (unchanged), the carrier could not be asked (failed)",
    &[Label::of(
        "found",
        &["present", "absent", "ended", "unchanged", "failed"],
    )],
);

fn count(found: &'static str) {
    RECONCILIATIONS.count(&[("found", found)]).increment(1);
}

/// Asks about due calls until the process stops.
pub(crate) async fn run(dialer: Arc<Dialer>) {
    let shutdown = dialer.lifecycle.shutdown_token();
    loop {
        let pause = chassis::backoff::jittered(dialer.pace.sweep());
        tokio::select! {
            () = shutdown.cancelled() => return,
            () = tokio::time::sleep(pause) => {}
        }
        if let Err(error) = ask_about_due_calls(&dialer).await {
            warn!(
                error = format!("{error:#}"),
                "calls could not be reconciled; trying again"
            );
        }
    }
}

async fn ask_about_due_calls(dialer: &Dialer) -> anyhow::Result<()> {
    let now = dialer.clock.now();
    let (next_look, next_search) = (now + dialer.pace.status_check(), now + dialer.pace.search());
    let due = dialer
        .db
        .system(move |tx| calls::claim_reconciliation(tx, now, next_look, next_search, BATCH))
        .await?;
    for call in due {
        let span = info_span!(
            "reconcile",
            business_id = call.business.0,
            call_sid = call.call_sid
        );
        let attempt = Subject::Attempt(call.attempt);
        let traced = dialer.db.trace_of(call.business, attempt).await;
        trace::follow(&span, known(traced).flatten().as_deref());
        let found = async {
            match call.call_sid.as_deref().map(str::parse::<CallSid>) {
                Some(Ok(sid)) => look_up(dialer, &call, &sid).await,
                _ => search(dialer, &call).await,
            }
        };
        match found.instrument(span).await {
            Ok(found) => count(found),
            Err(error) => {
                count("failed");
                warn!(
                    business_id = call.business.0,
                    error = format!("{error:#}"),
                    "the carrier could not be asked about a call"
                );
            }
        }
    }
    Ok(())
}

/// Asks the carrier where a call stands; answers what was found.
async fn look_up(dialer: &Dialer, open: &OpenCall, sid: &CallSid) -> anyhow::Result<&'static str> {
    match dialer.carrier.fetch_call(sid).await {
        Ok(call) => take_in(dialer, open, call).await,
        // Its reads lag behind; a call that was accepted is there.
        Err(RequestError::NotFound) => Ok("unchanged"),
        Err(error) => Err(error.into()),
    }
}

/// Looks for the call of an attempt whose outcome is unknown among the calls between the two numbers. One phone is
/// called by one attempt at a time, so a call since then that belongs to no other attempt is this one.
async fn search(dialer: &Dialer, open: &OpenCall) -> anyhow::Result<&'static str> {
    let wanted = ListCalls {
        to: Some(open.to.clone()),
        from: Some(open.from.clone()),
        ..ListCalls::default()
    };
    let list = dialer.carrier.list_calls(&wanted).await?;
    let truncated = list.truncated;
    let earliest = open.created_at - CLOCK_SKEW;
    for call in list {
        let since = call
            .date_created
            .or(call.start_time)
            .is_none_or(|at| at >= earliest);
        let sid = call.sid.as_str().to_owned();
        if since
            && !dialer
                .db
                .system(move |tx| calls::sid_is_known(tx, &sid))
                .await?
        {
            info!(
                business_id = open.business.0,
                call_sid = call.sid.as_str(),
                "the carrier has the call after all"
            );
            take_in(dialer, open, call).await?;
            return Ok("present");
        }
    }
    let now = dialer.clock.now();
    let age = (now - open.created_at).to_std().unwrap_or_default();
    if truncated || open.looks < SEARCHES_BEFORE_ABSENT || age < dialer.pace.absent_after() {
        return Ok("unchanged");
    }
    info!(
        business_id = open.business.0,
        looks = open.looks,
        "the carrier has no such call; it was never made"
    );
    let why = NeverCalled {
        token: None,
        reason: NeverCalledReason::Absent,
        error_code: None,
        message: "the carrier, asked, has no such call".to_owned(),
        try_again_at: Some(now),
        stops: None,
    };
    dialer
        .engine
        .reconciled(open.business, open.attempt, Heard::NeverCalled(why))
        .await?;
    Ok("absent")
}

async fn take_in(
    dialer: &Dialer,
    open: &OpenCall,
    call: carrier::Call,
) -> anyhow::Result<&'static str> {
    let report = Report {
        call_sid: call.sid.as_str().to_owned(),
        status: Some(call.status),
        duration_seconds: call
            .duration
            .and_then(|seconds| i32::try_from(seconds).ok()),
        answered_by: call.answered_by,
    };
    let applied = dialer
        .engine
        .reconciled(open.business, open.attempt, Heard::Report(report))
        .await?;
    if applied == Applied::MachineAnswered {
        voicemail::act(dialer, open.business, open.attempt).await;
    }
    if let Applied::Ended(business) = applied {
        info!(business_id = business.0, call_sid = call.sid.as_str(), status = %call.status, "the carrier, asked, says that the call is over");
        return Ok("ended");
    }
    Ok("unchanged")
}
