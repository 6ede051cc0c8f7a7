//! One city per test.

mod processes;
mod services;

use std::time::{Duration, Instant};

use carrier_sim::{
    Faults, InboundCall, Line, Outcome, Report, RunningSim, Script, SimConfig, Simulator, Speaker,
};
use chassis::clock::Clock;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use storage::{ServiceRole, StorageError, verify};
use testkit::{Business, Database, Vhost, eventually};

pub use processes::Process;
use services::Services;

/// Simulated seconds per second: a call of half a minute takes half a second.
const TIME_SCALE: f64 = 60.0;

/// The longest that any test waits for its city to come to rest.
const PATIENCE: Duration = Duration::from_secs(60);

/// How a city is set up.
pub struct Setting {
    /// Dialer replicas.
    pub dialers: usize,
    /// How fast the carrier's account may create calls; zero is without limit.
    pub calls_per_second: f64,
    /// Faults of the carrier from the start.
    pub faults: Faults,
    /// Summaries by a language model (the simulator's) instead of the offline one.
    pub language_model: bool,
    /// Whether the status engine starts later, by [`World::start_status_engine`].
    pub status_engine_is_away: bool,
    /// The gateway's clock.
    pub clock: Clock,
    /// Whether each service is a process of its own; they go by the clock of the machine.
    pub are_processes: bool,
    /// More environment, for all services.
    pub environment: Vec<(&'static str, String)>,
}

impl Default for Setting {
    fn default() -> Self {
        Self {
            dialers: 1,
            calls_per_second: 0.0,
            faults: Faults::default(),
            language_model: false,
            status_engine_is_away: false,
            clock: Clock::system(),
            are_processes: false,
            environment: Vec::new(),
        }
    }
}

/// Services, database, broker and carrier.
pub struct World {
    pub database: Database,
    pub vhost: Vhost,
    pub sim: RunningSim,
    http: reqwest::Client,
    services: Services,
    _media: tempfile::TempDir,
}

impl World {
    /// A city with one of each service and a carrier without faults.
    pub async fn start() -> Self {
        Self::with(Setting::default()).await
    }

    /// A city as `setting` says.
    pub async fn with(setting: Setting) -> Self {
        let database = Database::create().await;
        let vhost = Vhost::create().await;
        let sim = Simulator::start(SimConfig {
            time_scale: TIME_SCALE,
            faults: setting.faults.clone(),
            ..SimConfig::default()
        })
        .await
        .expect("the simulator starts");
        let media = tempfile::tempdir().expect("a temporary directory");
        let services = Services::start(&setting, &database, &vhost, &sim, media.path()).await;
        let http = chassis::http::client(Duration::from_secs(10)).expect("a client");
        Self {
            database,
            vhost,
            sim,
            http,
            services,
            _media: media,
        }
    }

    /// Starts the status engine, or one more.
    pub async fn start_status_engine(&mut self) {
        self.services.start_status_engine().await;
    }

    /// A business with `leads` leads, three outbound lines, and a key.
    pub async fn business(&self, leads: usize) -> Business {
        let operator = self.database.db(ServiceRole::Operator);
        testkit::business(&operator)
            .language(domain::messages::Language::English)
            .with_leads(leads)
            .with_api_key(storage::users::Role::Admin)
            .await
    }

    /// What the phones of a business do: `scripts` are dealt out to its leads in turn. Answers which lead got which.
    pub fn script(&self, business: &Business, scripts: &[Script]) {
        let scripts: Vec<Script> = business
            .phones
            .iter()
            .zip(scripts.iter().cycle())
            .map(|(phone, script)| Script {
                number: phone.clone(),
                ..script.clone()
            })
            .collect();
        self.sim
            .script(&scripts)
            .expect("scripts that can be played");
    }

    /// Asks the gateway with the business's key.
    pub async fn ask(
        &self,
        business: &Business,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> (StatusCode, Value) {
        let mut request = self
            .http
            .request(method, format!("{}{path}", self.services.gateway))
            .bearer_auth(&business.api_keys[0]);
        if let Some(body) = body {
            request = request.json(&body);
        }
        let response = request.send().await.expect("the gateway answers");
        let status = response.status();
        let text = response.text().await.expect("a body");
        (
            status,
            serde_json::from_str(&text).unwrap_or(Value::String(text)),
        )
    }

    /// The services, where they are processes.
    pub fn processes(&self) -> &[Process] {
        &self.services.processes
    }

    /// An address of the gateway.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.services.gateway)
    }

    /// Somebody calls the business's number, which is set up at the carrier as the documentation says. Answers the
    /// call's id there.
    pub fn is_called(&self, business: &Business, from: &str, script: Script) -> String {
        let call = InboundCall {
            from: from.to_owned(),
            to: business.caller_number.clone(),
            voice_url: Some(self.url("/webhooks/twilio/voice/inbound")),
            status_callback: Some(self.url("/webhooks/twilio/voice/status")),
            script: Some(script),
        };
        self.sim.inbound(&call).expect("it rings")
    }

    /// A call comes to its end at the carrier.
    pub async fn ends_at_the_carrier(&self, call_sid: &str) {
        let carrier = carrier::Client::new(
            self.http.clone(),
            carrier::Settings {
                account_sid: self.sim.account_sid().to_owned(),
                auth_token: services::AUTH_TOKEN.to_owned().into(),
                api_base: self.sim.base_url().parse().expect("a URL"),
            },
        );
        let call = call_sid.to_owned().try_into().expect("a call's id");
        carrier
            .end_call(&call, carrier::EndVerb::Complete)
            .await
            .expect("it ends");
    }

    /// What the verification finds wrong with the calls of a business, judged from their history.
    pub async fn verify(&self, business: &Business) -> Vec<String> {
        let id = business.id;
        self.database
            .db(ServiceRole::Operator)
            .system(move |tx| {
                let mut wrong = Vec::new();
                for check in verify::checks().iter().filter(|check| check.section == 5) {
                    let measured = verify::run(tx, check, Some(id))?;
                    wrong.extend(measured.examples);
                }
                Ok::<_, StorageError>(wrong)
            })
            .await
            .expect("verifies")
    }

    /// What the API shows under `path`.
    pub async fn see(&self, business: &Business, path: &str) -> Value {
        let (status, answer) = self.ask(business, Method::GET, path, None).await;
        assert_eq!(status, StatusCode::OK, "{path}: {answer}");
        answer
    }

    /// Starts a run over all leads of the business; answers its id.
    pub async fn start_run(&self, business: &Business, concurrency: u8) -> i64 {
        let body = json!({ "lead_ids": business.leads, "concurrency": concurrency });
        let (status, answer) = self
            .ask(
                business,
                Method::POST,
                "/api/outbound/bulk-enqueue",
                Some(body),
            )
            .await;
        assert_eq!(status, StatusCode::ACCEPTED, "{answer}");
        answer["run_id"].as_i64().expect("a run id")
    }

    /// The run as the API shows it.
    pub async fn run(&self, business: &Business, run: i64) -> Value {
        self.see(business, &format!("/api/outbound/runs/{run}"))
            .await
    }

    /// Waits until `condition` holds of the rows that `sql` answers.
    pub async fn until(&self, sql: &str, condition: impl Fn(&[Value]) -> bool) -> Vec<Value> {
        let end = Instant::now() + PATIENCE;
        eventually(2 * PATIENCE, || async {
            let rows = self.database.sql(sql).await;
            let holds = condition(&rows);
            assert!(
                holds || Instant::now() < end,
                "{rows:?}: after {PATIENCE:?} of asking {sql}"
            );
            holds.then_some(rows)
        })
        .await
    }

    /// Waits until nothing is under way: no run dials, no call is in the air, no event waits, every ended call has its
    /// decision.
    pub async fn settle(&self) {
        self.until(UNDER_WAY, <[Value]>::is_empty).await;
        eventually(PATIENCE, || async { self.sim.idle().idle.then_some(()) }).await;
        self.until(UNDER_WAY, <[Value]>::is_empty).await;
    }

    /// What the carrier saw.
    pub async fn report(&self) -> Report {
        self.sim.report().await
    }

    /// The status in which each lead of the business stands, in the order of its leads.
    pub async fn statuses(&self, business: &Business) -> Vec<String> {
        let rows = self
            .database
            .sql(&format!(
                "SELECT status FROM leads WHERE tenant_id = {} ORDER BY id",
                business.id
            ))
            .await;
        rows.iter()
            .map(|row| row["status"].as_str().unwrap_or("none").to_owned())
            .collect()
    }

    /// What must hold in every city at rest, whatever happened: lines are free, counters add up, no phone of a run rang
    /// twice, nothing is parked, one decision per conversation.
    pub async fn check_promises(&self) {
        for (sql, what) in PROMISES {
            let broken = self.database.sql(sql).await;
            assert!(broken.is_empty(), "{what}: {broken:?}");
        }
    }

    /// Ends every service as SIGTERM would.
    pub async fn stop(self) {
        for service in &self.services.all {
            service.stop();
        }
        for service in &self.services.all {
            service
                .drain(Duration::from_secs(20))
                .await
                .expect("drains");
        }
        for process in &self.services.processes {
            process.stop().await;
        }
        self.sim.stop().await;
    }
}

const UNDER_WAY: &str = "
SELECT 'run' AS what, id, status::text AS state FROM outbound_call_runs
WHERE status IN ('pending', 'running') OR in_progress_count > 0
UNION ALL SELECT 'call', id, status::text FROM call_log c WHERE ended_at IS NULL OR (call_sid IS NOT NULL AND NOT EXISTS (
    SELECT FROM lead_status_events e WHERE e.business_id = c.business_id AND e.source_event_id = c.call_sid))
UNION ALL SELECT 'chat', id, state::text FROM whatsapp_sessions s WHERE state = 'closed' AND NOT EXISTS (
    SELECT FROM lead_status_events e WHERE e.business_id = s.business_id
    AND e.source_event_id = format('wa_session_%s_%s', s.id, s.canonical_key))
UNION ALL SELECT 'event', null, type FROM outbox_events WHERE published_at IS NULL";

const PROMISES: [(&str, &str); 6] = [
    ("SELECT id, line FROM call_log WHERE ended_at IS NULL", "a line is held after the last call"),
    (
        "SELECT r.id FROM outbound_call_runs r CROSS JOIN LATERAL (
             SELECT count(*) FILTER (WHERE status = 'queued') AS queued,
                    count(*) FILTER (WHERE status IN ('dialing', 'calling')) AS in_progress,
                    count(*) FILTER (WHERE status = 'completed') AS completed,
                    count(*) FILTER (WHERE status = 'failed') AS failed,
                    count(*) FILTER (WHERE status = 'cancelled') AS cancelled
             FROM outbound_call_jobs j WHERE j.run_id = r.id) n
         WHERE (r.queued_count, r.in_progress_count, r.completed_count, r.failed_count, r.cancelled_count)
            IS DISTINCT FROM (n.queued, n.in_progress, n.completed, n.failed, n.cancelled)",
        "a run's counters differ from its jobs",
    ),
    (
        "SELECT run_id, lead_id FROM call_log WHERE call_sid IS NOT NULL AND run_id IS NOT NULL
         GROUP BY run_id, lead_id HAVING count(*) > 1",
        "a lead was called twice in a run without a retry policy",
    ),
    (
        "SELECT c.id FROM conversations c WHERE NOT EXISTS (
             SELECT FROM lead_status_events e WHERE (e.business_id, e.source, e.source_event_id) = (c.business_id, c.source, c.source_event_id))",
        "a conversation without a decision",
    ),
    (
        "SELECT l.id FROM leads l WHERE l.status IS DISTINCT FROM coalesce(
             (SELECT h.new_status FROM lead_status_history h WHERE h.tenant_id = l.tenant_id AND h.lead_id = l.id
              ORDER BY h.id DESC LIMIT 1), 'new')",
        "a lead does not stand where its history ends",
    ),
    ("SELECT id FROM conversations WHERE state <> 'suggested'", "a conversation was left lying"),
];

/// A call that is answered, with these words of the customer.
pub fn says(words: &str) -> Script {
    let line = |speaker, text: &str| Line {
        speaker,
        text: text.to_owned(),
    };
    Script {
        ring_seconds: 3.0,
        talk_seconds: 15.0,
        transcript: vec![
            line(
                Speaker::Agent,
                "Hello, this is Dana from Bright Windows about cleaning your windows.",
            ),
            line(Speaker::Customer, words),
        ],
        ..Script::default()
    }
}

/// A call that ends without a conversation.
pub fn ends_in(outcome: Outcome) -> Script {
    Script {
        ring_seconds: 3.0,
        outcome,
        ..Script::default()
    }
}
