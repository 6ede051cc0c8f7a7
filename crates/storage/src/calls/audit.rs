//! `call_reconciliations`: what the carrier answered when it was asked about a call, and what that changed. Append-only by
//! grant.

use chrono::{DateTime, Utc};
use diesel::sql_types::{Array, BigInt, Text, Timestamptz, Uuid as SqlUuid};
use uuid::Uuid;

use super::state::Call;
use crate::prepared::Prepared;
use crate::{Result, Tx};

/// The answers of one turn that changed something.
#[derive(Default)]
pub(super) struct Audit {
    business_id: Vec<i64>,
    attempt_id: Vec<Uuid>,
    dial_state: Vec<String>,
    status: Vec<String>,
}

impl Audit {
    pub(super) fn note(&mut self, call: &Call) {
        self.business_id.push(call.business_id);
        self.attempt_id.push(call.attempt_id);
        self.dial_state.push(call.dial_state.clone());
        self.status.push(call.status.clone());
    }

    pub(super) fn write(self, tx: &mut Tx<'_>, now: DateTime<Utc>) -> Result<()> {
        if self.business_id.is_empty() {
            return Ok(());
        }
        let statement = diesel::sql_query(
            "INSERT INTO call_reconciliations (business_id, attempt_id, dial_state, status, at)
             SELECT business_id, attempt_id, dial_state, status, $5
             FROM unnest($1, $2, $3, $4) AS a (business_id, attempt_id, dial_state, status)",
        )
        .bind::<Array<BigInt>, _>(self.business_id)
        .bind::<Array<SqlUuid>, _>(self.attempt_id)
        .bind::<Array<Text>, _>(self.dial_state)
        .bind::<Array<Text>, _>(self.status)
        .bind::<Timestamptz, _>(now);
        Ok(Prepared(statement).run(tx.conn)?)
    }
}
