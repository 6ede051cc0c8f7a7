//! A status engine (or several) on a database and a broker of the test's own.

use std::collections::BTreeMap;
use std::time::Duration;

use chassis::clock::Clock;
use chassis::lifecycle::Lifecycle;
use chrono::{DateTime, Utc};
use domain::call::Direction;
use domain::decision::Column;
use domain::events::{
    EXCHANGE, Envelope, EventData, StatusSuggested, SuggestionSource, routing_key,
};
use domain::messages::Language;
use messaging::Broker;
use serde_json::Value;
use storage::ServiceRole;
use storage::users::Role;
use testkit::{Business, Database, Vhost, eventually};

/// Longer than anything takes on a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(30);

pub struct World {
    pub db: Database,
    pub business: Business,
    pub clock: Clock,
    vhost: Vhost,
    lifecycle: Lifecycle,
}

impl World {
    /// An English business with ten leads and one owner, and so many engines.
    pub async fn with_engines(engines: usize) -> Self {
        Self::with_leads_and_engines(10, engines).await
    }

    pub async fn with_leads_and_engines(leads: usize, engines: usize) -> Self {
        let db = Database::create().await;
        let business = testkit::business(&db.db(ServiceRole::Operator))
            .language(Language::English)
            .with_leads(leads)
            .with_user(Role::Owner)
            .await;
        Self::of(db, business, engines, Clock::system(), &[]).await
    }

    /// So many engines for a business, with these settings beside the usual ones.
    pub async fn of(
        db: Database,
        business: Business,
        engines: usize,
        clock: Clock,
        settings: &[(&str, String)],
    ) -> Self {
        let world = Self {
            db,
            business,
            clock,
            vhost: Vhost::create().await,
            lifecycle: Lifecycle::new(),
        };
        for _ in 0..engines {
            world.one_more_engine(settings).await;
        }
        world
    }

    /// Starts one more engine.
    pub async fn one_more_engine(&self, settings: &[(&str, String)]) {
        let usual = [
            ("DATABASE_URL", self.db.url()),
            ("AMQP_URL", self.vhost.amqp_url()),
            ("CALLBOARD__PROBES__BIND", "127.0.0.1:0"),
            ("CALLBOARD__DATABASE__POOL_SIZE", "3"),
            ("CALLBOARD__ANALYTICS__TICK_SECONDS", "0.1"),
        ];
        let usual = usual.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let more = settings
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.clone()));
        let environment: BTreeMap<String, String> = usual.into_iter().chain(more).collect();
        let settings = chassis::settings::load_from(status_engine::DEFAULTS, &environment)
            .expect("the settings work");
        let app = status_engine::build(settings, self.clock.clone(), &self.lifecycle)
            .await
            .expect("the engine starts");
        until_ready(&app).await;
    }

    pub async fn new() -> Self {
        Self::with_engines(1).await
    }

    /// An outbound call of the n-th lead, `minutes` ago, with this summary.
    pub fn call(&self, lead: usize, sid: &str, minutes: i64, summary: &str) -> StatusSuggested {
        StatusSuggested {
            business_id: self.business.id,
            lead_id: self.business.leads[lead],
            source: SuggestionSource::CallSummary,
            source_event_id: sid.to_owned(),
            direction: Some(Direction::Outbound),
            summary: summary.to_owned(),
            recommendation: None,
            confidence: Some(0.9),
            outcome: None,
            service: None,
            city: None,
            follow_up_at: None,
            dropped_label: None,
            occurred_at: self.ago(minutes),
        }
    }

    pub fn ago(&self, minutes: i64) -> DateTime<Utc> {
        self.clock.now() - chrono::Duration::minutes(minutes)
    }

    pub fn envelope(&self, suggestion: StatusSuggested) -> Envelope<StatusSuggested> {
        Envelope::new("recording-processor", self.clock.now(), suggestion)
    }

    /// Puts a delivery into the engine's queue.
    pub async fn deliver<T: EventData>(&self, event: &Envelope<T>) {
        let key = routing_key(T::TYPE, event.data.business_id());
        let body = serde_json::to_string(event).expect("serialises");
        assert!(
            self.vhost.publish(EXCHANGE, &key, &body).await,
            "it reaches a queue"
        );
    }

    /// Has the recording-processor's relay publish these in order, and every second one once more behind them.
    pub async fn tell(&self, suggestions: Vec<StatusSuggested>) {
        let db = self.db.db(ServiceRole::RecordingProcessor);
        let now = self.clock.now();
        db.tenant(self.business.id, move |tx| {
            suggestions
                .into_iter()
                .try_for_each(|told| storage::outbox::stage(tx, now, told))
        })
        .await
        .expect("stages");
        let again = "INSERT INTO outbox_events (business_id, producer, event_id, type, body)
            SELECT business_id, producer, event_id, type, body FROM outbox_events WHERE id % 2 = 0 ORDER BY event_id";
        self.db.execute(again).await;
        let broker = Broker::new(self.vhost.amqp_url());
        let shutdown = self.lifecycle.shutdown_token();
        self.lifecycle
            .spawn("broker of the relay", broker.run(shutdown.clone()));
        self.lifecycle
            .spawn("relay", messaging::relay::run(db, broker, shutdown));
    }

    /// Delivers suggestions one after the other, each handled before the next.
    pub async fn suggest(&self, suggestion: StatusSuggested) {
        let handled = self.handled().await;
        self.deliver(&self.envelope(suggestion)).await;
        self.until_handled(handled + 1).await;
    }

    /// Waits until so many deliveries with different ids have been handled.
    pub async fn until_handled(&self, count: i64) {
        self.until_handled_within(PATIENCE, count).await;
    }

    pub async fn until_handled_within(&self, patience: Duration, count: i64) {
        eventually(patience, || async {
            (self.handled().await >= count).then_some(())
        })
        .await;
    }

    async fn handled(&self) -> i64 {
        self.number("SELECT count(*) AS n FROM inbox_events WHERE consumer = 'status-engine'")
            .await
    }

    /// The business's statuses, as the engine reads them.
    pub async fn board(&self) -> Vec<Column> {
        let db = self.db.db(ServiceRole::StatusEngine);
        let context = db.tenant(self.business.id, storage::decisions::context);
        context.await.expect("reads").board
    }

    /// Each change of a status starts where the one before has ended.
    pub async fn nothing_is_lost(&self) {
        let broken = "SELECT count(*) AS n FROM (
            SELECT old_status, lag(new_status, 1, 'new') OVER (PARTITION BY lead_id ORDER BY id) AS before
            FROM lead_status_history) AS h WHERE old_status <> before";
        assert_eq!(self.number(broken).await, 0);
    }

    pub async fn number(&self, sql: &str) -> i64 {
        self.db.sql(sql).await[0]["n"].as_i64().expect("a number n")
    }

    pub async fn lead(&self, lead: usize) -> Value {
        let id = self.business.leads[lead];
        self.db
            .sql(&format!("SELECT * FROM leads WHERE id = {id}"))
            .await
            .remove(0)
    }

    pub async fn decision(&self, sid: &str) -> Value {
        self.db
            .sql(&format!(
                "SELECT * FROM lead_status_events WHERE source_event_id = '{sid}'"
            ))
            .await
            .remove(0)
    }

    /// The data of the raised events of a type, oldest first.
    pub async fn raised(&self, event_type: &str) -> Vec<Value> {
        self.db
            .sql(&format!("SELECT body->'data' AS data FROM outbox_events WHERE type = '{event_type}' ORDER BY id"))
            .await
            .into_iter()
            .map(|mut row| row["data"].take())
            .collect()
    }

    /// Ends the engines; all must end in peace.
    pub async fn end(self) {
        self.lifecycle.drain(PATIENCE).await.expect("drains");
    }
}

/// Waits until the engine says itself that it can work.
async fn until_ready(app: &status_engine::App) {
    let client = chassis::http::client(PATIENCE).expect("a client");
    let url = format!("http://{}/readyz", app.probes);
    eventually(PATIENCE, || async {
        let answer = client.get(&url).send().await.ok()?;
        answer.status().is_success().then_some(())
    })
    .await;
}
