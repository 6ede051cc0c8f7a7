use std::borrow::Cow;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::anyhow;
use chrono::{DateTime, Utc};
use domain::events::{Envelope, EventData};
use domain::planted;
use futures::future::BoxFuture;
use futures::{FutureExt as _, StreamExt as _};
use lapin::message::Delivery;
use lapin::options::{BasicAckOptions, BasicConsumeOptions, BasicNackOptions, BasicQosOptions};
use lapin::types::{AMQPValue, FieldTable, LongString};
use lapin::{Channel, Consumer};
use observe::{Label, Metric, trace};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tracing::{Instrument as _, error, info_span, warn};

use crate::broker::pause;
use crate::content::{About, AnyData, Content};
use crate::error::chain;
use crate::publish::Message;
use crate::session::{Session, answer};
use crate::topology::{CONSUMERS, GATHERED, PARKED, queue_name};
use crate::{Broker, BrokerError, Decision};

/// How often a message has been retried.
const RETRIES: &str = "x-callboard-retries";
/// The queue in which it failed.
const QUEUE: &str = "x-callboard-queue";
/// Why it failed the last time.
const REASON: &str = "x-callboard-reason";

/// Longest that one handler may take. The broker itself gives up on a delivery after 30 minutes and closes the channel.
const HANDLER: Duration = Duration::from_secs(20 * 60);

/// Pause before a message is given back because it could not be moved to the ladder.
const GIVE_BACK: Duration = Duration::from_secs(1);

pub(crate) const LAG: Metric = Metric::seconds(
    "callboard_event_lag_seconds",
    "From raising an event to the start of its handling",
    &[Label::open("queue")],
);
pub(crate) const HANDLING: Metric = Metric::seconds(
    "callboard_event_handling_seconds",
    "How long an event was handled",
    &[Label::open("queue")],
);
pub(crate) const CONSUMED: Metric = Metric::counter(
    "callboard_events_consumed_total",
    "Events taken from a queue, by what became of them",
    &[
        Label::open("queue"),
        Label::of("outcome", &["handled", "retried", "parked"]),
    ],
);

/// What handles events of type `T`: an async function, or a closure that answers a future.
pub trait Handler<T>: Fn(Envelope<T>) -> Self::Answer + Send + Sync + 'static {
    /// The future that the function answers.
    type Answer: Future<Output = Result<(), Decision>> + Send + 'static;
}

impl<T, F, Fut> Handler<T> for F
where
    F: Fn(Envelope<T>) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Result<(), Decision>> + Send + 'static,
{
    type Answer = Fut;
}

impl Broker {
    /// Hands every event in the queue `<service>.<T::TYPE>` to `handler`, up to `prefetch` of them at once, through
    /// lost connections, until `shutdown`; then it takes no more and waits for what it has begun.
    ///
    /// An event is acknowledged after the handler has answered `Ok`, so the handler commits first. Delivery is
    /// at least once: handlers ask [`storage::inbox::first_time`] in the transaction of their effect.
    ///
    /// # Errors
    /// [`BrokerError::UnknownQueue`] at once when the topology has no such queue.
    pub fn consume<T: EventData>(
        &self,
        service: &'static str,
        prefetch: u16,
        shutdown: CancellationToken,
        handler: impl Handler<T>,
    ) -> BoxFuture<'static, Result<(), BrokerError>> {
        let is_known = CONSUMERS.contains(&(service, T::TYPE));
        self.consume_queue(
            queue_name(service, T::TYPE),
            is_known,
            prefetch,
            shutdown,
            handler,
        )
    }

    /// As [`Self::consume`], from the queue `<service>.<name>`, which holds events of many types.
    ///
    /// # Errors
    /// As [`Self::consume`].
    pub fn consume_gathered(
        &self,
        service: &'static str,
        name: &'static str,
        prefetch: u16,
        shutdown: CancellationToken,
        handler: impl Handler<AnyData>,
    ) -> BoxFuture<'static, Result<(), BrokerError>> {
        let mut gathered = GATHERED.iter();
        let is_known = gathered.any(|known| (known.0, known.1) == (service, name));
        let queue = queue_name(service, name);
        self.consume_queue(queue, is_known, prefetch, shutdown, handler)
    }

    fn consume_queue<T: Content>(
        &self,
        queue: String,
        is_known: bool,
        prefetch: u16,
        shutdown: CancellationToken,
        handler: impl Handler<T>,
    ) -> BoxFuture<'static, Result<(), BrokerError>> {
        let consuming = Consuming {
            broker: self.clone(),
            queue,
            prefetch,
        };
        let (user, wanted) = (self.user(), self.wanted());
        Box::pin(async move {
            let _held = (user, wanted);
            if !is_known {
                return Err(BrokerError::UnknownQueue(consuming.queue));
            }
            // Known from the start, so that a rate has something to rise from.
            for outcome in ["handled", "retried", "parked"] {
                count(&consuming.queue, outcome, 0);
            }
            consuming.run::<T, _>(&shutdown, Arc::new(handler)).await;
            Ok(())
        })
    }
}

/// One consumer of one queue.
#[derive(Clone)]
struct Consuming {
    broker: Broker,
    queue: String,
    prefetch: u16,
}

impl Consuming {
    async fn run<T: Content, H: Handler<T>>(self, shutdown: &CancellationToken, handler: Arc<H>) {
        let this = Arc::new(self);
        // Outlives sessions: what was begun is finished, and its effect is committed, even if it cannot be acknowledged.
        let mut running = JoinSet::new();
        while let Some(session) = this.broker.session(shutdown).await {
            match this.attach(&session).await {
                Ok((channel, mut deliveries)) => {
                    let attached = this.broker.attached();
                    loop {
                        tokio::select! {
                            biased;
                            () = shutdown.cancelled() => break,
                            Some(_) = running.join_next() => {}
                            next = deliveries.next() => match next {
                                Some(Ok(delivery)) => {
                                    running.spawn(Arc::clone(&this).handle::<T, H>(delivery, Arc::clone(&handler)));
                                }
                                Some(Err(_)) | None => break,
                            },
                        }
                    }
                    drop(attached);
                    if shutdown.is_cancelled() {
                        while running.join_next().await.is_some() {}
                        // What was prefetched and not begun goes back to the queue.
                        let _ = answer(channel.close(200, "done".into())).await;
                        return;
                    }
                    warn!(queue = this.queue, "consuming was interrupted");
                }
                Err(error) => {
                    warn!(queue = this.queue, error = chain(&error), "cannot consume");
                }
            }
            // The queue may be gone as well as the channel: the supervisor puts everything back.
            session.broken.cancel();
            shutdown
                .run_until_cancelled(tokio::time::sleep(pause(0)))
                .await;
        }
        while running.join_next().await.is_some() {}
    }

    async fn attach(&self, session: &Session) -> Result<(Channel, Consumer), BrokerError> {
        let channel = session.channel().await?;
        answer(channel.basic_qos(self.prefetch.max(1), BasicQosOptions::default())).await?;
        let consumer = answer(channel.basic_consume(
            self.queue.as_str().into(),
            "".into(),
            BasicConsumeOptions::default(),
            FieldTable::default(),
        ))
        .await?;
        Ok((channel, consumer))
    }

    async fn handle<T: Content, H: Handler<T>>(
        self: Arc<Self>,
        delivery: Delivery,
        handler: Arc<H>,
    ) {
        let envelope = match serde_json::from_slice::<Envelope<T>>(&without_nulls(&delivery.data)) {
            Ok(envelope) => match T::TYPE.filter(|expected| envelope.r#type != *expected) {
                None => envelope,
                Some(expected) => {
                    let reason = anyhow!("malformed: not an event of type {expected}");
                    return self.settle(delivery, Decision::Park(reason)).await;
                }
            },
            // serde repeats values of the document, which may be personal.
            Err(error) => {
                let (line, column) = (error.line(), error.column());
                let reason = anyhow!("malformed: {:?} error at {line}:{column}", error.classify());
                return self.settle(delivery, Decision::Park(reason)).await;
            }
        };
        let about = About::of(&delivery.data);
        let span = info_span!(
            "process",
            otel.name = format!("process {}", envelope.r#type),
            otel.kind = "consumer",
            queue = self.queue,
            event_id = %envelope.id,
            business_id = envelope.data.business().0,
            run_id = about.run_id,
            lead_id = about.lead_id,
            call_sid = about.call_sid.as_deref(),
        );
        trace::follow(&span, envelope.traceparent.as_deref());
        let queue = [("queue", self.queue.as_str())];
        LAG.timing(&queue).record(since(envelope.time));
        async {
            if planted::bug("ack_before_commit") {
                self.acknowledge(&delivery, "handled").await;
            }
            let started = Instant::now();
            let work = AssertUnwindSafe(async { handler(envelope).await }).catch_unwind();
            let outcome = match tokio::time::timeout(HANDLER, work).await {
                Ok(Ok(outcome)) => outcome,
                Ok(Err(_)) => Err(Decision::Retry(anyhow!("the handler panicked"))),
                Err(_) => Err(Decision::Retry(anyhow!(
                    "the handler took longer than {HANDLER:?}"
                ))),
            };
            HANDLING.timing(&queue).record(started.elapsed());
            match outcome {
                Ok(()) => self.acknowledge(&delivery, "handled").await,
                Err(decision) => self.settle(delivery, decision).await,
            }
        }
        .instrument(span)
        .await;
    }

    /// Moves a message that was not handled to the ladder or the parking queue, and only then acknowledges it.
    async fn settle(&self, delivery: Delivery, decision: Decision) {
        let retries = retries(&delivery);
        let ladder = &self.broker.0.ladder;
        let step = match &decision {
            Decision::Park(_) => None,
            Decision::Retry(_) => ladder
                .step(retries)
                .or_else(|| ladder.last().filter(|_| decision.is_outage())),
        };
        let outcome = if step.is_some() { "retried" } else { "parked" };
        let reason = match &decision {
            Decision::Retry(error) | Decision::Park(error) => format!("{error:#}"),
        };
        if step.is_some() {
            warn!(
                queue = self.queue,
                retries, reason, "an event will be tried again"
            );
        } else {
            error!(queue = self.queue, retries, reason, "an event is parked");
        }
        let parked = step.is_none();
        let properties = &delivery.properties;
        let message = Message {
            exchange: step.unwrap_or_else(|| PARKED.to_owned()),
            // The ladder returns it to the default exchange under this key.
            routing_key: self.queue.clone(),
            must_be_routed: true,
            event_type: properties.kind().as_ref().map(ToString::to_string),
            event_id: properties.message_id().as_ref().map(ToString::to_string),
            headers: self.headers(retries + u32::from(!parked), &reason),
            body: delivery.data.clone(),
        };
        match self.broker.publish(message).await {
            Ok(()) => self.acknowledge(&delivery, outcome).await,
            Err(error) => {
                warn!(
                    queue = self.queue,
                    error = chain(&error),
                    "an event could not be moved"
                );
                tokio::time::sleep(GIVE_BACK).await;
                let options = BasicNackOptions {
                    requeue: true,
                    multiple: false,
                };
                // If this fails too, the channel is gone and the broker hands the message out again by itself.
                let _ = answer(delivery.nack(options)).await;
            }
        }
    }

    fn headers(&self, retries: u32, reason: &str) -> FieldTable {
        let mut headers = FieldTable::default();
        headers.insert(RETRIES.into(), AMQPValue::LongUInt(retries));
        headers.insert(QUEUE.into(), text(&self.queue));
        // Headers travel in one frame: a long chain must not burst it.
        let short: String = reason.chars().take(500).collect();
        headers.insert(REASON.into(), text(&short));
        headers
    }

    async fn acknowledge(&self, delivery: &Delivery, outcome: &'static str) {
        // An acknowledgement that is lost with its channel costs a second delivery, which the inbox notices.
        if let Err(error) = answer(delivery.ack(BasicAckOptions::default())).await {
            warn!(
                queue = self.queue,
                error = chain(&error),
                "an event could not be acknowledged"
            );
        }
        count(&self.queue, outcome, 1);
    }
}

/// By the clock of the machine; that of whoever raised the event may be ahead.
#[expect(
    clippy::disallowed_methods,
    reason = "a measurement that decides nothing"
)]
fn since(raised: DateTime<Utc>) -> Duration {
    (Utc::now() - raised).to_std().unwrap_or_default()
}

fn count(queue: &str, outcome: &'static str, by: u64) {
    let labels = [("queue", queue), ("outcome", outcome)];
    CONSUMED.count(&labels).increment(by);
}

fn text(value: &str) -> AMQPValue {
    AMQPValue::LongString(LongString::from(value))
}

fn retries(delivery: &Delivery) -> u32 {
    let value = delivery
        .properties
        .headers()
        .as_ref()
        .and_then(|headers| headers.inner().get(RETRIES));
    match value {
        Some(AMQPValue::LongUInt(count)) => *count,
        // The broker may hand an integer back in another width.
        Some(AMQPValue::LongLongInt(count)) => u32::try_from(*count).unwrap_or(0),
        Some(AMQPValue::LongInt(count)) => u32::try_from(*count).unwrap_or(0),
        _ => 0,
    }
}

/// A JSON document in which null characters, which PostgreSQL's texts cannot hold, are replacement characters.
fn without_nulls(json: &[u8]) -> Cow<'_, [u8]> {
    const NULL: &[u8] = br"\u0000";
    let mut places = Vec::new();
    let mut at = 0;
    while let Some(&byte) = json.get(at) {
        if json[at..].starts_with(NULL) {
            places.push(at);
        }
        // What follows a backslash is escaped by it.
        at += if byte == b'\\' { 2 } else { 1 };
    }
    if places.is_empty() {
        return Cow::Borrowed(json);
    }
    let mut clean = json.to_vec();
    for place in places {
        clean[place..place + NULL.len()].copy_from_slice(br"\ufffd");
    }
    Cow::Owned(clean)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_null_character_is_replaced_and_what_only_looks_like_one_is_not() {
        let cleaned = |json: &str| {
            let clean = without_nulls(json.as_bytes());
            String::from_utf8(clean.into_owned()).expect("text")
        };
        assert_eq!(
            cleaned(r#"{"a": "x\u0000y\\\u0000"}"#),
            r#"{"a": "x\ufffdy\\\ufffd"}"#
        );
        assert_eq!(cleaned(r#"{"a": "\\u0000\n"}"#), r#"{"a": "\\u0000\n"}"#);
    }
}
