//! The businesses of the installation.

pub(crate) mod accesses;
pub(crate) mod create;
pub(crate) mod get;
pub(crate) mod list;
pub(crate) mod patch;
mod query;

use actix_web::HttpRequest;
use chrono::{DateTime, Utc};
use domain::ids::{BusinessId, UserId};
use serde::{Deserialize, Serialize};
use storage::businesses::{self, Listed};
use storage::{TenantTx, administrator_accesses, settings};
use utoipa::ToSchema;

use crate::extract::Fields;
use crate::problem::Result;

/// Longest name, in characters.
const LONGEST_NAME: usize = 200;
/// Longest reason of a suspension, in characters.
const LONGEST_REASON: usize = 500;

/// Whether a business works.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum State {
    /// It does.
    Active,
    /// It calls nobody and nobody signs in for it.
    Suspended,
}

/// A business as those see it who stand above it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AdministeredBusiness {
    id: i64,
    name: String,
    /// `he` or `en`.
    language: String,
    /// IANA name.
    time_zone: String,
    /// ISO 3166 alpha-2; local phone numbers are read as of it.
    country: String,
    /// The number it calls from, E.164.
    caller_number: Option<String>,
    /// The number that customers write to on WhatsApp, E.164; null is the one it calls from.
    whatsapp_number: Option<String>,
    /// Most outbound calls in the air at once.
    max_outbound: i16,
    /// Most calls in the air at once, inbound ones included.
    max_total: i16,
    status: State,
    /// Since when it is suspended.
    suspended_at: Option<DateTime<Utc>>,
    /// Why, as its people are told.
    suspension_reason: Option<String>,
    created_at: DateTime<Utc>,
    /// Of the business and its settings: grows with each change; also the `ETag`.
    version: i64,
}

impl From<Listed> for AdministeredBusiness {
    fn from(row: Listed) -> Self {
        Self {
            id: row.id,
            name: row.name,
            language: row.language,
            time_zone: row.time_zone,
            country: row.country,
            caller_number: row.caller_number,
            whatsapp_number: row.whatsapp_number,
            max_outbound: row.max_outbound,
            max_total: row.max_total,
            status: match row.suspended_at {
                Some(_) => State::Suspended,
                None => State::Active,
            },
            suspended_at: row.suspended_at,
            suspension_reason: row.suspension_reason,
            created_at: row.created_at,
            version: row.version,
        }
    }
}

/// The business of the transaction.
fn show(tx: &mut TenantTx<'_>) -> Result<AdministeredBusiness> {
    let id = tx.business;
    let business = businesses::get(tx, id)?;
    let settings = settings::get(tx)?;
    Ok(Listed {
        id: business.id,
        name: business.name,
        language: business.language,
        time_zone: business.time_zone,
        country: business.country,
        created_at: business.created_at,
        suspended_at: business.suspended_at,
        suspension_reason: business.suspension_reason,
        caller_number: settings.caller_number,
        whatsapp_number: settings.whatsapp_number,
        max_outbound: settings.max_outbound,
        max_total: settings.max_total,
        version: settings.version,
    }
    .into())
}

/// What is put on record of a request.
struct Recorded {
    by: UserId,
    at: DateTime<Utc>,
    method: String,
    path: String,
}

impl Recorded {
    fn of(request: &HttpRequest, by: UserId, at: DateTime<Utc>) -> Self {
        Self {
            by,
            at,
            method: request.method().to_string(),
            path: request.path().to_owned(),
        }
    }

    fn record(&self, tx: &mut storage::Tx<'_>, business: BusinessId) -> storage::Result<()> {
        administrator_accesses::record(tx, business, self.at, self.by, &self.method, &self.path)
    }
}

fn check_name(fields: &mut Fields, name: &str) {
    let has_name = !name.trim().is_empty();
    fields.check(has_name, "name", "must say what the business is called");
    fields.check_length(Some(name), LONGEST_NAME, "name");
}

fn check_time_zone(fields: &mut Fields, name: &str) {
    let is_known = name.parse::<chrono_tz::Tz>().is_ok();
    let message = "must be an IANA time zone, for example Asia/Jerusalem";
    fields.check(is_known, "time_zone", message);
}

fn check_lines(fields: &mut Fields, field: &str, lines: Option<i16>) {
    let is_bounded = lines.is_none_or(|lines| (1..=1000).contains(&lines));
    fields.check(is_bounded, field, "must be 1 to 1000");
}
