//! Changes of a user by others. A business that has an owner keeps one.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use domain::ids::UserId;

use super::{Role, User, get};
use crate::schema::users as t;
use crate::{Result, StorageError, TenantTx, sessions};

/// What changes about a user; what is none stays.
#[derive(Debug, Clone, Default)]
pub struct Edit {
    /// Their name; may be empty.
    pub full_name: Option<String>,
    /// What they may do.
    pub role: Option<Role>,
    /// Whether they may sign in.
    pub is_active: Option<bool>,
    /// Argon2id, PHC form. Ends their sessions.
    pub password_hash: Option<String>,
}

/// A user who is held for a change.
#[derive(Debug)]
pub struct Held {
    /// As they are.
    pub user: User,
    has_another_owner: bool,
}

/// What became of a change.
#[derive(Debug)]
pub enum Edited {
    /// The user as they are now.
    Done(User),
    /// Nothing: the business would be without an owner who may sign in.
    LastOwner,
}

/// Holds a user for a change, and with them every owner who may sign in: of two changes at once the second sees what the
/// first has done, so that two owners cannot both be the last but one.
///
/// # Errors
/// [`StorageError::NotFound`] when the business has no such user; otherwise when the statement fails.
pub fn hold(tx: &mut TenantTx<'_>, user: UserId) -> Result<Held> {
    let is_owner = t::role
        .eq(Role::Owner.as_str())
        .and(t::disabled_at.is_null());
    let mut held: Vec<User> = t::table
        .filter(t::business_id.eq(tx.business.0))
        .filter(t::id.eq(user.0).or(is_owner))
        .order(t::id)
        .select(User::as_select())
        .for_no_key_update()
        .load(tx.conn)?;
    let place = held.iter().position(|row| row.id == user.0);
    let user = held.swap_remove(place.ok_or(StorageError::NotFound)?);
    Ok(Held {
        user,
        has_another_owner: !held.is_empty(),
    })
}

/// Changes a user. Who is switched off or gets another password is signed out everywhere, with the commit.
///
/// # Errors
/// [`StorageError::Conflict`] when they are not of the expected version; otherwise when a statement fails.
pub fn edit(
    tx: &mut TenantTx<'_>,
    now: DateTime<Utc>,
    held: &Held,
    expected_version: Option<i64>,
    edit: &Edit,
) -> Result<Edited> {
    let user = &held.user;
    if expected_version.is_some_and(|expected| expected != user.version) {
        return Err(StorageError::Conflict {
            constraint: "users_version".to_owned(),
        });
    }
    let (was, was_active) = (user.role()?, user.disabled_at.is_none());
    let role = edit.role.unwrap_or(was);
    let is_active = edit.is_active.unwrap_or(was_active);
    let was_owner = was == Role::Owner && was_active;
    let is_owner = role == Role::Owner && is_active;
    if was_owner && !is_owner && !held.has_another_owner {
        return Ok(Edited::LastOwner);
    }
    let full_name = edit.full_name.as_deref().unwrap_or(&user.full_name);
    let new_password = edit.password_hash.as_deref();
    let same = (role, is_active, full_name) == (was, was_active, user.full_name.as_str());
    if same && new_password.is_none() {
        return Ok(Edited::Done(user.clone()));
    }
    let id = UserId(user.id);
    diesel::update(t::table)
        .filter(t::business_id.eq(tx.business.0))
        .filter(t::id.eq(id.0))
        .set((
            t::full_name.eq(full_name),
            t::role.eq(role.as_str()),
            t::disabled_at.eq((!is_active).then(|| user.disabled_at.unwrap_or(now))),
            new_password.map(|hash| t::password_hash.eq(hash)),
            t::version.eq(t::version + 1),
        ))
        .execute(tx.conn)?;
    if !is_active || new_password.is_some() {
        sessions::close_all(tx, id, None)?;
    }
    Ok(Edited::Done(get(tx, id)?))
}
