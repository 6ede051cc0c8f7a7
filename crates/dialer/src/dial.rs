//! One attempt: ask the carrier, and record which of the three answers came: accepted, certainly not, or unknown.

use std::sync::Arc;
use std::time::Duration;

use carrier::{
    AnswerInstruction, CreateCall, CreateError, MachineDetection, Rejection, RejectionClass,
};
use chrono::{DateTime, Utc};
use domain::phone::destination_prefix;
use domain::planted;
use observe::{Label, Metric, trace};
use storage::StorageError;
use storage::calls::{NeverCalled, NeverCalledReason, Report, Unanswered};
use storage::claims::Claim;
use storage::run_state::Stops;
use storage::trace_contexts::Subject;
use tracing::{Instrument as _, Span, field, info, info_span, warn};
use url::Url;

use crate::Dialer;
use crate::engine::Dial;
use crate::failpoint::{self, Step};

/// How often and how long recording is tried while the database is away. After that the reconciliation finds the call.
const RECORD_ATTEMPTS: u32 = 6;
const RECORD_PAUSE: Duration = Duration::from_millis(200);

pub(crate) const DIALS: Metric = Metric::counter(
    "callboard_dials_total",
    "Answers of the carrier to the request to create a call",
    &[Label::of(
        "outcome",
        &["accepted", "rejected", "unknown", "not_sent"],
    )],
);

/// Dials one claim.
pub(crate) async fn dial(dialer: Arc<Dialer>, dial: Dial) {
    let claim = &dial.claim;
    let span = info_span!(
        "dial",
        business_id = claim.business.0,
        run_id = claim.run.0,
        lead_id = claim.lead.0,
        call_sid = field::Empty,
    );
    let run = dialer
        .db
        .trace_of(claim.business, Subject::Run(claim.run))
        .await;
    trace::follow(&span, known(run).flatten().as_deref());
    order(&dialer, claim).instrument(span).await;
}

/// A trace is worth a word and never a call.
pub(crate) fn known<T>(read: Result<T, StorageError>) -> Option<T> {
    read.inspect_err(|error| {
        warn!(error = %chassis::telemetry::chain(error), "a trace breaks off here");
    })
    .ok()
}

async fn order(dialer: &Dialer, claim: &Claim) {
    let attempt = Subject::Attempt(claim.attempt);
    known(dialer.db.remember_trace(claim.business, attempt).await);
    let outcome = {
        // The carrier refuses whoever asks too much at once.
        let _turn = dialer.creates.acquire().await;
        failpoint::pass(Step::BeforePost);
        ask(dialer, claim).await
    };
    failpoint::pass(Step::BeforeRecord);
    for attempt in 0..RECORD_ATTEMPTS {
        match record(dialer, claim, &outcome).await {
            Ok(()) => return failpoint::pass(Step::Recorded),
            Err(error) if error.is_transient() => {
                let pause = chassis::backoff::exponential_full_jitter(
                    attempt,
                    RECORD_PAUSE,
                    Duration::from_secs(3),
                );
                tokio::time::sleep(pause).await;
            }
            Err(error) => {
                warn!(
                    error = %chassis::telemetry::chain(&error),
                    "what came of a dial could not be recorded; the carrier will be asked"
                );
                return;
            }
        }
    }
}

async fn ask(dialer: &Dialer, claim: &Claim) -> Result<carrier::Call, CreateError> {
    let Ok(host) = &dialer.host else {
        return Err(CreateError::NotSent(
            "no public host is configured".to_owned(),
        ));
    };
    // A process that slept past half of its lease must not dial: the reconciliation may be at work on this attempt.
    let age = (dialer.clock.now() - claim.at).to_std().unwrap_or_default();
    if age > dialer.pace.claim_lease() / 2 && !planted::bug("no_fencing") {
        return Err(CreateError::NotSent(
            "the claim was too old to be dialled".to_owned(),
        ));
    }
    let url = |text: String| {
        Url::parse(&text).map_err(|error| {
            CreateError::NotSent(format!("the public host makes no address: {error}"))
        })
    };
    let order = CreateCall {
        to: claim.to.clone(),
        from: claim.from.clone(),
        answer: AnswerInstruction::Url(url(host.answer_url(claim.attempt))?),
        status_callback: url(host.status_url(claim.attempt))?,
        timeout_seconds: claim.ring_timeout_seconds.into(),
        time_limit_seconds: claim.time_limit_seconds,
        record: Some(url(host.recording_url(claim.attempt))?),
        machine_detection: Some(MachineDetection {
            callback: url(host.amd_url(claim.attempt))?,
            waits_for_beep: claim.waits_for_beep,
        }),
    };
    understood(dialer.carrier.create_call(&order).await)
}

/// The carrier's answer, unless a bug is planted that takes an unknown outcome for one that is known.
fn understood(answer: Result<carrier::Call, CreateError>) -> Result<carrier::Call, CreateError> {
    match answer {
        Err(CreateError::Unknown { reason }) if planted::bug("unknown_is_redialled") => {
            Err(CreateError::NotSent(reason))
        }
        Err(CreateError::Unknown { reason }) if planted::bug("unknown_frees_its_line") => {
            Err(CreateError::Rejected(Rejection {
                http_status: 400,
                code: None,
                class: RejectionClass::Terminal,
                retry_after: None,
                message: reason,
            }))
        }
        answer => answer,
    }
}

async fn record(
    dialer: &Dialer,
    claim: &Claim,
    outcome: &Result<carrier::Call, CreateError>,
) -> Result<(), StorageError> {
    let now = dialer.clock.now();
    match outcome {
        Ok(call) => {
            Span::current().record("call_sid", call.sid.as_str());
            info!("dialled");
            DIALS.count(&[("outcome", "accepted")]).increment(1);
            dialer.congestion.over();
            let report = Report {
                call_sid: call.sid.as_str().to_owned(),
                status: Some(call.status),
                ..Report::default()
            };
            dialer
                .engine
                .report(claim.business, claim.attempt, report)
                .await
                .map(drop)
        }
        Err(CreateError::Unknown { reason }) => {
            warn!(reason, "unknown outcome; the carrier will be asked");
            DIALS.count(&[("outcome", "unknown")]).increment(1);
            let why = Unanswered {
                token: claim.token,
                message: reason.clone(),
                look_at: now + dialer.pace.search(),
            };
            dialer
                .engine
                .unanswered(claim.business, claim.attempt, why)
                .await
                .map(drop)
        }
        Err(CreateError::NotSent(reason)) => {
            DIALS.count(&[("outcome", "not_sent")]).increment(1);
            let why = NeverCalled {
                token: Some(claim.token),
                reason: NeverCalledReason::Refused,
                error_code: None,
                message: reason.clone(),
                try_again_at: Some(now + dialer.congestion.pause()),
                stops: None,
            };
            never_called(dialer, claim, why).await
        }
        Err(CreateError::Rejected(rejection)) => {
            DIALS.count(&[("outcome", "rejected")]).increment(1);
            never_called(dialer, claim, verdict(dialer, claim, rejection, now)).await
        }
    }
}

/// What a refusal means: for the job, and for what else cannot be called.
fn verdict(
    dialer: &Dialer,
    claim: &Claim,
    rejection: &Rejection,
    now: DateTime<Utc>,
) -> NeverCalled {
    // A refusal was never processed: where it does not lie in the number, the job keeps its attempt.
    let (try_again_at, stops) = match rejection.class {
        RejectionClass::BackOff => {
            let pause = dialer.congestion.pause();
            let pause = rejection
                .retry_after
                .map_or(pause, |asked| asked + pause.min(asked));
            (Some(now + pause), None)
        }
        RejectionClass::StopTenant => (Some(now), Some(Stops::Business)),
        RejectionClass::StopRun | RejectionClass::OurBug => (Some(now), Some(Stops::Run)),
        RejectionClass::StopCountry => {
            let prefix = destination_prefix(&claim.to);
            (None, Some(Stops::Destination(prefix)))
        }
        RejectionClass::LeadInvalid | RejectionClass::LeadBlocked | RejectionClass::Terminal => {
            (None, None)
        }
    };
    NeverCalled {
        token: Some(claim.token),
        reason: NeverCalledReason::Refused,
        error_code: rejection.code.and_then(|code| i32::try_from(code).ok()),
        message: rejection.to_string(),
        try_again_at,
        stops,
    }
}

async fn never_called(
    dialer: &Dialer,
    claim: &Claim,
    why: NeverCalled,
) -> Result<(), StorageError> {
    info!(reason = why.message, "not dialled");
    dialer
        .engine
        .never_called(claim.business, claim.attempt, why)
        .await
        .map(drop)
}
