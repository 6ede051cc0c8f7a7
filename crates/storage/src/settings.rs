//! `business_settings`: what a business has set.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use serde_json::Value;

use crate::schema::business_settings as t;
use crate::threshold_changes::{self, Cause};
use crate::{Result, StorageError, TenantTx};

/// What a business has set.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable)]
#[diesel(table_name = t)]
pub struct Settings {
    /// The number it calls from, E.164.
    pub caller_number: Option<String>,
    /// The number that customers write to, where it is another, E.164.
    pub whatsapp_number: Option<String>,
    /// A WhatsApp session ends when the customer has not written for so long.
    pub whatsapp_silence_minutes: i32,
    /// Most outbound calls in the air at once.
    pub max_outbound: i16,
    /// Most calls in the air at once.
    pub max_total: i16,
    /// A suggestion below this changes nothing (0 to 1).
    pub confidence_threshold: f64,
    /// Whether the threshold follows the corrections.
    pub auto_threshold: bool,
    /// `on` or `shadow`.
    pub automation: String,
    /// When it calls; always, when nothing is set.
    pub calling_windows: Option<Value>,
    /// From one call to a person to the next, over all runs.
    pub min_gap_minutes: Option<i32>,
    /// Calls to a person in one day, over all runs.
    pub max_calls_per_day: Option<i16>,
    /// When automation leaves the board alone.
    pub quiet_hours: Option<Value>,
    /// Which moves automation may make.
    pub transition_rules: Option<Value>,
    /// Its own words for what conversations say, by group.
    pub status_words: Option<Value>,
    /// When a lead that was not reached is called again.
    pub retry_policy: Value,
    /// What an answered call hears.
    pub call_flow: Value,
    /// What is done when a machine picks up.
    pub voicemail: Value,
    /// What the speech server is told to expect: `business` (its own language), `auto`, `he` or `en`.
    pub transcription_language: String,
    /// Minutes of audio that may be transcribed in a day; no limit, when nothing is set.
    pub transcription_minutes_per_day: Option<i32>,
    /// How long a phone rings.
    pub ring_timeout_seconds: i16,
    /// How long a call may last.
    pub time_limit_seconds: i32,
    /// Days after which a recording or a WhatsApp message is deleted.
    pub recording_retention_days: i16,
    /// Grows with each change.
    pub version: i64,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}

/// What a person changes: `None` leaves a setting as it is, `Some(None)` empties it.
#[derive(Debug, Clone, Default, PartialEq, AsChangeset)]
#[diesel(table_name = t)]
pub struct Changes {
    /// The number it calls from, E.164.
    pub caller_number: Option<Option<String>>,
    /// The number that customers write to, where it is another, E.164.
    pub whatsapp_number: Option<Option<String>>,
    /// A WhatsApp session ends when the customer has not written for so long.
    pub whatsapp_silence_minutes: Option<i32>,
    /// Most outbound calls in the air at once. The lines follow.
    pub max_outbound: Option<i16>,
    /// Most calls in the air at once. The lines follow.
    pub max_total: Option<i16>,
    /// A suggestion below this changes nothing (0 to 1).
    pub confidence_threshold: Option<f64>,
    /// Whether the threshold follows the corrections.
    pub auto_threshold: Option<bool>,
    /// `on` or `shadow`.
    pub automation: Option<String>,
    /// When it calls.
    pub calling_windows: Option<Option<Value>>,
    /// From one call to a person to the next, over all runs.
    pub min_gap_minutes: Option<Option<i32>>,
    /// Calls to a person in one day, over all runs.
    pub max_calls_per_day: Option<Option<i16>>,
    /// When automation leaves the board alone.
    pub quiet_hours: Option<Option<Value>>,
    /// Which moves automation may make.
    pub transition_rules: Option<Option<Value>>,
    /// Its own words for what conversations say, by group.
    pub status_words: Option<Option<Value>>,
    /// When a lead that was not reached is called again.
    pub retry_policy: Option<Value>,
    /// What an answered call hears.
    pub call_flow: Option<Value>,
    /// What is done when a machine picks up.
    pub voicemail: Option<Value>,
    /// What the speech server is told to expect.
    pub transcription_language: Option<String>,
    /// Minutes of audio that may be transcribed in a day.
    pub transcription_minutes_per_day: Option<Option<i32>>,
    /// How long a phone rings.
    pub ring_timeout_seconds: Option<i16>,
    /// How long a call may last.
    pub time_limit_seconds: Option<i32>,
    /// Days after which a recording or a WhatsApp message is deleted.
    pub recording_retention_days: Option<i16>,
}

/// The settings of the business.
///
/// # Errors
/// [`StorageError::NotFound`] when it has none.
pub fn get(tx: &mut TenantTx<'_>) -> Result<Settings> {
    Ok(t::table
        .find(tx.business.0)
        .select(Settings::as_select())
        .first(tx.conn)?)
}

/// Changes settings. With `expected_version`, only if they are still that version. Where that switches `auto_threshold` on,
/// the threshold follows the corrections at once.
///
/// # Errors
/// [`StorageError::Conflict`] when they have moved on (`business_settings_version`) or another business has the number
/// (`business_settings_caller_number`, `business_settings_whatsapp_number`); [`StorageError::Refused`] when a value is out of its bounds, together with the
/// others (`total_holds_outbound`).
pub fn change(
    tx: &mut TenantTx<'_>,
    now: DateTime<Utc>,
    expected_version: Option<i64>,
    changes: &Changes,
) -> Result<()> {
    hold(tx, expected_version)?;
    if *changes == Changes::default() {
        return Ok(());
    }
    write(tx, now, changes)?;
    if changes.auto_threshold == Some(true) {
        threshold_changes::follow(tx, now, Cause::Switch)?;
    }
    Ok(())
}

/// As [`change`], with a new version also when no setting changes: something else of the business does.
pub(crate) fn change_always(
    tx: &mut TenantTx<'_>,
    now: DateTime<Utc>,
    expected_version: Option<i64>,
    changes: &Changes,
) -> Result<()> {
    hold(tx, expected_version)?;
    write(tx, now, changes)
}

/// Holds the settings until the end of the transaction, if they are of the expected version.
fn hold(tx: &mut TenantTx<'_>, expected_version: Option<i64>) -> Result<()> {
    let version: i64 = t::table
        .find(tx.business.0)
        .select(t::version)
        .for_no_key_update()
        .first(tx.conn)?;
    if expected_version.is_some_and(|expected| expected != version) {
        return Err(StorageError::Conflict {
            constraint: "business_settings_version".to_owned(),
        });
    }
    Ok(())
}

fn write(tx: &mut TenantTx<'_>, now: DateTime<Utc>, changes: &Changes) -> Result<()> {
    diesel::update(t::table.find(tx.business.0))
        .set((
            changes,
            t::version.eq(t::version + 1),
            t::updated_at.eq(now),
        ))
        .execute(tx.conn)?;
    Ok(())
}
