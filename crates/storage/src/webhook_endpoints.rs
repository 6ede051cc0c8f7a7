//! `webhook_endpoints`: where a business is told of its events. People manage them through the gateway; the status-engine
//! keeps how they fare and switches off those that accept nothing.

use chrono::{DateTime, Utc};
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::pg::{Pg, PgValue};
use diesel::prelude::*;
use diesel::sql_types::{Array, Nullable, Text};
use domain::ids::{UserId, WebhookEndpointId};

use crate::schema::{business_settings, webhook_endpoints as t};
use crate::webhook_endpoint_changes::{self as changes, Kind};
use crate::{Result, StorageError, TenantTx};

/// Endpoints that a business may have.
pub const MOST: i64 = 20;

/// Why an endpoint was switched off by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Disabled {
    /// It answered that it takes no more (410).
    Gone,
    /// It accepted nothing for a day.
    Failing,
}

impl Disabled {
    /// The word in the database and the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Gone => "gone",
            Self::Failing => "failing",
        }
    }
}

/// The reason of an endpoint that a person has switched off.
const BY_HAND: &str = "by_hand";

/// An endpoint.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = t)]
pub struct Endpoint {
    /// Its row.
    pub id: i64,
    /// Where it is. May hold a secret of the receiver: not for logs.
    pub url: String,
    /// What it is for, in the business's words.
    pub description: String,
    /// What it is told of.
    #[diesel(deserialize_as = Words)]
    pub event_types: Vec<String>,
    /// Whether it is told of anything.
    pub is_active: bool,
    /// Since when it is not.
    pub disabled_at: Option<DateTime<Utc>>,
    /// Why it is not: `by_hand`, `gone` or `failing`.
    pub disabled_reason: Option<String>,
    /// Its first failure since its last success.
    pub failing_since: Option<DateTime<Utc>>,
    /// Grows with each change.
    pub version: i64,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}

/// PostgreSQL cannot say that no element of an array is null; here none is.
#[derive(FromSqlRow)]
pub struct Words(Vec<String>);

impl FromSql<Array<Nullable<Text>>, Pg> for Words {
    fn from_sql(bytes: PgValue<'_>) -> deserialize::Result<Self> {
        let words: Vec<Option<String>> = FromSql::<Array<Nullable<Text>>, Pg>::from_sql(bytes)?;
        Ok(Self(words.into_iter().flatten().collect()))
    }
}

impl From<Words> for Vec<String> {
    fn from(words: Words) -> Self {
        words.0
    }
}

/// An endpoint to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEndpoint {
    /// Where it is.
    pub url: String,
    /// What it is for.
    pub description: String,
    /// What it is told of; not empty.
    pub event_types: Vec<String>,
    /// Whether it is told of anything yet.
    pub is_active: bool,
}

/// Makes an endpoint, without a secret yet. None when the business has [`MOST`] of them.
///
/// # Errors
/// When a statement fails.
pub fn create(
    tx: &mut TenantTx<'_>,
    now: DateTime<Utc>,
    new: &NewEndpoint,
    by: Option<UserId>,
) -> Result<Option<Endpoint>> {
    let business = tx.business.0;
    // So that two at once do not both see room for the last one.
    business_settings::table
        .find(business)
        .select(business_settings::business_id)
        .for_no_key_update()
        .first::<i64>(tx.conn)?;
    let has: i64 = t::table
        .filter(t::business_id.eq(business))
        .count()
        .get_result(tx.conn)?;
    if has >= MOST {
        return Ok(None);
    }
    let made: Endpoint = diesel::insert_into(t::table)
        .values((
            t::business_id.eq(business),
            t::url.eq(&new.url),
            t::description.eq(&new.description),
            t::event_types.eq(&new.event_types),
            t::is_active.eq(new.is_active),
            switched_off(new.is_active, now),
            t::served_at.eq(now),
            t::created_at.eq(now),
            t::updated_at.eq(now),
        ))
        .returning(Endpoint::as_returning())
        .get_result(tx.conn)?;
    changes::add(tx, now, WebhookEndpointId(made.id), Kind::Created, by)?;
    Ok(Some(made))
}

type SwitchedOff = (
    diesel::dsl::Eq<t::disabled_at, Option<DateTime<Utc>>>,
    diesel::dsl::Eq<t::disabled_reason, Option<&'static str>>,
);

/// What goes with `is_active` where a person says it.
fn switched_off(is_active: bool, now: DateTime<Utc>) -> SwitchedOff {
    (
        t::disabled_at.eq((!is_active).then_some(now)),
        t::disabled_reason.eq((!is_active).then_some(BY_HAND)),
    )
}

/// The endpoints of the business, newest first: at most `most` of them with an id below `before`.
///
/// # Errors
/// When the statement fails.
pub fn list(
    tx: &mut TenantTx<'_>,
    before: Option<WebhookEndpointId>,
    most: i64,
) -> Result<Vec<Endpoint>> {
    Ok(t::table
        .filter(t::business_id.eq(tx.business.0))
        .filter(t::id.lt(before.map_or(i64::MAX, |id| id.0)))
        .order(t::id.desc())
        .limit(most)
        .select(Endpoint::as_select())
        .load(tx.conn)?)
}

/// One endpoint.
///
/// # Errors
/// [`StorageError::NotFound`] when the business has no such endpoint.
pub fn get(tx: &mut TenantTx<'_>, id: WebhookEndpointId) -> Result<Endpoint> {
    Ok(t::table
        .filter(t::business_id.eq(tx.business.0))
        .filter(t::id.eq(id.0))
        .select(Endpoint::as_select())
        .first(tx.conn)?)
}

/// One endpoint, which nobody else changes until the transaction ends.
///
/// # Errors
/// [`StorageError::NotFound`] when the business has no such endpoint.
pub fn hold(tx: &mut TenantTx<'_>, id: WebhookEndpointId) -> Result<Endpoint> {
    Ok(t::table
        .filter(t::business_id.eq(tx.business.0))
        .filter(t::id.eq(id.0))
        .select(Endpoint::as_select())
        .for_no_key_update()
        .first(tx.conn)?)
}

/// What changes about an endpoint; what is none stays.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Edit {
    /// Where it is.
    pub url: Option<String>,
    /// What it is for.
    pub description: Option<String>,
    /// What it is told of.
    pub event_types: Option<Vec<String>>,
    /// Whether it is told of anything. On starts afresh: what failed before is forgotten.
    pub is_active: Option<bool>,
}

/// Changes an endpoint that is held.
///
/// # Errors
/// [`StorageError::Conflict`] when it is not of the expected version; otherwise when a statement fails.
pub fn edit(
    tx: &mut TenantTx<'_>,
    now: DateTime<Utc>,
    held: &Endpoint,
    expected_version: Option<i64>,
    edit: Edit,
    by: Option<UserId>,
) -> Result<Endpoint> {
    if expected_version.is_some_and(|expected| expected != held.version) {
        return Err(StorageError::Conflict {
            constraint: "webhook_endpoints_version".to_owned(),
        });
    }
    let id = WebhookEndpointId(held.id);
    let url = edit.url.as_ref().unwrap_or(&held.url);
    let description = edit.description.as_ref().unwrap_or(&held.description);
    let event_types = edit.event_types.as_ref().unwrap_or(&held.event_types);
    let is_other =
        (url, description, event_types) != (&held.url, &held.description, &held.event_types);
    let switched = edit.is_active.filter(|wanted| *wanted != held.is_active);
    if !is_other && switched.is_none() {
        return Ok(held.clone());
    }
    let fresh = switched == Some(true) || *url != held.url;
    let none = None::<DateTime<Utc>>;
    let changed: Endpoint = diesel::update(t::table)
        .filter(t::business_id.eq(tx.business.0))
        .filter(t::id.eq(id.0))
        .set((
            t::url.eq(url),
            t::description.eq(description),
            t::event_types.eq(event_types),
            switched.map(|on| (t::is_active.eq(on), switched_off(on, now))),
            fresh.then(|| (t::failing_since.eq(none), t::rests_until.eq(none))),
            t::version.eq(t::version + 1),
            t::updated_at.eq(now),
        ))
        .returning(Endpoint::as_returning())
        .get_result(tx.conn)?;
    if is_other {
        changes::add(tx, now, id, Kind::Changed, by)?;
    }
    match switched {
        Some(true) => changes::add(tx, now, id, Kind::Activated, by)?,
        Some(false) => changes::add(tx, now, id, Kind::Deactivated, by)?,
        None => {}
    }
    Ok(changed)
}

/// Deletes an endpoint, with its secrets and its deliveries. An attempt that is under way ends, and is recorded nowhere.
///
/// # Errors
/// [`StorageError::NotFound`] when the business has no such endpoint; otherwise when a statement fails.
pub fn delete(
    tx: &mut TenantTx<'_>,
    now: DateTime<Utc>,
    id: WebhookEndpointId,
    by: Option<UserId>,
) -> Result<()> {
    let gone = diesel::delete(t::table)
        .filter(t::business_id.eq(tx.business.0))
        .filter(t::id.eq(id.0))
        .execute(tx.conn)?;
    if gone == 0 {
        return Err(StorageError::NotFound);
    }
    changes::add(tx, now, id, Kind::Deleted, by)
}

/// Notes that an endpoint has accepted something. That it asked for a rest in another answer stands.
///
/// # Errors
/// When the statement fails.
pub fn succeeded(tx: &mut TenantTx<'_>, id: WebhookEndpointId) -> Result<()> {
    diesel::update(t::table)
        .filter(t::business_id.eq(tx.business.0))
        .filter(t::id.eq(id.0))
        // Else every delivery would write the row that all of them read.
        .filter(t::failing_since.is_not_null())
        .set(t::failing_since.eq(None::<DateTime<Utc>>))
        .execute(tx.conn)?;
    Ok(())
}

/// Notes that an endpoint has not accepted something, and until when it wants nothing. Answers the endpoint as it fares now;
/// none when it is gone.
///
/// # Errors
/// When a statement fails.
pub fn failed(
    tx: &mut TenantTx<'_>,
    now: DateTime<Utc>,
    id: WebhookEndpointId,
    rests_until: Option<DateTime<Utc>>,
) -> Result<Option<Endpoint>> {
    let of_business = t::business_id.eq(tx.business.0);
    diesel::update(t::table)
        .filter(of_business)
        .filter(t::id.eq(id.0))
        .filter(t::failing_since.is_null())
        .set(t::failing_since.eq(now))
        .execute(tx.conn)?;
    if let Some(until) = rests_until {
        diesel::update(t::table)
            .filter(of_business)
            .filter(t::id.eq(id.0))
            .filter(t::rests_until.is_null().or(t::rests_until.lt(until)))
            .set(t::rests_until.eq(until))
            .execute(tx.conn)?;
    }
    match get(tx, id) {
        Ok(endpoint) => Ok(Some(endpoint)),
        Err(StorageError::NotFound) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Switches an endpoint off because of how it fares. False when it is off already, or gone: then nobody has to be told.
///
/// # Errors
/// When a statement fails.
pub fn disable(
    tx: &mut TenantTx<'_>,
    now: DateTime<Utc>,
    id: WebhookEndpointId,
    reason: Disabled,
) -> Result<bool> {
    let switched = diesel::update(t::table)
        .filter(t::business_id.eq(tx.business.0))
        .filter(t::id.eq(id.0))
        .filter(t::is_active)
        .set((
            t::is_active.eq(false),
            t::disabled_at.eq(now),
            t::disabled_reason.eq(reason.as_str()),
            t::version.eq(t::version + 1),
            t::updated_at.eq(now),
        ))
        .execute(tx.conn)?;
    if switched == 1 {
        changes::add(tx, now, id, Kind::Disabled(reason), None)?;
    }
    Ok(switched == 1)
}
