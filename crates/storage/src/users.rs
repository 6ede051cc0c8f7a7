//! `users`: the people who sign in.

mod edit;
mod passwords;

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Nullable, Text};
use domain::ids::{BusinessId, UserId};
use domain::messages::Language;
use serde::{Deserialize, Serialize};

use crate::businesses::{self, Suspension};
use crate::schema::users as t;
use crate::{Result, StorageError, TenantTx, Tx};

pub use edit::{Edit, Edited, Held, edit, hold};
pub use passwords::{change_password, hold_signed_in, password_of};

/// What a caller may do. The order is that of authority: an owner may do all that an admin may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Works on leads and calls.
    Agent,
    /// Also changes settings and starts runs.
    Admin,
    /// Also manages users and keys.
    Owner,
    /// Stands above businesses.
    SystemAdmin,
}

/// Not the name of a role.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a role; use system_admin, owner, admin or agent")]
pub struct UnknownRole(pub String);

impl Role {
    /// All of them, from the least authority to the most.
    pub const ALL: [Self; 4] = [Self::Agent, Self::Admin, Self::Owner, Self::SystemAdmin];

    /// The word in the database and the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Agent => "agent",
            Self::Admin => "admin",
            Self::Owner => "owner",
            Self::SystemAdmin => "system_admin",
        }
    }

    pub(crate) fn stored(word: &str) -> Result<Self> {
        word.parse()
            .map_err(|_| StorageError::Corrupt(format!("role {word:?}")))
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Role {
    type Err = UnknownRole;

    fn from_str(word: &str) -> Result<Self, UnknownRole> {
        Self::ALL
            .into_iter()
            .find(|role| role.as_str() == word)
            .ok_or_else(|| UnknownRole(word.to_owned()))
    }
}

/// A user to be.
#[derive(Debug, Clone)]
pub struct NewUser<'a> {
    /// Their business; none for a system administrator, and for nobody else.
    pub business: Option<BusinessId>,
    /// What they sign in with; stored in lower case.
    pub email: &'a str,
    /// Their name; may be empty.
    pub full_name: &'a str,
    /// What they may do.
    pub role: Role,
    /// Argon2id, PHC form.
    pub password_hash: &'a str,
    /// The language they read; none means the business's.
    pub language: Option<Language>,
}

/// Creates a user.
///
/// # Errors
/// [`StorageError::Conflict`] when the address is taken; [`StorageError::BrokenReference`] when there is no such business.
pub fn create(tx: &mut Tx<'_>, now: DateTime<Utc>, new: &NewUser<'_>) -> Result<UserId> {
    let id: i64 = diesel::insert_into(t::table)
        .values((
            t::business_id.eq(new.business.map(|business| business.0)),
            t::email.eq(new.email.trim().to_lowercase()),
            t::full_name.eq(new.full_name),
            t::role.eq(new.role.as_str()),
            t::password_hash.eq(new.password_hash),
            t::language.eq(new.language.map(Language::as_str)),
            t::created_at.eq(now),
        ))
        .returning(t::id)
        .get_result(tx.conn)?;
    Ok(UserId(id))
}

/// Whether a text has the form of an e-mail address.
#[must_use]
pub fn is_address(text: &str) -> bool {
    text.split_once('@').is_some_and(|(name, host)| {
        !name.is_empty()
            && !host.is_empty()
            && !host.contains('@')
            && !text.contains(char::is_whitespace)
    })
}

/// A user of a business.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = t)]
pub struct User {
    /// Their id.
    pub id: i64,
    /// What they sign in with.
    pub email: String,
    /// Their name; may be empty.
    pub full_name: String,
    /// `owner`, `admin` or `agent`.
    pub role: String,
    /// `he` or `en`, where they chose one.
    pub language: Option<String>,
    /// Since when they have been known.
    pub created_at: DateTime<Utc>,
    /// Since when they may not sign in.
    pub disabled_at: Option<DateTime<Utc>>,
    /// Grows with each change.
    pub version: i64,
}

impl User {
    /// What they may do.
    ///
    /// # Errors
    /// [`StorageError::Corrupt`] when that is no role.
    pub fn role(&self) -> Result<Role> {
        Role::stored(&self.role)
    }
}

/// One user of the business, whether they may sign in or not.
///
/// # Errors
/// [`StorageError::NotFound`] when the business has no such user.
pub fn get(tx: &mut TenantTx<'_>, user: UserId) -> Result<User> {
    Ok(t::table
        .filter(t::business_id.eq(tx.business.0))
        .filter(t::id.eq(user.0))
        .select(User::as_select())
        .first(tx.conn)?)
}

/// The users of the business in the order in which they came: at most `most` of them with an id above `after`.
///
/// # Errors
/// When the statement fails.
pub fn list(tx: &mut TenantTx<'_>, after: Option<UserId>, most: i64) -> Result<Vec<User>> {
    Ok(t::table
        .filter(t::business_id.eq(tx.business.0))
        .filter(t::id.gt(after.map_or(0, |user| user.0)))
        .order(t::id)
        .limit(most)
        .select(User::as_select())
        .load(tx.conn)?)
}

/// The language that a user reads: the one they chose, else the business's. Without a user (a program's key) the business's.
///
/// # Errors
/// [`StorageError::NotFound`] when there is no such business; [`StorageError::Corrupt`] for a language that is not spoken.
pub fn language(tx: &mut Tx<'_>, business: BusinessId, user: Option<UserId>) -> Result<Language> {
    let chosen: Option<String> = match user {
        Some(user) => t::table
            .filter(t::business_id.eq(business.0))
            .filter(t::id.eq(user.0))
            .select(t::language)
            .first(tx.conn)
            .optional()?
            .flatten(),
        None => None,
    };
    match chosen {
        Some(language) => language
            .parse()
            .map_err(|_| StorageError::Corrupt(format!("language {language:?}"))),
        None => businesses::get(tx, business)?.language(),
    }
}

/// What is known of an address before its password is checked.
#[derive(Debug, Clone)]
pub struct SignIn {
    /// The business; none for a system administrator.
    pub business: Option<BusinessId>,
    /// The user.
    pub user: UserId,
    /// What they may do.
    pub role: Role,
    /// Argon2id, PHC form.
    pub password_hash: String,
    /// Why nobody signs in for the business now, if so.
    pub suspension: Option<Suspension>,
}

/// The user of an address, for checking a password.
///
/// # Errors
/// When the statement fails.
pub fn sign_in(tx: &mut Tx<'_>, email: &str) -> Result<Option<SignIn>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Nullable<BigInt>)]
        business_id: Option<i64>,
        #[diesel(sql_type = BigInt)]
        user_id: i64,
        #[diesel(sql_type = Text)]
        role: String,
        #[diesel(sql_type = Text)]
        password_hash: String,
        #[diesel(sql_type = Bool)]
        is_suspended: bool,
        #[diesel(sql_type = Nullable<Text>)]
        suspension_reason: Option<String>,
    }
    let found: Option<Row> = diesel::sql_query("SELECT * FROM sign_in_user($1)")
        .bind::<Text, _>(email.trim().to_lowercase())
        .get_result(tx.conn)
        .optional()?;
    found
        .map(|row| {
            Ok(SignIn {
                business: row.business_id.map(BusinessId),
                user: UserId(row.user_id),
                role: Role::stored(&row.role)?,
                password_hash: row.password_hash,
                suspension: Suspension::read(row.is_suspended, row.suspension_reason),
            })
        })
        .transpose()
}
