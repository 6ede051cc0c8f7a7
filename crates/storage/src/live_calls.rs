//! The calls of a run that are in the air now, as a person who watches the run wants to see them.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text, Timestamptz};
use domain::ids::RunId;

use crate::{Result, TenantTx};

/// A call in the air.
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
pub struct LiveCall {
    /// Whom it calls.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub lead_id: Option<i64>,
    /// The lead's name; may be empty.
    #[diesel(sql_type = Text)]
    pub lead_name: String,
    /// `initiated`, `ringing` or `in-progress`.
    #[diesel(sql_type = Text)]
    pub status: String,
    /// When it was asked for.
    #[diesel(sql_type = Timestamptz)]
    pub since: DateTime<Utc>,
}

/// The calls of a run in the air, oldest first.
///
/// # Errors
/// When the statement fails.
pub fn of_run(tx: &mut TenantTx<'_>, run: RunId) -> Result<Vec<LiveCall>> {
    Ok(diesel::sql_query(
        "SELECT c.lead_id, coalesce(l.full_name, '') AS lead_name, c.status, c.created_at AS since
         FROM call_log c LEFT JOIN leads l ON l.tenant_id = c.business_id AND l.id = c.lead_id
         WHERE c.business_id = $1 AND c.run_id = $2 AND c.direction = 'outbound'
           AND c.status IN ('initiated', 'ringing', 'in-progress')
         ORDER BY c.created_at, c.id",
    )
    .bind::<BigInt, _>(tx.business.0)
    .bind::<BigInt, _>(run.0)
    .load(tx.conn)?)
}
