//! `whatsapp_sessions`: talks on WhatsApp. A lead has at most one that is open; its row is the lock that whoever writes into
//! it or closes it holds until the commit, so that a message is in a session before that is closed, or opens the next one.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Integer, Text, Timestamptz};
use domain::events::WhatsappSessionClosed;
use domain::ids::{BusinessId, LeadId, WhatsappSessionId};
use serde::Serialize;

use crate::schema::whatsapp_sessions as t;
use crate::whatsapp_messages::{self, NewMessage};
use crate::{Result, TenantTx, Tx, outbox};

/// A session as people see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Queryable, Selectable)]
#[diesel(table_name = t)]
pub struct Session {
    /// Its id.
    pub id: i64,
    /// With whom.
    pub lead_id: i64,
    /// `open` or `closed`.
    pub state: String,
    /// When its first message came.
    pub opened_at: DateTime<Utc>,
    /// When its last message came.
    pub last_message_at: DateTime<Utc>,
    /// When it was closed.
    pub closed_at: Option<DateTime<Utc>>,
    /// `silence`, or `asked` when somebody closed it.
    pub close_reason: Option<String>,
}

/// When a session is closed if nothing more is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Closes {
    /// After the silence that the business has set.
    AfterSilence,
    /// At once: what was written must not wait. Later messages do not put it off.
    AtOnce,
}

/// The upsert takes the lock of the open session. Against one that is being closed it waits, and then opens another.
const HOLD_OPEN: &str = "
INSERT INTO whatsapp_sessions AS s (business_id, lead_id, canonical_key, opened_at, last_message_at, closes_at)
SELECT $1, $2, $3, $4, $4,
       CASE WHEN $5 THEN $4 ELSE $4 + make_interval(mins => b.whatsapp_silence_minutes) END
FROM business_settings b WHERE b.business_id = $1
ON CONFLICT (business_id, lead_id) WHERE state = 'open' DO UPDATE
SET last_message_at = greatest(s.last_message_at, excluded.last_message_at),
    closes_at = CASE WHEN s.closes_at <= s.last_message_at THEN s.closes_at ELSE excluded.closes_at END
RETURNING s.id";

/// Writes a message of the lead into its open session, or into a new one.
///
/// # Errors
/// [`crate::StorageError::Conflict`] (`whatsapp_messages_once`) when the message is there already.
pub fn receive(
    tx: &mut TenantTx<'_>,
    now: DateTime<Utc>,
    lead: LeadId,
    message: &NewMessage,
    closes: Closes,
) -> Result<WhatsappSessionId> {
    #[derive(QueryableByName)]
    struct Held {
        #[diesel(sql_type = BigInt)]
        id: i64,
    }
    let held: Held = diesel::sql_query(HOLD_OPEN)
        .bind::<BigInt, _>(tx.business.0)
        .bind::<BigInt, _>(lead.0)
        .bind::<Text, _>(&message.message_sid)
        .bind::<Timestamptz, _>(now)
        .bind::<Bool, _>(closes == Closes::AtOnce)
        .get_result(tx.conn)?;
    let session = WhatsappSessionId(held.id);
    whatsapp_messages::insert(tx, now, session, message)?;
    Ok(session)
}

/// Which sessions have been silent for long enough, of every business, the longest due first.
///
/// # Errors
/// When the statement fails.
pub fn due(
    tx: &mut Tx<'_>,
    now: DateTime<Utc>,
    most: i32,
) -> Result<Vec<(BusinessId, WhatsappSessionId)>> {
    #[derive(QueryableByName)]
    struct Due {
        #[diesel(sql_type = BigInt)]
        business_id: i64,
        #[diesel(sql_type = BigInt)]
        id: i64,
    }
    let rows: Vec<Due> =
        diesel::sql_query("SELECT business_id, id FROM due_whatsapp_sessions($1, $2)")
            .bind::<Timestamptz, _>(now)
            .bind::<Integer, _>(most)
            .load(tx.conn)?;
    Ok(rows
        .into_iter()
        .map(|row| (BusinessId(row.business_id), WhatsappSessionId(row.id)))
        .collect())
}

/// Closes a session that is still due, and raises `whatsapp.session.closed`. False when a message has come meanwhile, or
/// it is closed already.
///
/// # Errors
/// When a statement fails.
pub fn close_silent(
    tx: &mut TenantTx<'_>,
    now: DateTime<Utc>,
    session: WhatsappSessionId,
) -> Result<bool> {
    let closed: Option<(i64, String)> = diesel::update(t::table)
        .filter(t::business_id.eq(tx.business.0))
        .filter(t::id.eq(session.0))
        .filter(t::state.eq("open"))
        .filter(t::closes_at.le(now))
        .set(closed(now, "silence"))
        .returning((t::lead_id, t::canonical_key))
        .get_result(tx.conn)
        .optional()?;
    raise(tx, now, session, closed)
}

/// Closes a session because somebody asks for it, and raises `whatsapp.session.closed`. False when it is closed already.
///
/// # Errors
/// [`crate::StorageError::NotFound`] when the business has no such session.
pub fn close_asked(
    tx: &mut TenantTx<'_>,
    now: DateTime<Utc>,
    session: WhatsappSessionId,
) -> Result<bool> {
    get(tx, session)?;
    let closed: Option<(i64, String)> = diesel::update(t::table)
        .filter(t::business_id.eq(tx.business.0))
        .filter(t::id.eq(session.0))
        .filter(t::state.eq("open"))
        .set(closed(now, "asked"))
        .returning((t::lead_id, t::canonical_key))
        .get_result(tx.conn)
        .optional()?;
    raise(tx, now, session, closed)
}

/// What a closed session has that an open one has not.
#[derive(AsChangeset)]
#[diesel(table_name = t)]
struct Closed {
    state: &'static str,
    closed_at: DateTime<Utc>,
    close_reason: &'static str,
}

const fn closed(now: DateTime<Utc>, reason: &'static str) -> Closed {
    Closed {
        state: "closed",
        closed_at: now,
        close_reason: reason,
    }
}

fn raise(
    tx: &mut TenantTx<'_>,
    now: DateTime<Utc>,
    session_id: WhatsappSessionId,
    closed: Option<(i64, String)>,
) -> Result<bool> {
    let Some((lead, canonical_key)) = closed else {
        return Ok(false);
    };
    let event = WhatsappSessionClosed {
        business_id: tx.business,
        lead_id: LeadId(lead),
        session_id,
        canonical_key,
    };
    outbox::stage(tx, now, event)?;
    Ok(true)
}

/// One session.
///
/// # Errors
/// [`crate::StorageError::NotFound`] when the business has no such session.
pub fn get(tx: &mut TenantTx<'_>, session: WhatsappSessionId) -> Result<Session> {
    Ok(t::table
        .filter(t::business_id.eq(tx.business.0))
        .filter(t::id.eq(session.0))
        .select(Session::as_select())
        .first(tx.conn)?)
}

/// The sessions of a lead or of all, newest first: at most `most` of them with an id below `before`.
///
/// # Errors
/// When the statement fails.
pub fn page(
    tx: &mut TenantTx<'_>,
    lead: Option<LeadId>,
    before: Option<WhatsappSessionId>,
    most: i64,
) -> Result<Vec<Session>> {
    let mut query = t::table
        .filter(t::business_id.eq(tx.business.0))
        .filter(t::id.lt(before.map_or(i64::MAX, |id| id.0)))
        .order(t::id.desc())
        .limit(most)
        .select(Session::as_select())
        .into_boxed();
    if let Some(lead) = lead {
        query = query.filter(t::lead_id.eq(lead.0));
    }
    Ok(query.load(tx.conn)?)
}
