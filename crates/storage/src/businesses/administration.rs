//! Businesses as those see them who stand above them.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, SmallInt, Text, Timestamptz};
use domain::ids::BusinessId;
use domain::messages::Language;

use super::{NewBusiness, t};
use crate::settings;
use crate::{Result, TenantTx, Tx};

/// Writes the row. The tenant is named first: a service may write no other.
pub(super) fn insert(tx: &mut Tx<'_>, now: DateTime<Utc>, new: &NewBusiness<'_>) -> Result<i64> {
    #[derive(QueryableByName)]
    struct Next {
        #[diesel(sql_type = BigInt)]
        id: i64,
    }
    let Next { id } =
        diesel::sql_query("SELECT nextval('business_id_seq') AS id").get_result(tx.conn)?;
    name_tenant(tx, BusinessId(id))?;
    diesel::sql_query(
        "INSERT INTO business (id, name, language, time_zone, country, created_at) OVERRIDING SYSTEM VALUE
         VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind::<BigInt, _>(id)
    .bind::<Text, _>(new.name)
    .bind::<Text, _>(new.language.as_str())
    .bind::<Text, _>(new.time_zone)
    .bind::<Text, _>(new.country)
    .bind::<Timestamptz, _>(now)
    .execute(tx.conn)?;
    Ok(id)
}

/// A business in the list of all.
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
pub struct Listed {
    /// Its id.
    #[diesel(sql_type = BigInt)]
    pub id: i64,
    /// What it is called.
    #[diesel(sql_type = Text)]
    pub name: String,
    /// `he` or `en`.
    #[diesel(sql_type = Text)]
    pub language: String,
    /// IANA name.
    #[diesel(sql_type = Text)]
    pub time_zone: String,
    /// ISO 3166 alpha-2.
    #[diesel(sql_type = Text)]
    pub country: String,
    /// Since when it is a customer.
    #[diesel(sql_type = Timestamptz)]
    pub created_at: DateTime<Utc>,
    /// Since when it is suspended.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub suspended_at: Option<DateTime<Utc>>,
    /// Why.
    #[diesel(sql_type = Nullable<Text>)]
    pub suspension_reason: Option<String>,
    /// The number it calls from, E.164.
    #[diesel(sql_type = Nullable<Text>)]
    pub caller_number: Option<String>,
    /// The number that customers write to, where it is another, E.164.
    #[diesel(sql_type = Nullable<Text>)]
    pub whatsapp_number: Option<String>,
    /// Most outbound calls in the air at once.
    #[diesel(sql_type = SmallInt)]
    pub max_outbound: i16,
    /// Most calls in the air at once.
    #[diesel(sql_type = SmallInt)]
    pub max_total: i16,
    /// Of its settings; grows with each change.
    #[diesel(sql_type = BigInt)]
    pub version: i64,
}

/// The businesses whose name holds `wanted`, or whose id it is, oldest first: at most `most` of them with an id above
/// `after`. For those who stand above them: it sees past the walls.
///
/// # Errors
/// When the statement fails.
pub fn listed(
    tx: &mut Tx<'_>,
    wanted: &str,
    after: Option<BusinessId>,
    most: i64,
) -> Result<Vec<Listed>> {
    Ok(
        diesel::sql_query("SELECT * FROM list_businesses($1, $2, $3)")
            .bind::<Text, _>(wanted)
            .bind::<BigInt, _>(after.map_or(0, |business| business.0))
            .bind::<BigInt, _>(most)
            .load(tx.conn)?,
    )
}

/// What changes about a business; what is none stays.
#[derive(Debug, Clone, Default)]
pub struct Changes {
    /// What it is called.
    pub name: Option<String>,
    /// The language of its board, notes and notifications.
    pub language: Option<Language>,
    /// IANA name.
    pub time_zone: Option<String>,
    /// Most outbound calls in the air at once.
    pub max_outbound: Option<i16>,
    /// Most calls in the air at once.
    pub max_total: Option<i16>,
    /// Whether it calls nobody and nobody signs in for it. What is in the air ends in peace.
    pub is_suspended: Option<bool>,
    /// Why, for one that is suspended or becomes so.
    pub suspension_reason: Option<Option<String>>,
}

/// Changes a business. With `expected_version`, only if its settings are still that version.
///
/// # Errors
/// [`crate::StorageError::NotFound`] when there is no such business; [`crate::StorageError::Conflict`] when its settings
/// have moved on (`business_settings_version`); [`crate::StorageError::Refused`] when a value is out of its bounds or a
/// reason has no suspension.
pub fn change(
    tx: &mut TenantTx<'_>,
    now: DateTime<Utc>,
    expected_version: Option<i64>,
    changes: Changes,
) -> Result<()> {
    // The settings first, as whoever changes only these holds them before their trigger holds the business.
    let limits = settings::Changes {
        max_outbound: changes.max_outbound,
        max_total: changes.max_total,
        ..settings::Changes::default()
    };
    settings::change_always(tx, now, expected_version, &limits)?;
    let id = tx.business;
    let business = super::get(tx, id)?;
    let is_suspended = changes
        .is_suspended
        .unwrap_or(business.suspended_at.is_some());
    let reason = changes
        .suspension_reason
        .unwrap_or(business.suspension_reason);
    let has_ended = business.suspended_at.is_some() && !is_suspended;
    diesel::update(t::table.find(id.0))
        .set((
            t::name.eq(changes.name.unwrap_or(business.name)),
            t::language.eq(changes
                .language
                .map_or(business.language, |language| language.as_str().to_owned())),
            t::time_zone.eq(changes.time_zone.unwrap_or(business.time_zone)),
            t::suspended_at.eq(is_suspended.then(|| business.suspended_at.unwrap_or(now))),
            t::suspension_reason.eq(reason.filter(|_| !has_ended)),
        ))
        .execute(tx.conn)?;
    Ok(())
}

/// Names the tenant of the transaction from here on, for one that began without: the business is only made in it.
fn name_tenant(tx: &mut Tx<'_>, business: BusinessId) -> Result<()> {
    diesel::sql_query("SELECT set_config('app.business_id', $1, true)")
        .bind::<Text, _>(business.to_string())
        .execute(tx.conn)?;
    Ok(())
}
