//! One turn of the lines: what was heard of calls frees them, what waits takes them, in one statement (the function
//! `dialer_turn` of the migrations) and so in one commit. So the end of a call starts the next one without a gap in which
//! nobody holds the line and nobody knows.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{
    Array, BigInt, Bool, Double, Integer, Nullable, SmallInt, Text, Timestamptz, Uuid as SqlUuid,
};
use domain::attempt::Attempt;
use domain::call::Direction;
use domain::ids::{AttemptId, BusinessId, JobId, LeadId, LockToken, RunId};
use uuid::Uuid;

use crate::calls::{Fold, Known, TurnCall, TurnCallRow};
use crate::carrier_pace::CarrierPace;
use crate::claims::Claim;
use crate::gates::{BusinessRules, TurnRule, TurnRuleRow};
use crate::outbox::{Staged, TurnEvent};
use crate::prepared::Prepared;
use crate::{Result, StorageError, Tx};

/// Who takes a turn, and for whom.
#[derive(Debug)]
pub struct Turn<'a> {
    /// What was heard, each call once; only those that changed.
    pub folds: &'a [Fold],
    /// Events that had this effect; a second delivery has none.
    pub events: &'a [(BusinessId, Uuid)],
    /// Businesses whose runs are locked for it: of calls that ended, or because someone woke them.
    pub woken: &'a [BusinessId],
    /// Those of them in which not only the lines may be free that this turn frees.
    pub looking: &'a BTreeSet<BusinessId>,
    /// Businesses that a sweep came by; passed over when another turn is at work on them.
    pub swept: &'a [BusinessId],
    /// What holds for the businesses that may be served, as far as they may call now; in the order of their ids.
    pub rules: &'a [Arc<BusinessRules>],
    /// Names the replica in leases.
    pub worker: &'a str,
    /// Now.
    pub now: DateTime<Utc>,
    /// Until when nobody else asks what became of a claim.
    pub mine_until: DateTime<Utc>,
    /// How fast the carrier account may create calls; `None` is without limit.
    pub pace: Option<&'a CarrierPace>,
}

/// What a turn did.
#[derive(Debug, Default)]
pub struct Turned {
    /// What is to be dialled, and the calls as they are known now.
    pub claims: Vec<(Claim, Known)>,
    /// Runs whose counters changed.
    pub runs: Vec<Progress>,
    /// Businesses whose settings are others than the rules say: they were not served.
    pub stale: Vec<BusinessId>,
    /// Businesses that may have more to claim: a gate put jobs aside, or the turn was full.
    pub unfinished: Vec<BusinessId>,
    /// How long the carrier's pace keeps the businesses waiting, when it did.
    pub wait: Option<Duration>,
}

/// Where a run stands after a turn.
#[derive(Debug, Clone)]
pub struct Progress {
    /// The tenant.
    pub business: BusinessId,
    /// The run.
    pub run: RunId,
    /// Whether it dials and nothing of it is left, neither in the queue nor in the air.
    pub is_done: bool,
    /// What its last calls came to (see [`domain::breaker`]), while it dials.
    pub outcomes: Option<String>,
}

/// Most calls that begin in one turn; the function has the same number.
const MOST: usize = 1_000;

const TURN: &str =
    "SELECT * FROM dialer_turn($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)";

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Nullable<Array<BigInt>>)]
    claim_business: Option<Vec<i64>>,
    #[diesel(sql_type = Nullable<Array<BigInt>>)]
    claim_call: Option<Vec<i64>>,
    #[diesel(sql_type = Nullable<Array<SqlUuid>>)]
    claim_attempt: Option<Vec<Uuid>>,
    #[diesel(sql_type = Nullable<Array<SqlUuid>>)]
    claim_token: Option<Vec<Uuid>>,
    #[diesel(sql_type = Nullable<Array<BigInt>>)]
    claim_job: Option<Vec<i64>>,
    #[diesel(sql_type = Nullable<Array<BigInt>>)]
    claim_run: Option<Vec<i64>>,
    #[diesel(sql_type = Nullable<Array<BigInt>>)]
    claim_lead: Option<Vec<i64>>,
    #[diesel(sql_type = Nullable<Array<SmallInt>>)]
    claim_line: Option<Vec<i16>>,
    #[diesel(sql_type = Nullable<Array<Text>>)]
    claim_to: Option<Vec<String>>,
    #[diesel(sql_type = Nullable<Array<Text>>)]
    claim_from: Option<Vec<String>>,
    #[diesel(sql_type = Nullable<Array<SmallInt>>)]
    claim_number: Option<Vec<i16>>,
    #[diesel(sql_type = Nullable<Array<BigInt>>)]
    run_business: Option<Vec<i64>>,
    #[diesel(sql_type = Nullable<Array<BigInt>>)]
    run_id: Option<Vec<i64>>,
    #[diesel(sql_type = Nullable<Array<Text>>)]
    run_status: Option<Vec<String>>,
    #[diesel(sql_type = Nullable<Array<Integer>>)]
    run_left: Option<Vec<i32>>,
    #[diesel(sql_type = Nullable<Array<Text>>)]
    run_outcomes: Option<Vec<String>>,
    #[diesel(sql_type = Nullable<Array<BigInt>>)]
    stale_business: Option<Vec<i64>>,
    #[diesel(sql_type = Nullable<Array<BigInt>>)]
    unfinished_business: Option<Vec<i64>>,
    #[diesel(sql_type = Nullable<Double>)]
    wait_seconds: Option<f64>,
}

/// Takes in what was heard, then claims for the businesses that may be served, as many jobs as there are free lines.
///
/// # Errors
/// [`StorageError::Contended`] or [`StorageError::Conflict`] when somebody was faster: read the calls again and come back.
/// With any error nothing was taken in or claimed.
pub fn turn(tx: &mut Tx<'_>, turn: &Turn<'_>) -> Result<Turned> {
    let calls: Vec<TurnCallRow<'_>> = turn.folds.iter().map(TurnCallRow).collect();
    let mut staged: Vec<Staged> = Vec::with_capacity(turn.folds.len());
    for fold in turn.folds {
        staged.extend(fold.event(tx.service, turn.now)?);
    }
    let mut freed: HashMap<BusinessId, Vec<i16>> = HashMap::new();
    for (business, line) in turn.folds.iter().filter_map(Fold::freed) {
        freed.entry(business).or_default().push(line);
    }
    let mut rules = Vec::with_capacity(turn.rules.len());
    for business in turn.rules {
        let is_looking = turn.looking.contains(&business.business());
        let freed = freed.remove(&business.business()).filter(|_| !is_looking);
        rules.extend(business.at(turn.now, freed).map(TurnRuleRow));
    }
    let is_unusual = turn.folds.iter().any(Fold::is_unusual);
    let (event_businesses, events): (Vec<i64>, Vec<Uuid>) = turn
        .events
        .iter()
        .map(|(business, event)| (business.0, *event))
        .unzip();
    let ids = |businesses: &[BusinessId]| -> Vec<i64> {
        businesses.iter().map(|business| business.0).collect()
    };
    let statement = diesel::sql_query(TURN)
        .bind::<Array<TurnCall>, _>(calls)
        .bind::<Array<BigInt>, _>(ids(turn.woken))
        .bind::<Array<BigInt>, _>(ids(turn.swept))
        .bind::<Array<TurnRule>, _>(rules)
        .bind::<Array<TurnEvent>, _>(&staged)
        .bind::<Array<BigInt>, _>(event_businesses)
        .bind::<Array<SqlUuid>, _>(events)
        .bind::<Bool, _>(is_unusual)
        .bind::<Nullable<Text>, _>(turn.pace.map(|pace| pace.account.as_str()))
        .bind::<Nullable<Double>, _>(turn.pace.map(CarrierPace::interval_seconds))
        .bind::<Nullable<Double>, _>(turn.pace.map(CarrierPace::tolerance_seconds))
        .bind::<Text, _>(tx.service)
        .bind::<Text, _>(turn.worker)
        .bind::<Timestamptz, _>(turn.now)
        .bind::<Timestamptz, _>(turn.mine_until);
    let row: Row = Prepared(statement).get_result(tx.conn)?;
    if !staged.is_empty() {
        tx.has_staged = true;
    }
    row.into_turned(turn)
}

impl Row {
    fn into_turned(mut self, turn: &Turn<'_>) -> Result<Turned> {
        let businesses = |ids: Option<Vec<i64>>| {
            ids.unwrap_or_default()
                .into_iter()
                .map(BusinessId)
                .collect::<Vec<_>>()
        };
        let mut unfinished = businesses(self.unfinished_business.take());
        let claims = self.claims(turn)?;
        if claims.len() >= MOST {
            unfinished.extend(turn.rules.iter().map(|rules| rules.business()));
        }
        Ok(Turned {
            claims,
            runs: self.progress(),
            stale: businesses(self.stale_business.take()),
            unfinished,
            wait: self
                .wait_seconds
                .map(|seconds| Duration::try_from_secs_f64(seconds).unwrap_or(Duration::ZERO)),
        })
    }

    fn claims(&mut self, turn: &Turn<'_>) -> Result<Vec<(Claim, Known)>> {
        let places = self.claim_call.as_ref().map_or(0, Vec::len);
        let mut to = self.claim_to.take().unwrap_or_default().into_iter();
        let mut from = self.claim_from.take().unwrap_or_default().into_iter();
        (0..places)
            .map(|place| {
                let business = BusinessId(at(&self.claim_business, place)?);
                let rules = turn
                    .rules
                    .binary_search_by_key(&business, |rules| rules.business())
                    .ok()
                    .and_then(|found| turn.rules.get(found))
                    .ok_or_else(misshapen)?;
                let known = Known {
                    business,
                    id: at(&self.claim_call, place)?,
                    revision: 0,
                    attempt: AttemptId(at(&self.claim_attempt, place)?),
                    lead: LeadId(at(&self.claim_lead, place)?),
                    of: Some((
                        RunId(at(&self.claim_run, place)?),
                        JobId(at(&self.claim_job, place)?),
                    )),
                    number: at(&self.claim_number, place)?,
                    line: at(&self.claim_line, place)?,
                    direction: Direction::Outbound,
                    token: Some(LockToken(at(&self.claim_token, place)?)),
                    call_sid: None,
                    state: Attempt::PLANNED,
                    answered_at: None,
                    duration: None,
                };
                let numbers = to.next().zip(from.next()).ok_or_else(misshapen)?;
                Ok((Claim::of(&known, numbers, rules, turn.now), known))
            })
            .collect()
    }

    fn progress(&mut self) -> Vec<Progress> {
        let businesses = self.run_business.take().unwrap_or_default();
        let runs = self.run_id.take().unwrap_or_default();
        let statuses = self.run_status.take().unwrap_or_default();
        let left = self.run_left.take().unwrap_or_default();
        let outcomes = self.run_outcomes.take().unwrap_or_default();
        businesses
            .into_iter()
            .zip(runs)
            .zip(statuses)
            .zip(left)
            .zip(outcomes)
            .map(|((((business, run), status), left), outcomes)| Progress {
                business: BusinessId(business),
                run: RunId(run),
                is_done: status == "running" && left == 0,
                outcomes: (status == "running").then_some(outcomes),
            })
            .collect()
    }
}

fn at<T: Copy>(column: &Option<Vec<T>>, place: usize) -> Result<T> {
    column
        .as_ref()
        .and_then(|column| column.get(place).copied())
        .ok_or_else(misshapen)
}

fn misshapen() -> StorageError {
    StorageError::Corrupt("dialer_turn answered lists of different lengths".to_owned())
}

/// Businesses with a free line and a run that waits for one: what a sweep wakes, in case an event was missed. At most
/// `most`, those after `after` first, so that every business has its turn.
///
/// # Errors
/// When the statement fails.
pub fn wanting(
    tx: &mut Tx<'_>,
    after: BusinessId,
    now: DateTime<Utc>,
    most: i32,
) -> Result<Vec<BusinessId>> {
    #[derive(QueryableByName)]
    struct Key {
        #[diesel(sql_type = BigInt)]
        business_id: i64,
    }
    let statement = diesel::sql_query(
        "SELECT DISTINCT r.business_id FROM outbound_call_runs r
         WHERE r.status = 'running' AND r.status IN ('pending', 'running', 'paused')
           AND NOT r.cancel_requested AND NOT r.pause_requested
           AND r.queued_count > 0 AND r.in_progress_count < r.concurrency AND r.business_id > $1
           AND (r.next_job_id <= r.last_job_id
                OR (SELECT true FROM outbound_call_jobs j WHERE j.run_id = r.id AND j.due_at <= $3 LIMIT 1))
           AND (SELECT true FROM call_slots s
                WHERE s.business_id = r.business_id AND s.is_open AND s.serves_outbound
                  AND (SELECT true FROM call_log c WHERE c.business_id = s.business_id AND c.line = s.line
                       AND c.ended_at IS NULL LIMIT 1) IS NULL LIMIT 1)
         ORDER BY r.business_id LIMIT $2",
    )
    .bind::<BigInt, _>(after.0)
    .bind::<Integer, _>(most)
    .bind::<Timestamptz, _>(now);
    let keys: Vec<Key> = Prepared(statement).load(tx.conn)?;
    Ok(keys
        .into_iter()
        .map(|key| BusinessId(key.business_id))
        .collect())
}
