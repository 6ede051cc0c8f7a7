//! `business`: the tenants.

mod administration;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text, Uuid as SqlUuid};
use domain::ids::{AttemptId, BusinessId};
use domain::messages::Language;
use domain::status_map::default_board;
use serde::Serialize;
use serde_json::Value;

use crate::prepared::Prepared;
use crate::schema::{business as t, business_settings, lead_statuses};
use crate::{Result, StorageError, Tx};

pub use administration::{Changes, Listed, change, listed};

/// A business to be.
#[derive(Debug, Clone, PartialEq)]
pub struct NewBusiness<'a> {
    /// What it is called.
    pub name: &'a str,
    /// The language of its board, notes and notifications.
    pub language: Language,
    /// IANA name, for example `Asia/Jerusalem`.
    pub time_zone: &'a str,
    /// ISO 3166 alpha-2; local numbers are read as of it.
    pub country: &'a str,
    /// The number it calls from, E.164. Without one no run can start.
    pub caller_number: Option<&'a str>,
    /// The number that customers write to on WhatsApp, where it is another, E.164.
    pub whatsapp_number: Option<&'a str>,
    /// Most outbound calls in the air at once.
    pub max_outbound: i16,
    /// Most calls in the air at once, inbound ones included; at least `max_outbound`.
    pub max_total: i16,
    /// What an answered call hears; the default is a message with a recorded reply.
    pub call_flow: Option<Value>,
}

/// Creates a business with its settings, its lines and the default board in its language. It is the tenant of the
/// transaction from then on.
///
/// # Errors
/// [`StorageError::Conflict`] when another business has one of the numbers; [`StorageError::Refused`] when a value is out
/// of its bounds.
pub fn create(tx: &mut Tx<'_>, now: DateTime<Utc>, new: &NewBusiness<'_>) -> Result<BusinessId> {
    let id = administration::insert(tx, now, new)?;
    // Its trigger makes the lines.
    diesel::insert_into(business_settings::table)
        .values((
            business_settings::business_id.eq(id),
            business_settings::caller_number.eq(new.caller_number),
            business_settings::whatsapp_number.eq(new.whatsapp_number),
            business_settings::max_outbound.eq(new.max_outbound),
            business_settings::max_total.eq(new.max_total),
            new.call_flow
                .as_ref()
                .map(|flow| business_settings::call_flow.eq(flow)),
            business_settings::updated_at.eq(now),
        ))
        .execute(tx.conn)?;
    let board: Vec<_> = default_board(new.language)
        .into_iter()
        .map(|status| {
            (
                lead_statuses::business_id.eq(id),
                lead_statuses::name.eq(status.name),
                lead_statuses::label.eq(status.label),
                lead_statuses::color.eq(status.color),
                lead_statuses::order_index.eq(status.order_index),
                lead_statuses::is_default.eq(status.is_default),
                lead_statuses::is_system.eq(status.is_system),
                lead_statuses::is_protected.eq(status.is_protected),
                lead_statuses::created_at.eq(now),
            )
        })
        .collect();
    diesel::insert_into(lead_statuses::table)
        .values(board)
        .execute(tx.conn)?;
    Ok(BusinessId(id))
}

/// A tenant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Queryable, Selectable)]
#[diesel(table_name = t)]
pub struct Business {
    /// Its id.
    pub id: i64,
    /// What it is called.
    pub name: String,
    /// `he` or `en`.
    pub language: String,
    /// IANA name.
    pub time_zone: String,
    /// ISO 3166 alpha-2.
    pub country: String,
    /// Since when it is a customer.
    pub created_at: DateTime<Utc>,
    /// Since when it calls nobody and nobody signs in for it.
    pub suspended_at: Option<DateTime<Utc>>,
    /// Why, as its people are told.
    pub suspension_reason: Option<String>,
}

/// That a business calls nobody now and nobody signs in for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suspension {
    /// Why, as its people are told.
    pub reason: Option<String>,
}

impl Suspension {
    pub(crate) fn read(is_suspended: bool, reason: Option<String>) -> Option<Self> {
        is_suspended.then_some(Self { reason })
    }
}

impl Business {
    /// Its language.
    ///
    /// # Errors
    /// [`StorageError::Corrupt`] for one that is not spoken.
    pub fn language(&self) -> Result<Language> {
        self.language
            .parse()
            .map_err(|_| StorageError::Corrupt(format!("language {:?}", self.language)))
    }
}

/// One business.
///
/// # Errors
/// [`StorageError::NotFound`] when there is no such business.
pub fn get(tx: &mut Tx<'_>, business: BusinessId) -> Result<Business> {
    Ok(t::table
        .find(business.0)
        .select(Business::as_select())
        .first(tx.conn)?)
}

/// All businesses that the role may see, oldest first.
///
/// # Errors
/// When the statement fails.
pub fn all(tx: &mut Tx<'_>) -> Result<Vec<Business>> {
    Ok(t::table
        .order(t::id)
        .select(Business::as_select())
        .load(tx.conn)?)
}

#[derive(QueryableByName)]
struct Whose {
    #[diesel(sql_type = Nullable<BigInt>)]
    business_id: Option<i64>,
}

/// Whose attempt a callback is about. None for an attempt that is not ours.
///
/// # Errors
/// When the statement fails.
pub fn of_attempt(tx: &mut Tx<'_>, attempt: AttemptId) -> Result<Option<BusinessId>> {
    let statement = diesel::sql_query("SELECT business_of_attempt($1) AS business_id")
        .bind::<SqlUuid, _>(attempt.0);
    let whose: Whose = Prepared(statement).get_result(tx.conn)?;
    Ok(whose.business_id.map(BusinessId))
}

/// Whose number was called. None for a number that is nobody's.
///
/// # Errors
/// When the statement fails.
pub fn of_caller_number(tx: &mut Tx<'_>, number: &str) -> Result<Option<BusinessId>> {
    let whose: Whose = diesel::sql_query("SELECT business_of_caller_number($1) AS business_id")
        .bind::<Text, _>(number)
        .get_result(tx.conn)?;
    Ok(whose.business_id.map(BusinessId))
}

/// Whose number was written to on WhatsApp. None for a number that is nobody's.
///
/// # Errors
/// When the statement fails.
pub fn of_whatsapp_number(tx: &mut Tx<'_>, number: &str) -> Result<Option<BusinessId>> {
    let whose: Whose = diesel::sql_query("SELECT business_of_whatsapp_number($1) AS business_id")
        .bind::<Text, _>(number)
        .get_result(tx.conn)?;
    Ok(whose.business_id.map(BusinessId))
}

/// Under which attempt the inbound call with this id of the carrier's was admitted. None for one that was turned away, or is
/// not ours.
///
/// # Errors
/// When the statement fails.
pub fn of_inbound_call(tx: &mut Tx<'_>, call_sid: &str) -> Result<Option<AttemptId>> {
    #[derive(QueryableByName)]
    struct Admitted {
        #[diesel(sql_type = SqlUuid)]
        attempt_id: uuid::Uuid,
    }
    let call: Option<Admitted> =
        diesel::sql_query("SELECT attempt_id FROM attempt_of_inbound_call($1)")
            .bind::<Text, _>(call_sid)
            .get_result(tx.conn)
            .optional()?;
    Ok(call.map(|call| AttemptId(call.attempt_id)))
}
