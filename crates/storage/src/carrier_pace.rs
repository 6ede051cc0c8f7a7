//! `carrier_pace`: how many calls per second a carrier account may create, over all replicas. One row per account, a token
//! bucket in the form of the generic cell rate algorithm (ITU-T I.371): what is kept is the moment at which the next call
//! would be on time. A turn of the lines takes from it (the function `dialer_turn` of the migrations).

use std::time::Duration;

use diesel::prelude::*;
use diesel::sql_types::{Double, Text};

use crate::{Result, Tx};

/// The pace of one account.
#[derive(Debug, Clone, PartialEq)]
pub struct CarrierPace {
    /// The account at the carrier.
    pub account: String,
    /// Calls that may be created per second; more than zero.
    pub calls_per_second: f64,
}

impl CarrierPace {
    pub(crate) fn interval_seconds(&self) -> f64 {
        1.0 / self.calls_per_second
    }

    /// How far ahead of its time a call may be; one call is always allowed.
    pub(crate) fn tolerance_seconds(&self) -> f64 {
        tolerance_seconds(self.calls_per_second)
    }
}

/// Calls may come this much ahead of their time, in seconds: enough that a late turn loses none, so little that the
/// carrier's own queue holds none for long.
const AHEAD_SECONDS: f64 = 0.2;

fn tolerance_seconds(calls_per_second: f64) -> f64 {
    (AHEAD_SECONDS - 1.0 / calls_per_second).max(0.0)
}

/// Says how fast the account may create calls, for those who only [ask](wait).
///
/// # Errors
/// When the statement fails.
pub fn say(tx: &mut Tx<'_>, pace: &CarrierPace) -> Result<()> {
    diesel::sql_query(
        "INSERT INTO carrier_pace (account, next_at, calls_per_second) VALUES ($1, clock_timestamp(), $2)
         ON CONFLICT (account) DO UPDATE SET calls_per_second = excluded.calls_per_second",
    )
    .bind::<Text, _>(&pace.account)
    .bind::<Double, _>(pace.calls_per_second)
    .execute(tx.conn)?;
    Ok(())
}

/// How long the account's pace keeps the next call waiting, as a turn would find it: by the database's clock, and not at all
/// when a turn would let one go. The account is the one that creates calls, which is the one with the latest row: an
/// installation has one, and one that it had before rests. `None` when no dialer keeps a pace.
///
/// # Errors
/// When the statement fails.
pub fn wait(tx: &mut Tx<'_>) -> Result<Option<Duration>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Double)]
        calls_per_second: f64,
        #[diesel(sql_type = Double)]
        early: f64,
    }
    let row: Option<Row> = diesel::sql_query(
        "SELECT calls_per_second, extract(epoch FROM next_at - clock_timestamp())::double precision AS early
         FROM carrier_pace WHERE calls_per_second IS NOT NULL ORDER BY next_at DESC LIMIT 1",
    )
    .get_result(tx.conn)
    .optional()?;
    Ok(row.map(|row| {
        let wait = row.early - tolerance_seconds(row.calls_per_second);
        Duration::try_from_secs_f64(wait).unwrap_or(Duration::ZERO)
    }))
}
