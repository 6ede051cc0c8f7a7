//! `whatsapp_messages`: what was written in a session; written by [`whatsapp_sessions::receive`] only.
//!
//! [`whatsapp_sessions::receive`]: crate::whatsapp_sessions::receive

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use domain::ids::WhatsappSessionId;
use serde::Serialize;

use crate::schema::whatsapp_messages as t;
use crate::texts::Texts;
use crate::{Result, TenantTx};

/// A message that has come in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewMessage {
    /// The carrier's id of it.
    pub message_sid: String,
    /// The text; empty when only other things were sent.
    pub body: String,
    /// What kind of thing each attachment is: `image`, `audio`, `video` or `file`.
    pub media: Vec<&'static str>,
}

/// A message of a session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Queryable, Selectable)]
#[diesel(table_name = t)]
pub struct Message {
    /// Its id.
    pub id: i64,
    /// The carrier's id of it.
    pub message_sid: String,
    /// `inbound`, or `outbound` when our side wrote it.
    pub direction: String,
    /// The text; empty when only other things were sent.
    pub body: String,
    /// What kind of thing each attachment is.
    #[diesel(deserialize_as = Texts)]
    pub media: Vec<String>,
    /// When it came.
    pub at: DateTime<Utc>,
}

/// Writes a message into its session, which this transaction holds.
pub(crate) fn insert(
    tx: &mut TenantTx<'_>,
    now: DateTime<Utc>,
    session: WhatsappSessionId,
    new: &NewMessage,
) -> Result<()> {
    diesel::insert_into(t::table)
        .values((
            t::business_id.eq(tx.business.0),
            t::session_id.eq(session.0),
            t::message_sid.eq(&new.message_sid),
            t::body.eq(&new.body),
            t::media.eq(&new.media),
            t::at.eq(now),
        ))
        .execute(tx.conn)?;
    Ok(())
}

/// The messages of a session in their order: at most `most` of them with an id above `after`.
///
/// # Errors
/// When the statement fails.
pub fn of_session(
    tx: &mut TenantTx<'_>,
    session: WhatsappSessionId,
    after: Option<i64>,
    most: i64,
) -> Result<Vec<Message>> {
    Ok(t::table
        .filter(t::business_id.eq(tx.business.0))
        .filter(t::session_id.eq(session.0))
        .filter(t::id.gt(after.unwrap_or(0)))
        .order(t::id)
        .limit(most)
        .select(Message::as_select())
        .load(tx.conn)?)
}

/// The last messages of a session, in their order.
///
/// # Errors
/// When the statement fails.
pub fn last_of_session(
    tx: &mut TenantTx<'_>,
    session: WhatsappSessionId,
    most: i64,
) -> Result<Vec<Message>> {
    let mut messages: Vec<Message> = t::table
        .filter(t::business_id.eq(tx.business.0))
        .filter(t::session_id.eq(session.0))
        .order(t::id.desc())
        .limit(most)
        .select(Message::as_select())
        .load(tx.conn)?;
    messages.reverse();
    Ok(messages)
}
