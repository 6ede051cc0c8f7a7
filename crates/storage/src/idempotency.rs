//! `idempotency_keys`: the answer that a write with an `Idempotency-Key` got, stored in the transaction of its effect.

use chrono::{DateTime, Duration, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use serde_json::Value;

use crate::schema::idempotency_keys as t;
use crate::{Result, TenantTx};

/// How long an answer is kept.
const KEPT: Duration = Duration::hours(48);

/// What is known of a key.
#[derive(Debug, Clone, PartialEq)]
pub enum Known {
    /// Never seen: do the work, then [`keep`] the answer in the same transaction.
    New,
    /// The same request got this answer.
    Answered {
        /// HTTP status.
        status: i16,
        /// Body.
        body: Value,
    },
    /// Another request used the key.
    OtherRequest,
}

/// What is known of a key. Requests with the same key queue up here, each behind the transaction of the one before.
///
/// # Errors
/// When a statement fails; [`crate::StorageError::Contended`] when the request before takes too long.
pub fn look_up(
    tx: &mut TenantTx<'_>,
    now: DateTime<Utc>,
    key: &str,
    request_hash: &[u8],
) -> Result<Known> {
    diesel::sql_query("SELECT pg_advisory_xact_lock(hashtextextended($2, $1))")
        .bind::<BigInt, _>(tx.business.0)
        .bind::<Text, _>(key)
        .execute(tx.conn)?;
    let found: Option<(Vec<u8>, i16, Value, DateTime<Utc>)> = t::table
        .find((tx.business.0, key))
        .select((t::request_hash, t::status, t::body, t::created_at))
        .first(tx.conn)
        .optional()?;
    match found {
        None => Ok(Known::New),
        Some((.., created_at)) if created_at < now - KEPT => {
            diesel::delete(t::table.find((tx.business.0, key))).execute(tx.conn)?;
            Ok(Known::New)
        }
        Some((hash, status, body, _)) if hash == request_hash => {
            Ok(Known::Answered { status, body })
        }
        Some(_) => Ok(Known::OtherRequest),
    }
}

/// Keeps the answer of a request.
///
/// # Errors
/// [`crate::StorageError::Refused`] for a key that is empty or longer than 255 characters.
pub fn keep(
    tx: &mut TenantTx<'_>,
    now: DateTime<Utc>,
    key: &str,
    request_hash: &[u8],
    status: i16,
    body: &Value,
) -> Result<()> {
    diesel::insert_into(t::table)
        .values((
            t::business_id.eq(tx.business.0),
            t::key.eq(key),
            t::request_hash.eq(request_hash),
            t::status.eq(status),
            t::body.eq(body),
            t::created_at.eq(now),
        ))
        .execute(tx.conn)?;
    Ok(())
}
