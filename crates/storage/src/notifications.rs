//! `notifications`: what the bell of a user shows, and whom a change of status concerns.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use domain::events::NotificationRequested;
use domain::ids::{LeadId, UserId};
use domain::messages::Language;

use crate::schema::{notifications as t, users};
use crate::users::Role;
use crate::{Result, StorageError, TenantTx, outbox};

/// Someone who is told, and in which language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipient {
    /// Who.
    pub user: UserId,
    /// The language that the user has chosen; the business's, where none.
    pub language: Option<Language>,
}

/// The users of the business who may sign in.
///
/// # Errors
/// When the statement fails.
pub fn recipients(tx: &mut TenantTx<'_>) -> Result<Vec<Recipient>> {
    let rows: Vec<(i64, Option<String>)> = users::table
        .filter(users::business_id.eq(tx.business.0))
        .filter(users::disabled_at.is_null())
        .order(users::id)
        .select((users::id, users::language))
        .load(tx.conn)?;
    Ok(rows.into_iter().map(recipient).collect())
}

/// Who is told when something of the business itself needs a person: its owners who may sign in; where there is none, its
/// admins.
///
/// # Errors
/// When the statement fails.
pub fn keepers(tx: &mut TenantTx<'_>) -> Result<Vec<Recipient>> {
    let of_role = |tx: &mut TenantTx<'_>, role: Role| -> Result<Vec<Recipient>> {
        let rows: Vec<(i64, Option<String>)> = users::table
            .filter(users::business_id.eq(tx.business.0))
            .filter(users::disabled_at.is_null())
            .filter(users::role.eq(role.as_str()))
            .order(users::id)
            .select((users::id, users::language))
            .load(tx.conn)?;
        Ok(rows.into_iter().map(recipient).collect())
    };
    let owners = of_role(tx, Role::Owner)?;
    if owners.is_empty() {
        of_role(tx, Role::Admin)
    } else {
        Ok(owners)
    }
}

fn recipient((id, language): (i64, Option<String>)) -> Recipient {
    Recipient {
        user: UserId(id),
        language: language.and_then(|language| language.parse().ok()),
    }
}

/// Puts a notification on the bell of each of its users and asks for it to be pushed.
///
/// # Errors
/// When a statement fails.
pub fn add(
    tx: &mut TenantTx<'_>,
    now: DateTime<Utc>,
    notification: NotificationRequested,
) -> Result<()> {
    if notification.user_ids.is_empty() {
        return Ok(());
    }
    let business = tx.business.0;
    let rows: Vec<_> = notification
        .user_ids
        .iter()
        .map(|user| {
            (
                t::business_id.eq(business),
                t::user_id.eq(user.0),
                t::lead_id.eq(notification.lead_id.map(|lead| lead.0)),
                t::title.eq(&notification.title),
                t::body.eq(&notification.body),
                t::url.eq(&notification.url),
                t::created_at.eq(now),
            )
        })
        .collect();
    diesel::insert_into(t::table)
        .values(rows)
        .execute(tx.conn)?;
    outbox::stage(tx, now, notification)
}

/// One entry of a bell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notification {
    /// Its row.
    pub id: i64,
    /// The lead that it is about.
    pub lead: Option<LeadId>,
    /// One line.
    pub title: String,
    /// The text.
    pub body: String,
    /// Where a click leads, relative to the console.
    pub url: String,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When the user read it.
    pub read_at: Option<DateTime<Utc>>,
}

/// A user's bell, newest first: at most `most` entries with an id below `before`.
///
/// # Errors
/// When the statement fails.
pub fn of_user(
    tx: &mut TenantTx<'_>,
    user: UserId,
    before: Option<i64>,
    most: i64,
) -> Result<Vec<Notification>> {
    type Row = (
        i64,
        Option<i64>,
        String,
        String,
        String,
        DateTime<Utc>,
        Option<DateTime<Utc>>,
    );
    let rows: Vec<Row> = t::table
        .filter(t::business_id.eq(tx.business.0))
        .filter(t::user_id.eq(user.0))
        .filter(t::id.lt(before.unwrap_or(i64::MAX)))
        .order(t::id.desc())
        .limit(most)
        .select((
            t::id,
            t::lead_id,
            t::title,
            t::body,
            t::url,
            t::created_at,
            t::read_at,
        ))
        .load(tx.conn)?;
    Ok(rows
        .into_iter()
        .map(
            |(id, lead, title, body, url, created_at, read_at)| Notification {
                id,
                lead: lead.map(LeadId),
                title,
                body,
                url,
                created_at,
                read_at,
            },
        )
        .collect())
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
    if diesel::select(diesel::dsl::exists(mine)).get_result(tx.conn)? {
        Ok(())
    } else {
        Err(StorageError::NotFound)
    }
}
