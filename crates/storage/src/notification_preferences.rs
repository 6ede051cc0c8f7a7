//! `notification_preferences`: of what a user is told, how and when. A user without a row has the defaults.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use domain::ids::UserId;
use domain::notifications::{Email, Preferences};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::schema::notification_preferences as t;
use crate::{Result, StorageError, TenantTx};

/// What is stored of preferences.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = t)]
pub(crate) struct Row {
    statuses: Option<Vec<Option<String>>>,
    sources: Vec<Option<String>>,
    push: String,
    email: String,
    digest_hour: i16,
    quiet_hours: Option<Value>,
    quiet_days: Vec<Option<String>>,
}

impl Row {
    pub(crate) fn read(self) -> Result<Preferences> {
        let corrupt =
            |what: &str| StorageError::Corrupt(format!("notification_preferences.{what}"));
        Ok(Preferences {
            statuses: self
                .statuses
                .map(|statuses| statuses.into_iter().flatten().collect()),
            sources: words(self.sources).map_err(|_| corrupt("sources"))?,
            push: self.push.parse().map_err(|_| corrupt("push"))?,
            email: self.email.parse().map_err(|_| corrupt("email"))?,
            digest_hour: self
                .digest_hour
                .try_into()
                .map_err(|_| corrupt("digest_hour"))?,
            quiet_hours: self
                .quiet_hours
                .map(serde_json::from_value)
                .transpose()
                .map_err(|_| corrupt("quiet_hours"))?,
            quiet_days: words(self.quiet_days).map_err(|_| corrupt("quiet_days"))?,
        })
    }
}

/// Words of the database as what they stand for.
fn words<T: DeserializeOwned + Ord>(
    words: Vec<Option<String>>,
) -> Result<BTreeSet<T>, serde_json::Error> {
    let words = words.into_iter().flatten();
    words
        .map(|word| serde_json::from_value(Value::String(word)))
        .collect()
}

/// And back.
fn texts<T: Serialize>(values: &BTreeSet<T>) -> Vec<String> {
    let texts = values.iter().map(serde_json::to_value);
    texts
        .filter_map(|text| Some(text.ok()?.as_str()?.to_owned()))
        .collect()
}

/// The preferences of a user, and what else there is to know of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// Of what they are told, how and when.
    pub preferences: Preferences,
    /// When they last chose to get e-mail.
    pub email_chosen_at: Option<DateTime<Utc>>,
    /// Grows with each change; 0 while all is as it is at first.
    pub version: i64,
}

/// The preferences of a user.
///
/// # Errors
/// [`StorageError::Corrupt`] when they cannot be read; otherwise when the statement fails.
pub fn get(tx: &mut TenantTx<'_>, user: UserId) -> Result<Stored> {
    let found: Option<(Row, Option<DateTime<Utc>>, i64)> = t::table
        .find((tx.business.0, user.0))
        .select((Row::as_select(), t::email_chosen_at, t::version))
        .first(tx.conn)
        .optional()?;
    match found {
        None => Ok(Stored {
            preferences: Preferences::default(),
            email_chosen_at: None,
            version: 0,
        }),
        Some((row, email_chosen_at, version)) => Ok(Stored {
            preferences: row.read()?,
            email_chosen_at,
            version,
        }),
    }
}

/// Changes the preferences of a user by `edit`, which sees them as they are and keeps others from changing them meanwhile.
/// With `expected_version`, only if they are still that version. `chooses_email`: earlier refusals of the address do not count
/// any more.
///
/// # Errors
/// [`StorageError::Conflict`] when they have moved on (`notification_preferences_version`); what `edit` answers.
pub fn change<E: From<StorageError>>(
    tx: &mut TenantTx<'_>,
    now: DateTime<Utc>,
    user: UserId,
    expected_version: Option<i64>,
    chooses_email: bool,
    edit: impl FnOnce(&mut Preferences) -> Result<(), E>,
) -> Result<(), E> {
    hold(tx, now, user)?;
    let before = get(tx, user)?;
    if expected_version.is_some_and(|expected| expected != before.version) {
        let constraint = "notification_preferences_version".to_owned();
        return Err(StorageError::Conflict { constraint }.into());
    }
    let mut wanted = before.preferences.clone();
    edit(&mut wanted)?;
    let chooses_email = chooses_email && wanted.email != Email::Off;
    if wanted == before.preferences && !chooses_email {
        return Ok(());
    }
    let chosen_at = if chooses_email {
        Some(now)
    } else {
        before.email_chosen_at
    };
    write(tx, now, user, &wanted, chosen_at).map_err(E::from)
}

/// Makes sure that there is a row, and keeps it until the transaction ends. A new one has the version of no row.
fn hold(tx: &mut TenantTx<'_>, now: DateTime<Utc>, user: UserId) -> Result<()> {
    diesel::insert_into(t::table)
        .values((
            t::business_id.eq(tx.business.0),
            t::user_id.eq(user.0),
            t::version.eq(0),
            t::updated_at.eq(now),
        ))
        .on_conflict_do_nothing()
        .execute(tx.conn)?;
    t::table
        .find((tx.business.0, user.0))
        .select(t::version)
        .for_no_key_update()
        .first::<i64>(tx.conn)?;
    Ok(())
}

fn write(
    tx: &mut TenantTx<'_>,
    now: DateTime<Utc>,
    user: UserId,
    wanted: &Preferences,
    email_chosen_at: Option<DateTime<Utc>>,
) -> Result<()> {
    let quiet_hours = wanted.quiet_hours.map(serde_json::to_value).transpose();
    let quiet_hours = quiet_hours.map_err(|error| StorageError::Corrupt(error.to_string()))?;
    let hour = i16::try_from(wanted.digest_hour)
        .map_err(|_| StorageError::Corrupt("digest_hour".to_owned()))?;
    diesel::update(t::table.find((tx.business.0, user.0)))
        .set((
            t::statuses.eq(wanted.statuses.as_ref().map(texts)),
            t::sources.eq(texts(&wanted.sources)),
            t::push.eq(wanted.push.as_str()),
            t::email.eq(wanted.email.as_str()),
            t::email_chosen_at.eq(email_chosen_at),
            t::digest_hour.eq(hour),
            t::quiet_hours.eq(quiet_hours),
            t::quiet_days.eq(texts(&wanted.quiet_days)),
            t::version.eq(t::version + 1),
            t::updated_at.eq(now),
        ))
        .execute(tx.conn)?;
    Ok(())
}
