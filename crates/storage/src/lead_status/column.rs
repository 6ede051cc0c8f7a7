//! Every lead of a column moves to another one, because a person closes the column.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text, Timestamptz};
use domain::events::{ChangeSource, StatusChanged};
use domain::ids::{LeadId, UserId};

use crate::{Result, TenantTx, outbox};

/// Which column is closed, and where its leads go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClosedColumn<'a> {
    /// The name of the status that is closed.
    pub from: &'a str,
    /// The name of an active status of the business.
    pub to: &'a str,
    /// Who closes it.
    pub user: Option<UserId>,
}

/// Moves every lead of the column as a person's change: history, activity and event for each, in sets. Deleted leads move
/// without telling anybody. Answers how many leads people will see move.
///
/// # Errors
/// [`BrokenReference`](crate::StorageError::BrokenReference) when `to` is no active status of the business.
pub fn move_all(
    tx: &mut TenantTx<'_>,
    now: DateTime<Utc>,
    column: &ClosedColumn<'_>,
) -> Result<usize> {
    #[derive(QueryableByName)]
    struct Moved {
        #[diesel(sql_type = BigInt)]
        id: i64,
    }
    let business_id = tx.business;
    let moved: Vec<Moved> = diesel::sql_query(
        "WITH moved AS (
             UPDATE leads SET status = $3, status_changed_at = $4, version = version + 1, updated_at = $4
             WHERE tenant_id = $1 AND status = $2 RETURNING id, deleted_at
         ), seen AS (
             SELECT id FROM moved WHERE deleted_at IS NULL
         ), history AS (
             INSERT INTO lead_status_history (tenant_id, lead_id, old_status, new_status, changed_by, channel, created_at)
             SELECT $1, id, $2, $3, $5, $6, $4 FROM seen
         ), activities AS (
             INSERT INTO lead_activities (business_id, lead_id, type, payload, at, created_by)
             SELECT $1, id, 'status_change', jsonb_build_object('from', $2, 'to', $3, 'source', $6), $4, $5 FROM seen
         )
         SELECT id FROM seen ORDER BY id",
    )
    .bind::<BigInt, _>(business_id.0)
    .bind::<Text, _>(column.from)
    .bind::<Text, _>(column.to)
    .bind::<Timestamptz, _>(now)
    .bind::<Nullable<BigInt>, _>(column.user.map(|user| user.0))
    .bind::<Text, _>(ChangeSource::Manual.as_str())
    .load(tx.conn)?;
    for lead in &moved {
        outbox::stage(
            tx,
            now,
            StatusChanged {
                business_id,
                lead_id: LeadId(lead.id),
                from: Some(column.from.to_owned()),
                to: column.to.to_owned(),
                source: ChangeSource::Manual,
                source_event_id: None,
                decision_id: None,
                user_id: column.user,
                confidence: None,
                at: now,
            },
        )?;
    }
    Ok(moved.len())
}
