//! The people of the business.

pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod get;
pub(crate) mod list;
pub(crate) mod me;
pub(crate) mod password;
pub(crate) mod patch;
pub(crate) mod preferences;

use chrono::{DateTime, Utc};
use domain::ids::UserId;
use serde::Serialize;
use storage::TenantTx;
use storage::users::{self, Edit, Edited, Role};
use utoipa::ToSchema;

use crate::extract::{Admin, Caller, Fields, IfMatch};
use crate::problem::{Code, FieldError, Problem, Result};

/// Longest name, in characters.
pub(super) const LONGEST_NAME: usize = 200;
/// Longest address (RFC 5321).
const LONGEST_ADDRESS: usize = 254;
/// Shortest and longest password, in characters. Hashing a longer one is a way to keep the server busy.
const SHORTEST_PASSWORD: usize = 12;
const LONGEST_PASSWORD: usize = 256;

/// A user.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct UserView {
    id: i64,
    email: String,
    /// May be empty.
    name: String,
    /// `owner`, `admin` or `agent`.
    role: String,
    /// `he` or `en`, where they chose one.
    language: Option<String>,
    /// Whether they may sign in.
    is_active: bool,
    created_at: DateTime<Utc>,
    /// Grows with each change; the ETag of the user.
    version: i64,
}

impl From<users::User> for UserView {
    fn from(user: users::User) -> Self {
        Self {
            id: user.id,
            email: user.email,
            name: user.full_name,
            role: user.role,
            language: user.language,
            is_active: user.disabled_at.is_none(),
            created_at: user.created_at,
            version: user.version,
        }
    }
}

pub(super) fn check_address(fields: &mut Fields, field: &str, email: &str) {
    fields.check(users::is_address(email), field, "must be an e-mail address");
    fields.check_length(Some(email), LONGEST_ADDRESS, field);
}

/// A role that a business has.
pub(super) fn check_role(fields: &mut Fields, role: Role) {
    let is_of_a_business = role != Role::SystemAdmin;
    fields.check(is_of_a_business, "role", "must be owner, admin or agent");
}

pub(super) fn check_password(fields: &mut Fields, field: &str, password: &str) {
    let is_long_enough = password.chars().count() >= SHORTEST_PASSWORD;
    let message = format!("must have at least {SHORTEST_PASSWORD} characters");
    fields.check(is_long_enough, field, &message);
    fields.check_length(Some(password), LONGEST_PASSWORD, field);
}

/// What is wrong with a password that is the address of its user; nothing with another one.
pub(super) fn address_as_password(field: &str, password: &str, email: &str) -> Option<FieldError> {
    let same = password.trim().to_lowercase() == email.trim().to_lowercase();
    same.then(|| FieldError::new(field, "must not be the e-mail address"))
}

/// Changes a user as far as the caller's role reaches.
fn change(
    tx: &mut TenantTx<'_>,
    now: DateTime<Utc>,
    caller: &Caller<Admin>,
    user: UserId,
    expected: &IfMatch,
    edit: &Edit,
) -> Result<users::User> {
    let held = users::hold(tx, user)?;
    caller.reach(held.user.role()?)?;
    if let Some(role) = edit.role {
        caller.reach(role)?;
    }
    match users::edit(tx, now, &held, expected.0, edit)? {
        Edited::Done(user) => Ok(user),
        Edited::LastOwner => Err(Problem::from(Code::LastOwner)),
    }
}
