//! `transcription_days`: how much audio of a business was sent to the speech server, by day of its time zone. A piece is
//! reserved here before it is asked for, in one statement, so that replicas together do not pass what the business has set.

use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Date, Nullable};
use domain::messages::Language;

use crate::schema::{business, business_settings, transcription_days as t};
use crate::{Result, StorageError, TenantTx};

/// Audio that may be sent, counted in a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reserved {
    /// The day in the business's time zone.
    pub day: NaiveDate,
    /// How much.
    pub ms: i64,
}

/// What the speech server is told to expect; none when it is to find out.
///
/// # Errors
/// When the statement fails.
pub fn language_hint(tx: &mut TenantTx<'_>) -> Result<Option<Language>> {
    let (own, wanted): (String, Option<String>) = business::table
        .left_join(business_settings::table)
        .filter(business::id.eq(tx.business.0))
        .select((
            business::language,
            business_settings::transcription_language.nullable(),
        ))
        .first(tx.conn)?;
    let language = match wanted.as_deref() {
        Some("auto") => return Ok(None),
        None | Some("business") => own,
        Some(language) => language.to_owned(),
    };
    language
        .parse()
        .map(Some)
        .map_err(|error| StorageError::Corrupt(format!("transcription language: {error}")))
}

/// Reserves so much audio in the business's day; none when what it has set for a day does not suffice.
///
/// # Errors
/// When a statement fails.
pub fn reserve(tx: &mut TenantTx<'_>, now: DateTime<Utc>, ms: i64) -> Result<Option<Reserved>> {
    let (zone, minutes): (String, Option<i32>) = business::table
        .left_join(business_settings::table)
        .filter(business::id.eq(tx.business.0))
        .select((
            business::time_zone,
            business_settings::transcription_minutes_per_day.nullable(),
        ))
        .first(tx.conn)?;
    let zone: chrono_tz::Tz = zone
        .parse()
        .map_err(|_| StorageError::Corrupt(format!("time zone {zone:?}")))?;
    let day = now.with_timezone(&zone).date_naive();
    let most = minutes.map(|minutes| i64::from(minutes) * 60_000);
    if most.is_some_and(|most| ms > most) {
        return Ok(None);
    }
    let reserved = diesel::sql_query(
        "INSERT INTO transcription_days AS d (business_id, day, used_ms) VALUES ($1, $2, $3)
         ON CONFLICT (business_id, day) DO UPDATE SET used_ms = d.used_ms + excluded.used_ms
         WHERE $4 IS NULL OR d.used_ms + excluded.used_ms <= $4",
    )
    .bind::<BigInt, _>(tx.business.0)
    .bind::<Date, _>(day)
    .bind::<BigInt, _>(ms)
    .bind::<Nullable<BigInt>, _>(most)
    .execute(tx.conn)?;
    Ok((reserved == 1).then_some(Reserved { day, ms }))
}

/// Gives back what was reserved for audio that the speech server has not taken.
///
/// # Errors
/// When the statement fails.
pub fn give_back(tx: &mut TenantTx<'_>, reserved: Reserved) -> Result<()> {
    diesel::update(t::table.find((tx.business.0, reserved.day)))
        .set(t::used_ms.eq(t::used_ms - reserved.ms))
        .execute(tx.conn)?;
    Ok(())
}
