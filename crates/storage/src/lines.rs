//! One turn of the lines: what was heard of calls frees them, what waits takes them, in one transaction. So the end of a
//! call starts the next one without a gap in which nobody holds the line and nobody knows.

use std::collections::{BTreeSet, HashSet};
use std::time::Duration;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Bool, Integer, Jsonb, Nullable, SmallInt, Text};
use domain::ids::BusinessId;
use serde_json::Value;

use crate::calls::{Applied, Hearing, News, Told};
use crate::carrier_pace::{self, CarrierPace};
use crate::claims::{self, Claim};
use crate::gates::{BusinessRules, Rules};
use crate::prepared::Prepared;
use crate::{Result, Tx};

/// Who takes a turn, and when.
#[derive(Debug, Clone)]
pub struct Turn {
    /// Names the replica in leases.
    pub worker: String,
    /// Now.
    pub now: DateTime<Utc>,
    /// Until when nobody else asks what became of a claim.
    pub mine_until: DateTime<Utc>,
    /// When the carrier is asked about a call if nothing more is heard of it.
    pub look_again_at: DateTime<Utc>,
    /// How fast the carrier account may create calls; `None` is without limit.
    pub pace: Option<CarrierPace>,
    /// Whether anything is claimed; not by a replica that stops.
    pub claiming: bool,
}

/// What a turn did.
#[derive(Debug, Default)]
pub struct Turned {
    /// What each piece of news did, in its order.
    pub applied: Vec<Applied>,
    /// What is to be dialled, once the transaction is committed.
    pub claims: Vec<Claim>,
    /// Businesses that may have been kept waiting by the carrier's pace, and for how long.
    pub paced: Option<(Vec<BusinessId>, Duration)>,
}

/// Locks the runs whose calls may end and those of the businesses that have work, in the order of their ids: every
/// transaction that locks several takes them in this order. Waits for whoever holds one, instead of passing it over: the
/// holder may have looked before the line was free, and then nobody would fill it. A statement of its own, so that the
/// next one reads what was committed before the locks were had.
///
/// $1 runs, $2 businesses.
const LOCK_RUNS: &str = "
SELECT r.id, r.business_id, r.status IN ('running', 'paused') AND NOT r.cancel_requested AS is_live,
       r.status = 'running' AND NOT r.cancel_requested AND NOT r.pause_requested AS dials,
       b.time_zone, s.calling_windows, s.min_gap_minutes, s.max_calls_per_day
FROM outbound_call_runs r
JOIN business_settings s ON s.business_id = r.business_id
JOIN business b ON b.id = r.business_id
WHERE r.id = ANY($1) OR (r.business_id = ANY($2) AND r.status = 'running' AND r.queued_count > 0)
ORDER BY r.id
FOR UPDATE OF r";

#[derive(QueryableByName)]
struct LockedRun {
    #[diesel(sql_type = BigInt)]
    id: i64,
    #[diesel(sql_type = BigInt)]
    business_id: i64,
    #[diesel(sql_type = Bool)]
    is_live: bool,
    #[diesel(sql_type = Bool)]
    dials: bool,
    #[diesel(sql_type = Text)]
    time_zone: String,
    #[diesel(sql_type = Nullable<Jsonb>)]
    calling_windows: Option<Value>,
    #[diesel(sql_type = Nullable<Integer>)]
    min_gap_minutes: Option<i32>,
    #[diesel(sql_type = Nullable<SmallInt>)]
    max_calls_per_day: Option<i16>,
}

/// Takes in what was heard, then claims for the businesses that it freed a line of and for `wanting`, as many jobs as
/// there are free lines.
///
/// # Errors
/// When a statement fails; nothing was taken in or claimed then.
pub fn turn(tx: &mut Tx<'_>, news: &[News], wanting: &[BusinessId], turn: &Turn) -> Result<Turned> {
    let hearing = Hearing::open(tx, news)?;
    let (ending, mut businesses) = hearing.may_end(news);
    businesses.extend(wanting.iter().map(|business| business.0));
    if !turn.claiming {
        businesses.clear();
    }
    let runs = if businesses.is_empty() && ending.is_empty() {
        Vec::new()
    } else {
        lock_runs(tx, &ending, &businesses)?
    };
    let live: HashSet<i64> = runs
        .iter()
        .filter(|run| run.is_live)
        .map(|run| run.id)
        .collect();
    let told = Told {
        now: turn.now,
        look_again_at: turn.look_again_at,
    };
    let applied = hearing.take_in(tx, news, &live, told)?;
    let dialling: Vec<LockedRun> = runs
        .into_iter()
        .filter(|run| run.dials && turn.claiming)
        .collect();
    let rules = Rules::of(dialling.iter().map(LockedRun::rules), turn.now);
    let open: Vec<i64> = dialling
        .iter()
        .filter(|run| !rules.closed.contains(&run.business_id))
        .map(|run| run.id)
        .collect();
    let (claims, wait) = claim(tx, turn, &open, &rules)?;
    let paced = wait.map(|wait| {
        let waiting: BTreeSet<BusinessId> = dialling
            .iter()
            .map(|run| BusinessId(run.business_id))
            .collect();
        (waiting.into_iter().collect(), wait)
    });
    Ok(Turned {
        applied,
        claims,
        paced,
    })
}

/// Claims for the runs as far as the carrier's pace allows; answers how long to wait where it did not allow all.
fn claim(
    tx: &mut Tx<'_>,
    turn: &Turn,
    runs: &[i64],
    rules: &Rules,
) -> Result<(Vec<Claim>, Option<Duration>)> {
    let (worker, now, until) = (&turn.worker, turn.now, turn.mine_until);
    let Some(pace) = turn.pace.as_ref().filter(|_| !runs.is_empty()) else {
        let claims = claims::claim(tx, runs, rules, worker, now, until, None)?;
        return Ok((claims, None));
    };
    let allowed = carrier_pace::allowance(tx, pace)?;
    if allowed.calls == 0 {
        return Ok((Vec::new(), Some(seconds(allowed.wait_seconds))));
    }
    let claims = claims::claim(tx, runs, rules, worker, now, until, Some(allowed.calls))?;
    let wait_seconds = carrier_pace::take(tx, pace, claims.len())?;
    let all_taken = i64::try_from(claims.len()) == Ok(allowed.calls);
    Ok((claims, all_taken.then(|| seconds(wait_seconds))))
}

fn seconds(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds).unwrap_or(Duration::ZERO)
}

/// Businesses with a free line and a run that waits for one: what a sweep wakes, in case an event was missed. At most
/// `most`, those after `after` first, so that every business has its turn.
///
/// # Errors
/// When the statement fails.
pub fn wanting(tx: &mut Tx<'_>, after: BusinessId, most: i32) -> Result<Vec<BusinessId>> {
    #[derive(QueryableByName)]
    struct Key {
        #[diesel(sql_type = BigInt)]
        business_id: i64,
    }
    let statement = diesel::sql_query(
        "SELECT DISTINCT r.business_id FROM outbound_call_runs r
         WHERE r.status = 'running' AND NOT r.cancel_requested AND NOT r.pause_requested
           AND r.queued_count > 0 AND r.in_progress_count < r.concurrency AND r.business_id > $1
           AND EXISTS (SELECT FROM call_slots s WHERE s.business_id = r.business_id AND s.pool = 'outbound'
                       AND s.is_open AND s.attempt_id IS NULL)
         ORDER BY r.business_id LIMIT $2",
    )
    .bind::<BigInt, _>(after.0)
    .bind::<Integer, _>(most);
    let keys: Vec<Key> = Prepared(statement).load(tx.conn)?;
    Ok(keys
        .into_iter()
        .map(|key| BusinessId(key.business_id))
        .collect())
}

fn lock_runs(tx: &mut Tx<'_>, ending: &[i64], businesses: &[i64]) -> Result<Vec<LockedRun>> {
    let statement = diesel::sql_query(LOCK_RUNS)
        .bind::<Array<BigInt>, _>(ending)
        .bind::<Array<BigInt>, _>(businesses);
    Ok(Prepared(statement).load(tx.conn)?)
}

impl LockedRun {
    fn rules(&self) -> BusinessRules<'_> {
        BusinessRules {
            business: self.business_id,
            time_zone: &self.time_zone,
            calling_windows: self.calling_windows.as_ref(),
            min_gap_minutes: self.min_gap_minutes,
            max_calls_per_day: self.max_calls_per_day,
        }
    }
}
