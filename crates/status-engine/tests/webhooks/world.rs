//! A status engine (or several, or as a process) and a receiver, on a database and a broker of the test's own.

use std::collections::BTreeMap;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use chassis::clock::Clock;
use chassis::lifecycle::Lifecycle;
use chrono::{DateTime, TimeDelta, Utc};
use domain::events::{ChangeSource, EXCHANGE, Envelope, EventData, StatusChanged, routing_key};
use domain::ids::{WebhookDeliveryId, WebhookEndpointId};
use domain::messages::Language;
use serde_json::Value;
use storage::users::Role;
use storage::webhook_endpoints::{self, NewEndpoint};
use storage::{ServiceRole, webhook_deliveries, webhook_secrets};
use testkit::{Business, Database, Vhost, eventually};
use wiremock::matchers::method;
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

/// Longer than anything takes on a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// The secrets of the endpoints of tests, before and after a rotation.
pub const SECRET: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
pub const NEW_SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

pub struct World {
    pub db: Database,
    pub business: Business,
    pub clock: Clock,
    pub receiver: MockServer,
    vhost: Vhost,
    lifecycle: Lifecycle,
    environment: BTreeMap<String, String>,
}

impl World {
    /// An engine whose clock stands still, and a receiver that accepts everything.
    pub async fn new() -> Self {
        let world = Self::with(&[], 1).await;
        world.receiver_says(ResponseTemplate::new(200)).await;
        world
    }

    /// So many engines with these settings of webhooks, and a receiver that knows nothing yet.
    pub async fn with(settings: &[(&str, &str)], engines: usize) -> Self {
        let (db, vhost) = (Database::create().await, Vhost::create().await);
        // Now, since who checks signatures looks at their time; to the microsecond, as the database keeps it.
        let now = Clock::system().now().timestamp_micros();
        let clock = Clock::fixed(DateTime::from_timestamp_micros(now).expect("a time"));
        let environment = environment(&db, &vhost, settings);
        let business = business(&db).await;
        let world = Self {
            db,
            business,
            clock,
            receiver: MockServer::start().await,
            vhost,
            lifecycle: Lifecycle::new(),
            environment,
        };
        for _ in 0..engines {
            world.engine().await;
        }
        world
    }

    /// Starts one more engine.
    pub async fn engine(&self) {
        let settings = chassis::settings::load_from(status_engine::DEFAULTS, &self.environment)
            .expect("the settings work");
        let app = status_engine::build(settings, self.clock.clone(), &self.lifecycle)
            .await
            .expect("the engine starts");
        let client = chassis::http::client(PATIENCE).expect("a client");
        let url = format!("http://{}/readyz", app.probes);
        eventually(PATIENCE, || async {
            let answer = client.get(&url).send().await.ok()?;
            answer.status().is_success().then_some(())
        })
        .await;
    }

    /// Starts an engine as a process of its own, on the machine's clock. `failpoints` says where it dies.
    /// It listens when this returns: what nobody listens to yet is told to nobody.
    pub async fn process(&self, failpoints: &str) -> Process {
        let child = Command::new(env!("CARGO_BIN_EXE_status-engine"))
            .env_clear()
            .envs(&self.environment)
            .env("FAILPOINTS", failpoints)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the engine starts");
        eventually(PATIENCE, || async {
            // A queue is there before it is bound; other queues would be told then, and this one not.
            let bindings = self.vhost.bindings().await;
            let hears = |(queue, key): &(String, String)| {
                queue == QUEUE && key.starts_with(StatusChanged::TYPE)
            };
            bindings.iter().any(hears).then_some(())
        })
        .await;
        Process(child)
    }

    /// From now on the receiver says this, and nothing that it said before.
    pub async fn receiver_says(&self, answer: ResponseTemplate) {
        self.receiver.reset().await;
        self.receiver_also_says(answer).await;
    }

    async fn receiver_also_says(&self, answer: ResponseTemplate) {
        Mock::given(method("POST"))
            .respond_with(answer)
            .mount(&self.receiver)
            .await;
    }

    /// What the receiver has got since it last learned what to say.
    pub async fn received(&self) -> Vec<Request> {
        self.receiver.received_requests().await.unwrap_or_default()
    }

    /// An endpoint of the business at the receiver, which wants to be told of changes of status.
    pub async fn endpoint(&self) -> WebhookEndpointId {
        self.endpoint_at(&self.business, &format!("{}/hook", self.receiver.uri()))
            .await
    }

    /// An endpoint of a business, as the gateway makes it.
    pub async fn endpoint_at(&self, business: &Business, url: &str) -> WebhookEndpointId {
        let now = self.clock.now();
        let new = NewEndpoint {
            url: url.to_owned(),
            description: String::new(),
            event_types: vec![StatusChanged::TYPE.to_owned()],
            is_active: true,
        };
        self.db
            .db(ServiceRole::ApiGateway)
            .tenant(business.id, move |tx| {
                let made = webhook_endpoints::create(tx, now, &new, None)?.expect("has room");
                let id = WebhookEndpointId(made.id);
                webhook_secrets::make_current(tx, now, id, SECRET, TimeDelta::zero())?;
                Ok::<_, storage::StorageError>(id)
            })
            .await
            .expect("is made")
    }

    pub async fn rotate(&self, endpoint: WebhookEndpointId, overlap: TimeDelta) {
        let now = self.clock.now();
        self.db
            .db(ServiceRole::ApiGateway)
            .tenant(self.business.id, move |tx| {
                webhook_secrets::make_current(tx, now, endpoint, NEW_SECRET, overlap)
            })
            .await
            .expect("is rotated");
    }

    pub async fn resend(&self, endpoint: WebhookEndpointId, delivery: i64) {
        let (now, id) = (self.clock.now(), WebhookDeliveryId(delivery));
        self.db
            .db(ServiceRole::ApiGateway)
            .tenant(self.business.id, move |tx| {
                webhook_deliveries::resend(tx, now, endpoint, id)
            })
            .await
            .expect("is asked for again");
    }

    /// An event of the business's first lead.
    pub fn event(&self, business: &Business) -> Envelope<StatusChanged> {
        let data = StatusChanged {
            business_id: business.id,
            lead_id: business.leads[0],
            from: Some("new".to_owned()),
            to: "interested".to_owned(),
            source: ChangeSource::AutoOutbound,
            source_event_id: Some("CA1".to_owned()),
            decision_id: None,
            user_id: None,
            confidence: Some(0.9),
            at: self.clock.now(),
        };
        Envelope::new("status-engine", self.clock.now(), data)
    }

    /// Publishes an event as a relay does.
    pub async fn publish<T: EventData>(&self, event: &Envelope<T>) {
        let key = routing_key(T::TYPE, event.data.business_id());
        let body = serde_json::to_string(event).expect("serialises");
        // Of a process that has just been started the queue may not be there yet.
        eventually(PATIENCE, || async {
            let is_there = !self.vhost.queues().await.is_empty();
            (is_there && self.vhost.publish(EXCHANGE, &key, &body).await).then_some(())
        })
        .await;
    }

    /// Publishes a new event of the business.
    pub async fn tell(&self) -> Envelope<StatusChanged> {
        let event = self.event(&self.business);
        self.publish(&event).await;
        event
    }

    /// The delivery of an event, as soon as `is_so` of it.
    pub async fn delivery<T>(&self, event: &Envelope<T>, is_so: impl Fn(&Value) -> bool) -> Value {
        let look = format!(
            "SELECT * FROM webhook_deliveries WHERE event_id = '{}'",
            event.id
        );
        eventually(PATIENCE, || async {
            let found = self.db.sql(&look).await.pop();
            found.filter(|found| is_so(found))
        })
        .await
    }

    /// The delivery of an event after its `n`-th attempt.
    pub async fn attempted<T>(&self, event: &Envelope<T>, n: i64) -> Value {
        self.delivery(event, |it| {
            it["attempts"] == n && it["lock_token"].is_null()
        })
        .await
    }

    /// The delivery of an event, accepted.
    pub async fn delivered<T>(&self, event: &Envelope<T>) -> Value {
        self.delivery(event, |it| it["state"] == "delivered").await
    }

    /// Moves the clock to where a delivery is due.
    pub fn skip_to(&self, delivery: &Value) {
        let due: DateTime<Utc> = serde_json::from_value(delivery["due_at"].clone()).expect("due");
        self.clock
            .advance((due - self.clock.now()).max(TimeDelta::zero()));
    }

    pub async fn row(&self, sql: &str) -> Value {
        self.db.sql(sql).await.remove(0)
    }

    pub async fn number(&self, sql: &str) -> i64 {
        self.row(sql).await["n"].as_i64().expect("a number n")
    }

    /// Ends the engines; all must end in peace.
    pub async fn end(self) {
        self.lifecycle.drain(PATIENCE).await.expect("drains");
    }
}

/// An English business with a lead, an owner and an agent.
pub async fn business(db: &Database) -> Business {
    testkit::business(&db.db(ServiceRole::Operator))
        .language(Language::English)
        .with_leads(1)
        .with_user(Role::Owner)
        .with_user(Role::Agent)
        .await
}

fn environment(
    db: &Database,
    vhost: &Vhost,
    settings: &[(&str, &str)],
) -> BTreeMap<String, String> {
    let hurried = [
        ("TICK_SECONDS", "0.05"),
        ("TIMEOUT_SECONDS", "1"),
        ("ALLOW_LOOPBACK", "true"),
    ];
    let webhooks = hurried
        .iter()
        .chain(settings)
        .map(|(key, value)| (format!("CALLBOARD__WEBHOOKS__{key}"), (*value).to_owned()));
    [
        ("DATABASE_URL", db.url()),
        ("AMQP_URL", vhost.amqp_url()),
        ("CALLBOARD__PROBES__BIND", "127.0.0.1:0"),
        ("CALLBOARD__DATABASE__POOL_SIZE", "3"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into_iter()
    .chain(webhooks)
    .collect()
}

/// Where the engine hears of events.
const QUEUE: &str = "status-engine.webhooks";

/// An engine as a process; killed when dropped.
pub struct Process(Child);

impl Process {
    /// How it ended.
    pub async fn ended(&mut self) -> ExitStatus {
        eventually(PATIENCE, || {
            let ended = self.0.try_wait().expect("a child");
            async move { ended }
        })
        .await
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
