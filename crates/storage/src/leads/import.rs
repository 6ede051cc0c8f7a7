use std::collections::HashSet;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Jsonb, Nullable, Text, Timestamptz};
use domain::ids::{BusinessId, ListId};
use domain::import::{ImportedLead, RejectReason};
use serde_json::json;

use super::phone_zone;
use crate::schema::suppressions;
use crate::{Result, Tx};

/// How many leads go into one statement.
const BATCH: usize = 2_000;

/// What came of an import.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Imported {
    /// How many leads were created.
    pub created: usize,
    /// Which rows of the file were not, and why: [`RejectReason::AlreadyALead`] or [`RejectReason::Suppressed`].
    pub rejected: Vec<(u64, RejectReason)>,
}

/// The new leads of a batch: not suppressed, and no lead of the business has the number. Names the numbers created.
const INSERT: &str = "
INSERT INTO leads (tenant_id, first_name, last_name, phone_e164, notes, service, city, time_zone,
                   phone_zone, tags, status,
                   outbound_list_id, source, created_at, updated_at)
SELECT $1, n.first_name, n.last_name, n.phone, n.notes, n.service, n.city, n.time_zone, n.phone_zone,
       ARRAY(SELECT jsonb_array_elements_text(n.tags)),
       (SELECT name FROM lead_statuses WHERE business_id = $1 AND is_default), $2, 'import', $3, $3
FROM jsonb_to_recordset($4) AS n(
    row bigint, first_name text, last_name text, phone text, notes text, service text, city text,
    time_zone text, phone_zone text, tags jsonb)
WHERE NOT EXISTS (
    SELECT FROM suppressions s WHERE s.business_id = $1 AND s.phone_e164 = n.phone AND s.lifted_at IS NULL)
ORDER BY n.row
ON CONFLICT (tenant_id, phone_e164) WHERE deleted_at IS NULL DO NOTHING
RETURNING phone_e164 AS phone";

/// Creates the leads of a file in the business's default status. A number that is a lead already, or must not be called,
/// is rejected and changes nothing.
///
/// # Errors
/// [`crate::StorageError::BrokenReference`] when the list is not the business's; otherwise when a statement fails.
pub fn import(
    tx: &mut Tx<'_>,
    business: BusinessId,
    now: DateTime<Utc>,
    list: Option<ListId>,
    leads: &[ImportedLead],
) -> Result<Imported> {
    #[derive(QueryableByName)]
    struct Created {
        #[diesel(sql_type = Text)]
        phone: String,
    }
    let mut outcome = Imported::default();
    for batch in leads.chunks(BATCH) {
        let rows = batch.iter().map(|lead| {
            json!({
                "row": lead.row,
                "first_name": lead.first_name,
                "last_name": lead.last_name,
                "phone": lead.phone.as_str(),
                "notes": lead.notes,
                "service": lead.service,
                "city": lead.city,
                "time_zone": lead.time_zone.map(chrono_tz::Tz::name),
                "phone_zone": phone_zone(lead.phone.as_str()),
                "tags": lead.tags,
            })
        });
        let created: Vec<Created> = diesel::sql_query(INSERT)
            .bind::<BigInt, _>(business.0)
            .bind::<Nullable<BigInt>, _>(list.map(|list| list.0))
            .bind::<Timestamptz, _>(now)
            .bind::<Jsonb, _>(serde_json::Value::Array(rows.collect()))
            .load(tx.conn)?;
        outcome.created += created.len();
        if created.len() == batch.len() {
            continue;
        }
        let created: HashSet<&str> = created.iter().map(|row| row.phone.as_str()).collect();
        let refused: Vec<&ImportedLead> = batch
            .iter()
            .filter(|lead| !created.contains(lead.phone.as_str()))
            .collect();
        let phones: Vec<&str> = refused.iter().map(|lead| lead.phone.as_str()).collect();
        let suppressed: Vec<String> = suppressions::table
            .filter(suppressions::business_id.eq(business.0))
            .filter(suppressions::lifted_at.is_null())
            .filter(suppressions::phone_e164.eq_any(phones))
            .select(suppressions::phone_e164)
            .load(tx.conn)?;
        let suppressed: HashSet<String> = suppressed.into_iter().collect();
        outcome.rejected.extend(refused.into_iter().map(|lead| {
            let reason = match suppressed.contains(lead.phone.as_str()) {
                true => RejectReason::Suppressed,
                false => RejectReason::AlreadyALead,
            };
            (lead.row, reason)
        }));
    }
    Ok(outcome)
}
