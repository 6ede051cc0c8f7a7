use actix_web::{HttpRequest, HttpResponse, post, web};
use domain::ids::AttemptId;
use storage::{StorageError, Tx, businesses, settings};
use url::Url;

use super::Signed;
use super::patience::Patience;
use crate::call_flow::{self, CallFlow, Stage};
use crate::gateway::Gateway;
use crate::problem::{Code, Problem, Result};

/// The query of the address that the carrier asks after a reply.
const AFTER_REPLY: &str = "after=reply";

/// What an answered call hears
///
/// TwiML of the business's call flow.
#[utoipa::path(
    tag = "webhooks", operation_id = "webhook_call_answered",
    params(("attempt" = String, Path, description = "The attempt, as in the address that the carrier was given")),
    responses((status = 200, description = "TwiML", body = String, content_type = "text/xml"))
)]
#[post("/webhooks/twilio/voice/answer/{attempt}")]
pub(crate) async fn answer(
    gateway: web::Data<Gateway>,
    webhook: Signed,
    request: HttpRequest,
) -> Result<HttpResponse> {
    let attempt = webhook.attempt;
    let patience = Patience::begin();
    let its_business = move |tx: &mut Tx<'_>| businesses::of_attempt(tx, attempt);
    let business = patience
        .ask(|| gateway.db.statement(its_business))
        .await?
        .ok_or(Code::NotFound)?;
    let (business, settings) = patience
        .ask(|| {
            gateway.db.tenant(business, |tx| {
                let id = tx.business;
                Ok::<_, StorageError>((businesses::get(tx, id)?, settings::get(tx)?))
            })
        })
        .await?;
    let language = business.language()?;
    if request.query_string() == AFTER_REPLY {
        return Ok(xml(call_flow::goodbye(language)));
    }
    let flow: CallFlow =
        serde_json::from_value(settings.call_flow).map_err(|error| Problem::internal(&error))?;
    let stage = Stage {
        business: &business.name,
        language,
        after_reply: &after_reply(&gateway, attempt)?,
        record_to: None,
    };
    Ok(xml(flow.twiml(&stage)))
}

pub(super) fn after_reply(gateway: &Gateway, attempt: AttemptId) -> Result<Url> {
    let mut url = parse(&gateway.public_host.answer_url(attempt))?;
    url.set_query(Some(AFTER_REPLY));
    Ok(url)
}

pub(super) fn parse(url: &str) -> Result<Url> {
    url.parse().map_err(|_| Code::Internal.into())
}

pub(super) fn xml(twiml: String) -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/xml; charset=utf-8")
        .body(twiml)
}
