//! `sessions`: who is signed in. The token itself is never stored.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Binary, Bool, Nullable, Text, Timestamptz};
use domain::ids::{BusinessId, UserId};

use crate::businesses::Suspension;
use crate::prepared::Prepared;
use crate::schema::sessions as t;
use crate::users::Role;
use crate::{Result, StorageError, Tx};

/// Opens a session: in the transaction of the user's business, or of no tenant for a system administrator.
///
/// # Errors
/// When the row cannot be written.
pub fn open(
    tx: &mut Tx<'_>,
    business: Option<BusinessId>,
    user: UserId,
    token_hash: &[u8],
    now: DateTime<Utc>,
    expires_at: DateTime<Utc>,
) -> Result<()> {
    diesel::insert_into(t::table)
        .values((
            t::business_id.eq(business.map(|business| business.0)),
            t::token_hash.eq(token_hash),
            t::user_id.eq(user.0),
            t::created_at.eq(now),
            t::expires_at.eq(expires_at),
        ))
        .execute(tx.conn)?;
    // The user's forgotten sessions go when they sign in again.
    diesel::delete(t::table)
        .filter(t::user_id.eq(user.0))
        .filter(t::expires_at.le(now))
        .execute(tx.conn)?;
    Ok(())
}

/// Ends a session and its tokens, in a transaction as for [`open`]. False when it had ended already.
///
/// # Errors
/// When the statement fails.
pub fn close(tx: &mut Tx<'_>, token_hash: &[u8]) -> Result<bool> {
    let closed = diesel::delete(t::table)
        .filter(t::token_hash.eq(token_hash))
        .execute(tx.conn)?;
    Ok(closed == 1)
}

/// Ends the sessions of a user and their tokens, in a transaction as for [`open`]: all of them, or all but the one of a token.
///
/// # Errors
/// When the statement fails.
pub fn close_all(tx: &mut Tx<'_>, user: UserId, but: Option<&[u8]>) -> Result<()> {
    let of_user = t::table.filter(t::user_id.eq(user.0));
    match but {
        Some(kept) => diesel::delete(of_user.filter(t::token_hash.ne(kept))).execute(tx.conn)?,
        None => diesel::delete(of_user).execute(tx.conn)?,
    };
    Ok(())
}

/// What a token is for. Each kind opens its own door and no other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The session's own, in the cookie of a browser.
    Session,
    /// Shown by a client with each request.
    Access,
    /// Exchanged by a client for an access token and another one of its kind, once.
    Refresh,
}

impl Kind {
    /// All of them.
    const ALL: [Self; 3] = [Self::Session, Self::Access, Self::Refresh];

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Session => "session",
            Self::Access => "access",
            Self::Refresh => "refresh",
        }
    }
}

/// Who holds a token.
#[derive(Debug, Clone)]
pub struct Holder {
    /// Their business; none for a system administrator.
    pub business: Option<BusinessId>,
    /// Why nobody works for it now, if so.
    pub suspension: Option<Suspension>,
    /// The user.
    pub user: UserId,
    /// What they may do.
    pub role: Role,
    /// Until when.
    pub expires_at: DateTime<Utc>,
    /// The session that the token is of.
    pub session_hash: Vec<u8>,
    /// What the token is for.
    pub kind: Kind,
}

/// Who holds this token now. None when it is unknown or has expired, its session has ended, or the user is switched off.
///
/// # Errors
/// When the statement fails.
pub fn holder(tx: &mut Tx<'_>, token_hash: &[u8], now: DateTime<Utc>) -> Result<Option<Holder>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Nullable<BigInt>)]
        business_id: Option<i64>,
        #[diesel(sql_type = BigInt)]
        user_id: i64,
        #[diesel(sql_type = Text)]
        role: String,
        #[diesel(sql_type = Timestamptz)]
        expires_at: DateTime<Utc>,
        #[diesel(sql_type = Binary)]
        session_hash: Vec<u8>,
        #[diesel(sql_type = Text)]
        kind: String,
        #[diesel(sql_type = Bool)]
        is_suspended: bool,
        #[diesel(sql_type = Nullable<Text>)]
        suspension_reason: Option<String>,
    }
    let query = diesel::sql_query("SELECT * FROM user_of_session($1, $2)")
        .bind::<Binary, _>(token_hash)
        .bind::<Timestamptz, _>(now);
    let found: Option<Row> = Prepared(query).get_result(tx.conn).optional()?;
    found
        .map(|row| {
            let kind = Kind::ALL.into_iter().find(|kind| kind.as_str() == row.kind);
            Ok(Holder {
                business: row.business_id.map(BusinessId),
                suspension: Suspension::read(row.is_suspended, row.suspension_reason),
                user: UserId(row.user_id),
                role: Role::stored(&row.role)?,
                expires_at: row.expires_at,
                session_hash: row.session_hash,
                kind: kind.ok_or_else(|| {
                    StorageError::Corrupt(format!("token of kind {:?}", row.kind))
                })?,
            })
        })
        .transpose()
}

/// Those of some tokens by which somebody may still work, by what is stored of them: as [`holder`], for many at once.
///
/// # Errors
/// When the statement fails.
pub fn still_open(
    tx: &mut Tx<'_>,
    token_hashes: &[Vec<u8>],
    now: DateTime<Utc>,
) -> Result<Vec<Vec<u8>>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Binary)]
        token_hash: Vec<u8>,
    }
    if token_hashes.is_empty() {
        return Ok(Vec::new());
    }
    let rows: Vec<Row> = diesel::sql_query(
        "SELECT token_hash FROM unnest($1) AS asked (token_hash) WHERE
         EXISTS (SELECT FROM user_of_session(token_hash, $2) AS holder WHERE NOT holder.is_suspended)",
    )
    .bind::<Array<Binary>, _>(token_hashes)
    .bind::<Timestamptz, _>(now)
    .load(tx.conn)?;
    Ok(rows.into_iter().map(|row| row.token_hash).collect())
}
