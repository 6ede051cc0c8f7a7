//! `api_keys`: keys of programs that act for a business. A key reads `cb_<prefix>_<secret>`; it is shown once and only
//! its hash is stored. The secret has 256 random bits, so that a fast hash is enough.

use std::collections::HashMap;
use std::str::FromStr;

use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Binary, Bool, Nullable, Text, Timestamptz};
use domain::ids::{ApiKeyId, BusinessId};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::businesses::Suspension;
use crate::prepared::Prepared;
use crate::schema::api_keys as t;
use crate::texts::Texts;
use crate::users::Role;
use crate::{Result, StorageError, TenantTx, Tx};

/// What every key starts with, so that a leaked one can be recognised.
const MARK: &str = "cb_";
/// Random bytes of the public prefix.
const PREFIX_BYTES: usize = 6;
/// Random bytes that a key is made of.
pub const RANDOM_BYTES: usize = PREFIX_BYTES + 32;

/// How old what is known of a key's last use may be.
const USE_IS_NEWS_AFTER: TimeDelta = TimeDelta::minutes(1);

/// Which operations a key may ask for, as far as its role goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// All of them.
    Full,
    /// Whatever only reads.
    Read,
    /// Leads and what belongs to them: lists, statuses, conversations, suppressions.
    Leads,
    /// Runs and calls.
    Calls,
}

impl Scope {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Full, Self::Read, Self::Leads, Self::Calls];

    /// The word in the database and the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Read => "read",
            Self::Leads => "leads",
            Self::Calls => "calls",
        }
    }

    fn stored(words: &[String]) -> Result<Vec<Self>> {
        words
            .iter()
            .map(|word| {
                word.parse()
                    .map_err(|_| StorageError::Corrupt(format!("scope {word:?}")))
            })
            .collect()
    }
}

/// Not the name of a scope.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a scope; use full, read, leads or calls")]
pub struct UnknownScope(pub String);

impl FromStr for Scope {
    type Err = UnknownScope;

    fn from_str(word: &str) -> Result<Self, UnknownScope> {
        Self::ALL
            .into_iter()
            .find(|scope| scope.as_str() == word)
            .ok_or_else(|| UnknownScope(word.to_owned()))
    }
}

/// A key that has just been made.
#[derive(Clone)]
pub struct MintedKey {
    /// The whole key. Show it once.
    pub key: String,
    /// Its public part, by which it is found.
    pub prefix: String,
    /// SHA-256 of the whole key.
    pub hash: [u8; 32],
}

/// Makes a key of random bytes, which must come from a cryptographic generator.
#[must_use]
pub fn mint(random: &[u8; RANDOM_BYTES]) -> MintedKey {
    let hex = |bytes: &[u8]| -> String { bytes.iter().map(|byte| format!("{byte:02x}")).collect() };
    let (prefix, secret) = random.split_at(PREFIX_BYTES);
    let prefix = hex(prefix);
    let key = format!("{MARK}{prefix}_{}", hex(secret));
    MintedKey {
        hash: Sha256::digest(key.as_bytes()).into(),
        key,
        prefix,
    }
}

/// The prefix and the hash of what may be a key. None for a text that is none.
#[must_use]
pub fn read(key: &str) -> Option<(&str, [u8; 32])> {
    let (prefix, _secret) = key.strip_prefix(MARK)?.split_once('_')?;
    Some((prefix, Sha256::digest(key.as_bytes()).into()))
}

/// Stores a key.
///
/// # Errors
/// [`crate::StorageError::BrokenReference`] when there is no such business, [`crate::StorageError::Refused`] for the
/// role of a system administrator and
/// for no scope.
pub fn create(
    tx: &mut Tx<'_>,
    business: BusinessId,
    now: DateTime<Utc>,
    name: &str,
    role: Role,
    scopes: &[Scope],
    minted: &MintedKey,
) -> Result<ApiKeyId> {
    let scopes: Vec<&str> = scopes.iter().map(|scope| scope.as_str()).collect();
    let id: i64 = diesel::insert_into(t::table)
        .values((
            t::business_id.eq(business.0),
            t::name.eq(name),
            t::prefix.eq(&minted.prefix),
            t::key_hash.eq(minted.hash.as_slice()),
            t::role.eq(role.as_str()),
            t::scopes.eq(scopes),
            t::created_at.eq(now),
        ))
        .returning(t::id)
        .get_result(tx.conn)?;
    Ok(ApiKeyId(id))
}

/// A key of a business, as its people see it.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = t)]
pub struct ApiKey {
    /// Its row.
    pub id: i64,
    /// What it is for.
    pub name: String,
    /// Its public part.
    pub prefix: String,
    /// `owner`, `admin` or `agent`.
    pub role: String,
    /// `full`, `read`, `leads`, `calls`.
    #[diesel(deserialize_as = Texts)]
    pub scopes: Vec<String>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was last used, to the minute.
    pub last_used_at: Option<DateTime<Utc>>,
    /// Since when it opens nothing.
    pub revoked_at: Option<DateTime<Utc>>,
}

impl ApiKey {
    /// What it may do.
    ///
    /// # Errors
    /// [`StorageError::Corrupt`] when that is no role.
    pub fn role(&self) -> Result<Role> {
        Role::stored(&self.role)
    }
}

/// One key of the business, whether it is revoked or not.
///
/// # Errors
/// [`StorageError::NotFound`] when the business has no such key.
pub fn get(tx: &mut TenantTx<'_>, key: ApiKeyId) -> Result<ApiKey> {
    Ok(t::table
        .filter(t::business_id.eq(tx.business.0))
        .filter(t::id.eq(key.0))
        .select(ApiKey::as_select())
        .first(tx.conn)?)
}

/// The keys of the business, newest first: at most `most` of them with an id below `before`.
///
/// # Errors
/// When the statement fails.
pub fn list(tx: &mut TenantTx<'_>, before: Option<ApiKeyId>, most: i64) -> Result<Vec<ApiKey>> {
    Ok(t::table
        .filter(t::business_id.eq(tx.business.0))
        .filter(t::id.lt(before.map_or(i64::MAX, |key| key.0)))
        .order(t::id.desc())
        .limit(most)
        .select(ApiKey::as_select())
        .load(tx.conn)?)
}

/// Revokes a key: it opens nothing from the commit on. One that is revoked already stays as it is.
///
/// # Errors
/// When the statement fails.
pub fn revoke(tx: &mut TenantTx<'_>, now: DateTime<Utc>, key: ApiKeyId) -> Result<()> {
    diesel::update(t::table)
        .filter(t::business_id.eq(tx.business.0))
        .filter(t::id.eq(key.0))
        .filter(t::revoked_at.is_null())
        .set(t::revoked_at.eq(now))
        .execute(tx.conn)?;
    Ok(())
}

/// Notes that a key is used, unless that is known of the last minute.
///
/// # Errors
/// When the statement fails.
pub fn used(tx: &mut TenantTx<'_>, now: DateTime<Utc>, key: ApiKeyId) -> Result<()> {
    let is_news = t::last_used_at
        .is_null()
        .or(t::last_used_at.le(now - USE_IS_NEWS_AFTER));
    diesel::update(t::table)
        .filter(t::business_id.eq(tx.business.0))
        .filter(t::id.eq(key.0))
        .filter(is_news)
        .set(t::last_used_at.eq(now))
        .execute(tx.conn)?;
    Ok(())
}

/// A key as it is found by its prefix.
#[derive(Debug, Clone)]
pub struct StoredKey {
    /// Whose it is.
    pub business: BusinessId,
    /// Its row.
    pub key: ApiKeyId,
    /// What it may do.
    pub role: Role,
    /// Which operations it may ask for.
    pub scopes: Vec<Scope>,
    /// Why nobody works for the business now, if so.
    pub suspension: Option<Suspension>,
    /// To be compared with that of the key shown, in constant time.
    pub hash: Vec<u8>,
    last_used_at: Option<DateTime<Utc>>,
}

impl StoredKey {
    /// Whether its use at a time is to be noted with [`used`].
    #[must_use]
    pub fn is_news(&self, now: DateTime<Utc>) -> bool {
        self.last_used_at
            .is_none_or(|last| last <= now - USE_IS_NEWS_AFTER)
    }
}

/// The keys with these public prefixes that were not revoked, by their prefix.
///
/// # Errors
/// When the statement fails.
pub fn of_prefixes(tx: &mut Tx<'_>, prefixes: &[&str]) -> Result<HashMap<String, StoredKey>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Text)]
        prefix: String,
        #[diesel(sql_type = BigInt)]
        business_id: i64,
        #[diesel(sql_type = BigInt)]
        key_id: i64,
        #[diesel(sql_type = Text)]
        role: String,
        #[diesel(sql_type = Binary)]
        key_hash: Vec<u8>,
        #[diesel(sql_type = Nullable<Timestamptz>)]
        last_used_at: Option<DateTime<Utc>>,
        #[diesel(sql_type = Array<Text>)]
        scopes: Vec<String>,
        #[diesel(sql_type = Bool)]
        is_suspended: bool,
        #[diesel(sql_type = Nullable<Text>)]
        suspension_reason: Option<String>,
    }
    let query = diesel::sql_query(
        "SELECT asked.prefix, key.* FROM unnest($1) AS asked (prefix), api_key_of_prefix(asked.prefix) AS key",
    )
    .bind::<Array<Text>, _>(prefixes);
    let found: Vec<Row> = Prepared(query).load(tx.conn)?;
    found
        .into_iter()
        .map(|row| {
            let stored = StoredKey {
                business: BusinessId(row.business_id),
                key: ApiKeyId(row.key_id),
                role: Role::stored(&row.role)?,
                scopes: Scope::stored(&row.scopes)?,
                suspension: Suspension::read(row.is_suspended, row.suspension_reason),
                hash: row.key_hash,
                last_used_at: row.last_used_at,
            };
            Ok((row.prefix, stored))
        })
        .collect()
}

/// Those of some keys, by their public prefix, by which a program may still work.
///
/// # Errors
/// When the statement fails.
pub fn still_open(tx: &mut Tx<'_>, prefixes: &[String]) -> Result<Vec<String>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Text)]
        prefix: String,
    }
    if prefixes.is_empty() {
        return Ok(Vec::new());
    }
    let rows: Vec<Row> = diesel::sql_query(
        "SELECT prefix FROM unnest($1) AS asked (prefix) WHERE
         EXISTS (SELECT FROM api_key_of_prefix(prefix) AS key WHERE NOT key.is_suspended)",
    )
    .bind::<Array<Text>, _>(prefixes)
    .load(tx.conn)?;
    Ok(rows.into_iter().map(|row| row.prefix).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minted_key_is_found_by_its_prefix_and_known_by_its_hash() {
        let minted = mint(&[7; RANDOM_BYTES]);
        assert_eq!(minted.key.len(), 3 + 12 + 1 + 64);
        assert_eq!(
            read(&minted.key),
            Some((minted.prefix.as_str(), minted.hash))
        );
        let other = mint(&[8; RANDOM_BYTES]);
        assert_ne!(other.hash, minted.hash);
    }

    #[test]
    fn what_is_no_key_is_not_looked_up() {
        for text in ["", "cb_", "cb_abc", "sk_abc_def"] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
