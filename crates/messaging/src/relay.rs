//! From the outbox to the broker. The row is the truth: it is marked only after the broker's confirm, so an event may
//! be published twice and is never lost.

use std::time::{Duration, Instant};

use domain::events::{EXCHANGE, routing_key};
use domain::ids::BusinessId;
use domain::planted;
use futures::future::BoxFuture;
use lapin::types::FieldTable;
use observe::{Label, Metric, trace};
use storage::outbox::{self, Outgoing};
use storage::{Db, StorageError, Tx, inbox, trace_contexts};
use tokio_util::sync::CancellationToken;
use tracing::{Span, error, info_span, warn};

use crate::broker::pause;
use crate::error::chain;
use crate::publish::Message;
use crate::topology::must_be_routed;
use crate::{Broker, BrokerError};

/// Most events published together.
const BATCH: i32 = 500;

/// The outbox is looked at this often even when nobody says that something was staged: another process with the same role
/// may have died with its events unpublished.
const TICK: Duration = Duration::from_secs(1);

/// How often backlog and age are measured.
const MEASURE: Duration = Duration::from_secs(5);

/// How often old events are thrown away, and how many at most in one go.
const HOUSEKEEPING: Duration = Duration::from_secs(600);
const MOST_AT_ONCE: i32 = 10_000;

/// A run may be paused over a weekend; whoever still knows its trace goes on from it.
const KEEP_TRACES: chrono::Duration = chrono::Duration::days(7);

/// How long a process that stops goes on publishing what it has staged. What is left is published by the next.
const LAST_WORDS: Duration = Duration::from_secs(5);

pub(crate) const WAITING: Metric = Metric::shared(
    "callboard_outbox_waiting",
    "Events of this service that are not yet published",
    &[],
);
pub(crate) const OLDEST: Metric = Metric::shared(
    "callboard_outbox_oldest_seconds",
    "Age of the oldest event that is not yet published; 0 when there is none",
    &[],
);
pub(crate) const PUBLISHED: Metric = Metric::counter(
    "callboard_events_published_total",
    "Events handed to the broker, by what it said",
    &[
        Label::open("type"),
        Label::of("outcome", &["published", "refused", "unconfirmed"]),
    ],
);

/// Publishes what this process's role has staged, until `shutdown`, and then what is left, briefly.
///
/// # Errors
/// None at present; a result, so that it can be spawned as the other loops are.
pub fn run(
    db: Db,
    broker: Broker,
    shutdown: CancellationToken,
) -> BoxFuture<'static, Result<(), BrokerError>> {
    let user = broker.user();
    Box::pin(async move {
        let _held = user;
        let mut relay = Relay {
            db,
            broker,
            settlement: Settlement::default(),
        };
        let mut failures = 0;
        let mut measured = None::<Instant>;
        let mut tidied = Instant::now();
        while relay.broker.session(&shutdown).await.is_some() {
            if measured.is_none_or(|at| at.elapsed() > MEASURE) {
                relay.measure().await;
                measured = Some(Instant::now());
            }
            if tidied.elapsed() > HOUSEKEEPING {
                relay.tidy().await;
                tidied = Instant::now();
            }
            match relay.publish_batch().await {
                Round::Busy => failures = 0,
                Round::Empty => {
                    failures = 0;
                    tokio::select! {
                        () = shutdown.cancelled() => {}
                        () = relay.db.events_staged() => {}
                        () = tokio::time::sleep(TICK / 2 + pause(1)) => {}
                    }
                }
                Round::Failed => {
                    let pause = pause(failures);
                    failures = failures.saturating_add(1);
                    shutdown
                        .run_until_cancelled(tokio::time::sleep(pause))
                        .await;
                }
            }
        }
        let last_words = async { while relay.publish_batch().await == Round::Busy {} };
        let _ = tokio::time::timeout(LAST_WORDS, last_words).await;
        Ok(())
    })
}

/// How one round went.
#[derive(PartialEq, Eq)]
enum Round {
    /// Events were published; there may be more.
    Busy,
    /// There was nothing to publish.
    Empty,
    /// The database or the broker failed.
    Failed,
}

struct Relay {
    db: Db,
    broker: Broker,
    settlement: Settlement,
}

/// What became of the events of the last batch, as far as the outbox does not know yet.
#[derive(Debug, Clone, Default)]
struct Settlement {
    published: Vec<(BusinessId, i64)>,
    given_back: Vec<(BusinessId, i64)>,
}

impl Settlement {
    fn write(&self, tx: &mut Tx<'_>) -> Result<(), StorageError> {
        if !self.published.is_empty() && !planted::bug("mark_lost") {
            outbox::mark_published(tx, &self.published)?;
        }
        if !self.given_back.is_empty() {
            outbox::release(tx, &self.given_back)?;
        }
        Ok(())
    }
}

impl Relay {
    async fn publish_batch(&mut self) -> Round {
        let claimed = match self.settle_and_claim().await {
            Ok(claimed) => claimed,
            Err(error) => return failed("claim events", &error),
        };
        if claimed.is_empty() {
            return Round::Empty;
        }
        // They end with the answers of the broker.
        let spans: Vec<Span> = claimed.iter().map(span).collect();
        let messages: Vec<_> = claimed.iter().zip(&spans).map(message).collect();
        let outcomes = self.broker.publish_all(&messages).await;
        drop(spans);

        for (event, outcome) in claimed.iter().zip(outcomes) {
            match outcome {
                Ok(()) => {
                    count(event, "published");
                    self.settlement.published.push((event.business(), event.id));
                }
                Err(_) if planted::bug("publish_without_confirm") => {
                    self.settlement.published.push((event.business(), event.id));
                }
                // Its lease runs out before it is tried again, so that it does not stand in the way of the others.
                Err(error @ (BrokerError::Unroutable | BrokerError::Refused)) => {
                    count(event, "refused");
                    error!(
                        outbox_id = event.id,
                        event_type = event.event_type,
                        business_id = event.business().0,
                        error = chain(&error),
                        "an event cannot be published"
                    );
                }
                Err(error) => {
                    count(event, "unconfirmed");
                    if self.settlement.given_back.is_empty() {
                        warn!(error = chain(&error), "events could not be published");
                    }
                    self.settlement
                        .given_back
                        .push((event.business(), event.id));
                }
            }
        }
        if self.settlement.given_back.is_empty() {
            return Round::Busy;
        }
        // The broker fails: until it is back others must neither wait for a lease nor publish again what was confirmed.
        if let Err(error) = self.settle().await {
            failed("mark published events", &error);
        }
        Round::Failed
    }

    async fn settle(&mut self) -> Result<(), StorageError> {
        let settlement = self.settlement.clone();
        self.db
            .system_unsynced(move |tx| settlement.write(tx))
            .await?;
        self.settlement = Settlement::default();
        Ok(())
    }

    /// In one transaction, the sooner to publish again. Its commit does not wait for the disk: were it lost, the events would
    /// be published once more, which consumers notice.
    async fn settle_and_claim(&mut self) -> Result<Vec<Outgoing>, StorageError> {
        let settlement = self.settlement.clone();
        let claimed = self
            .db
            .system_unsynced(move |tx| {
                settlement.write(tx)?;
                outbox::claim(tx, BATCH)
            })
            .await?;
        self.settlement = Settlement::default();
        Ok(claimed)
    }

    /// Throws away what is old. A failure costs nothing: the next time finds the same rows.
    async fn tidy(&self) {
        let tidied = self
            .db
            .system(|tx| {
                outbox::prune(tx, outbox::KEEP_PUBLISHED, MOST_AT_ONCE)?;
                inbox::prune(tx, inbox::KEEP_HANDLED, MOST_AT_ONCE)?;
                trace_contexts::prune(tx, KEEP_TRACES, MOST_AT_ONCE)
            })
            .await;
        if let Err(error) = tidied {
            failed("throw away old events", &error);
        }
    }

    async fn measure(&self) {
        self.db.measure();
        match self.db.system(outbox::backlog).await {
            Ok(backlog) => {
                WAITING.level(&[]).set(count_of(backlog.waiting));
                OLDEST.level(&[]).set(count_of(backlog.oldest_seconds));
            }
            Err(error) => {
                failed("measure the outbox", &error);
            }
        }
    }
}

/// The publishing of an event that belongs to a trace.
fn span(event: &Outgoing) -> Span {
    let parent = event.body[trace::TRACEPARENT].as_str();
    if parent.is_none() || !trace::is_on() {
        return Span::none();
    }
    let span = info_span!(
        "publish",
        otel.name = format!("publish {}", event.event_type),
        otel.kind = "producer",
        business_id = event.business().0,
        event_id = event.body["id"].as_str(),
    );
    trace::follow(&span, parent);
    span
}

/// Whoever receives it goes on from its publishing.
fn message((event, span): (&Outgoing, &Span)) -> Message {
    let body = match trace::of(span) {
        Some(traceparent) => {
            let mut body = event.body.clone();
            body[trace::TRACEPARENT] = traceparent.into();
            body.to_string()
        }
        None => event.body.to_string(),
    };
    Message {
        exchange: EXCHANGE.to_owned(),
        routing_key: routing_key(&event.event_type, event.business()),
        must_be_routed: must_be_routed(&event.event_type),
        event_type: Some(event.event_type.clone()),
        event_id: event.body["id"].as_str().map(ToOwned::to_owned),
        headers: FieldTable::default(),
        body: body.into_bytes(),
    }
}

fn failed(what: &str, error: &StorageError) -> Round {
    warn!(error = chain(error), "the relay could not {what}");
    Round::Failed
}

fn count(event: &Outgoing, outcome: &'static str) {
    let labels = [("type", event.event_type.as_str()), ("outcome", outcome)];
    PUBLISHED.count(&labels).increment(1);
}

/// Gauges are floating point; exact far beyond any real backlog.
fn count_of(number: i64) -> f64 {
    number as f64
}
