//! What a lane keeps in mind, and how it decides: calls and settings as they were last seen. The database has the last word:
//! a call that has moved on since, or other settings, and the turn is refused; then everything is read again.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use domain::ids::{AttemptId, BusinessId, RunId};
use observe::{Label, Metric};
use storage::calls::{self, Applied, Fold, Known, News, RunOfCall, When};
use storage::claims::Claim;
use storage::gates::{self, BusinessRules};
use storage::lines::{self, Progress, Turn, Turned};
use storage::{Db, Lane, StorageError};
use tokio::time::Instant;
use uuid::Uuid;

use super::EngineSettings;
use super::gaps::Gaps;
use super::lane::Piece;
use super::read::{Read, read};
use super::stopping::tripping;

/// How often a turn that somebody else was faster than is tried again.
const TRIES: u32 = 8;

/// How long a lane that was behind reads every call before it decides: other replicas hear of the same calls.
const DISTRUST: Duration = Duration::from_secs(10);

/// Most calls kept in mind. All but those in the air are forgotten with their end, but another replica may have heard of it.
const MOST_CALLS: usize = 50_000;

pub(crate) const ENDED: Metric = Metric::counter(
    "callboard_calls_ended_total",
    "What calls came to",
    &[
        Label::of("direction", &["outbound", "inbound"]),
        Label::of(
            "status",
            &[
                "completed",
                "voicemail",
                "busy",
                "no-answer",
                "failed",
                "canceled",
                "never_called",
            ],
        ),
    ],
);

/// What a lane keeps in mind.
pub(super) struct Mind {
    pub(super) lane: Lane,
    settings: EngineSettings,
    calls: HashMap<AttemptId, Known>,
    rules: HashMap<BusinessId, Arc<BusinessRules>>,
    distrusts_until: Option<Instant>,
    gaps: Gaps,
}

/// What a turn did.
#[derive(Default)]
pub(super) struct Took {
    /// To each piece, in their order.
    pub(super) answers: Vec<Result<Applied, anyhow::Error>>,
    pub(super) claims: Vec<Claim>,
    pub(super) runs: Vec<Progress>,
    /// Businesses that may have more to claim.
    pub(super) again: Vec<BusinessId>,
    /// Businesses that the carrier's pace kept waiting, and for how long.
    pub(super) held_back: Option<(Vec<BusinessId>, Duration)>,
}

impl Took {
    pub(super) fn add(&mut self, other: Self) {
        self.answers.extend(other.answers);
        self.claims.extend(other.claims);
        self.runs.extend(other.runs);
        self.again.extend(other.again);
        self.held_back = other.held_back.or(self.held_back.take());
    }
}

/// Whom a turn may serve.
struct Served<'a> {
    woken: &'a BTreeSet<BusinessId>,
    swept: &'a BTreeSet<BusinessId>,
    now: DateTime<Utc>,
    claiming: bool,
    /// When what is told of an attempt was told first.
    since: &'a HashMap<AttemptId, DateTime<Utc>>,
    began: Instant,
}

/// News, folded over the calls that they are of.
struct Folded {
    folds: Vec<Fold>,
    /// What each piece came to.
    applied: Vec<Applied>,
    /// Businesses of which a run is about to be paused by its circuit breaker.
    tripping: HashSet<BusinessId>,
}

impl Mind {
    pub(super) fn new(db: &Db, settings: EngineSettings) -> Self {
        Self {
            lane: db.lane(),
            settings,
            calls: HashMap::new(),
            rules: HashMap::new(),
            distrusts_until: None,
            gaps: Gaps::default(),
        }
    }

    /// Takes one turn.
    pub(super) fn take(
        &mut self,
        pieces: &[Piece],
        woken: &BTreeSet<BusinessId>,
        swept: &BTreeSet<BusinessId>,
        now: DateTime<Utc>,
        claiming: bool,
    ) -> Result<Took, StorageError> {
        let Read {
            news,
            places,
            events,
            mut answers,
            since,
        } = read(&mut self.lane, pieces)?;
        let served = Served {
            woken,
            swept,
            now,
            claiming,
            since: &since,
            began: Instant::now(),
        };
        let mut tries = 0;
        let (applied, mut took) = loop {
            tries += 1;
            match self.decide(&news, &events, &served) {
                Err(StorageError::Contended(_) | StorageError::Conflict { .. })
                    if tries < TRIES =>
                {
                    self.distrusts_until = Some(Instant::now() + DISTRUST);
                }
                decided => break decided?,
            }
        };
        for (place, applied) in places.into_iter().zip(applied) {
            answers[place] = Ok(applied);
        }
        took.answers = answers;
        Ok(took)
    }

    /// Folds the news over the calls and lets the database have its say.
    fn decide(
        &mut self,
        news: &[News],
        events: &[(BusinessId, Uuid)],
        served: &Served<'_>,
    ) -> Result<(Vec<Applied>, Took), StorageError> {
        let Folded {
            folds,
            applied,
            tripping,
        } = self.fold(news, served.now)?;
        let mut woken: BTreeSet<BusinessId> = folds
            .iter()
            .filter(|fold| fold.ended())
            .map(Fold::business)
            .collect();
        let mut rules = Vec::new();
        let mut swept = Vec::new();
        if served.claiming {
            let all = woken.iter().chain(served.woken).chain(served.swept);
            let all: BTreeSet<BusinessId> = all.copied().collect();
            rules = self.rules_of(&all, served.now)?;
            let mut stopping = tripping.clone();
            let refused = folds.iter().filter(|fold| fold.stops().is_some());
            stopping.extend(refused.map(Fold::business));
            rules
                .retain(|rules| rules.is_open(served.now) && !stopping.contains(&rules.business()));
            let open: HashSet<BusinessId> = rules.iter().map(|rules| rules.business()).collect();
            woken.extend(
                served
                    .woken
                    .intersection(&all)
                    .filter(|one| open.contains(one)),
            );
            swept = served
                .swept
                .iter()
                .filter(|one| open.contains(one) && !woken.contains(one))
                .copied()
                .collect();
        }
        if folds.is_empty() && woken.is_empty() && swept.is_empty() {
            return Ok((applied, Took::default()));
        }
        let woken: Vec<BusinessId> = woken.into_iter().collect();
        let looking = served.woken | served.swept;
        let turn = Turn {
            folds: &folds,
            events,
            woken: &woken,
            looking: &looking,
            swept: &swept,
            rules: &rules,
            worker: &self.settings.worker,
            now: served.now,
            mine_until: served.now + self.settings.claim_lease,
            pace: self.settings.pace.as_ref(),
        };
        let turned = turn_lines(&mut self.lane, &turn)?;
        let waiting = rules.iter().map(|rules| rules.business()).collect();
        let stopped = self.stop(&folds, served.now);
        self.pause(&turned.runs, served.now);
        let mut took = self.remember(folds, turned, waiting, served);
        took.again.extend(stopped);
        took.again.extend(tripping);
        Ok((applied, took))
    }

    fn fold(&mut self, news: &[News], now: DateTime<Utc>) -> Result<Folded, StorageError> {
        self.refresh(news)?;
        let wanted: HashSet<RunId> = news
            .iter()
            .filter_map(|news| self.calls.get(&news.attempt)?.wants_run(&news.heard))
            .collect();
        let runs: HashMap<RunId, RunOfCall> = if wanted.is_empty() {
            HashMap::new()
        } else {
            let wanted: Vec<RunId> = wanted.into_iter().collect();
            self.lane.run(|tx| calls::runs(tx, &wanted))?
        };
        let when = When {
            now,
            look_again_at: now + self.settings.look_again,
        };
        let mut folds: Vec<Fold> = Vec::with_capacity(news.len());
        let mut places: HashMap<AttemptId, usize> = HashMap::with_capacity(news.len());
        let mut applied = Vec::with_capacity(news.len());
        for piece in news {
            let Some(known) = self.calls.get(&piece.attempt) else {
                applied.push(Applied::NotOurs);
                continue;
            };
            let run = known.wants_run(&piece.heard);
            let retry = run.and_then(|run| runs.get(&run)).map(|run| &run.retry);
            let place = *places.entry(piece.attempt).or_insert_with(|| {
                folds.push(Fold::over(known.clone()));
                folds.len() - 1
            });
            applied.push(folds[place].hear(piece, retry, when));
        }
        folds.retain(Fold::changed);
        Ok(Folded {
            tripping: tripping(&folds, runs),
            folds,
            applied,
        })
    }

    /// Sees to it that every call that is heard of is in mind, as far as it exists.
    fn refresh(&mut self, news: &[News]) -> Result<(), StorageError> {
        if self.calls.len() > MOST_CALLS {
            self.calls.clear();
        }
        let distrusts = self
            .distrusts_until
            .is_some_and(|until| until > Instant::now());
        let missing: Vec<AttemptId> = news
            .iter()
            .map(|news| news.attempt)
            .filter(|attempt| distrusts || !self.calls.contains_key(attempt))
            .collect();
        if !missing.is_empty() {
            let known = self.lane.run(|tx| calls::known(tx, &missing))?;
            self.calls.extend(known);
        }
        Ok(())
    }

    /// The rules of `businesses`, in the order of their ids; a business that is not there has none. Those by which a business
    /// must not call now are read again: no claim would tell that they are old.
    fn rules_of(
        &mut self,
        businesses: &BTreeSet<BusinessId>,
        now: DateTime<Utc>,
    ) -> Result<Vec<Arc<BusinessRules>>, StorageError> {
        let missing: Vec<BusinessId> = businesses
            .iter()
            .filter(|business| {
                let known = self.rules.get(business);
                known.is_none_or(|rules| !rules.is_open(now))
            })
            .copied()
            .collect();
        if !missing.is_empty() {
            let read = self.lane.run(|tx| gates::rules(tx, &missing))?;
            self.rules.extend(read);
        }
        Ok(businesses
            .iter()
            .filter_map(|business| self.rules.get(business).cloned())
            .collect())
    }

    fn remember(
        &mut self,
        folds: Vec<Fold>,
        turned: Turned,
        waiting: Vec<BusinessId>,
        served: &Served<'_>,
    ) -> Took {
        let mut took = Took::default();
        for fold in folds {
            let ended = fold.ended();
            if let Some((direction, status)) = fold.end() {
                let labels = [("direction", direction.as_str()), ("status", status)];
                ENDED.count(&labels).increment(1);
            }
            if let Some((business, line, run)) = fold.left() {
                let told = served.since.get(&fold.attempt());
                let since = told.copied().unwrap_or(served.now);
                self.gaps.left(business, line, run, since);
            }
            let known = fold.into_known();
            if ended {
                self.calls.remove(&known.attempt());
            } else {
                self.calls.insert(known.attempt(), known);
            }
        }
        let claimed = served.now + served.began.elapsed();
        for (claim, known) in turned.claims {
            let (business, line) = (claim.business, known.line());
            self.gaps.taken(business, line, claim.run, claimed);
            self.calls.insert(claim.attempt, known);
            took.claims.push(claim);
        }
        for business in &turned.stale {
            self.rules.remove(business);
        }
        took.runs = turned.runs;
        took.again = turned.stale;
        took.again.extend(turned.unfinished);
        took.held_back = turned.wait.map(|wait| (waiting, wait));
        took
    }
}

/// The turn is one statement, which commits itself; where crashes are tried out it is a transaction, so that there is a
/// place before the commit.
fn turn_lines(lane: &mut Lane, turn: &Turn<'_>) -> Result<Turned, StorageError> {
    #[cfg(feature = "failpoints")]
    return lane.transaction(|tx| {
        let turned = lines::turn(tx, turn)?;
        if !turned.claims.is_empty() {
            crate::failpoint::pass(crate::failpoint::Step::BeforeCommit);
        }
        Ok(turned)
    });
    #[cfg(not(feature = "failpoints"))]
    lane.run(|tx| lines::turn(tx, turn))
}
