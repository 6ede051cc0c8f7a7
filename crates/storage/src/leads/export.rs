//! Leads as rows of a CSV file that a spreadsheet shows, computes nothing of, and that imports again as it was.

use std::collections::HashMap;
use std::io;

use chrono::{DateTime, SecondsFormat, Utc};
use diesel::prelude::*;
use domain::ids::LeadId;
use domain::import::{formula_safe, tags_cell};
use domain::phone::{Country, spoken};

use super::{Filter, Lead, page};
use crate::schema::{outbound_lead_lists, users};
use crate::{Result, StorageError, TenantTx, businesses};

/// By this mark spreadsheets know UTF-8; without it they take Hebrew for one of their old code pages.
pub const BYTE_ORDER_MARK: &str = "\u{feff}";

/// How the columns are headed; an import knows these names.
pub const HEADER: [&str; 17] = [
    "id",
    "first_name",
    "last_name",
    "phone",
    "status",
    "service",
    "city",
    "time_zone",
    "tags",
    "notes",
    "summary",
    "last_contact_at",
    "created_at",
    "follow_up_at",
    "owner",
    "list",
    "phone_local",
];

/// The rows of the leads that pass `filter`, newest first: at most `most` of them with an id below `before`. With them comes
/// the last id; none when there was nothing.
///
/// # Errors
/// When a statement fails.
pub fn rows(
    tx: &mut TenantTx<'_>,
    filter: &Filter,
    before: Option<LeadId>,
    most: i64,
) -> Result<(Vec<[String; HEADER.len()]>, Option<LeadId>)> {
    let leads = page(tx, filter, before, most)?;
    let business = tx.business;
    let country = Country::parse(&businesses::get(tx, business)?.country)
        .map_err(|error| StorageError::Corrupt(error.to_string()))?;
    let owners = leads.iter().filter_map(|lead| lead.owner_user_id);
    let owners: Vec<(i64, String)> = users::table
        .filter(users::business_id.eq(business.0))
        .filter(users::id.eq_any(distinct(owners)))
        .select((users::id, users::email))
        .load(tx.conn)?;
    let lists = leads.iter().filter_map(|lead| lead.outbound_list_id);
    let lists: Vec<(i64, String)> = outbound_lead_lists::table
        .filter(outbound_lead_lists::business_id.eq(business.0))
        .filter(outbound_lead_lists::id.eq_any(distinct(lists)))
        .select((outbound_lead_lists::id, outbound_lead_lists::name))
        .load(tx.conn)?;
    let (owners, lists): (HashMap<_, _>, HashMap<_, _>) =
        (owners.into_iter().collect(), lists.into_iter().collect());
    let row = |lead: &Lead| {
        let owner = lead.owner_user_id.and_then(|id| owners.get(&id).cloned());
        let list = lead.outbound_list_id.and_then(|id| lists.get(&id).cloned());
        cells(lead, owner, list, country)
    };
    let last = leads.last().map(|lead| LeadId(lead.id));
    Ok((leads.iter().map(row).collect(), last))
}

fn distinct(ids: impl Iterator<Item = i64>) -> Vec<i64> {
    let mut ids: Vec<i64> = ids.collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

fn cells(
    lead: &Lead,
    owner: Option<String>,
    list: Option<String>,
    country: Country,
) -> [String; HEADER.len()] {
    let text = |text: &str| formula_safe(text).into_owned();
    let some = |value: &Option<String>| text(value.as_deref().unwrap_or_default());
    let time = |at: Option<DateTime<Utc>>| {
        at.map(|at| at.to_rfc3339_opts(SecondsFormat::AutoSi, true))
            .unwrap_or_default()
    };
    // A plus and digits compute to the digits. The spreadsheet may round them, and then has the number as it is spoken.
    let phone = lead.phone_e164.clone().unwrap_or_default();
    let local = text(&spoken(&phone, country));
    [
        lead.id.to_string(),
        text(&lead.first_name),
        text(&lead.last_name),
        phone,
        some(&lead.status),
        some(&lead.service),
        some(&lead.city),
        some(&lead.time_zone),
        text(&tags_cell(&lead.tags)),
        some(&lead.notes),
        some(&lead.summary),
        time(lead.last_contact_at),
        time(Some(lead.created_at)),
        time(lead.follow_up_at),
        some(&owner),
        some(&list),
        local,
    ]
}

/// Rows as CSV (RFC 4180).
///
/// # Errors
/// When the writer fails.
pub fn write<W: io::Write, S: AsRef<[u8]>>(
    writer: W,
    rows: impl IntoIterator<Item = impl IntoIterator<Item = S>>,
) -> io::Result<()> {
    let mut writer = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .flexible(true)
        .from_writer(writer);
    for row in rows {
        writer.write_record(row).map_err(into_io)?;
    }
    writer.flush()
}

/// The error beneath, so that a closed pipe is seen as one.
fn into_io(error: csv::Error) -> io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        other => io::Error::other(format!("{other:?}")),
    }
}
