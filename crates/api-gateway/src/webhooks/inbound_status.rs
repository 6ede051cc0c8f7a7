use actix_web::{HttpResponse, post, web};
use carrier::callback::StatusCallback;
use storage::businesses;

use super::{Verified, keep, status};
use crate::gateway::Gateway;
use crate::problem::Result;

/// Progress of an inbound call
///
/// A number of the business reports here, which knows nothing of attempts: the call is found by the carrier's id. Kept
/// once as it came; raises `call.reported`. A call that was turned away is no news.
#[utoipa::path(
    tag = "webhooks", operation_id = "webhook_inbound_call_status",
    responses((status = 204, description = "Taken in, now or before"))
)]
#[post("/webhooks/twilio/voice/status")]
pub(crate) async fn inbound_status(
    gateway: web::Data<Gateway>,
    webhook: Verified,
) -> Result<HttpResponse> {
    let report =
        StatusCallback::parse(&webhook.fields).map_err(|error| keep::unreadable(&error))?;
    let call_sid = report.call_sid.as_str().to_owned();
    let admitted = gateway
        .db
        .statement(move |tx| businesses::of_inbound_call(tx, &call_sid))
        .await?;
    match admitted {
        Some(attempt) => status::take_in(&gateway, attempt, &report, webhook.fields).await,
        None => Ok(HttpResponse::NoContent().finish()),
    }
}
