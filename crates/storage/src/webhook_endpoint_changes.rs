//! `webhook_endpoint_changes`: what was done to webhook endpoints, and by whom. What is written stays, also when the endpoint
//! is gone.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use domain::ids::{UserId, WebhookEndpointId};

use crate::schema::webhook_endpoint_changes as t;
use crate::webhook_endpoints::Disabled;
use crate::{Result, TenantTx};

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// It was made.
    Created,
    /// Its address, its description or its events are others.
    Changed,
    /// It has a new secret.
    SecretRotated,
    /// A person switched it on.
    Activated,
    /// A person switched it off.
    Deactivated,
    /// It was switched off by itself.
    Disabled(Disabled),
    /// It is gone.
    Deleted,
}

impl Kind {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Changed => "changed",
            Self::SecretRotated => "secret_rotated",
            Self::Activated => "activated",
            Self::Deactivated => "deactivated",
            Self::Disabled(_) => "disabled",
            Self::Deleted => "deleted",
        }
    }
}

/// Writes down what was done to an endpoint.
///
/// # Errors
/// When the statement fails.
pub fn add(
    tx: &mut TenantTx<'_>,
    now: DateTime<Utc>,
    endpoint: WebhookEndpointId,
    kind: Kind,
    by: Option<UserId>,
) -> Result<()> {
    let reason = match kind {
        Kind::Disabled(reason) => Some(reason.as_str()),
        _ => None,
    };
    diesel::insert_into(t::table)
        .values((
            t::business_id.eq(tx.business.0),
            t::endpoint_id.eq(endpoint.0),
            t::kind.eq(kind.as_str()),
            t::reason.eq(reason),
            t::user_id.eq(by.map(|user| user.0)),
            t::at.eq(now),
        ))
        .execute(tx.conn)?;
    Ok(())
}

/// Something that was done.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = t)]
pub struct Change {
    /// `created`, `changed`, `secret_rotated`, `activated`, `deactivated`, `disabled` or `deleted`.
    pub kind: String,
    /// Why it was switched off by itself: `gone` or `failing`.
    pub reason: Option<String>,
    /// The signed-in person who did it.
    pub user_id: Option<i64>,
    /// When.
    pub at: DateTime<Utc>,
}

/// The newest `most` changes of an endpoint, newest first.
///
/// # Errors
/// When the statement fails.
pub fn of_endpoint(
    tx: &mut TenantTx<'_>,
    endpoint: WebhookEndpointId,
    most: i64,
) -> Result<Vec<Change>> {
    Ok(t::table
        .filter(t::business_id.eq(tx.business.0))
        .filter(t::endpoint_id.eq(endpoint.0))
        .order(t::id.desc())
        .limit(most)
        .select(Change::as_select())
        .load(tx.conn)?)
}
