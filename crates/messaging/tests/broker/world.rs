//! What every test here needs: a database, a vhost, a broker's supervisor, and events to send.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chassis::clock::Clock;
use chassis::lifecycle::Lifecycle;
use domain::events::{Envelope, RunCounts, RunRequested};
use domain::ids::{BusinessId, RunId};
use messaging::topology::Ladder;
use messaging::{Broker, Decision, relay};
use storage::{Db, ServiceRole, StorageError, inbox, outbox};
use testkit::{Database, Vhost, eventually};

/// Long enough for a loaded machine; nothing waits for it when all is well.
pub const SOON: Duration = Duration::from_secs(30);

/// The queue that most tests use.
pub const QUEUE: &str = "dialer.run.requested";

/// A broker's supervisor on a vhost of its own.
pub struct World {
    pub lifecycle: Lifecycle,
    pub broker: Broker,
    vhost: Option<Vhost>,
}

impl World {
    pub async fn new() -> Self {
        Self::with_ladder(&[100, 200]).await
    }

    /// With a retry ladder of so many milliseconds each.
    pub async fn with_ladder(steps: &[u64]) -> Self {
        let vhost = Vhost::create().await;
        let mut world = Self::connected(vhost.amqp_url(), steps);
        world.vhost = Some(vhost);
        world.ready().await;
        world
    }

    /// On a broker of the test's own, which need not be there yet.
    pub fn on(url: &str) -> Self {
        Self::connected(url, &[100, 200])
    }

    fn connected(url: &str, steps: &[u64]) -> Self {
        let steps: Vec<_> = steps.iter().copied().map(Duration::from_millis).collect();
        let broker = Broker::with(url, "test", Ladder::of(&steps));
        let lifecycle = Lifecycle::new();
        lifecycle.spawn("broker", broker.run(lifecycle.shutdown_token()));
        Self {
            lifecycle,
            broker,
            vhost: None,
        }
    }

    pub fn vhost(&self) -> &Vhost {
        self.vhost.as_ref().expect("this world is on a vhost")
    }

    pub async fn ready(&self) {
        eventually(SOON, || async { self.broker.is_ready().then_some(()) }).await;
    }

    /// Consumes [`QUEUE`] with `handler`.
    pub async fn consume(&self, prefetch: u16, handler: impl messaging::Handler<RunRequested>) {
        let token = self.lifecycle.shutdown_token();
        let consumer = self
            .broker
            .consume::<RunRequested>("dialer", prefetch, token, handler);
        self.lifecycle.spawn("consumer", consumer);
        self.ready().await;
    }

    /// Publishes an event as its producer's relay would.
    pub async fn publish(&self, event: &Envelope<RunRequested>) {
        let body = serde_json::to_string(event).expect("serialises");
        assert!(
            self.vhost()
                .publish("callboard.events", "run.requested.1", &body)
                .await,
            "routed"
        );
    }

    /// The parked message, once there is one.
    pub async fn parked(&self) -> serde_json::Value {
        eventually(SOON, || async {
            self.vhost()
                .take("callboard.parked", 1)
                .await
                .into_iter()
                .next()
        })
        .await
    }

    pub async fn end(self) {
        self.lifecycle.drain(SOON).await.expect("drained");
    }
}

/// Counts, across clones.
#[derive(Clone, Default)]
pub struct Count(Arc<AtomicU32>);

impl Count {
    /// Counts one more; answers how many there were before.
    pub fn one(&self) -> u32 {
        self.0.fetch_add(1, Ordering::SeqCst)
    }

    pub fn get(&self) -> u32 {
        self.0.load(Ordering::SeqCst)
    }

    pub async fn reaches(&self, wanted: u32) {
        eventually(SOON, || async { (self.get() >= wanted).then_some(()) }).await;
    }
}

pub fn event(business: BusinessId, run: i64) -> Envelope<RunRequested> {
    Envelope::new("test", Clock::system().now(), requested(business, run))
}

pub fn requested(business: BusinessId, run: i64) -> RunRequested {
    RunRequested {
        business_id: business,
        run_id: RunId(run),
        status: "pending".into(),
        counts: RunCounts::default(),
    }
}

/// The gateway raises events in a database, the dialer has their effect in it.
pub struct Producer {
    pub database: Database,
    pub gateway: Db,
    pub dialer: Db,
    pub business: BusinessId,
}

impl Producer {
    pub async fn new() -> Self {
        let database = Database::create().await;
        let business = testkit::business(&database.db(ServiceRole::Operator))
            .await
            .id;
        Self {
            gateway: database.db(ServiceRole::ApiGateway),
            dialer: database.db(ServiceRole::Dialer),
            database,
            business,
        }
    }

    pub fn relay(&self, world: &World) {
        let token = world.lifecycle.shutdown_token();
        let relay = relay::run(self.gateway.clone(), world.broker.clone(), token);
        world.lifecycle.spawn("relay", relay);
    }

    /// Raises one event per run, all in one transaction.
    pub async fn stage(&self, runs: std::ops::RangeInclusive<i64>) {
        let now = Clock::system().now();
        self.gateway
            .tenant(self.business, move |tx| {
                let business = tx.business;
                for run in runs {
                    outbox::stage(tx, now, requested(business, run))?;
                }
                Ok::<_, StorageError>(())
            })
            .await
            .expect("staged");
    }

    /// A handler that writes its effect (the run's number in `effects`) when the event is new to the inbox.
    pub fn effects(&self) -> (Effects, impl messaging::Handler<RunRequested> + use<>) {
        let effects = Effects::default();
        let (seen, db) = (effects.clone(), self.dialer.clone());
        let handler = move |event: Envelope<RunRequested>| {
            let (seen, db) = (seen.clone(), db.clone());
            async move {
                let business = event.data.business_id;
                let first = db
                    .tenant(business, move |tx| {
                        inbox::first_time(tx, business, "dialer", event.id)
                    })
                    .await?;
                if first {
                    seen.runs
                        .lock()
                        .expect("not poisoned")
                        .push(event.data.run_id.0);
                }
                // Counted last: who waits for the count looks at the effects.
                seen.deliveries.one();
                Ok::<_, Decision>(())
            }
        };
        (effects, handler)
    }

    pub async fn unpublished(&self) -> u64 {
        let rows = self
            .database
            .sql("SELECT count(*) AS n FROM outbox_events WHERE published_at IS NULL")
            .await;
        rows[0]["n"].as_u64().expect("a count")
    }
}

#[derive(Clone, Default)]
pub struct Effects {
    pub deliveries: Count,
    runs: Arc<Mutex<Vec<i64>>>,
}

impl Effects {
    /// The runs that had their effect, sorted; one that had it twice is there twice.
    pub fn sorted(&self) -> Vec<i64> {
        let mut runs = self.runs.lock().expect("not poisoned").clone();
        runs.sort_unstable();
        runs
    }
}
