use actix_web::{HttpResponse, post, web};
use carrier::callback::StatusCallback;
use domain::ids::AttemptId;
use storage::callbacks::{Kind, NewCallback};

use super::{Signed, keep};
use crate::gateway::Gateway;
use crate::problem::Result;

/// Progress of a call
///
/// Kept once as it came; raises `call.reported`.
#[utoipa::path(
    tag = "webhooks", operation_id = "webhook_call_status",
    params(("attempt" = String, Path, description = "The attempt, as in the address that the carrier was given")),
    responses((status = 204, description = "Taken in, now or before"))
)]
#[post("/webhooks/twilio/status/{attempt}")]
pub(crate) async fn status(gateway: web::Data<Gateway>, webhook: Signed) -> Result<HttpResponse> {
    let report =
        StatusCallback::parse(&webhook.fields).map_err(|error| keep::unreadable(&error))?;
    take_in(&gateway, webhook.attempt, &report, webhook.fields).await
}

/// Keeps a report about an attempt and raises the event of it.
pub(super) async fn take_in(
    gateway: &Gateway,
    attempt: AttemptId,
    report: &StatusCallback,
    fields: Vec<(String, String)>,
) -> Result<HttpResponse> {
    let call_sid = report.call_sid.as_str().to_owned();
    let callback = NewCallback {
        kind: Kind::Status,
        dedupe_key: report.dedupe_key(),
        attempt,
        call_sid: call_sid.clone(),
        fields,
    };
    let reported = keep::reported(attempt, call_sid);
    keep::keep(gateway, callback, Some(reported)).await
}
