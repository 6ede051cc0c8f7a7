//! One conversation, step by step: claim, act with no transaction open, save what was achieved, go on. Each step that
//! costs money is saved before the next, so a crash pays for nothing twice.

use anyhow::Context as _;
use carrier::CallSid;
use chrono::{DateTime, Utc};
use domain::events::SuggestionSource;
use domain::ids::{BusinessId, ConversationId};
use observe::trace;
use storage::conversations::{self, Achieved, Claimed, State};
use storage::decisions;
use storage::recordings::{self, Recording};
use storage::trace_contexts::Subject;
use tracing::{Instrument as _, Span, info, info_span, warn};
use url::Url;

use crate::announce::{self, Asked};
use crate::failpoint::{self, Place};
use crate::media::object_key;
use crate::missing::Missing;
use crate::server::Refusal;
use crate::transcribe::transcribe;
use crate::{Processor, measures, suggest};

/// What came of one attempt at a step.
pub(crate) enum Step {
    /// It is done; this is to be saved.
    Achieved(Achieved),
    /// The suggestion is raised.
    Finished,
    /// Not now; perhaps later.
    Failed(Failure),
}

/// A step that did not succeed and is tried again.
pub(crate) struct Failure {
    error: anyhow::Error,
    /// Trying earlier is useless.
    not_before: Option<DateTime<Utc>>,
    /// The server that it needs is out of order: that is no attempt.
    is_held: bool,
}

impl Failure {
    pub(crate) fn refused(refusal: Refusal, now: DateTime<Utc>) -> Self {
        Self {
            not_before: refusal.not_before(now),
            is_held: refusal.rests_until.is_some(),
            error: refusal.into(),
        }
    }
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        Self {
            error,
            not_before: None,
            is_held: false,
        }
    }
}

/// Works on a conversation until it is done, has to wait, or another worker has it.
pub(crate) async fn run(
    processor: &Processor,
    business: BusinessId,
    id: ConversationId,
) -> anyhow::Result<()> {
    let (worker, lease) = (processor.worker.clone(), processor.work.lease());
    let now = processor.clock.now();
    let claimed = processor
        .db
        .tenant(business, move |tx| {
            conversations::claim(tx, now, id, &worker, lease)
        })
        .await?;
    let Some(claimed) = claimed else {
        return Ok(());
    };
    let event = claimed.source_event_id.clone();
    let traced = processor
        .db
        .trace_of(business, Subject::Conversation(event))
        .await;
    let is_call = claimed.source == SuggestionSource::CallSummary;
    let span = info_span!(
        "conversation",
        business_id = business.0,
        lead_id = claimed.lead.0,
        call_sid = is_call.then_some(claimed.source_event_id.as_str()),
        source_event_id = claimed.source_event_id,
    );
    match traced {
        Ok(traceparent) => trace::follow(&span, traceparent.as_deref()),
        Err(error) => warn!(
            error = &error as &dyn std::error::Error,
            "a trace breaks off here"
        ),
    }
    go_on(processor, business, claimed).instrument(span).await
}

/// One step after the other.
async fn go_on(
    processor: &Processor,
    business: BusinessId,
    mut claimed: Claimed,
) -> anyhow::Result<()> {
    let lease = processor.work.lease();
    let stop = stop_grace(processor);
    tokio::pin!(stop);
    loop {
        let step = tokio::select! {
            step = tokio::time::timeout(processor.work.step_timeout(), act(processor, business, &claimed).instrument(span_of(claimed.state))) => {
                step.unwrap_or_else(|_| Step::Failed(anyhow::anyhow!("the step took too long").into()))
            }
            () = &mut stop => return release(processor, business, claimed).await,
        };
        match step {
            Step::Finished => {
                failpoint::pass(Place::Saved(claimed.state));
                return Ok(());
            }
            Step::Failed(failure) => return postpone(processor, business, claimed, failure).await,
            Step::Achieved(achieved) => {
                let state = claimed.state;
                failpoint::pass(Place::Done(state));
                let now = processor.clock.now();
                let saved = processor
                    .db
                    .tenant(business, move |tx| {
                        conversations::advance(tx, now, &claimed, lease, &achieved)
                    })
                    .await?;
                match saved {
                    Some(saved) => claimed = saved,
                    None => return Ok(()),
                }
                failpoint::pass(Place::Saved(state));
            }
        }
    }
}

fn span_of(behind: State) -> Span {
    match behind {
        State::AwaitingRecording => info_span!("fetch recording"),
        State::Recorded => info_span!("transcribe"),
        State::Transcribed => info_span!("summarise"),
        State::Summarised | State::Suggested => info_span!("suggest"),
    }
}

/// Resolves when the process has been stopping for so long that a step must be let go.
async fn stop_grace(processor: &Processor) {
    processor.lifecycle.shutdown_token().cancelled().await;
    tokio::time::sleep(processor.work.stop_grace()).await;
}

async fn act(processor: &Processor, business: BusinessId, claimed: &Claimed) -> Step {
    let outcome = match claimed.state {
        State::AwaitingRecording => record(processor, business, claimed).await,
        State::Recorded => transcribe(processor, business, claimed).await,
        State::Transcribed => summarise(processor, business, claimed).await,
        State::Summarised => suggest::raise(processor, business, claimed)
            .await
            .map(|()| Step::Finished),
        State::Suggested => Ok(Step::Finished),
    };
    outcome.unwrap_or_else(|error| Step::Failed(error.into()))
}

/// The recording: announced by the carrier, or asked for once it is overdue; then fetched.
async fn record(
    processor: &Processor,
    business: BusinessId,
    claimed: &Claimed,
) -> anyhow::Result<Step> {
    let mut is_last = processor.work.is_last_attempt(claimed.attempts);
    let since_its_end = processor.clock.now() - claimed.occurred_at;
    let call = announce::call_sid(&claimed.source_event_id)?;
    let outcome = async {
        let known = of_call(processor, business, &call).await?;
        if known.is_empty() {
            match announce::ask_carrier(processor, business, &call).await? {
                Asked::There => {}
                Asked::InTheMaking => anyhow::bail!("the recording is still being made"),
                Asked::None => {
                    is_last |= since_its_end > processor.work.recording_may_come_within();
                    anyhow::bail!("the carrier has no recording")
                }
            }
        }
        fetch_all(processor, business, &call).await?;
        let stored = of_call(processor, business, &call).await?;
        anyhow::ensure!(!stored.is_empty(), "the carrier's recording cannot be used");
        Ok(())
    }
    .await;
    match outcome {
        Ok(()) => Ok(Step::Achieved(Achieved::Recorded)),
        Err(error) if is_last => {
            warn!(
                call_sid = claimed.source_event_id,
                error = format!("{error:#}"),
                "no recording; going on without it"
            );
            give_up(processor, business, &call, &error).await?;
            Ok(Step::Achieved(
                Missing::NoRecording.given_up(Some(format!("{error:#}"))),
            ))
        }
        Err(error) => Ok(Step::Failed(error.into())),
    }
}

async fn of_call(
    processor: &Processor,
    business: BusinessId,
    call: &CallSid,
) -> storage::Result<Vec<Recording>> {
    let call = call.as_str().to_owned();
    processor
        .db
        .tenant(business, move |tx| recordings::of_call(tx, &call))
        .await
}

/// Fetches every recording of a call that is announced and not stored yet.
pub(crate) async fn fetch_all(
    processor: &Processor,
    business: BusinessId,
    call: &CallSid,
) -> anyhow::Result<()> {
    for recording in of_call(processor, business, call).await? {
        if recording.is_announced {
            fetch(processor, business, call, recording).await?;
        }
    }
    Ok(())
}

async fn fetch(
    processor: &Processor,
    business: BusinessId,
    call: &CallSid,
    recording: Recording,
) -> anyhow::Result<()> {
    let sid = announce::recording_sid(&recording.recording_sid)?;
    let source =
        Url::parse(&recording.source_url).unwrap_or_else(|_| processor.carrier.recording_url(&sid));
    let key = object_key(business, call, &sid);
    let max_bytes = processor.work.max_recording_bytes;
    let fetched = processor
        .media
        .fetch(&processor.carrier, &source, max_bytes, &key)
        .await;
    let now = processor.clock.now();
    let id = recording.id;
    match fetched {
        Ok(file) => {
            measures::STORED.count(&[]).increment(1);
            failpoint::pass(Place::Fetched);
            let is_kept = processor
                .db
                .tenant(business, move |tx| recordings::stored(tx, now, id, &file))
                .await?;
            if !is_kept {
                processor.media.delete(&key).await?;
            }
            Ok(())
        }
        Err(error) => {
            let (why, give_up) = (error.to_string(), !error.is_transient());
            processor
                .db
                .tenant(business, move |tx| {
                    recordings::failed(tx, id, &why, give_up)
                })
                .await?;
            Err(error).context("fetching the recording")
        }
    }
}

/// What is still announced will not be waited for any longer.
async fn give_up(
    processor: &Processor,
    business: BusinessId,
    call: &CallSid,
    error: &anyhow::Error,
) -> storage::Result<()> {
    let (call, why) = (call.as_str().to_owned(), format!("{error:#}"));
    processor
        .db
        .tenant(business, move |tx| {
            for recording in recordings::of_call(tx, &call)? {
                if recording.is_announced {
                    recordings::failed(tx, recording.id, &why, true)?;
                }
            }
            Ok(())
        })
        .await
}

/// The summary, with the labels that this business's board has now.
async fn summarise(
    processor: &Processor,
    business: BusinessId,
    claimed: &Claimed,
) -> anyhow::Result<Step> {
    let context = processor.db.tenant(business, decisions::context).await?;
    let (work, now) = (&processor.work, processor.clock.now());
    let summary = processor
        .speech
        .summarise(claimed, &context, |refusal| {
            refusal.is_final(work, claimed, now, work.llm_outage())
        })
        .await;
    Ok(match summary {
        Ok(summary) => Step::Achieved(Achieved::Summarised(summary)),
        Err(refusal) => Step::Failed(Failure::refused(refusal, processor.clock.now())),
    })
}

async fn release(
    processor: &Processor,
    business: BusinessId,
    claimed: Claimed,
) -> anyhow::Result<()> {
    let now = processor.clock.now();
    processor
        .db
        .tenant(business, move |tx| {
            conversations::release(tx, now, &claimed)
        })
        .await?;
    Ok(())
}

async fn postpone(
    processor: &Processor,
    business: BusinessId,
    claimed: Claimed,
    failure: Failure,
) -> anyhow::Result<()> {
    let now = processor.clock.now();
    let backoff = now + processor.work.retry_after(claimed.attempts);
    let due_at = match failure.not_before {
        Some(at) if failure.is_held => at,
        not_before => backoff.max(not_before.unwrap_or(now)),
    };
    let why = format!("{:#}", failure.error);
    info!(
        business_id = business.0,
        call_sid = claimed.source_event_id,
        state = claimed.state.as_str(),
        attempts = claimed.attempts,
        is_held = failure.is_held,
        why,
        "to be tried again"
    );
    processor
        .db
        .tenant(business, move |tx| {
            if failure.is_held {
                conversations::hold(tx, now, &claimed, due_at, &why)
            } else {
                conversations::postpone(tx, now, &claimed, due_at, &why)
            }
        })
        .await?;
    Ok(())
}
