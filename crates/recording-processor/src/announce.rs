//! What recordings a call has, when the carrier has to be asked.

use anyhow::Context as _;
use carrier::{CallSid, RecordingSid, RecordingStatus};
use domain::ids::BusinessId;
use storage::recordings;

use crate::Processor;

/// What the carrier says of a call's recordings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asked {
    /// At least one can be fetched; it is noted.
    There,
    /// One is still being made.
    InTheMaking,
    /// It knows of none.
    None,
}

/// Reads a call's SID from an event.
pub(crate) fn call_sid(text: &str) -> anyhow::Result<CallSid> {
    CallSid::try_from(text.to_owned()).context("call_sid")
}

/// Reads a recording's SID from an event.
pub(crate) fn recording_sid(text: &str) -> anyhow::Result<RecordingSid> {
    RecordingSid::try_from(text.to_owned()).context("recording_sid")
}

/// Asks the carrier, and notes what it names.
pub(crate) async fn ask_carrier(
    processor: &Processor,
    business: BusinessId,
    call: &CallSid,
) -> anyhow::Result<Asked> {
    let listed = processor
        .carrier
        .list_recordings(call)
        .await
        .context("the carrier's list of recordings")?;
    // Of several, the longest: the call flow may have recorded a part of what the whole call's recording holds.
    let ready = listed
        .iter()
        .filter(|recording| recording.status == RecordingStatus::Completed)
        .max_by_key(|recording| recording.duration);
    let Some(ready) = ready else {
        let in_the_making = listed
            .iter()
            .any(|recording| recording.status == RecordingStatus::InProgress);
        return Ok(if in_the_making {
            Asked::InTheMaking
        } else {
            Asked::None
        });
    };
    let url = ready
        .media_url
        .clone()
        .unwrap_or_else(|| processor.carrier.recording_url(&ready.sid).into());
    let sid = ready.sid.as_str().to_owned();
    let (now, call) = (processor.clock.now(), call.as_str().to_owned());
    processor
        .db
        .tenant(business, move |tx| {
            recordings::announce(tx, now, &call, &sid, &url)?;
            Ok::<(), storage::StorageError>(())
        })
        .await?;
    Ok(Asked::There)
}
