use actix_web::http::StatusCode;
use actix_web::{HttpResponse, post, web};
use domain::events::SuppressionOrigin;
use serde::Deserialize;
use storage::leads;
use storage::suppressions::{self, NewSuppression};
use utoipa::ToSchema;

use super::SuppressionView;
use crate::api::phone::e164;
use crate::extract::{Agent, Body, Caller, Fields, IdempotencyKey, Validate};
use crate::gateway::Gateway;
use crate::once::{Answer, once};
use crate::problem::Result;

/// Longest reason, in characters.
const LONGEST_REASON: usize = 500;

/// A number to leave alone.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SuppressionToCreate {
    /// In any form; local numbers are read as of the business's country. `phone_e164` is accepted too.
    #[serde(alias = "phone_e164")]
    phone: String,
    /// Why.
    #[serde(default)]
    reason: Option<String>,
}

impl Validate for SuppressionToCreate {
    fn validate(&self, fields: &mut Fields) {
        fields.check_length(self.reason.as_deref(), LONGEST_REASON, "reason");
    }
}

/// Suppress a number
///
/// It is not called any more from now on, and its queued jobs are cancelled in every run. A number that is suppressed
/// already stays as it is.
#[utoipa::path(
    tag = "suppressions", operation_id = "create_suppression", request_body = SuppressionToCreate,
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes a repeated request answer as the first")),
    responses(
        (status = 201, description = "Suppressed", body = SuppressionView),
        (status = 200, description = "It was suppressed already", body = SuppressionView),
    )
)]
#[post("/api/suppressions")]
pub(crate) async fn create(
    gateway: web::Data<Gateway>,
    caller: Caller<Agent>,
    key: IdempotencyKey,
    body: Body<SuppressionToCreate>,
) -> Result<HttpResponse> {
    let (now, user, fingerprint) = (gateway.clock.now(), caller.user, body.fingerprint);
    once(&gateway, caller.business, key, fingerprint, move |tx| {
        let wanted = body.value;
        let phone = e164(tx, "phone", &wanted.phone)?;
        let reason = wanted.reason.as_deref().map(str::trim);
        let new = NewSuppression {
            phone_e164: &phone,
            lead: leads::of_number(tx, &phone)?,
            origin: SuppressionOrigin::Manual,
            source_event_id: None,
            created_by: user,
            reason: reason.filter(|reason| !reason.is_empty()),
        };
        let status = match suppressions::add(tx, now, &new)? {
            Some(_) => StatusCode::CREATED,
            None => StatusCode::OK,
        };
        let row = suppressions::of_number(tx, &phone)?;
        Answer::json(status, &SuppressionView::from(row))
    })
    .await
}
