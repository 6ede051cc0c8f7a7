//! `sign_in_throttles`: what counts against accounts and addresses, over all replicas. The rules are
//! [`domain::throttle`]'s; a key is the keyed hash of what is counted.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use domain::throttle::{Count, FORGOTTEN_AFTER, Rule};

use crate::schema::sign_in_throttles as t;
use crate::{Result, Tx};

/// What is counted, hashed.
pub type Key = [u8; 32];

/// Counts an attempt against each key, or against none when one of them is locked: then until when. Attempts with a key in
/// common queue up here, in the order of the keys.
///
/// # Errors
/// When a statement fails.
pub fn attempt(
    tx: &mut Tx<'_>,
    now: DateTime<Utc>,
    counted: &[(Key, Rule)],
) -> Result<Option<DateTime<Utc>>> {
    let mut counted = counted.to_vec();
    counted.sort_unstable_by_key(|(key, _)| *key);
    let mut counts = Vec::new();
    let mut locked_until = None;
    for (key, rule) in &counted {
        match rule.attempt(hold(tx, now, key)?, now) {
            Ok(count) => counts.push((key, count)),
            Err(until) => locked_until = locked_until.max(Some(until)),
        }
    }
    if locked_until.is_none() {
        for (key, count) in counts {
            write(tx, key, count)?;
        }
    }
    Ok(locked_until)
}

/// An attempt was right: nothing counts against `forgiven` any more, and against `others` as before it.
///
/// # Errors
/// When a statement fails.
pub fn succeeded(tx: &mut Tx<'_>, forgiven: &Key, others: &[Key]) -> Result<()> {
    let mut keys: Vec<&Key> = others.iter().chain([forgiven]).collect();
    keys.sort_unstable();
    for key in keys {
        if key == forgiven {
            diesel::delete(t::table.find(key.as_slice())).execute(tx.conn)?;
        } else {
            take_back_one(tx, key)?;
        }
    }
    Ok(())
}

/// An attempt was not looked at: what counts is as before it.
///
/// # Errors
/// When a statement fails.
pub fn take_back(tx: &mut Tx<'_>, keys: &[Key]) -> Result<()> {
    let mut keys = keys.to_vec();
    keys.sort_unstable();
    keys.iter().try_for_each(|key| take_back_one(tx, key))
}

fn take_back_one(tx: &mut Tx<'_>, key: &Key) -> Result<()> {
    match held(tx, key)? {
        Some(count) => write(tx, key, count.taken_back()),
        None => Ok(()),
    }
}

/// Forgets what does not count any more, at most `most` rows; how many they were.
///
/// # Errors
/// When the statement fails.
pub fn prune(tx: &mut Tx<'_>, now: DateTime<Utc>, most: i64) -> Result<usize> {
    let old = t::table
        .filter(t::last_at.le(now - FORGOTTEN_AFTER))
        .order(t::last_at)
        .limit(most)
        .select(t::key)
        .for_update()
        .skip_locked()
        .load::<Vec<u8>>(tx.conn)?;
    Ok(diesel::delete(t::table.filter(t::key.eq_any(old))).execute(tx.conn)?)
}

/// Locks the row of a key, which is there from then on.
fn hold(tx: &mut Tx<'_>, now: DateTime<Utc>, key: &Key) -> Result<Option<Count>> {
    let is_new = diesel::insert_into(t::table)
        .values((
            t::key.eq(key.as_slice()),
            t::failures.eq(0),
            t::last_at.eq(now),
        ))
        .on_conflict_do_nothing()
        .execute(tx.conn)?;
    match is_new {
        1 => Ok(None),
        _ => held(tx, key),
    }
}

fn held(tx: &mut Tx<'_>, key: &Key) -> Result<Option<Count>> {
    let row: Option<(i32, DateTime<Utc>, Option<DateTime<Utc>>)> = t::table
        .find(key.as_slice())
        .select((t::failures, t::last_at, t::locked_until))
        .for_update()
        .first(tx.conn)
        .optional()?;
    Ok(row.map(|(failures, last_at, locked_until)| Count {
        failures,
        last_at,
        locked_until,
    }))
}

fn write(tx: &mut Tx<'_>, key: &Key, count: Count) -> Result<()> {
    let row = (
        t::key.eq(key.as_slice()),
        t::failures.eq(count.failures.max(0)),
        t::last_at.eq(count.last_at),
        t::locked_until.eq(count.locked_until),
    );
    diesel::insert_into(t::table)
        .values(row)
        .on_conflict(t::key)
        .do_update()
        .set(row)
        .execute(tx.conn)?;
    Ok(())
}
