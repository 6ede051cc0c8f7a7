//! One conversation, step by step: claim, act with no transaction open, save what was achieved, go on. Each step that
//! costs money is saved before the next, so a crash pays for nothing twice.

use anyhow::Context as _;
use carrier::CallSid;
use domain::ids::{BusinessId, ConversationId};
use storage::conversations::{self, Achieved, Claimed, State};
use storage::decisions;
use storage::recordings::{self, Recording};
use tracing::{info, warn};
use url::Url;

use crate::announce::{self, Asked};
use crate::failpoint::{self, Place};
use crate::listen::{Heard, ListenError, Missing};
use crate::media::object_key;
use crate::{Processor, suggest};

/// What came of one attempt at a step.
enum Step {
    /// It is done; this is to be saved.
    Achieved(Achieved),
    /// The suggestion is raised.
    Finished,
    /// Not now; perhaps later.
    Failed(anyhow::Error),
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
    let Some(mut claimed) = claimed else {
        return Ok(());
    };
    let stop = stop_grace(processor);
    tokio::pin!(stop);
    loop {
        let step = tokio::select! {
            step = tokio::time::timeout(processor.work.step_timeout(), act(processor, business, &claimed)) => {
                step.unwrap_or_else(|_| Step::Failed(anyhow::anyhow!("the step took too long")))
            }
            () = &mut stop => return release(processor, business, claimed).await,
        };
        match step {
            Step::Finished => {
                failpoint::pass(Place::Saved(claimed.state));
                return Ok(());
            }
            Step::Failed(error) => return postpone(processor, business, claimed, error).await,
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
    outcome.unwrap_or_else(Step::Failed)
}

/// The recording: announced by the carrier, or asked for once it is overdue; then fetched.
async fn record(
    processor: &Processor,
    business: BusinessId,
    claimed: &Claimed,
) -> anyhow::Result<Step> {
    let is_last = processor.work.is_last_attempt(claimed.attempts);
    let call = announce::call_sid(&claimed.source_event_id)?;
    let outcome = async {
        let known = of_call(processor, business, &call).await?;
        if known.is_empty() {
            match announce::ask_carrier(processor, business, &call).await? {
                Asked::There => {}
                Asked::InTheMaking => anyhow::bail!("the recording is still being made"),
                Asked::None => anyhow::bail!("the carrier has no recording"),
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
            Ok(Step::Achieved(without_transcript(Missing::NoRecording)))
        }
        Err(error) => Ok(Step::Failed(error)),
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
            metrics::counter!("callboard_recordings_stored_total").increment(1);
            failpoint::pass(Place::Fetched);
            processor
                .db
                .tenant(business, move |tx| recordings::stored(tx, now, id, &file))
                .await?;
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

fn without_transcript(missing: Missing) -> Achieved {
    Achieved::Transcribed {
        transcription: None,
        transcript: None,
        language: None,
        why: Some(missing.as_str().to_owned()),
    }
}

/// The words of the stored recordings.
async fn transcribe(
    processor: &Processor,
    business: BusinessId,
    claimed: &Claimed,
) -> anyhow::Result<Step> {
    let is_last = processor.work.is_last_attempt(claimed.attempts);
    match listen_to_all(processor, business, claimed).await {
        Ok(Some(heard)) => Ok(Step::Achieved(Achieved::Transcribed {
            transcription: Some(heard.text),
            transcript: Some(heard.dialogue),
            language: heard.language,
            why: None,
        })),
        Ok(None) => Ok(Step::Achieved(without_transcript(Missing::NoTranscriber))),
        Err(error) if is_last || !error.is_transient() => {
            warn!(
                call_sid = claimed.source_event_id,
                error = &error as &dyn std::error::Error,
                "no transcript; going on without it"
            );
            Ok(Step::Achieved(without_transcript(
                Missing::TranscriptionFailed,
            )))
        }
        Err(error) => Ok(Step::Failed(error.into())),
    }
}

/// What was said in the recordings of a call, one after the other; none without a transcriber.
async fn listen_to_all(
    processor: &Processor,
    business: BusinessId,
    claimed: &Claimed,
) -> Result<Option<Heard>, ListenError> {
    let call = claimed.source_event_id.clone();
    let stored = processor
        .db
        .tenant(business, move |tx| recordings::of_call(tx, &call))
        .await?;
    let mut all = Heard::default();
    for key in stored
        .into_iter()
        .filter_map(|recording| recording.object_key)
    {
        let audio = processor.media.read(&key).await?;
        match processor.speech.transcribe(audio).await {
            None => return Ok(None),
            Some(heard) => all.append(heard?),
        }
    }
    Ok(Some(all))
}

/// The summary, with the labels that this business's board has now.
async fn summarise(
    processor: &Processor,
    business: BusinessId,
    claimed: &Claimed,
) -> anyhow::Result<Step> {
    let context = processor.db.tenant(business, decisions::context).await?;
    let is_last = processor.work.is_last_attempt(claimed.attempts);
    let summary = processor
        .speech
        .summarise(claimed, &context, is_last)
        .await?;
    Ok(Step::Achieved(Achieved::Summarised(summary)))
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
    error: anyhow::Error,
) -> anyhow::Result<()> {
    let now = processor.clock.now();
    let due_at = now + processor.work.retry_after(claimed.attempts);
    let why = format!("{error:#}");
    info!(
        business_id = business.0,
        call_sid = claimed.source_event_id,
        state = claimed.state.as_str(),
        attempts = claimed.attempts + 1,
        why,
        "to be tried again"
    );
    processor
        .db
        .tenant(business, move |tx| {
            conversations::postpone(tx, now, &claimed, due_at, &why)
        })
        .await?;
    Ok(())
}
