//! A WhatsApp message that came in.

use super::{Fields, ParseError};

/// The most attachments of one message (Twilio, "Messaging webhooks").
const MAX_MEDIA: usize = 10;

/// A message of a customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WhatsappMessage {
    /// The message.
    pub message_sid: String,
    /// The customer's number, E.164, without the `whatsapp:` prefix.
    pub from: String,
    /// The business's number, E.164, without the prefix.
    pub to: String,
    /// The text; empty when only media were sent.
    pub body: String,
    /// The name that the customer shows.
    pub profile_name: Option<String>,
    /// The label of the quick-reply button that was pressed.
    pub button_text: Option<String>,
    /// What was attached.
    pub media: Vec<Media>,
}

/// An attachment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Media {
    /// Where it is, at the carrier.
    pub url: String,
    /// Its media type, for example `audio/ogg`.
    pub content_type: Option<String>,
}

impl WhatsappMessage {
    /// Reads the form fields.
    ///
    /// # Errors
    /// When the message or one of the numbers is missing.
    pub fn parse(fields: &[(String, String)]) -> Result<Self, ParseError> {
        let fields = Fields(fields);
        let number = |name: &'static str| {
            let address = fields.get(name).ok_or(ParseError::Missing(name))?;
            let number = address.strip_prefix("whatsapp:").unwrap_or(address);
            Ok(number.to_owned())
        };
        let count = fields.number::<usize>("NumMedia").unwrap_or(0);
        let media = (0..count.min(MAX_MEDIA))
            .filter_map(|index| {
                Some(Media {
                    url: fields.text(&format!("MediaUrl{index}"))?,
                    content_type: fields.text(&format!("MediaContentType{index}")),
                })
            })
            .collect();
        Ok(Self {
            message_sid: fields
                .text("MessageSid")
                .or_else(|| fields.text("SmsMessageSid"))
                .ok_or(ParseError::Missing("MessageSid"))?,
            from: number("From")?,
            to: number("To")?,
            body: fields.text("Body").unwrap_or_default(),
            profile_name: fields.text("ProfileName"),
            button_text: fields.text("ButtonText"),
            media,
        })
    }

    /// Equal for two deliveries of this message, different for any other.
    #[must_use]
    pub fn dedupe_key(&self) -> String {
        format!("whatsapp:{}", self.message_sid)
    }
}
