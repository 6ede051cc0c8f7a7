use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Nullable, Text, Timestamptz};
use domain::events::{ChangeSource, StatusChanged};
use domain::ids::{LeadId, UserId};

use crate::{Result, TenantTx, outbox};

/// Whom to move.
#[derive(Debug, Clone, Copy)]
pub(super) enum Chosen<'a> {
    /// All of this status, the deleted ones too.
    Column(&'a str),
    /// These, where they stand elsewhere and are not deleted.
    Leads(&'a [i64]),
}

/// Moves leads as a person's change, in one statement and one event for each. Answers how many leads people will see move.
pub(super) fn move_set(
    tx: &mut TenantTx<'_>,
    now: DateTime<Utc>,
    chosen: Chosen<'_>,
    to: &str,
    user: Option<UserId>,
) -> Result<usize> {
    #[derive(QueryableByName)]
    struct Moved {
        #[diesel(sql_type = BigInt)]
        id: i64,
        #[diesel(sql_type = Nullable<Text>)]
        from_status: Option<String>,
    }
    let business_id = tx.business;
    let (column, leads) = match chosen {
        Chosen::Column(from) => (Some(from), None),
        Chosen::Leads(leads) => (None, Some(leads)),
    };
    let moved: Vec<Moved> = diesel::sql_query(
        "WITH before AS MATERIALIZED (
             SELECT id, status FROM leads
             WHERE tenant_id = $1 AND ($2 IS NULL OR status = $2)
               AND ($3 IS NULL OR (id = ANY ($3) AND deleted_at IS NULL)) AND status IS DISTINCT FROM $4
             ORDER BY id FOR NO KEY UPDATE
         ), moved AS (
             UPDATE leads l SET status = $4, status_changed_at = $5, version = l.version + 1, updated_at = $5
             FROM before WHERE l.tenant_id = $1 AND l.id = before.id
             RETURNING l.id, before.status AS from_status, l.deleted_at
         ), seen AS (
             SELECT id, from_status FROM moved WHERE deleted_at IS NULL
         ), history AS (
             INSERT INTO lead_status_history (tenant_id, lead_id, old_status, new_status, changed_by, channel, created_at)
             SELECT $1, id, from_status, $4, $6, $7, $5 FROM seen
         ), activities AS (
             INSERT INTO lead_activities (business_id, lead_id, type, payload, at, created_by)
             SELECT $1, id, 'status_change', jsonb_build_object('from', from_status, 'to', $4, 'source', $7), $5, $6
             FROM seen
         )
         SELECT id, from_status FROM seen ORDER BY id",
    )
    .bind::<BigInt, _>(business_id.0)
    .bind::<Nullable<Text>, _>(column)
    .bind::<Nullable<Array<BigInt>>, _>(leads)
    .bind::<Text, _>(to)
    .bind::<Timestamptz, _>(now)
    .bind::<Nullable<BigInt>, _>(user.map(|user| user.0))
    .bind::<Text, _>(ChangeSource::Manual.as_str())
    .load(tx.conn)?;
    let count = moved.len();
    for Moved { id, from_status } in moved {
        outbox::stage(
            tx,
            now,
            StatusChanged {
                business_id,
                lead_id: LeadId(id),
                from: from_status,
                to: to.to_owned(),
                source: ChangeSource::Manual,
                source_event_id: None,
                decision_id: None,
                user_id: user,
                confidence: None,
                at: now,
            },
        )?;
    }
    Ok(count)
}
