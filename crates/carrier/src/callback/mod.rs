//! What the carrier posts to us, read from the decoded form fields. Verify the signature first.
//!
//! Callbacks come late, twice and out of order. [`dedupe_key`](StatusCallback::dedupe_key) is equal for two deliveries
//! of the same report and different for two reports; the token that the carrier sends along promises neither.

mod amd;
mod recording;
mod status;
mod voice;
mod whatsapp;

use std::str::FromStr;

pub use amd::AmdCallback;
pub use recording::RecordingCallback;
pub use status::StatusCallback;
pub use voice::VoiceRequest;
pub use whatsapp::{Media, WhatsappMessage};

/// A callback that lacks what makes it one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    /// A field is missing or empty.
    #[error("the field {0} is missing")]
    Missing(&'static str),
    /// A field cannot be read.
    #[error("the field {0} cannot be read")]
    Invalid(&'static str),
}

/// The fields of one callback. Of a repeated name the first value counts; empty ones count as absent.
struct Fields<'a>(&'a [(String, String)]);

impl<'a> Fields<'a> {
    fn get(&self, name: &str) -> Option<&'a str> {
        self.0
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
            .filter(|value| !value.is_empty())
    }

    fn text(&self, name: &str) -> Option<String> {
        self.get(name).map(str::to_owned)
    }

    fn number<N: FromStr>(&self, name: &str) -> Option<N> {
        self.get(name).and_then(crate::wire::lenient::parse_number)
    }

    fn time(&self, name: &str) -> Option<chrono::DateTime<chrono::Utc>> {
        self.get(name).and_then(crate::wire::lenient::parse_time)
    }

    fn required<T: FromStr>(&self, name: &'static str) -> Result<T, ParseError> {
        self.get(name)
            .ok_or(ParseError::Missing(name))?
            .parse()
            .map_err(|_| ParseError::Invalid(name))
    }
}

/// Our word for the carrier's direction: `inbound`, or `outbound-api` and `outbound-dial`.
fn direction(word: &str) -> domain::call::Direction {
    if word.starts_with("outbound") {
        domain::call::Direction::Outbound
    } else {
        domain::call::Direction::Inbound
    }
}
