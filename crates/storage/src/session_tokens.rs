//! `session_tokens`: what clients that keep no cookie show for a session. A token ends with its session, whichever way that
//! ends; the token itself is never stored.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use domain::ids::BusinessId;

use crate::schema::session_tokens as t;
use crate::sessions::Kind;
use crate::{Result, Tx};

/// A token to be.
#[derive(Debug, Clone, Copy)]
pub struct NewToken {
    /// What it is for: to be shown with each request, or to be exchanged once.
    pub kind: Kind,
    /// What is stored of it.
    pub hash: [u8; 32],
    /// Until when.
    pub expires_at: DateTime<Utc>,
}

/// Gives a session tokens, in a transaction as for [`crate::sessions::open`]. Those of its access tokens that have expired
/// go.
///
/// # Errors
/// When a statement fails; [`crate::StorageError::BrokenReference`] when the session has ended meanwhile.
pub fn issue(
    tx: &mut Tx<'_>,
    business: Option<BusinessId>,
    session_hash: &[u8],
    now: DateTime<Utc>,
    tokens: &[NewToken],
) -> Result<()> {
    let rows: Vec<_> = tokens
        .iter()
        .map(|token| {
            (
                t::business_id.eq(business.map(|business| business.0)),
                t::token_hash.eq(token.hash.to_vec()),
                t::session_hash.eq(session_hash),
                t::kind.eq(token.kind.as_str()),
                t::created_at.eq(now),
                t::expires_at.eq(token.expires_at),
            )
        })
        .collect();
    diesel::insert_into(t::table)
        .values(rows)
        .execute(tx.conn)?;
    diesel::delete(t::table)
        .filter(t::session_hash.eq(session_hash))
        .filter(t::kind.eq(Kind::Access.as_str()))
        .filter(t::expires_at.le(now))
        .execute(tx.conn)?;
    Ok(())
}

/// Uses a refresh token up. False when that was done before: of two at once one is the first.
///
/// # Errors
/// When the statement fails.
pub fn use_up(tx: &mut Tx<'_>, now: DateTime<Utc>, token_hash: &[u8]) -> Result<bool> {
    let used = diesel::update(t::table.find(token_hash))
        .filter(t::used_at.is_null())
        .set(t::used_at.eq(now))
        .execute(tx.conn)?;
    Ok(used == 1)
}

/// Ends the tokens of a session but the one with the hash `kept`.
///
/// # Errors
/// When the statement fails.
pub fn end_all(tx: &mut Tx<'_>, session_hash: &[u8], kept: &[u8]) -> Result<()> {
    diesel::delete(t::table)
        .filter(t::session_hash.eq(session_hash))
        .filter(t::token_hash.ne(kept))
        .execute(tx.conn)?;
    Ok(())
}
