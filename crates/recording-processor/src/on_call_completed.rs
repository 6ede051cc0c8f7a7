//! `call.completed`: the work on a call is opened.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use domain::events::{CallCompleted, Envelope};
use messaging::{Broker, Decision};
use storage::conversations::{self, NewConversation, State};
use storage::trace_contexts::{self, Subject};
use storage::{TenantTx, inbox, recordings};

use crate::{Processor, SERVICE, Work, outcome};

/// Ended calls taken in at once.
const PREFETCH: u16 = 16;

pub(crate) fn start(processor: &Arc<Processor>, broker: &Broker) {
    let shared = Arc::clone(processor);
    let consumer = broker.consume::<CallCompleted>(
        SERVICE,
        PREFETCH,
        processor.lifecycle.shutdown_token(),
        move |event| {
            let processor = Arc::clone(&shared);
            async move { completed(&processor, event).await }
        },
    );
    processor
        .lifecycle
        .spawn("consumer of call.completed", consumer);
}

async fn completed(processor: &Processor, event: Envelope<CallCompleted>) -> Result<(), Decision> {
    let (now, work) = (processor.clock.now(), processor.work);
    processor
        .db
        .tenant(event.data.business_id, move |tx| {
            take_in(tx, now, work, &event)
        })
        .await?;
    processor.wake.notify_one();
    Ok(())
}

fn take_in(
    tx: &mut TenantTx<'_>,
    now: DateTime<Utc>,
    work: Work,
    event: &Envelope<CallCompleted>,
) -> storage::Result<()> {
    let business = tx.business;
    conversations::one_at_a_time(tx, &event.data.call_sid)?;
    if !inbox::first_time(tx, business, SERVICE, event.id)? {
        return Ok(());
    }
    let call = &event.data;
    if let Some(recording) = &call.recording {
        recordings::announce(
            tx,
            now,
            &call.call_sid,
            &recording.recording_sid,
            &recording.url,
        )?;
    }
    let (state, due_at) =
        if outcome::by_its_end(call.status, call.answered_by, call.duration_seconds).is_some() {
            (State::Transcribed, now)
        } else if recordings::of_call(tx, &call.call_sid)?.is_empty() {
            (State::AwaitingRecording, now + work.recording_wait())
        } else {
            (State::AwaitingRecording, now)
        };
    let conversation = Subject::Conversation(call.call_sid.clone());
    trace_contexts::remember(tx, business, &conversation)?;
    conversations::open(
        tx,
        now,
        &NewConversation {
            call_sid: &call.call_sid,
            lead: call.lead_id,
            direction: call.direction,
            outcome: call.status,
            answered_by: call.answered_by,
            duration_seconds: call.duration_seconds,
            occurred_at: call.ended_at,
            state,
            due_at,
        },
    )?;
    Ok(())
}
