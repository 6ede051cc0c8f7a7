use std::collections::{HashMap, HashSet};

use chrono::{DateTime, SecondsFormat, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Jsonb, Text, Timestamptz};
use domain::ids::{BusinessId, ListId, UserId};
use domain::import::{ImportedLead, RejectReason};
use serde_json::{Value, json};

use super::phone_zone;
use crate::schema::{leads as t, suppressions};
use crate::{Result, Tx};

/// A lead of a file, with what the file says of the business's own things put in their terms.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct LeadToImport {
    pub(crate) lead: ImportedLead,
    /// The name of an active status; the board's default when absent.
    pub(crate) status: Option<String>,
    pub(crate) owner: Option<UserId>,
    pub(crate) list: Option<ListId>,
}

/// The new leads of a batch: not suppressed, and no lead of the business has the number. Names the numbers created.
const INSERT: &str = "
INSERT INTO leads (tenant_id, first_name, last_name, phone_e164, notes, service, city, time_zone, phone_zone, tags, status,
                   owner_user_id, outbound_list_id, summary, last_contact_at, follow_up_at, follow_up_said_at,
                   source, created_at, updated_at)
SELECT $1, n.first_name, n.last_name, n.phone, n.notes, n.service, n.city, n.time_zone, n.phone_zone,
       ARRAY(SELECT jsonb_array_elements_text(n.tags)),
       coalesce(n.status, (SELECT name FROM lead_statuses WHERE business_id = $1 AND is_default)),
       n.owner, n.list, n.summary, n.last_contact_at, n.follow_up_at,
       CASE WHEN n.follow_up_at IS NOT NULL THEN $2 END,
       'import', $2, $2
FROM jsonb_to_recordset($3) AS n(
    nth bigint, first_name text, last_name text, phone text, notes text, service text, city text,
    time_zone text, phone_zone text, tags jsonb, status text, owner bigint, list bigint, summary text,
    last_contact_at timestamptz, follow_up_at timestamptz)
WHERE NOT EXISTS (
    SELECT FROM suppressions s WHERE s.business_id = $1 AND s.phone_e164 = n.phone AND s.lifted_at IS NULL)
ORDER BY n.nth
ON CONFLICT (tenant_id, phone_e164) WHERE deleted_at IS NULL DO NOTHING
RETURNING phone_e164 AS phone";

/// Creates the leads of a batch, whose numbers all differ, and answers their numbers. A number that is a lead already, or
/// must not be called, changes nothing; [`refusals`] says which it was.
///
/// # Errors
/// When the statement fails.
pub(crate) fn insert(
    tx: &mut Tx<'_>,
    business: BusinessId,
    now: DateTime<Utc>,
    leads: &[&LeadToImport],
) -> Result<HashSet<String>> {
    #[derive(QueryableByName)]
    struct Created {
        #[diesel(sql_type = Text)]
        phone: String,
    }
    let rows = leads.iter().enumerate().map(|(nth, row)| as_json(nth, row));
    let created: Vec<Created> = diesel::sql_query(INSERT)
        .bind::<BigInt, _>(business.0)
        .bind::<Timestamptz, _>(now)
        .bind::<Jsonb, _>(Value::Array(rows.collect()))
        .load(tx.conn)?;
    Ok(created.into_iter().map(|row| row.phone).collect())
}

fn as_json(nth: usize, row: &LeadToImport) -> Value {
    let lead = &row.lead;
    let time =
        |at: Option<DateTime<Utc>>| at.map(|at| at.to_rfc3339_opts(SecondsFormat::AutoSi, true));
    json!({
        "nth": nth,
        "first_name": lead.first_name,
        "last_name": lead.last_name,
        "phone": lead.phone.as_str(),
        "notes": lead.notes,
        "service": lead.service,
        "city": lead.city,
        "time_zone": lead.time_zone.map(chrono_tz::Tz::name),
        "phone_zone": phone_zone(lead.phone.as_str()),
        "tags": lead.tags,
        "status": row.status,
        "owner": row.owner.map(|user| user.0),
        "list": row.list.map(|list| list.0),
        "summary": lead.summary,
        "last_contact_at": time(lead.last_contact_at),
        "follow_up_at": time(lead.follow_up_at),
    })
}

/// Which of these numbers no lead can be created for, and why.
///
/// # Errors
/// When a statement fails.
pub(crate) fn refusals(
    tx: &mut Tx<'_>,
    business: BusinessId,
    phones: &[&str],
) -> Result<HashMap<String, RejectReason>> {
    let leads: Vec<(Option<String>, i64)> = t::table
        .filter(t::tenant_id.eq(business.0))
        .filter(t::deleted_at.is_null())
        .filter(t::phone_e164.eq_any(phones))
        .select((t::phone_e164, t::id))
        .load(tx.conn)?;
    let suppressed: Vec<String> = suppressions::table
        .filter(suppressions::business_id.eq(business.0))
        .filter(suppressions::lifted_at.is_null())
        .filter(suppressions::phone_e164.eq_any(phones))
        .select(suppressions::phone_e164)
        .load(tx.conn)?;
    let leads = leads
        .into_iter()
        .filter_map(|(phone, lead)| Some((phone?, RejectReason::AlreadyALead { lead })));
    let suppressed = suppressed
        .into_iter()
        .map(|phone| (phone, RejectReason::Suppressed));
    // Who must not be called is that first.
    Ok(leads.chain(suppressed).collect())
}
