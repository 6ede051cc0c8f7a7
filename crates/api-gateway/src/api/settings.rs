//! What a business has set.

pub(crate) mod get;
pub(crate) mod patch;

use chrono::{DateTime, Utc};
use domain::decision::{Automation, QuietHours, TransitionRules};
use domain::gates::CallingWindows;
use domain::ids::UserId;
use domain::retry::RetryPolicy;
use domain::text::Words;
use domain::voicemail::Voicemail;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use storage::{StorageError, TenantTx, businesses, settings};
use utoipa::ToSchema;

use crate::api::users::preferences::{self, Available, PreferencesView};
use crate::call_flow::CallFlow;
use crate::problem::Result;

/// What a business has set.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SettingsView {
    /// The business.
    business: BusinessView,
    /// The number it calls from, E.164. Without one no run can start.
    caller_number: Option<String>,
    /// The number that customers write to on WhatsApp, E.164; null is the one it calls from.
    whatsapp_number: Option<String>,
    /// A WhatsApp session ends when the customer has not written for so long.
    whatsapp_silence_minutes: i32,
    /// Most outbound calls in the air at once.
    max_outbound: i16,
    /// Most calls in the air at once, inbound ones included.
    max_total: i16,
    /// A suggestion below this changes nothing (0 to 1).
    confidence_threshold: f64,
    /// Whether the threshold follows the corrections, as `GET /api/status-rules/corrections` suggests it.
    auto_threshold: bool,
    /// `on`, or `shadow`: decisions are recorded and not applied.
    #[schema(value_type = String)]
    automation: Automation,
    /// When it calls, in its time zone and in that of the person, where it is known; null is always.
    #[schema(value_type = Option<Object>)]
    calling_windows: Option<CallingWindows>,
    /// From one call to a person to the next, over all runs; null is no gap.
    min_gap_minutes: Option<i32>,
    /// Calls to a person in one day of the business's time zone, over all runs; null is no limit.
    max_calls_per_day: Option<i16>,
    /// When automation leaves the board alone: `{"from": "21:00", "to": "07:30"}` in the business's time zone.
    #[schema(value_type = Option<Object>)]
    quiet_hours: Option<QuietHours>,
    /// Which moves automation may make: `{"allowed": {"qualified": ["won"]}, "never_to": ["vip"]}`.
    #[schema(value_type = Object)]
    transition_rules: TransitionRules,
    /// The business's own words for what conversations say, by group: `{"HOT_INTERESTED": ["send the contract"]}`; null is
    /// none.
    #[schema(value_type = Option<Object>)]
    status_words: Option<Words>,
    /// When a lead that was not reached is called again.
    #[schema(value_type = Object)]
    retry_policy: RetryPolicy,
    /// What an answered call hears.
    call_flow: CallFlow,
    /// What is done when a machine picks up: `{"action": "go_on"}`, `hang_up`, or `leave_message` with `text`.
    #[schema(value_type = Object)]
    voicemail: Voicemail,
    /// What the speech server is told to expect: `business` (its own language), `auto` (nothing), `he` or `en`.
    transcription_language: TranscriptionLanguage,
    /// Minutes of audio that may be transcribed in one day of the business's time zone, each channel of a recording counted;
    /// null is no limit.
    transcription_minutes_per_day: Option<i32>,
    /// How long a phone rings.
    ring_timeout_seconds: i16,
    /// How long a call may last.
    time_limit_seconds: i32,
    /// Days after its announcement by the carrier on which a recording is deleted, there and here.
    recording_retention_days: i16,
    /// Of what the caller is told, how and when: their own, the same as `GET /api/users/me/notification-preferences`, with a
    /// version of its own. Null for a program's key, which is nobody.
    notification_preferences: Option<PreferencesView>,
    /// Grows with each change; also the `ETag`.
    pub(super) version: i64,
    updated_at: DateTime<Utc>,
}

/// What the speech server is told to expect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum TranscriptionLanguage {
    /// The business's own language.
    Business,
    /// Nothing: it finds out for each piece of a recording.
    Auto,
    /// Hebrew.
    He,
    /// English.
    En,
}

impl TranscriptionLanguage {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Business => "business",
            Self::Auto => "auto",
            Self::He => "he",
            Self::En => "en",
        }
    }
}

/// The business.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BusinessView {
    id: i64,
    name: String,
    /// `he` or `en`.
    language: String,
    /// IANA name.
    time_zone: String,
    /// ISO 3166 alpha-2; local phone numbers are read as of it.
    country: String,
}

/// The settings as the API shows them to a user, or to none.
fn show(tx: &mut TenantTx<'_>, user: Option<UserId>, available: Available) -> Result<SettingsView> {
    let id = tx.business;
    let business = businesses::get(tx, id)?;
    let row = settings::get(tx)?;
    Ok(SettingsView {
        business: BusinessView {
            id: business.id,
            name: business.name,
            language: business.language,
            time_zone: business.time_zone,
            country: business.country,
        },
        caller_number: row.caller_number,
        whatsapp_number: row.whatsapp_number,
        whatsapp_silence_minutes: row.whatsapp_silence_minutes,
        max_outbound: row.max_outbound,
        max_total: row.max_total,
        confidence_threshold: row.confidence_threshold,
        auto_threshold: row.auto_threshold,
        automation: stored("automation", Value::String(row.automation))?,
        calling_windows: row
            .calling_windows
            .map(|value| stored("calling_windows", value))
            .transpose()?,
        min_gap_minutes: row.min_gap_minutes,
        max_calls_per_day: row.max_calls_per_day,
        quiet_hours: row
            .quiet_hours
            .map(|value| stored("quiet_hours", value))
            .transpose()?,
        transition_rules: match row.transition_rules {
            Some(value) => stored("transition_rules", value)?,
            None => TransitionRules::default(),
        },
        status_words: row
            .status_words
            .map(|value| stored("status_words", value))
            .transpose()?,
        retry_policy: stored("retry_policy", row.retry_policy)?,
        call_flow: stored("call_flow", row.call_flow)?,
        voicemail: stored("voicemail", row.voicemail)?,
        transcription_language: stored(
            "transcription_language",
            Value::String(row.transcription_language),
        )?,
        transcription_minutes_per_day: row.transcription_minutes_per_day,
        ring_timeout_seconds: row.ring_timeout_seconds,
        time_limit_seconds: row.time_limit_seconds,
        recording_retention_days: row.recording_retention_days,
        notification_preferences: user
            .map(|user| preferences::show(tx, user, available))
            .transpose()?,
        version: row.version,
        updated_at: row.updated_at,
    })
}

fn stored<T: DeserializeOwned>(name: &str, value: Value) -> Result<T> {
    serde_json::from_value(value)
        .map_err(|error| StorageError::Corrupt(format!("setting {name}: {error}")).into())
}
