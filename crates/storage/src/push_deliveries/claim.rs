use chrono::{DateTime, Duration, Utc};
use chrono_tz::Tz;
use diesel::prelude::*;
use domain::ids::{LeadId, UserId};
use domain::messages::Language;
use domain::notifications::Preferences;

use crate::notifications::Notification;
use crate::push_subscriptions::Subscription;
use crate::schema::{business, notifications, push_deliveries as t, push_subscriptions, users};
use crate::{Result, StorageError, TenantTx, notification_preferences};

/// Pushes to one browser that one process has taken.
#[derive(Debug)]
pub struct Claimed {
    /// The browser.
    pub subscription: Subscription,
    /// How its user wants to be told.
    pub preferences: Preferences,
    /// The language that they read.
    pub language: Language,
    /// The business's clock.
    pub zone: Tz,
    /// What is to be told, oldest first; never empty.
    pub items: Vec<Item>,
}

/// One of them.
#[derive(Debug)]
pub struct Item {
    /// The lead that it is about.
    pub lead: LeadId,
    /// Of its row: what replaces it meanwhile has another.
    pub revision: i32,
    /// How often it was tried before.
    pub attempts: i16,
    /// After this it is not tried again.
    pub give_up_at: DateTime<Utc>,
    /// What it tells.
    pub notification: Notification,
}

/// Takes what is due for a browser, for `lease`. None when there is nothing any more: another process has it.
///
/// # Errors
/// [`StorageError::Corrupt`] when something stored cannot be read; otherwise when a statement fails.
pub fn claim(
    tx: &mut TenantTx<'_>,
    now: DateTime<Utc>,
    lease: Duration,
    subscription: i64,
) -> Result<Option<Claimed>> {
    let is_free = t::claimed_until.is_null().or(t::claimed_until.le(now));
    let taken: Vec<(i64, i64, i32, i16, DateTime<Utc>)> = diesel::update(t::table)
        .filter(t::business_id.eq(tx.business.0))
        .filter(t::subscription_id.eq(subscription))
        .filter(t::due_at.le(now))
        .filter(is_free)
        .set(t::claimed_until.eq(now + lease))
        .returning((
            t::notification_id,
            t::lead_id,
            t::revision,
            t::attempts,
            t::give_up_at,
        ))
        .get_results(tx.conn)?;
    if taken.is_empty() {
        return Ok(None);
    }
    let ids: Vec<i64> = taken.iter().map(|(id, ..)| *id).collect();
    let told: Vec<Notification> = notifications::table
        .filter(notifications::business_id.eq(tx.business.0))
        .filter(notifications::id.eq_any(ids))
        .order(notifications::id)
        .select(Notification::as_select())
        .load(tx.conn)?;
    let items = told.into_iter().filter_map(|notification| {
        let (_, lead, revision, attempts, give_up_at) =
            *taken.iter().find(|(id, ..)| *id == notification.id)?;
        Some(Item {
            lead: LeadId(lead),
            revision,
            attempts,
            give_up_at,
            notification,
        })
    });
    let items = items.collect();
    let (row, user) = reader(tx, subscription)?;
    Ok(Some(Claimed {
        subscription: row,
        preferences: notification_preferences::get(tx, user.id)?.preferences,
        language: user.language,
        zone: user.zone,
        items,
    }))
}

struct Reader {
    id: UserId,
    language: Language,
    zone: Tz,
}

/// Who is told by a browser.
fn reader(tx: &mut TenantTx<'_>, subscription: i64) -> Result<(Subscription, Reader)> {
    use push_subscriptions as s;
    let business: (String, String) = business::table
        .find(tx.business.0)
        .select((business::language, business::time_zone))
        .first(tx.conn)?;
    let (row, id): (Subscription, i64) = s::table
        .find((tx.business.0, subscription))
        .select((Subscription::as_select(), s::user_id))
        .first(tx.conn)?;
    let chosen: Option<String> = users::table
        .filter(users::business_id.eq(tx.business.0))
        .filter(users::id.eq(id))
        .select(users::language)
        .first(tx.conn)?;
    let corrupt = |what: &str| StorageError::Corrupt(what.to_owned());
    let reader = Reader {
        id: UserId(id),
        language: chosen
            .unwrap_or(business.0)
            .parse()
            .map_err(|_| corrupt("language"))?,
        zone: business.1.parse().map_err(|_| corrupt("time zone"))?,
    };
    Ok((row, reader))
}
