//! A person moves many leads at once.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Bool, Text, Timestamptz};
use domain::decision::correction;
use domain::ids::{LeadId, UserId};

use super::set::{Chosen, move_set};
use super::{Author, StatusChange, change_status, is_active};
use crate::leads::Kept;
use crate::{Result, TenantTx};

/// Moves the leads to `to` as [`change_status`](super::change_status) does for each when a person moves it. Those whose
/// newest change is automatic and recent go through it one by one, as the move may correct a decision; the others in sets.
/// Answers those that were left as they are, and why; none when the business has no active status of that name, and then
/// nothing was written.
///
/// # Errors
/// When a statement fails.
pub fn change_many(
    tx: &mut TenantTx<'_>,
    now: DateTime<Utc>,
    leads: &[LeadId],
    to: &str,
    user: Option<UserId>,
) -> Result<Option<Vec<(LeadId, Kept)>>> {
    if !is_active(tx, to)? {
        return Ok(None);
    }
    let standing = standing(tx, now, leads, to)?;
    let there: HashSet<i64> = standing.iter().map(|row| row.id).collect();
    let missing = leads.iter().filter(|lead| !there.contains(&lead.0));
    let mut kept: Vec<_> = missing.map(|lead| (*lead, Kept::NotFound)).collect();
    let mut in_sets = Vec::with_capacity(standing.len());
    for row in standing {
        let lead = LeadId(row.id);
        if row.is_there {
            kept.push((lead, Kept::Unchanged));
        } else if row.may_correct {
            let author = Author::Person { user };
            let change = StatusChange {
                lead,
                to,
                author,
                reason: None,
            };
            change_status(tx, now, &change)?;
        } else {
            in_sets.push(row.id);
        }
    }
    move_set(tx, now, Chosen::Leads(&in_sets), to, user)?;
    Ok(Some(kept))
}

/// Where a lead stands that this transaction holds.
#[derive(QueryableByName)]
struct Standing {
    #[diesel(sql_type = BigInt)]
    id: i64,
    /// In the status already.
    #[diesel(sql_type = Bool)]
    is_there: bool,
    /// Its newest change is a decision's, of late.
    #[diesel(sql_type = Bool)]
    may_correct: bool,
}

fn standing(
    tx: &mut TenantTx<'_>,
    now: DateTime<Utc>,
    leads: &[LeadId],
    to: &str,
) -> Result<Vec<Standing>> {
    Ok(diesel::sql_query(
        "WITH held AS MATERIALIZED (
             SELECT l.id, l.status FROM leads l
             WHERE l.tenant_id = $1 AND l.id = ANY ($2) AND l.deleted_at IS NULL ORDER BY l.id FOR NO KEY UPDATE)
         SELECT id, status IS NOT DISTINCT FROM $3 AS is_there,
                coalesce((SELECT h.decision_id IS NOT NULL AND h.channel <> 'manual' AND h.created_at >= $4
                          FROM lead_status_history h WHERE h.tenant_id = $1 AND h.lead_id = held.id
                          ORDER BY h.id DESC LIMIT 1), false) AS may_correct
         FROM held ORDER BY id",
    )
    .bind::<BigInt, _>(tx.business.0)
    .bind::<Array<BigInt>, _>(leads.iter().map(|lead| lead.0).collect::<Vec<_>>())
    .bind::<Text, _>(to)
    .bind::<Timestamptz, _>(now - correction::WINDOW)
    .load(tx.conn)?)
}
