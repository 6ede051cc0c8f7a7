//! WhatsApp sessions.

pub(crate) mod close;
pub(crate) mod get;
pub(crate) mod list;
mod query;

use chrono::{DateTime, Utc};
use storage::{whatsapp_messages, whatsapp_sessions};

use crate::api::view::view;

view! {
    /// A talk on WhatsApp, from its first message to a silence.
    WhatsappSessionView of whatsapp_sessions::Session {
        id: i64,
        lead_id: i64,
        /// `open` or `closed`.
        state: String,
        opened_at: DateTime<Utc>,
        last_message_at: DateTime<Utc>,
        closed_at: Option<DateTime<Utc>>,
        /// `silence`, or `asked` when somebody closed it.
        close_reason: Option<String>,
    }
}

view! {
    /// A message of a session.
    WhatsappMessageView of whatsapp_messages::Message {
        id: i64,
        /// The carrier's id of the message.
        message_sid: String,
        /// `inbound`, or `outbound` when our side wrote it.
        direction: String,
        /// The text; empty when only other things were sent.
        body: String,
        /// What kind of thing each attachment is: `image`, `audio`, `video` or `file`.
        media: Vec<String>,
        at: DateTime<Utc>,
    }
}
