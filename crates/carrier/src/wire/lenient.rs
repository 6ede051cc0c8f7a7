//! Deserialisers that take what the carrier sends: a value, a string of it, `null`, `""`, or nothing.

use std::str::FromStr;

use chrono::{DateTime, Utc};
use domain::call::{AnsweredBy, CallStatus};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::{RecordingStatus, read_status};

/// What a missing or unknown status reads as.
pub(crate) const fn unknown_status() -> CallStatus {
    CallStatus::Initiated
}

/// The text of a scalar; `None` for null, empty text and anything that is not a scalar.
fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::String(text) if !text.is_empty() => Some(text),
        Value::Number(number) => Some(number.to_string()),
        Value::Null | Value::String(_) | Value::Bool(_) | Value::Array(_) | Value::Object(_) => {
            None
        }
    })
}

pub(crate) fn opt_text<'de, D: Deserializer<'de>>(d: D) -> Result<Option<String>, D::Error> {
    text(d)
}

/// A whole number, also as a string and with a fraction of zero; anything else is absent.
pub(crate) fn opt_number<'de, D, N>(d: D) -> Result<Option<N>, D::Error>
where
    D: Deserializer<'de>,
    N: FromStr,
{
    Ok(text(d)?.and_then(|text| parse_number(&text)))
}

/// See [`opt_number`].
pub(crate) fn parse_number<N: FromStr>(text: &str) -> Option<N> {
    let text = text.trim();
    let whole = match text.split_once('.') {
        Some((whole, fraction)) if fraction.bytes().all(|digit| digit == b'0') => whole,
        _ => text,
    };
    whole.parse().ok()
}

pub(crate) fn opt_time<'de, D: Deserializer<'de>>(d: D) -> Result<Option<DateTime<Utc>>, D::Error> {
    Ok(text(d)?.and_then(|text| parse_time(&text)))
}

/// RFC 2822 as Twilio writes it, or RFC 3339 as some compatible carriers do.
pub(crate) fn parse_time(text: &str) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc2822(text)
        .or_else(|_| DateTime::parse_from_rfc3339(text))
        .ok()
        .map(|time| time.with_timezone(&Utc))
}

pub(crate) fn status<'de, D: Deserializer<'de>>(d: D) -> Result<CallStatus, D::Error> {
    Ok(text(d)?.map_or_else(unknown_status, |word| read_status(&word)))
}

pub(crate) fn answered_by<'de, D: Deserializer<'de>>(d: D) -> Result<Option<AnsweredBy>, D::Error> {
    Ok(text(d)?.map(|word| AnsweredBy::from_carrier(&word)))
}

pub(crate) fn recording_status<'de, D: Deserializer<'de>>(
    d: D,
) -> Result<RecordingStatus, D::Error> {
    Ok(text(d)?.map_or_else(RecordingStatus::default, |word| {
        RecordingStatus::from_carrier(&word)
    }))
}
