use chrono::{DateTime, Duration, Utc};
use chrono_tz::Tz;
use diesel::dsl::max;
use diesel::prelude::*;
use domain::ids::UserId;
use domain::messages::Language;
use domain::notifications::Email;

use crate::notification_preferences::{self, Stored};
use crate::notifications::Notification;
use crate::schema::{business, mail_digests as t, notifications, users};
use crate::{Result, StorageError, TenantTx, mail_refusals};

/// Notifications that are listed one by one; of the others the number is told.
const LISTED: i64 = 50;
/// The others are counted up to here.
const COUNTED: i64 = 1000;

/// A digest that one process sends.
#[derive(Debug)]
pub struct Digest {
    /// Whose it is.
    pub user: UserId,
    /// Of which period.
    pub period: String,
    /// How often it has been tried, this time included.
    pub attempts: i16,
    /// Where it goes.
    pub address: String,
    /// The language of the user.
    pub language: Language,
    /// The name of the business.
    pub business: String,
    /// The business's clock.
    pub zone: Tz,
    /// What is unread since the last digest that was sent: the newest 50, newest first; never empty.
    pub items: Vec<Notification>,
    /// How many there are in all, up to 1,000.
    pub count: usize,
    /// The newest of them.
    pub through: i64,
}

/// What became of a claim.
#[derive(Debug)]
pub enum Claim {
    /// It is this process's to send.
    Send(Box<Digest>),
    /// It waits for the end of quiet hours.
    Held,
    /// It is not sent.
    Dropped(Dropped),
    /// Its sending was begun and never settled; it is not sent again.
    Lost,
    /// Another process has it, or had.
    Taken,
}

/// Why a digest is not sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dropped {
    /// The user gets no e-mail any more, or may not sign in any more.
    NotWanted,
    /// All of it has been read.
    NothingNew,
    /// The address was refused too often.
    AddressRefused,
}

impl Dropped {
    /// The stable word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotWanted => "not_wanted",
            Self::NothingNew => "nothing_new",
            Self::AddressRefused => "address_refused",
        }
    }
}

/// Takes a digest for `lease`, marked as begun: from the commit on it is sent once at most.
///
/// # Errors
/// [`StorageError::Corrupt`] when something stored cannot be read; otherwise when a statement fails.
pub fn claim(
    tx: &mut TenantTx<'_>,
    now: DateTime<Utc>,
    lease: Duration,
    user: UserId,
    period: &str,
) -> Result<Claim> {
    type Row = (String, i16, DateTime<Utc>, Option<DateTime<Utc>>);
    let row = t::table.find((tx.business.0, user.0, period));
    let found: Option<Row> = row
        .select((t::state, t::attempts, t::due_at, t::claimed_until))
        .for_no_key_update()
        .skip_locked()
        .first(tx.conn)
        .optional()?;
    let Some((state, attempts, due_at, claimed_until)) = found else {
        return Ok(Claim::Taken);
    };
    let is_lost = state == "sending" && claimed_until.is_some_and(|until| until <= now);
    if is_lost {
        settle(tx, now, user, period, "unknown", "never_settled")?;
        return Ok(Claim::Lost);
    }
    if state != "waiting" || due_at > now {
        return Ok(Claim::Taken);
    }
    let stored = notification_preferences::get(tx, user)?;
    let reader = reader(tx, user)?;
    if let Some(why) = unwanted(tx, user, &stored, reader.is_active)? {
        settle(tx, now, user, period, "dropped", why.as_str())?;
        return Ok(Claim::Dropped(why));
    }
    let audible = stored.preferences.audible_from(now, reader.zone);
    if audible > now {
        diesel::update(row)
            .set(t::due_at.eq(audible))
            .execute(tx.conn)?;
        return Ok(Claim::Held);
    }
    let (items, count) = unread(tx, user, stored.email_chosen_at)?;
    let Some(through) = items.first().map(|newest| newest.id) else {
        settle(
            tx,
            now,
            user,
            period,
            "dropped",
            Dropped::NothingNew.as_str(),
        )?;
        return Ok(Claim::Dropped(Dropped::NothingNew));
    };
    diesel::update(row)
        .set((
            t::state.eq("sending"),
            t::attempts.eq(attempts + 1),
            t::claimed_until.eq(now + lease),
        ))
        .execute(tx.conn)?;
    Ok(Claim::Send(Box::new(Digest {
        user,
        period: period.to_owned(),
        attempts: attempts + 1,
        address: reader.address,
        language: reader.language,
        business: reader.business,
        zone: reader.zone,
        items,
        count,
        through,
    })))
}

fn settle(
    tx: &mut TenantTx<'_>,
    now: DateTime<Utc>,
    user: UserId,
    period: &str,
    state: &str,
    reason: &str,
) -> Result<()> {
    diesel::update(t::table.find((tx.business.0, user.0, period)))
        .set((
            t::state.eq(state),
            t::claimed_until.eq(None::<DateTime<Utc>>),
            t::reason.eq(reason),
            t::settled_at.eq(now),
        ))
        .execute(tx.conn)?;
    Ok(())
}

fn unwanted(
    tx: &mut TenantTx<'_>,
    user: UserId,
    stored: &Stored,
    is_active: bool,
) -> Result<Option<Dropped>> {
    if !is_active || stored.preferences.email == Email::Off {
        return Ok(Some(Dropped::NotWanted));
    }
    let is_refused = mail_refusals::are_too_many(tx, user, stored.email_chosen_at)?;
    Ok(is_refused.then_some(Dropped::AddressRefused))
}

/// What a user has not read since the last digest that was sent, and since they chose to get digests: the newest, newest
/// first, and how many there are in all.
fn unread(
    tx: &mut TenantTx<'_>,
    user: UserId,
    chosen_at: Option<DateTime<Utc>>,
) -> Result<(Vec<Notification>, usize)> {
    use notifications as n;
    let told: Option<i64> = t::table
        .filter(t::business_id.eq(tx.business.0))
        .filter(t::user_id.eq(user.0))
        .filter(t::state.eq("sent"))
        .select(max(t::through_id))
        .first(tx.conn)?;
    let new = n::table
        .filter(n::business_id.eq(tx.business.0))
        .filter(n::user_id.eq(user.0))
        .filter(n::read_at.is_null())
        .filter(n::id.gt(told.unwrap_or(0)))
        .filter(n::created_at.ge(chosen_at.unwrap_or(DateTime::UNIX_EPOCH)))
        .order(n::id.desc());
    let items = new
        .limit(LISTED)
        .select(Notification::as_select())
        .load(tx.conn)?;
    let all: Vec<i64> = new.limit(COUNTED).select(n::id).load(tx.conn)?;
    Ok((items, all.len()))
}

struct Reader {
    is_active: bool,
    address: String,
    language: Language,
    business: String,
    zone: Tz,
}

fn reader(tx: &mut TenantTx<'_>, user: UserId) -> Result<Reader> {
    type Row = (String, Option<String>, Option<DateTime<Utc>>);
    let (address, chosen, disabled_at): Row = users::table
        .filter(users::business_id.eq(tx.business.0))
        .filter(users::id.eq(user.0))
        .select((users::email, users::language, users::disabled_at))
        .first(tx.conn)?;
    let (business, language, zone): (String, String, String) = business::table
        .find(tx.business.0)
        .select((business::name, business::language, business::time_zone))
        .first(tx.conn)?;
    let corrupt = |what: &str| StorageError::Corrupt(what.to_owned());
    Ok(Reader {
        is_active: disabled_at.is_none(),
        address,
        language: chosen
            .unwrap_or(language)
            .parse()
            .map_err(|_| corrupt("language"))?,
        business,
        zone: zone.parse().map_err(|_| corrupt("time zone"))?,
    })
}
