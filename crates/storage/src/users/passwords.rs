//! What a password guards. Its hash goes out only to be compared.

use diesel::prelude::*;
use domain::ids::UserId;

use super::User;
use crate::schema::users as t;
use crate::{Result, TenantTx, session_tokens, sessions};

/// The user, if they may still sign in with the password of this hash. Until the transaction ends nobody changes that, so
/// that no session opens behind the back of a change that ends them.
///
/// # Errors
/// [`crate::StorageError::NotFound`] when they may not.
pub fn hold_signed_in(tx: &mut TenantTx<'_>, user: UserId, hash: &str) -> Result<User> {
    Ok(t::table
        .filter(t::business_id.eq(tx.business.0))
        .filter(t::id.eq(user.0))
        .filter(t::password_hash.eq(hash))
        .filter(t::disabled_at.is_null())
        .select(User::as_select())
        .for_share()
        .first(tx.conn)?)
}

/// The address of a user and the hash of their password, for checking it.
///
/// # Errors
/// [`crate::StorageError::NotFound`] when the business has no such user.
pub fn password_of(tx: &mut TenantTx<'_>, user: UserId) -> Result<(String, String)> {
    Ok(t::table
        .filter(t::business_id.eq(tx.business.0))
        .filter(t::id.eq(user.0))
        .select((t::email, t::password_hash))
        .first(tx.conn)?)
}

/// Gives a user another password in place of the one of the hash `was`, and ends their sessions but `session`, of which
/// only `token` goes on: whoever holds another one has it from before.
/// False, and nothing changed, when the password is not that one any more.
///
/// # Errors
/// When a statement fails.
pub fn change_password(
    tx: &mut TenantTx<'_>,
    user: UserId,
    was: &str,
    hash: &str,
    session: &[u8],
    token: &[u8],
) -> Result<bool> {
    let changed = diesel::update(t::table)
        .filter(t::business_id.eq(tx.business.0))
        .filter(t::id.eq(user.0))
        .filter(t::password_hash.eq(was))
        .filter(t::disabled_at.is_null())
        .set((t::password_hash.eq(hash), t::version.eq(t::version + 1)))
        .execute(tx.conn)?;
    if changed == 0 {
        return Ok(false);
    }
    sessions::close_all(tx, user, Some(session))?;
    session_tokens::end_all(tx, session, token)?;
    Ok(true)
}
