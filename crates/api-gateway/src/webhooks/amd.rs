use actix_web::{HttpResponse, post, web};
use carrier::callback::AmdCallback;
use storage::callbacks::{Kind, NewCallback};

use super::{Signed, keep};
use crate::gateway::Gateway;
use crate::problem::Result;

/// Who picked up
///
/// The verdict of answering machine detection. Kept once as it came; raises `call.reported`.
#[utoipa::path(
    tag = "webhooks", operation_id = "webhook_machine_detection",
    params(("attempt" = String, Path, description = "The attempt, as in the address that the carrier was given")),
    responses((status = 204, description = "Taken in, now or before"))
)]
#[post("/webhooks/twilio/amd/{attempt}")]
pub(crate) async fn amd(gateway: web::Data<Gateway>, webhook: Signed) -> Result<HttpResponse> {
    let verdict = AmdCallback::parse(&webhook.fields).map_err(|error| keep::unreadable(&error))?;
    let Signed { attempt, fields } = webhook;
    let call_sid = verdict.call_sid.as_str().to_owned();
    let callback = NewCallback {
        kind: Kind::Amd,
        dedupe_key: verdict.dedupe_key(),
        attempt,
        call_sid: call_sid.clone(),
        fields,
    };
    let reported = keep::reported(attempt, call_sid);
    keep::keep(&gateway, callback, Some(reported)).await
}
