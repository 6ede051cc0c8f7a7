use actix_web::{HttpResponse, post, web};
use carrier::callback::VoiceRequest;
use carrier::twiml::{self, RejectReason};
use chrono::{DateTime, Utc};
use domain::ids::{AttemptId, BusinessId};
use storage::businesses::{self, Business};
use storage::callbacks::{self, Kind, NewCallback};
use storage::settings::{self, Settings};
use storage::slots::{self, InboundCall};
use storage::trace_contexts::{self, Subject};
use storage::{StorageError, TenantTx, Tx};

use super::patience::Patience;
use super::{Verified, answer, keep};
use crate::call_flow::{self, CallFlow, Stage, is_e164};
use crate::gateway::Gateway;
use crate::measures;
use crate::problem::{Problem, Result};

/// Somebody calls a business
///
/// TwiML of the call flow of the business whose number was called, or a polite refusal when all its lines are taken. The
/// call counts against the total limit from here on; a repeated request gets the same answer and takes no second line.
#[utoipa::path(
    tag = "webhooks", operation_id = "webhook_inbound_call",
    responses((status = 200, description = "TwiML", body = String, content_type = "text/xml"))
)]
#[post("/webhooks/twilio/voice/inbound")]
pub(crate) async fn inbound(
    gateway: web::Data<Gateway>,
    webhook: Verified,
) -> Result<HttpResponse> {
    let request = VoiceRequest::parse(&webhook.fields).map_err(|error| keep::unreadable(&error))?;
    let to = request.to.clone().unwrap_or_default();
    let patience = Patience::begin();
    let business = patience
        .ask(|| {
            let called = to.clone();
            let found = move |tx: &mut Tx<'_>| businesses::of_caller_number(tx, &called);
            gateway.db.system(found)
        })
        .await?;
    let Some(business) = business else {
        tracing::warn!(
            call_sid = request.call_sid.as_str(),
            "somebody calls a number that is no business's"
        );
        return Ok(answer::xml(twiml::reject(RejectReason::Rejected)));
    };
    let now = gateway.clock.now();
    let call = InboundCall {
        attempt: AttemptId::mint(),
        call_sid: request.call_sid.as_str().to_owned(),
        from: request.from.filter(|number| is_e164(number)),
        to,
    };
    let call_sid = call.call_sid.clone();
    let look_at = now + gateway.first_look;
    let (admitted, its_business, settings) = patience
        .ask(|| {
            let (call, fields) = (call.clone(), webhook.fields.clone());
            let admitted = move |tx: &mut TenantTx<'_>| admit(tx, now, look_at, call, fields);
            gateway.db.tenant(business, admitted)
        })
        .await?;
    let delivery = if admitted.is_some() {
        "admitted"
    } else {
        "busy"
    };
    let answer = [("answer", delivery)];
    measures::INBOUND_CALLS.count(&answer).increment(1);
    tracing::info!(
        business_id = business.0,
        call_sid,
        delivery,
        "somebody calls"
    );
    let twiml = match admitted {
        Some(attempt) => flow(&gateway, attempt, &its_business, settings)?,
        None => call_flow::all_lines_taken(its_business.language()?, &its_business.name),
    };
    Ok(answer::xml(twiml))
}

/// Keeps the request and, the first time, gives the call a line. Answers under which attempt it was admitted, now or
/// before; none when it was turned away, now or before.
fn admit(
    tx: &mut TenantTx<'_>,
    now: DateTime<Utc>,
    look_at: DateTime<Utc>,
    call: InboundCall,
    fields: Vec<(String, String)>,
) -> Result<(Option<AttemptId>, Business, Settings), StorageError> {
    let business: BusinessId = tx.business;
    let callback = NewCallback {
        kind: Kind::Inbound,
        dedupe_key: format!("inbound:{}", call.call_sid),
        attempt: call.attempt,
        call_sid: call.call_sid.clone(),
        fields,
    };
    let admitted = match callbacks::keep(tx, now, &callback)? {
        Some(_) => slots::admit_inbound(tx, now, look_at, &call)?.map(|_| call.attempt),
        None => slots::admitted(tx, &call.call_sid)?,
    };
    if let Some(attempt) = admitted {
        trace_contexts::remember(tx, business, &Subject::Attempt(attempt))?;
    }
    Ok((admitted, businesses::get(tx, business)?, settings::get(tx)?))
}

fn flow(
    gateway: &Gateway,
    attempt: AttemptId,
    business: &Business,
    settings: Settings,
) -> Result<String> {
    let flow: CallFlow =
        serde_json::from_value(settings.call_flow).map_err(|error| Problem::internal(&error))?;
    // Nobody asked for a recording when the call was made, so the flow does.
    let record_to = answer::parse(&gateway.public_host.recording_url(attempt))?;
    Ok(flow.twiml(&Stage {
        business: &business.name,
        language: business.language()?,
        after_reply: &answer::after_reply(gateway, attempt)?,
        record_to: Some(&record_to),
    }))
}
