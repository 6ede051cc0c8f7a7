//! Taking in what was heard of calls.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, Uuid as SqlUuid};
use domain::attempt;
use domain::call::{AnsweredBy, CallStatus};
use domain::events::{CallCompleted, CallStarted};
use uuid::Uuid;

use super::audit::Audit;
use super::state::{Call, Outcome};
use super::{Applied, NeverCalled, NeverCalledReason, News, Report, write};
use crate::prepared::Prepared;
use crate::run_state::{self, Stops};
use crate::{Result, StorageError, Tx, outbox};

/// What can be heard of an attempt.
#[derive(Debug, Clone)]
pub enum Heard {
    /// The carrier has the call, and says this of it.
    Report(Report),
    /// The carrier has no such call and will not have it.
    NeverCalled(NeverCalled),
}

impl Heard {
    /// Whether a call can be over because of this.
    fn may_end(&self) -> bool {
        match self {
            Self::Report(report) => report.status.is_some_and(CallStatus::is_terminal),
            Self::NeverCalled(_) => true,
        }
    }

    pub(super) fn of_attempt(&self) -> attempt::Heard {
        match self {
            Self::Report(report) => attempt::Heard::Report {
                status: report.status,
                answered_by: report.answered_by,
            },
            Self::NeverCalled(why) => match why.reason {
                NeverCalledReason::Refused => attempt::Heard::Rejected,
                NeverCalledReason::Absent => attempt::Heard::Absent,
            },
        }
    }

    fn stops(&self) -> Option<(&Stops, &str)> {
        match self {
            Self::Report(_) => None,
            Self::NeverCalled(why) => why
                .stops
                .as_ref()
                .map(|stops| (stops, why.message.as_str())),
        }
    }
}

/// When something is taken in.
#[derive(Debug, Clone, Copy)]
pub struct Told {
    /// Now.
    pub now: DateTime<Utc>,
    /// When the carrier is asked about a call if nothing more is heard of it.
    pub look_again_at: DateTime<Utc>,
}

/// Locks the calls, in the order of their ids, with what their end needs to know. $1 attempts.
const CALLS: &str = "
SELECT c.business_id, c.id, c.attempt_id, c.lead_id, c.run_id, c.job_id, c.call_sid, c.direction, c.status, c.dial_state,
       c.answered_by, c.answered_at, c.duration, c.lock_token, c.line_outbound, c.line_total, j.attempts,
       coalesce(r.retry_policy, b.retry_policy) AS retry_policy, false AS has_live_run
FROM call_log c
JOIN business_settings b ON b.business_id = c.business_id
LEFT JOIN outbound_call_runs r ON r.business_id = c.business_id AND r.id = c.run_id
LEFT JOIN outbound_call_jobs j ON j.business_id = c.business_id AND j.id = c.job_id
WHERE c.attempt_id = ANY($1)
ORDER BY c.id
FOR UPDATE OF c";

/// The calls of the attempts that are heard of, locked.
pub(crate) struct Hearing {
    calls: Vec<Call>,
}

impl Hearing {
    /// Locks the calls that `news` is about.
    pub(crate) fn open(tx: &mut Tx<'_>, news: &[News]) -> Result<Self> {
        if news.is_empty() {
            return Ok(Self { calls: Vec::new() });
        }
        let attempts: Vec<Uuid> = news.iter().map(|news| news.attempt.0).collect();
        let query = diesel::sql_query(CALLS).bind::<Array<SqlUuid>, _>(&attempts);
        Ok(Self {
            calls: Prepared(query).load(tx.conn)?,
        })
    }

    /// The runs and the businesses of the calls that `news` may end.
    pub(crate) fn may_end(&self, news: &[News]) -> (Vec<i64>, Vec<i64>) {
        let ending: HashSet<Uuid> = news
            .iter()
            .filter(|news| news.heard.may_end())
            .map(|news| news.attempt.0)
            .collect();
        let calls = || {
            self.calls
                .iter()
                .filter(|call| ending.contains(&call.attempt_id))
        };
        (
            calls().filter_map(|call| call.run_id).collect(),
            calls().map(|call| call.business_id).collect(),
        )
    }

    /// Takes in `news`, in its order; answers what each piece of it did. The caller holds the locks of the runs that it
    /// may end calls of; `live` says which of them still dial.
    pub(crate) fn take_in(
        mut self,
        tx: &mut Tx<'_>,
        news: &[News],
        live: &HashSet<i64>,
        told: Told,
    ) -> Result<Vec<Applied>> {
        for call in &mut self.calls {
            call.has_live_run = call.run_id.is_some_and(|run| live.contains(&run));
        }
        let places: HashMap<Uuid, usize> = self
            .calls
            .iter()
            .enumerate()
            .map(|(place, call)| (call.attempt_id, place))
            .collect();
        let mut outcomes: Vec<Outcome> = self.calls.into_iter().map(Outcome::of).collect();
        let mut applied = Vec::with_capacity(news.len());
        let (mut to_stop, mut audit) = (Vec::new(), Audit::default());
        for News {
            attempt,
            heard,
            asked,
        } in news
        {
            let Some(outcome) = places.get(&attempt.0).map(|place| &mut outcomes[*place]) else {
                applied.push(Applied::NotOurs);
                continue;
            };
            let did = outcome.hear(heard, told.now)?;
            if let (Applied::Ended(business), Some(run), Some(stops)) =
                (did, outcome.call.run(), heard.stops())
            {
                to_stop.push((business, run, stops));
            }
            if *asked && did != Applied::Unchanged {
                audit.note(&outcome.call);
            }
            applied.push(did);
        }
        outcomes.retain(|outcome| outcome.changed);
        for outcome in &outcomes {
            announce(tx, outcome, told.now)?;
        }
        let runs = write::write(tx, &outcomes, told)?;
        audit.write(tx, told.now)?;
        run_state::counted(tx, runs, told.now)?;
        for (business, run, (stops, reason)) in to_stop {
            run_state::stop(tx, business, run, stops, reason, told.now)?;
        }
        Ok(applied)
    }
}

/// Raises the events of what became of one call. A call that is over before anything else was heard of it has only its
/// end.
fn announce(tx: &mut Tx<'_>, outcome: &Outcome, now: DateTime<Utc>) -> Result<()> {
    let call = &outcome.call;
    let Some(call_sid) = call.call_sid.clone() else {
        return Ok(());
    };
    if outcome.ended.is_some() {
        let status = call
            .status
            .parse()
            .map_err(|error| StorageError::Corrupt(format!("call_log.status: {error}")))?;
        return outbox::stage(
            tx,
            now,
            CallCompleted {
                business_id: call.business(),
                call_sid,
                lead_id: call.lead(),
                run_id: call.run(),
                job_id: call.job(),
                direction: call.direction(),
                status,
                duration_seconds: call.duration.unwrap_or(0),
                answered_by: call.answered_by.as_deref().map(AnsweredBy::from_carrier),
                recording: None,
                ended_at: now,
            },
        );
    }
    if !outcome.learned_sid {
        return Ok(());
    }
    outbox::stage(
        tx,
        now,
        CallStarted {
            business_id: call.business(),
            call_sid,
            lead_id: call.lead(),
            run_id: call.run(),
            job_id: call.job(),
            direction: call.direction(),
            status: call.status.clone(),
            duration_seconds: 0,
        },
    )
}
