//! The end of recordings. Each is deleted when the days of its business are over, at the carrier and in the object store;
//! what fails is tried again, later each time and without an end, and what is gone in one place is not asked for again.

use std::sync::Arc;

use chassis::backoff;
use domain::ids::{BusinessId, RecordingId};
use storage::conversations::{self, State};
use storage::recordings::{self, Copies, Expired};
use tracing::{info, warn};

use crate::media::object_key;
use crate::{Processor, announce, measures};

pub(crate) async fn run(processor: Arc<Processor>) {
    let shutdown = processor.lifecycle.shutdown_token();
    while !shutdown.is_cancelled() {
        match delete_some(&processor).await {
            // There may be more.
            Ok(true) => continue,
            Ok(false) => {}
            Err(error) => warn!(
                error = &error as &dyn std::error::Error,
                "cannot look for recordings that have had their days"
            ),
        }
        let tick = tokio::time::sleep(backoff::jittered(processor.retention.tick()));
        shutdown.run_until_cancelled(tick).await;
    }
}

/// Deletes what is due, up to a batch; true when that was full.
async fn delete_some(processor: &Processor) -> storage::Result<bool> {
    let (now, retention) = (processor.clock.now(), processor.retention);
    let (patience, most) = (retention.transcription_wait(), retention.batch.into());
    let due = processor
        .db
        .system(move |tx| recordings::expired(tx, now, patience, most))
        .await?;
    let is_full = due.len() >= usize::from(retention.batch.max(1));
    for (business, id) in due {
        if processor.lifecycle.shutdown_token().is_cancelled() {
            break;
        }
        if let Some(expired) = claim(processor, business, id).await? {
            delete(processor, business, expired).await?;
        }
    }
    Ok(is_full)
}

async fn claim(
    processor: &Processor,
    business: BusinessId,
    id: RecordingId,
) -> storage::Result<Option<Expired>> {
    let (now, lease) = (processor.clock.now(), processor.retention.lease());
    let claimed = processor
        .db
        .tenant(business, move |tx| {
            let Some(expired) = recordings::claim(tx, now, id, lease)? else {
                return Ok(None);
            };
            let state = conversations::state_of_call(tx, &expired.call_sid)?;
            Ok::<_, storage::StorageError>(Some((expired, state)))
        })
        .await?;
    let Some((expired, state)) = claimed else {
        return Ok(None);
    };
    if matches!(state, Some(State::AwaitingRecording | State::Recorded)) {
        warn!(
            business_id = business.0,
            recording_id = id.0,
            call_sid = expired.call_sid,
            "a recording is deleted before it was transcribed: it was waited for in vain"
        );
    }
    Ok(Some(expired))
}

/// Deletes the copies that are left, both whatever becomes of the other.
async fn delete(
    processor: &Processor,
    business: BusinessId,
    expired: Expired,
) -> storage::Result<()> {
    let mut left = Copies {
        carrier: false,
        media: false,
    };
    let mut why: Vec<String> = Vec::new();
    if expired.copies.carrier
        && let Err(error) = at_carrier(processor, &expired).await
    {
        left.carrier = true;
        why.push(format!("carrier: {error:#}"));
        failed("carrier");
    }
    if expired.copies.media
        && let Err(error) = in_store(processor, business, &expired).await
    {
        left.media = true;
        why.push(format!("object store: {error:#}"));
        failed("store");
    }
    let now = processor.clock.now();
    if why.is_empty() {
        let deleted = processor
            .db
            .tenant(business, move |tx| recordings::deleted(tx, now, &expired))
            .await?;
        measures::DELETED.count(&[]).increment(u64::from(deleted));
        return Ok(());
    }
    let due_at = now + processor.retention.retry_after(expired.failed);
    let why = why.join("; ");
    info!(
        business_id = business.0,
        recording_id = expired.id.0,
        attempts = expired.failed.saturating_add(1),
        why,
        "a recording could not be deleted everywhere; to be tried again"
    );
    processor
        .db
        .tenant(business, move |tx| {
            recordings::not_deleted(tx, now, &expired, left, due_at, &why)
        })
        .await
}

fn failed(place: &'static str) {
    let place = [("place", place)];
    measures::DELETIONS_FAILED.count(&place).increment(1);
}

async fn at_carrier(processor: &Processor, expired: &Expired) -> anyhow::Result<()> {
    let sid = announce::recording_sid(&expired.recording_sid)?;
    Ok(processor.carrier.delete_recording(&sid).await?)
}

/// Under its key, or under the one that it would have: whoever fetched it may have died before that was noted.
async fn in_store(
    processor: &Processor,
    business: BusinessId,
    expired: &Expired,
) -> anyhow::Result<()> {
    let key = match &expired.object_key {
        Some(key) => key.clone(),
        None => object_key(
            business,
            &announce::call_sid(&expired.call_sid)?,
            &announce::recording_sid(&expired.recording_sid)?,
        ),
    };
    Ok(processor.media.delete(&key).await?)
}
