//! What a user's bell shows, and what they have read of it.

use chrono::{DateTime, Utc};
use diesel::dsl::exists;
use diesel::prelude::*;
use domain::ids::UserId;
use domain::messages::Language;
use domain::notifications::{Moved, Text};
use serde_json::Value;

use crate::schema::notifications as t;
use crate::{Result, StorageError, TenantTx};

/// Unread entries are counted up to here: a bell shows no more digits, and the count stays quick.
const MOST_COUNTED: i64 = 1000;

/// One entry of a bell.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = t)]
pub struct Notification {
    /// Its row.
    pub id: i64,
    /// The lead that it is about.
    pub lead_id: Option<i64>,
    title: String,
    body: String,
    facts: Option<Value>,
    /// Where a click leads, relative to the console.
    pub url: String,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When the user read it.
    pub read_at: Option<DateTime<Utc>>,
}

impl Notification {
    /// Title and text in a language; as they were first told, where it is not known any more what happened.
    #[must_use]
    pub fn text(&self, language: Language) -> Text {
        let moved = self.facts.clone().map(serde_json::from_value::<Moved>);
        match moved {
            Some(Ok(moved)) => moved.text(language),
            _ => Text {
                title: self.title.clone(),
                body: self.body.clone(),
            },
        }
    }
}

/// A user's bell, newest first: at most `most` entries with an id below `before`, the unread ones only where asked for.
///
/// # Errors
/// When the statement fails.
pub fn of_user(
    tx: &mut TenantTx<'_>,
    user: UserId,
    before: Option<i64>,
    unread: bool,
    most: i64,
) -> Result<Vec<Notification>> {
    let mut query = t::table
        .filter(t::business_id.eq(tx.business.0))
        .filter(t::user_id.eq(user.0))
        .filter(t::id.lt(before.unwrap_or(i64::MAX)))
        .order(t::id.desc())
        .limit(most)
        .select(Notification::as_select())
        .into_boxed();
    if unread {
        query = query.filter(t::read_at.is_null());
    }
    Ok(query.load(tx.conn)?)
}

/// How many entries of a user's bell are unread, up to 1,000.
///
/// # Errors
/// When the statement fails.
pub fn unread_count(tx: &mut TenantTx<'_>, user: UserId) -> Result<i64> {
    let unread = t::table
        .filter(t::business_id.eq(tx.business.0))
        .filter(t::user_id.eq(user.0))
        .filter(t::read_at.is_null())
        .limit(MOST_COUNTED)
        .select(t::id)
        .load::<i64>(tx.conn)?;
    Ok(i64::try_from(unread.len()).unwrap_or(MOST_COUNTED))
}

/// Marks an entry of a user's bell as read; the first time counts.
///
/// # Errors
/// [`StorageError::NotFound`] when the user has no such entry; otherwise when the statement fails.
pub fn mark_read(tx: &mut TenantTx<'_>, now: DateTime<Utc>, user: UserId, id: i64) -> Result<()> {
    let mine = t::table
        .filter(t::business_id.eq(tx.business.0))
        .filter(t::user_id.eq(user.0))
        .filter(t::id.eq(id));
    diesel::update(mine.filter(t::read_at.is_null()))
        .set(t::read_at.eq(now))
        .execute(tx.conn)?;
    if diesel::select(exists(mine)).get_result(tx.conn)? {
        Ok(())
    } else {
        Err(StorageError::NotFound)
    }
}

/// Marks every unread entry of a user's bell as read, those up to `up_to` only where one is named; answers how many.
///
/// # Errors
/// When the statement fails.
pub fn mark_all_read(
    tx: &mut TenantTx<'_>,
    now: DateTime<Utc>,
    user: UserId,
    up_to: Option<i64>,
) -> Result<usize> {
    let unread = t::table
        .filter(t::business_id.eq(tx.business.0))
        .filter(t::user_id.eq(user.0))
        .filter(t::read_at.is_null())
        .filter(t::id.le(up_to.unwrap_or(i64::MAX)));
    Ok(diesel::update(unread)
        .set(t::read_at.eq(now))
        .execute(tx.conn)?)
}
