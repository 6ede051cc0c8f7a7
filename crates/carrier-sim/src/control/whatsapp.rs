//! `POST /sim/whatsapp`: somebody writes to a business.

use std::sync::Arc;

use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::refused;
use crate::callbacks::CallbackQueue;
use crate::callbacks::fields::{Fields, push};
use crate::calls::{Hook, new_sid};
use crate::scripts::is_e164;
use crate::state::Sim;

/// The most attachments of one message.
const MOST_MEDIA: usize = 10;

/// A WhatsApp message that comes in.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WhatsappMessage {
    /// Who writes, E.164.
    pub from: String,
    /// The business's number, E.164.
    pub to: String,
    /// The text.
    pub body: String,
    /// The name that the writer goes by.
    pub profile_name: Option<String>,
    /// The media type of each attachment, for example `image/jpeg`. What it shows is not served.
    pub media: Vec<String>,
    /// The message's id: that of a message before delivers it once more; a new one when absent.
    pub message_sid: Option<String>,
    /// Where it is reported; the configured address when absent.
    pub url: Option<String>,
}

pub(super) async fn post(sim: web::Data<Sim>, message: web::Json<WhatsappMessage>) -> HttpResponse {
    match deliver(&sim.into_inner(), &message) {
        Ok(sid) => HttpResponse::Created().json(json!({ "message_sid": sid })),
        Err(reason) => refused(&reason),
    }
}

/// Sends a message to the business's webhook, as far as the faults let it, and returns its id.
pub(crate) fn deliver(sim: &Arc<Sim>, message: &WhatsappMessage) -> Result<String, String> {
    if !is_e164(&message.from) || !is_e164(&message.to) {
        return Err("from and to must be E.164, for example +972541234567".to_owned());
    }
    if message.media.len() > MOST_MEDIA {
        return Err(format!("a message has at most {MOST_MEDIA} attachments"));
    }
    let url = message
        .url
        .as_ref()
        .or(sim.config.whatsapp_url.as_ref())
        .ok_or("url is missing, here and in the simulator's set-up (--whatsapp-url)")?;
    url::Url::parse(url).map_err(|error| format!("{url:?} is not a URL: {error}"))?;
    let hook = Hook {
        url: url.clone(),
        get: false,
    };
    let sid = message.message_sid.clone().unwrap_or_else(|| new_sid("SM"));
    let fields = fields_of(sim, message, &sid);
    let mut queue = CallbackQueue::new(sim, &sid);
    queue.push("whatsapp", &hook, fields);
    queue.release();
    Ok(sid)
}

/// In the order and with the names of the real carrier.
fn fields_of(sim: &Sim, message: &WhatsappMessage, sid: &str) -> Fields {
    let mut fields = Fields::new();
    for (n, content_type) in message.media.iter().enumerate() {
        push(&mut fields, &format!("MediaContentType{n}"), content_type);
    }
    push(&mut fields, "SmsMessageSid", sid);
    push(&mut fields, "NumMedia", message.media.len().to_string());
    if let Some(name) = &message.profile_name {
        push(&mut fields, "ProfileName", name);
    }
    push(&mut fields, "SmsSid", sid);
    push(&mut fields, "WaId", &message.from[1..]);
    push(&mut fields, "SmsStatus", "received");
    push(&mut fields, "Body", &message.body);
    push(&mut fields, "To", format!("whatsapp:{}", message.to));
    push(&mut fields, "NumSegments", "1");
    push(&mut fields, "MessageSid", sid);
    push(&mut fields, "AccountSid", &sim.config.account_sid);
    push(&mut fields, "From", format!("whatsapp:{}", message.from));
    for n in 0..message.media.len() {
        let url = format!(
            "https://api.twilio.com/2010-04-01/Accounts/{}/Messages/{sid}/Media/ME{n:032x}",
            sim.config.account_sid
        );
        push(&mut fields, &format!("MediaUrl{n}"), url);
    }
    push(&mut fields, "ApiVersion", "2010-04-01");
    fields
}
