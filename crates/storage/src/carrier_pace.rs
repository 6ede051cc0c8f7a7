//! `carrier_pace`: how many calls per second a carrier account may create, over all replicas. One row per account, a token
//! bucket in the form of the generic cell rate algorithm (ITU-T I.371): what is kept is the moment at which the next call
//! would be on time.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Double, Text};

use crate::prepared::Prepared;
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
    /// Calls may come this much ahead of their time, in seconds: enough that a late turn loses none, so little that the
    /// carrier's own queue holds none for long.
    const AHEAD_SECONDS: f64 = 0.2;

    fn interval_seconds(&self) -> f64 {
        1.0 / self.calls_per_second
    }

    /// How far ahead of its time a call may be; one call is always allowed.
    fn tolerance_seconds(&self) -> f64 {
        (Self::AHEAD_SECONDS - self.interval_seconds()).max(0.0)
    }
}

/// What an account may do now.
#[derive(Debug, Clone, Copy, QueryableByName)]
pub(crate) struct Allowance {
    /// Calls that may be created at once.
    #[diesel(sql_type = BigInt)]
    pub(crate) calls: i64,
    /// Seconds until one more may be; zero when one may be now.
    #[diesel(sql_type = Double)]
    pub(crate) wait_seconds: f64,
}

/// Locks the account's row, so that no other replica takes the same tokens, and reads what it allows.
///
/// $1 account, $2 seconds between calls, $3 how far ahead of its time a call may be.
const ALLOWED: &str = "
WITH pace AS (
    INSERT INTO carrier_pace AS p (account, next_at) VALUES ($1, clock_timestamp())
    ON CONFLICT (account) DO UPDATE SET next_at = p.next_at
    RETURNING extract(epoch FROM next_at - clock_timestamp())::float8 AS early
)
SELECT greatest(0, floor(($3 - greatest(early, 0)) / $2) + 1)::bigint AS calls,
       greatest(0, early - $3)::float8 AS wait_seconds
FROM pace";

pub(crate) fn allowance(tx: &mut Tx<'_>, pace: &CarrierPace) -> Result<Allowance> {
    let statement = diesel::sql_query(ALLOWED)
        .bind::<Text, _>(&pace.account)
        .bind::<Double, _>(pace.interval_seconds())
        .bind::<Double, _>(pace.tolerance_seconds());
    Ok(Prepared(statement).get_result(tx.conn)?)
}

/// Takes the tokens of `calls`; the caller holds the row's lock. Answers the seconds until one more call may be created.
pub(crate) fn take(tx: &mut Tx<'_>, pace: &CarrierPace, calls: usize) -> Result<f64> {
    #[derive(QueryableByName)]
    struct Early {
        #[diesel(sql_type = Double)]
        wait_seconds: f64,
    }
    let statement = diesel::sql_query(
        "UPDATE carrier_pace
         SET next_at = greatest(next_at, clock_timestamp()) + make_interval(secs => $2 * $3)
         WHERE account = $1
         RETURNING greatest(0, extract(epoch FROM next_at - clock_timestamp())::float8 - $4)::float8 AS wait_seconds",
    )
    .bind::<Text, _>(&pace.account)
    .bind::<Double, _>(pace.interval_seconds())
    .bind::<Double, _>(calls as f64)
    .bind::<Double, _>(pace.tolerance_seconds());
    let Early { wait_seconds } = Prepared(statement).get_result(tx.conn)?;
    Ok(wait_seconds)
}
