//! `recording.ready`: the recording is noted and whoever waits for it is woken. It may arrive before its call has ended,
//! and long after its call was summarised without it.

use std::sync::Arc;

use domain::events::{Envelope, RecordingReady};
use messaging::{Broker, Decision};
use storage::conversations::{self, State};
use storage::trace_contexts::{self, Subject};
use storage::{call_texts, inbox, recordings};

use crate::{Processor, SERVICE, announce, steps};

/// Recordings taken in at once.
const PREFETCH: u16 = 8;

pub(crate) fn start(processor: &Arc<Processor>, broker: &Broker) {
    let shared = Arc::clone(processor);
    let consumer = broker.consume::<RecordingReady>(
        SERVICE,
        PREFETCH,
        processor.lifecycle.shutdown_token(),
        move |event| {
            let processor = Arc::clone(&shared);
            async move { ready(&processor, event).await }
        },
    );
    processor
        .lifecycle
        .spawn("consumer of recording.ready", consumer);
}

async fn ready(processor: &Processor, event: Envelope<RecordingReady>) -> Result<(), Decision> {
    let business = event.data.business_id;
    let call_sid = announce::call_sid(&event.data.call_sid).map_err(Decision::Park)?;
    announce::recording_sid(&event.data.recording_sid).map_err(Decision::Park)?;
    let now = processor.clock.now();
    let data = event.data.clone();
    let late = processor
        .db
        .tenant(business, move |tx| {
            conversations::one_at_a_time(tx, &data.call_sid)?;
            recordings::announce(tx, now, &data.call_sid, &data.recording_sid, &data.url)?;
            let state = conversations::state_of_call(tx, &data.call_sid)?;
            let late = state.is_some_and(|state| state != State::AwaitingRecording);
            if !late && inbox::first_time(tx, business, SERVICE, event.id)? {
                conversations::wake(tx, now, &data.call_sid)?;
                let conversation = Subject::Conversation(data.call_sid.clone());
                trace_contexts::remember(tx, business, &conversation)?;
            }
            Ok::<bool, storage::StorageError>(late)
        })
        .await?;
    if !late {
        processor.wake.notify_one();
        return Ok(());
    }
    // Too late for the summary, not for the people who want to listen to it. Fetching is repeated by the message's own
    // retries; the inbox is written when it has succeeded.
    steps::fetch_all(processor, business, &call_sid).await?;
    let (id, data) = (event.id, event.data);
    processor
        .db
        .tenant(business, move |tx| {
            inbox::first_time(tx, business, SERVICE, id)?;
            call_texts::note_recording(tx, &data.call_sid, &data.recording_sid, &data.url)
        })
        .await?;
    Ok(())
}
