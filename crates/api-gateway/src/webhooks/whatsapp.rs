use actix_web::{HttpResponse, post, web};
use carrier::callback::{Media, ParseError, WhatsappMessage};
use chrono::{DateTime, Utc};
use domain::text::Classifier;
use storage::whatsapp_messages::NewMessage;
use storage::whatsapp_sessions::{self, Closes};
use storage::{StorageError, TenantTx, businesses, callbacks, leads};

use super::{Verified, keep};
use crate::call_flow::is_e164;
use crate::gateway::Gateway;
use crate::measures;
use crate::problem::Result;

/// The longest id of a message; it names the session that it opens.
const LONGEST_SID: usize = 64;
/// The longest name of a lead that is taken over from a profile.
const LONGEST_NAME: usize = 100;

/// Somebody writes to a business on WhatsApp
///
/// The message goes into the open session of the lead with that number, or opens one; who is not known becomes a lead. Kept
/// once as it came.
#[utoipa::path(
    tag = "webhooks", operation_id = "webhook_whatsapp_message",
    responses((status = 204, description = "Taken in, now or before; or the number is no business's"))
)]
#[post("/webhooks/twilio/whatsapp")]
pub(crate) async fn whatsapp(
    gateway: web::Data<Gateway>,
    webhook: Verified,
) -> Result<HttpResponse> {
    let fields = without_nulls(webhook.fields);
    let message = read(&fields).map_err(|error| keep::unreadable(&error))?;
    let written_to = message.to.clone();
    let business = gateway
        .db
        .system(move |tx| businesses::of_whatsapp_number(tx, &written_to))
        .await?;
    let Some(business) = business else {
        tracing::warn!(
            message_sid = message.message_sid,
            "somebody writes to a number that is no business's"
        );
        return Ok(HttpResponse::NoContent().finish());
    };
    let now = gateway.clock.now();
    let is_new = gateway
        .db
        .tenant(business, move |tx| take_in(tx, now, message, &fields))
        .await?;
    let delivery = if is_new { "first" } else { "again" };
    let labels = [("kind", "whatsapp"), ("delivery", delivery)];
    measures::CALLBACKS.count(&labels).increment(1);
    Ok(HttpResponse::NoContent().finish())
}

/// The database holds none, and for the sake of one no message is lost.
fn without_nulls(fields: Vec<(String, String)>) -> Vec<(String, String)> {
    fields
        .into_iter()
        .map(|(name, value)| (name, value.replace('\0', "")))
        .collect()
}

fn read(fields: &[(String, String)]) -> Result<WhatsappMessage, ParseError> {
    let message = WhatsappMessage::parse(fields)?;
    if !is_e164(&message.from) {
        return Err(ParseError::Invalid("From"));
    }
    if message.message_sid.len() > LONGEST_SID {
        return Err(ParseError::Invalid("MessageSid"));
    }
    Ok(message)
}

/// Keeps the callback and, the first time, writes the message. False when it was kept before.
fn take_in(
    tx: &mut TenantTx<'_>,
    now: DateTime<Utc>,
    message: WhatsappMessage,
    fields: &[(String, String)],
) -> Result<bool, StorageError> {
    if callbacks::keep_message(tx, now, &message.dedupe_key(), fields)?.is_none() {
        return Ok(false);
    }
    let name = profile_name(message.profile_name.as_deref().unwrap_or_default());
    let lead = leads::lead_of_writer(tx, now, &message.from, &name)?;
    let body = match message.button_text {
        Some(label) if message.body.is_empty() => label,
        _ => message.body,
    };
    // Who asks to be left alone is not to be called during the silence that follows.
    let closes = if Classifier::standard().opt_out(&body).is_some() {
        Closes::AtOnce
    } else {
        Closes::AfterSilence
    };
    let new = NewMessage {
        message_sid: message.message_sid,
        body,
        media: message.media.iter().map(kind).collect(),
    };
    whatsapp_sessions::receive(tx, now, lead, &new, closes)?;
    Ok(true)
}

/// A name as a person chose it, on one line and of a length that fits.
fn profile_name(name: &str) -> String {
    let printable: String = name
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    printable.trim().chars().take(LONGEST_NAME).collect()
}

/// What kind of thing an attachment is.
fn kind(media: &Media) -> &'static str {
    let content_type = media.content_type.as_deref().unwrap_or_default();
    match content_type.split('/').next() {
        Some("image") => "image",
        Some("audio") => "audio",
        Some("video") => "video",
        _ => "file",
    }
}
