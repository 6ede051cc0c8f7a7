//! The core of the dialer: lanes that take turns of the lines. Whatever was heard while a turn was at the database is
//! taken in by the next, together, and the lines that it frees are filled in the same transaction. Claims are handed out
//! after their commit and not before.
//!
//! Every business belongs to one lane, so the lanes of a process do not stand in each other's way; replicas are kept apart
//! by the locks of the database. A lane has a connection of its own, and keeps in mind the calls and the settings that it
//! has seen: the database refuses what was decided on old ones.

mod afterwards;
mod gaps;
mod lane;
mod mind;
mod read;
mod stopping;
mod turn;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use chassis::clock::Clock;
use domain::events::{CallReported, Envelope};
use domain::ids::{AttemptId, BusinessId};
use futures::future::join_all;
use storage::calls::{Applied, Heard, NeverCalled, News, Report, Unanswered};
use storage::carrier_pace::{self, CarrierPace};
use storage::claims::Claim;
use storage::{Db, StorageError, lines};
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;
use tracing::warn;

use afterwards::Afterwards;
pub(crate) use gaps::IDLE;
use lane::{Lane, Paced, Piece, StoredNews, Told};
pub(crate) use mind::ENDED;
use mind::Mind;
pub(crate) use stopping::PAUSED;

/// Most businesses that one sweep wakes; the next goes on from there.
const BUSINESSES_PER_SWEEP: i32 = 1_000;

/// How often a lane that is closing looks whether the last dial has told what came of it.
const CLOSING: Duration = Duration::from_millis(20);

/// How an engine works.
#[derive(Debug, Clone)]
pub struct EngineSettings {
    /// Names the replica in leases.
    pub worker: String,
    /// How long this replica has to tell what came of a claim, before the carrier is asked.
    pub claim_lease: Duration,
    /// When the carrier is asked about a call of which nothing more is heard.
    pub look_again: Duration,
    /// Between looks for what no event announced.
    pub sweep: Duration,
    /// Transactions at once.
    pub lanes: usize,
    /// How fast the carrier account may create calls, over all replicas; `None` is without limit.
    pub pace: Option<CarrierPace>,
}

/// Why news could not be taken in.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The database.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The stored callback says nothing about a call's progress, and never will.
    #[error("a stored callback cannot be read")]
    Unreadable(#[source] anyhow::Error),
}

/// Takes in what is heard of calls and claims what waits for a line. Cheap to clone.
#[derive(Clone)]
pub struct Engine(Arc<Shared>);

struct Shared {
    db: Db,
    clock: Clock,
    settings: EngineSettings,
    lanes: Vec<Lane>,
    /// Claims that were handed out and of which it is not yet known what came of them.
    dials: AtomicUsize,
    afterwards: Afterwards,
}

/// A claim on its way to the carrier. The engine does not stop before it is dropped.
pub struct Dial {
    /// What is to be dialled.
    pub claim: Claim,
    engine: Engine,
}

impl Drop for Dial {
    fn drop(&mut self) {
        self.engine.0.dials.fetch_sub(1, Ordering::AcqRel);
    }
}

impl Engine {
    /// An engine on `db`; it does nothing before it [runs](Self::run).
    #[must_use]
    pub fn new(db: Db, clock: Clock, settings: EngineSettings) -> Self {
        let lanes = (0..settings.lanes.max(1))
            .map(|_| Lane::default())
            .collect();
        Self(Arc::new(Shared {
            db,
            clock,
            settings,
            lanes,
            dials: AtomicUsize::new(0),
            afterwards: Afterwards::default(),
        }))
    }

    /// Takes turns until `shutdown`; then claims nothing more, takes in what the dials under way tell, and ends. `dial` is
    /// called for each committed claim and must return at once.
    pub async fn run(
        self,
        shutdown: CancellationToken,
        dial: impl Fn(Dial) + Send + Sync + 'static,
    ) {
        let lanes = (0..self.0.lanes.len()).map(|lane| self.run_lane(lane, &shutdown, &dial));
        tokio::join!(
            async {
                join_all(lanes).await;
                self.0.afterwards.close();
            },
            self.sweep(&shutdown),
            self.look_after()
        );
    }

    /// Something changed for this business: it may have a free line and a job that waits.
    pub fn wake(&self, business: BusinessId) {
        self.lane_of(business).wake([business]);
    }

    /// Takes in what the carrier says of an attempt, together with whatever else is waiting; resolves once it is
    /// committed.
    ///
    /// # Errors
    /// When the database fails; then nothing of it was taken in.
    pub async fn report(
        &self,
        business: BusinessId,
        attempt: AttemptId,
        report: Report,
    ) -> Result<Applied, StorageError> {
        self.news(business, attempt, Heard::Report(report), false)
            .await
    }

    /// Takes in what the carrier answered when it was asked about an attempt, as [`Self::report`] does; what it changes is
    /// audited.
    ///
    /// # Errors
    /// When the database fails; then nothing of it was taken in.
    pub async fn reconciled(
        &self,
        business: BusinessId,
        attempt: AttemptId,
        answer: Heard,
    ) -> Result<Applied, StorageError> {
        self.news(business, attempt, answer, true).await
    }

    /// Takes in that an attempt never became a call, as [`Self::report`] does.
    ///
    /// # Errors
    /// When the database fails; then nothing of it was taken in.
    pub async fn never_called(
        &self,
        business: BusinessId,
        attempt: AttemptId,
        why: NeverCalled,
    ) -> Result<Applied, StorageError> {
        self.news(business, attempt, Heard::NeverCalled(why), false)
            .await
    }

    /// Takes in that the carrier did not answer, as [`Self::report`] does.
    ///
    /// # Errors
    /// When the database fails; then nothing of it was taken in.
    pub async fn unanswered(
        &self,
        business: BusinessId,
        attempt: AttemptId,
        why: Unanswered,
    ) -> Result<Applied, StorageError> {
        self.news(business, attempt, Heard::Unanswered(why), false)
            .await
    }

    /// Takes in a stored callback, once per event.
    ///
    /// # Errors
    /// When the database fails, or the callback cannot be read.
    pub async fn callback(&self, event: &Envelope<CallReported>) -> Result<Applied, Failure> {
        let business = event.data.business_id;
        let news = StoredNews {
            business,
            event: event.id,
            attempt: event.data.attempt_id,
            callback: event.data.callback_id,
            raised: event.time,
            traceparent: observe::trace::parent(),
        };
        self.tell(business, Piece::Callback(news)).await
    }

    async fn news(
        &self,
        business: BusinessId,
        attempt: AttemptId,
        heard: Heard,
        asked: bool,
    ) -> Result<Applied, StorageError> {
        let news = News {
            attempt,
            heard,
            asked,
            traceparent: observe::trace::parent(),
        };
        match self.tell(business, Piece::News(news)).await {
            Ok(applied) => Ok(applied),
            Err(Failure::Storage(error)) => Err(error),
            Err(Failure::Unreadable(error)) => Err(StorageError::Corrupt(error.to_string())),
        }
    }

    async fn tell(&self, business: BusinessId, piece: Piece) -> Result<Applied, Failure> {
        let (answer, answered) = oneshot::channel();
        let lane = self.lane_of(business);
        {
            let mut waiting = lane.lock();
            if waiting.closed {
                return Err(Failure::Storage(turn::unavailable(
                    "the dialer is stopping",
                )));
            }
            waiting.told.push(Told { piece, answer });
        }
        lane.notify.notify_one();
        answered
            .await
            .unwrap_or_else(|_| Err(Failure::Storage(turn::unavailable("a turn was cut short"))))
    }

    fn lane_of(&self, business: BusinessId) -> &Lane {
        let lanes = self.0.lanes.len();
        let place = usize::try_from(business.0.unsigned_abs()).unwrap_or(0) % lanes;
        &self.0.lanes[place]
    }

    async fn run_lane(&self, lane: usize, shutdown: &CancellationToken, dial: &impl Fn(Dial)) {
        let lane = &self.0.lanes[lane];
        let mut mind = Mind::new(&self.0.db, self.0.settings.clone());
        let mut paced = Paced::default();
        loop {
            if shutdown.is_cancelled() {
                if self.0.dials.load(Ordering::Acquire) == 0 && lane.close() {
                    return;
                }
                let _ = tokio::time::timeout(CLOSING, lane.notify.notified()).await;
            } else {
                tokio::select! {
                    () = lane.notify.notified() => {}
                    () = paced.over() => {}
                    () = shutdown.cancelled() => continue,
                }
            }
            let mut work = lane.take();
            work.woken.extend(paced.due());
            if work.is_empty() {
                continue;
            }
            let took;
            (mind, took) = self.turn(mind, work, !shutdown.is_cancelled()).await;
            if let Some((businesses, wait)) = took.held_back {
                paced.wait(businesses, wait);
            }
            lane.wake(took.again);
            self.0.dials.fetch_add(took.claims.len(), Ordering::AcqRel);
            for claim in took.claims {
                dial(Dial {
                    claim,
                    engine: self.clone(),
                });
            }
            self.0.afterwards.add(took.runs);
        }
    }

    /// Wakes businesses that have a free line and a job that waits although no event said so. The first sweep says how fast
    /// the carrier account may create calls.
    async fn sweep(&self, shutdown: &CancellationToken) {
        let mut after = BusinessId(0);
        let mut unsaid = self.0.settings.pace.clone();
        loop {
            let (from, now, pace) = (after, self.0.clock.now(), unsaid.clone());
            let swept = self
                .0
                .db
                .system(move |tx| {
                    if let Some(pace) = &pace {
                        carrier_pace::say(tx, pace)?;
                    }
                    lines::wanting(tx, from, now, BUSINESSES_PER_SWEEP)
                })
                .await;
            match swept {
                Ok(businesses) => {
                    unsaid = None;
                    let all = businesses.len() < BUSINESSES_PER_SWEEP.unsigned_abs() as usize;
                    after = if all {
                        BusinessId(0)
                    } else {
                        businesses.last().copied().unwrap_or(BusinessId(0))
                    };
                    for business in businesses {
                        self.lane_of(business).sweep(business);
                    }
                }
                Err(error) => {
                    warn!(error = %chassis::telemetry::chain(&error), "the sweep failed; trying again");
                }
            }
            let pause = chassis::backoff::jittered(self.0.settings.sweep);
            tokio::select! {
                () = shutdown.cancelled() => return,
                () = tokio::time::sleep(pause) => {}
            }
        }
    }
}
