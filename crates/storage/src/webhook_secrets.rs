//! `webhook_secrets`: what deliveries of an endpoint are signed with. There is one current secret; those before it sign beside
//! it until they expire. The gateway writes them and cannot read them back; the claim of deliveries hands them out.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;
use domain::ids::WebhookEndpointId;

use crate::schema::webhook_secrets as t;
use crate::{Result, TenantTx};

/// Secrets before the current one that sign beside it, at most: each is a signature more in every request.
const MOST_BEFORE: i64 = 3;

/// Makes `secret` the current one of an endpoint. Of those before it none signs for longer than `overlap` from now, so that an
/// overlap of zero ends all of them. To be done while the endpoint's row is held.
///
/// # Errors
/// [`crate::StorageError::BrokenReference`] when the business has no such endpoint; otherwise when a statement fails.
pub fn make_current(
    tx: &mut TenantTx<'_>,
    now: DateTime<Utc>,
    endpoint: WebhookEndpointId,
    secret: &str,
    overlap: TimeDelta,
) -> Result<()> {
    let business = tx.business.0;
    let of_endpoint = t::business_id
        .eq(business)
        .and(t::endpoint_id.eq(endpoint.0));
    let ends = now + overlap;
    diesel::update(t::table)
        .filter(of_endpoint)
        .filter(t::expires_at.is_null().or(t::expires_at.gt(ends)))
        .set(t::expires_at.eq(ends))
        .execute(tx.conn)?;
    let newest: Vec<i64> = t::table
        .filter(of_endpoint)
        .filter(t::expires_at.gt(now))
        .order(t::id.desc())
        .limit(MOST_BEFORE)
        .select(t::id)
        .load(tx.conn)?;
    diesel::delete(t::table)
        .filter(of_endpoint)
        .filter(t::id.ne_all(newest))
        .execute(tx.conn)?;
    diesel::insert_into(t::table)
        .values((
            t::business_id.eq(business),
            t::endpoint_id.eq(endpoint.0),
            t::secret.eq(secret),
            t::created_at.eq(now),
        ))
        .execute(tx.conn)?;
    Ok(())
}

/// When the last secret before the current one of an endpoint ends; none when the current one signs alone.
///
/// # Errors
/// When the statement fails.
pub fn overlap_until(
    tx: &mut TenantTx<'_>,
    now: DateTime<Utc>,
    endpoint: WebhookEndpointId,
) -> Result<Option<DateTime<Utc>>> {
    Ok(t::table
        .filter(t::business_id.eq(tx.business.0))
        .filter(t::endpoint_id.eq(endpoint.0))
        .filter(t::expires_at.gt(now))
        .select(diesel::dsl::max(t::expires_at))
        .first(tx.conn)?)
}
