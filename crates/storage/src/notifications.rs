//! `notifications`: what the bell of a user shows, and whom a change of status concerns.

mod bell;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use domain::events::NotificationRequested;
use domain::ids::{LeadId, UserId};
use domain::messages::Language;
use domain::notifications::{Moved, Period, Preferences};

use crate::notification_preferences::Row as PreferencesRow;
use crate::push_deliveries::Push;
use crate::schema::{notification_preferences, notifications as t, users};
use crate::users::Role;
use crate::{Result, StorageError, TenantTx, mail_digests, outbox, push_deliveries};

pub use bell::{Notification, mark_all_read, mark_read, of_user, unread_count};

/// Someone who may be told, and how they want it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipient {
    /// Who.
    pub user: UserId,
    /// The language that the user has chosen; the business's, where none.
    pub language: Option<Language>,
    /// Of what they are told, how and when.
    pub preferences: Preferences,
}

/// The users of the business who may sign in.
///
/// # Errors
/// [`StorageError::Corrupt`] for preferences that cannot be read; otherwise when the statement fails.
pub fn recipients(tx: &mut TenantTx<'_>) -> Result<Vec<Recipient>> {
    load(tx, None)
}

/// Who is told when something of the business itself needs a person: its owners who may sign in; where there is none, its
/// admins.
///
/// # Errors
/// As [`recipients`].
pub fn keepers(tx: &mut TenantTx<'_>) -> Result<Vec<Recipient>> {
    let owners = load(tx, Some(Role::Owner))?;
    if owners.is_empty() {
        load(tx, Some(Role::Admin))
    } else {
        Ok(owners)
    }
}

fn load(tx: &mut TenantTx<'_>, role: Option<Role>) -> Result<Vec<Recipient>> {
    use notification_preferences as p;
    let mut wanted = users::table
        .left_join(
            p::table.on(p::business_id
                .nullable()
                .eq(users::business_id)
                .and(p::user_id.eq(users::id))),
        )
        .filter(users::business_id.eq(tx.business.0))
        .filter(users::disabled_at.is_null())
        .order(users::id)
        .select((
            users::id,
            users::language,
            Option::<PreferencesRow>::as_select(),
        ))
        .into_boxed();
    if let Some(role) = role {
        wanted = wanted.filter(users::role.eq(role.as_str()));
    }
    let rows: Vec<(i64, Option<String>, Option<PreferencesRow>)> = wanted.load(tx.conn)?;
    rows.into_iter()
        .map(|(id, language, preferences)| {
            Ok(Recipient {
                user: UserId(id),
                language: language.and_then(|language| language.parse().ok()),
                preferences: preferences
                    .map(PreferencesRow::read)
                    .transpose()?
                    .unwrap_or_default(),
            })
        })
        .collect()
}

/// Someone who is told.
#[derive(Debug, Clone)]
pub struct Told {
    /// Who.
    pub user: UserId,
    /// In which language.
    pub language: Language,
    /// When it is pushed; none where it is not.
    pub push_due: Option<DateTime<Utc>>,
    /// The digest that tells it, and when that is due; none where it is not mailed.
    pub mail_due: Option<(Period, DateTime<Utc>)>,
}

/// Puts a change on the bell of everyone who is told, has it pushed and mailed to them when it is due, and raises one
/// `notification.requested` per language.
///
/// # Errors
/// When a statement fails.
pub fn add(
    tx: &mut TenantTx<'_>,
    now: DateTime<Utc>,
    lead: LeadId,
    moved: &Moved,
    told: &[Told],
) -> Result<()> {
    let url = format!("/leads/{lead}");
    for language in Language::ALL {
        let readers: Vec<&Told> = told
            .iter()
            .filter(|told| told.language == language)
            .collect();
        if readers.is_empty() {
            continue;
        }
        let text = moved.text(language);
        let notification = NotificationRequested {
            business_id: tx.business,
            lead_id: Some(lead),
            user_ids: readers.iter().map(|told| told.user).collect(),
            title: text.title,
            body: text.body,
            url: url.clone(),
        };
        let ids = put(tx, now, &notification, Some(moved))?;
        let pushes: Vec<Push> = readers
            .iter()
            .zip(&ids)
            .filter_map(|(told, id)| {
                Some(Push {
                    user: told.user,
                    notification: *id,
                    due: told.push_due?,
                })
            })
            .collect();
        push_deliveries::add(tx, lead, &pushes)?;
        for told in readers {
            if let Some((period, due)) = &told.mail_due {
                mail_digests::add(tx, told.user, &period.key, *due)?;
            }
        }
        outbox::stage(tx, now, notification)?;
    }
    Ok(())
}

/// Puts what the business itself needs a person for on the bells of those who are named, and raises
/// `notification.requested`. It is neither pushed nor mailed.
///
/// # Errors
/// When a statement fails.
pub fn give_notice(
    tx: &mut TenantTx<'_>,
    now: DateTime<Utc>,
    notification: NotificationRequested,
) -> Result<()> {
    if notification.user_ids.is_empty() {
        return Ok(());
    }
    put(tx, now, &notification, None)?;
    outbox::stage(tx, now, notification)
}

/// A row for each of the users; answers their ids in the same order.
fn put(
    tx: &mut TenantTx<'_>,
    now: DateTime<Utc>,
    notification: &NotificationRequested,
    moved: Option<&Moved>,
) -> Result<Vec<i64>> {
    let business = tx.business.0;
    let facts = moved
        .map(serde_json::to_value)
        .transpose()
        .map_err(|error| StorageError::Corrupt(error.to_string()))?;
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
                t::facts.eq(&facts),
                t::created_at.eq(now),
            )
        })
        .collect();
    let made: Vec<(i64, i64)> = diesel::insert_into(t::table)
        .values(rows)
        .returning((t::user_id, t::id))
        .get_results(tx.conn)?;
    let id_of = |user: &UserId| made.iter().find(|(of, _)| *of == user.0).map(|(_, id)| *id);
    Ok(notification.user_ids.iter().filter_map(id_of).collect())
}
