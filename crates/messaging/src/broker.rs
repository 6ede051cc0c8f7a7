use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures::StreamExt as _;
use futures::future::BoxFuture;
use lapin::Event;
use lapin::uri::AMQPUri;
use observe::Metric;
use rand::Rng as _;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tokio_util::task::task_tracker::TaskTrackerToken;
use tracing::{info, warn};

use crate::BrokerError;
use crate::backlog;
use crate::error::chain;
use crate::session::Session;
use crate::topology::{Ladder, topology};

/// First and longest pause between attempts to connect; the real one is random below it.
const RECONNECT: (Duration, Duration) = (Duration::from_millis(200), Duration::from_secs(3));

/// How often the session's health is looked at, beside being told.
const HEALTH_TICK: Duration = Duration::from_secs(1);

pub(crate) const CONNECTED: Metric = Metric::gauge(
    "callboard_broker_connected",
    "1 while there is a session with the broker",
    &[],
);
pub(crate) const BLOCKED: Metric = Metric::gauge(
    "callboard_broker_blocked",
    "1 while the broker takes no messages",
    &[],
);
pub(crate) const CONNECTIONS: Metric = Metric::counter(
    "callboard_broker_connections_total",
    "Sessions opened with the broker",
    &[],
);

/// The broker, as one process sees it. Cheap to clone; all clones share one supervisor, which [`Broker::run`] is.
#[derive(Clone)]
pub struct Broker(pub(crate) Arc<Inner>);

pub(crate) struct Inner {
    uri: Option<AMQPUri>,
    name: String,
    pub(crate) ladder: Ladder,
    session: watch::Sender<Option<Arc<Session>>>,
    /// Whoever uses the session; the supervisor closes it after them.
    users: TaskTracker,
    consumers: AtomicUsize,
    attached: AtomicUsize,
}

impl Broker {
    /// The broker at `url`. Nothing is connected before [`Broker::run`] is polled.
    #[must_use]
    pub fn new(url: &str) -> Self {
        Self::with(url, "callboard", Ladder::default())
    }

    /// As [`Broker::new`], with the connections named (operators see it) and another retry ladder.
    #[must_use]
    pub fn with(url: &str, name: &str, ladder: Ladder) -> Self {
        Self(Arc::new(Inner {
            uri: url.parse().ok(),
            name: name.to_owned(),
            ladder,
            session: watch::Sender::new(None),
            users: TaskTracker::new(),
            consumers: AtomicUsize::new(0),
            attached: AtomicUsize::new(0),
        }))
    }

    /// The supervisor: keeps a session with the broker, and makes a new one (connections, channels, topology) whenever
    /// something about it breaks. On `shutdown` it waits for the consumers and the relay to finish, then closes.
    ///
    /// # Errors
    /// [`BrokerError::BadUrl`] at once; a broker that is away is waited for.
    pub fn run(&self, shutdown: CancellationToken) -> BoxFuture<'static, Result<(), BrokerError>> {
        let broker = self.clone();
        Box::pin(async move {
            let uri = broker.0.uri.as_ref().ok_or(BrokerError::BadUrl)?;
            let topology = topology(&broker.0.ladder);
            let mut failures = 0_u32;
            while !shutdown.is_cancelled() {
                let opening = Session::open(uri, &broker.0.name, &topology);
                let Some(opened) = shutdown.run_until_cancelled(opening).await else {
                    break;
                };
                match opened {
                    Ok(session) => {
                        failures = 0;
                        let session = Arc::new(session);
                        let measured = backlog::measure(&session, &topology);
                        tokio::select! {
                            () = broker.hold(Arc::clone(&session), &shutdown) => {}
                            () = measured => {}
                        }
                    }
                    Err(error) => {
                        warn!(error = chain(&error), "the broker cannot be reached");
                        let pause = pause(failures);
                        failures = failures.saturating_add(1);
                        shutdown
                            .run_until_cancelled(tokio::time::sleep(pause))
                            .await;
                    }
                }
            }
            Ok(())
        })
    }

    /// Offers `session` to everyone until it breaks or the process stops.
    async fn hold(&self, session: Arc<Session>, shutdown: &CancellationToken) {
        info!("connected to the broker");
        CONNECTIONS.count(&[]).increment(1);
        CONNECTED.level(&[]).set(1.0);
        let mut events = session.events();
        self.0.session.send_replace(Some(Arc::clone(&session)));
        while session.is_alive() && !shutdown.is_cancelled() {
            BLOCKED
                .level(&[])
                .set(f64::from(u8::from(session.is_blocked())));
            tokio::select! {
                () = shutdown.cancelled() => {}
                () = session.broken.cancelled() => {}
                event = events.next() => match event {
                    None | Some(Event::Error(_)) => break,
                    Some(Event::ConnectionBlocked(reason)) => warn!(reason, "the broker takes no messages"),
                    Some(Event::ConnectionUnblocked) => info!("the broker takes messages again"),
                    Some(_) => {}
                },
                () = tokio::time::sleep(HEALTH_TICK) => {}
            }
        }
        if shutdown.is_cancelled() {
            self.0.users.close();
            tokio::select! {
                () = self.0.users.wait() => {}
                () = session.broken.cancelled() => {}
            }
        } else {
            warn!("the connection to the broker is lost");
            // Not at once, and not together with every other process that has lost it.
            session.broken.cancel();
        }
        self.0.session.send_replace(None);
        CONNECTED.level(&[]).set(0.0);
        session.close().await;
        if !shutdown.is_cancelled() {
            shutdown
                .run_until_cancelled(tokio::time::sleep(pause(0)))
                .await;
        }
    }

    /// True when messages can be published and every consumer of this process is attached to its queue.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        let usable = self
            .0
            .session
            .borrow()
            .as_ref()
            .is_some_and(|session| session.is_alive() && !session.is_blocked());
        usable
            && self.0.attached.load(Ordering::Acquire) >= self.0.consumers.load(Ordering::Acquire)
    }

    /// A session that lives, as soon as there is one; `None` when `shutdown` comes first.
    pub(crate) async fn session(&self, shutdown: &CancellationToken) -> Option<Arc<Session>> {
        let mut sessions = self.0.session.subscribe();
        let found = shutdown
            .run_until_cancelled(
                sessions.wait_for(|session| session.as_ref().is_some_and(|it| it.is_alive())),
            )
            .await?;
        found.ok()?.clone()
    }

    /// The session of this moment.
    pub(crate) fn session_now(&self) -> Option<Arc<Session>> {
        self.0.session.borrow().clone()
    }

    /// Held by whoever needs the session to outlive the shutdown signal.
    pub(crate) fn user(&self) -> TaskTrackerToken {
        self.0.users.token()
    }

    /// Counts a consumer as wanted until the guard goes.
    pub(crate) fn wanted(&self) -> Counted {
        Counted::new(self, |inner| &inner.consumers)
    }

    /// Counts a consumer as attached until the guard goes.
    pub(crate) fn attached(&self) -> Counted {
        Counted::new(self, |inner| &inner.attached)
    }
}

impl fmt::Debug for Broker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Broker")
            .field("name", &self.0.name)
            .field("ready", &self.is_ready())
            .finish_non_exhaustive()
    }
}

/// One in a counter, taken back when dropped.
pub(crate) struct Counted {
    broker: Broker,
    counter: fn(&Inner) -> &AtomicUsize,
}

impl Counted {
    fn new(broker: &Broker, counter: fn(&Inner) -> &AtomicUsize) -> Self {
        counter(&broker.0).fetch_add(1, Ordering::AcqRel);
        Self {
            broker: broker.clone(),
            counter,
        }
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        (self.counter)(&self.broker.0).fetch_sub(1, Ordering::AcqRel);
    }
}

/// A random pause that grows with `failures` up to a cap.
pub(crate) fn pause(failures: u32) -> Duration {
    let (base, cap) = RECONNECT;
    let ceiling = base.saturating_mul(2_u32.saturating_pow(failures)).min(cap);
    rand::rng().random_range(ceiling / 2..=ceiling)
}
