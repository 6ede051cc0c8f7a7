use actix_web::{HttpResponse, post, web};
use carrier::RecordingStatus;
use carrier::callback::RecordingCallback;
use domain::events::RecordingReady;
use storage::callbacks::{BY_ATTEMPT, Kind, NewCallback};

use super::{Signed, keep};
use crate::gateway::Gateway;
use crate::problem::Result;

/// News of a recording
///
/// Kept once as it came; a finished recording raises `recording.ready`.
#[utoipa::path(
    tag = "webhooks", operation_id = "webhook_recording",
    params(("attempt" = String, Path, description = "The attempt, as in the address that the carrier was given")),
    responses((status = 204, description = "Taken in, now or before"))
)]
#[post("/webhooks/twilio/recording/{attempt}")]
pub(crate) async fn recording(
    gateway: web::Data<Gateway>,
    webhook: Signed,
) -> Result<HttpResponse> {
    let news =
        RecordingCallback::parse(&webhook.fields).map_err(|error| keep::unreadable(&error))?;
    let Signed { attempt, fields } = webhook;
    let callback = NewCallback {
        kind: Kind::Recording,
        dedupe_key: news.dedupe_key(),
        attempt,
        call_sid: news.call_sid.as_str().to_owned(),
        fields,
    };
    let is_finished = news.status == RecordingStatus::Completed;
    let ready = news.url.filter(|_| is_finished).map(|url| RecordingReady {
        business_id: BY_ATTEMPT,
        call_sid: news.call_sid.as_str().to_owned(),
        recording_sid: news.recording_sid.as_str().to_owned(),
        url,
        duration_seconds: news
            .duration_seconds
            .and_then(|seconds| i32::try_from(seconds).ok())
            .unwrap_or(0),
    });
    keep::keep(&gateway, callback, ready).await
}
