//! A recording processor on a database, a broker, a carrier and a speech server of the test's own.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use chassis::clock::Clock;
use chassis::lifecycle::Lifecycle;
use chrono::{DateTime, TimeDelta, Utc};
use domain::call::{CallStatus, Direction};
use domain::events::{CallCompleted, EXCHANGE, Envelope, EventData, RecordingReady, routing_key};
use domain::messages::Language;
use serde_json::{Value, json};
use storage::ServiceRole;
use testkit::{Business, Database, Vhost, eventually};
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, Respond, ResponseTemplate};

/// Longer than anything takes on a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(30);

const ACCOUNT: &str = "AC00000000000000000000000000000001";

/// How a processor of a test differs from the others.
#[derive(Clone, Copy)]
pub struct Shape {
    pub replicas: usize,
    pub can_listen: bool,
    pub recording_wait_seconds: f64,
    pub piece_seconds: f64,
    pub breaker_failures: u32,
    pub breaker_rest_seconds: f64,
    pub stt_outage_seconds: f64,
    pub stop_grace_seconds: f64,
    pub lease_seconds: f64,
    /// The clock stands still until the test moves it.
    pub fixed_clock: bool,
    /// Retries as they are in production, and not in the twinkling of an eye.
    pub in_earnest: bool,
    /// Where recordings are, if not at the mock server.
    pub carrier: Option<SocketAddr>,
    /// Who makes summaries.
    pub model: Model,
}

/// Who makes summaries.
#[derive(Clone, Copy)]
pub enum Model {
    Offline,
    /// The mock server.
    Mock,
    At(SocketAddr),
}

impl Default for Shape {
    fn default() -> Self {
        Self {
            replicas: 1,
            can_listen: true,
            recording_wait_seconds: 60.0,
            piece_seconds: 300.0,
            breaker_failures: 100,
            breaker_rest_seconds: 60.0,
            stt_outage_seconds: 3600.0,
            stop_grace_seconds: 12.0,
            lease_seconds: 600.0,
            fixed_clock: false,
            in_earnest: false,
            carrier: None,
            model: Model::Offline,
        }
    }
}

impl Shape {
    fn work(&self) -> impl Iterator<Item = (String, String)> {
        [
            ("RECORDING_WAIT_SECONDS", self.recording_wait_seconds),
            ("PIECE_SECONDS", self.piece_seconds),
            ("BREAKER_FAILURES", f64::from(self.breaker_failures)),
            ("BREAKER_REST_SECONDS", self.breaker_rest_seconds),
            ("STT_OUTAGE_SECONDS", self.stt_outage_seconds),
            ("STOP_GRACE_SECONDS", self.stop_grace_seconds),
            ("LEASE_SECONDS", self.lease_seconds),
        ]
        .into_iter()
        .chain(
            if self.in_earnest {
                None
            } else {
                Some([("RETRY_BASE_SECONDS", 0.05), ("ATTEMPTS", 4.0)])
            }
            .into_iter()
            .flatten(),
        )
        .map(|(name, value)| (format!("CALLBOARD__WORK__{name}"), value.to_string()))
    }

    fn servers(&self, mock: &str) -> [(String, String); 3] {
        let carrier = self.carrier.map(|at| format!("http://{at}"));
        let model = match self.model {
            Model::Offline => String::new(),
            Model::Mock => format!("{mock}/v1"),
            Model::At(at) => format!("http://{at}/v1"),
        };
        let transcriber = if self.can_listen {
            format!("{mock}/v1")
        } else {
            String::new()
        };
        [
            (
                "TWILIO_API_BASE",
                carrier.unwrap_or_else(|| mock.to_owned()),
            ),
            ("STT_BASE_URL", transcriber),
            ("LLM_BASE_URL", model),
        ]
        .map(|(name, value)| (name.to_owned(), value))
    }
}

pub struct World {
    pub db: Database,
    pub business: Business,
    /// Carrier and speech server in one.
    pub server: MockServer,
    pub media: PathBuf,
    pub clock: Clock,
    vhost: Vhost,
    lifecycle: Lifecycle,
    environment: BTreeMap<String, String>,
}

impl World {
    pub async fn new() -> Self {
        Self::shaped(Shape::default()).await
    }

    pub async fn shaped(shape: Shape) -> Self {
        let (db, vhost) = (Database::create().await, Vhost::create().await);
        let server = MockServer::start().await;
        let clock = if shape.fixed_clock {
            Clock::fixed(Clock::system().now())
        } else {
            Clock::system()
        };
        let business = testkit::business(&db.db(ServiceRole::Operator))
            .language(Language::English)
            .with_leads(3)
            .await;
        let database = db.url().rsplit('/').next().expect("a name").to_owned();
        let media = std::env::temp_dir().join(format!("callboard-media-{database}"));
        let environment: BTreeMap<String, String> = [
            ("DATABASE_URL", db.url()),
            ("AMQP_URL", vhost.amqp_url()),
            ("TWILIO_ACCOUNT_SID", ACCOUNT),
            ("TWILIO_AUTH_TOKEN", "token"),
            ("MEDIA_URL", &format!("file://{}", media.display())),
            ("CALLBOARD__PROBES__BIND", "127.0.0.1:0"),
            ("CALLBOARD__DATABASE__POOL_SIZE", "3"),
            ("CALLBOARD__WORK__TICK_SECONDS", "0.1"),
            ("CALLBOARD__RETENTION__TICK_SECONDS", "0.1"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into_iter()
        .chain(shape.work())
        .chain(shape.servers(&server.uri()))
        .collect();
        let world = Self {
            db,
            business,
            server,
            media,
            clock,
            vhost,
            lifecycle: Lifecycle::new(),
            environment,
        };
        for _ in 0..shape.replicas {
            world.start_replica().await;
        }
        world
    }

    async fn start_replica(&self) {
        let settings =
            chassis::settings::load_from(recording_processor::DEFAULTS, &self.environment)
                .expect("the settings work");
        let app = recording_processor::build(settings, self.clock.clone(), &self.lifecycle)
            .await
            .expect("the processor starts");
        until_ready(&app).await;
    }

    /// Stops the replicas in the middle of what they do, and starts another.
    pub async fn restart(&mut self) {
        let stopped = std::mem::replace(&mut self.lifecycle, Lifecycle::new());
        stopped.drain(PATIENCE).await.expect("drains");
        self.start_replica().await;
    }

    /// Starts the processor as a process of its own. `failpoints` says where it dies; empty, it lives.
    pub fn process(&self, failpoints: &str) -> Process {
        let child = Command::new(env!("CARGO_BIN_EXE_recording-processor"))
            .env_clear()
            .envs(&self.environment)
            .env("FAILPOINTS", failpoints)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the processor starts");
        Process(child)
    }

    /// Delivers it as soon as a process consumes such events.
    pub async fn deliver_when_heard<T: EventData + Clone>(&self, data: &T) {
        let event = Envelope::new("test", self.clock.now(), data.clone());
        let key = routing_key(T::TYPE, event.data.business_id());
        let body = serde_json::to_string(&event).expect("serialises");
        eventually(PATIENCE, || async {
            let is_there = !self.vhost.queues().await.is_empty();
            (is_there && self.vhost.publish(EXCHANGE, &key, &body).await).then_some(())
        })
        .await;
    }

    /// Writes the row of a call of the first lead, as the dialer does, and answers the event of its end.
    pub async fn ended_call(&self, sid: &str, status: CallStatus, seconds: i32) -> CallCompleted {
        let (business, lead, phone) = (
            self.business.id,
            self.business.leads[0],
            &self.business.phones[0],
        );
        self.db
            .execute(&format!(
                "INSERT INTO call_log (business_id, attempt_id, lead_id, call_sid, from_number, to_number, direction,
                                       status, dial_state, line, ended_at, duration)
                 VALUES ({business}, gen_random_uuid(), {lead}, '{sid}', '+97235000001', '{phone}', 'outbound',
                         '{status}', 'accepted', 1, now(), {seconds})"
            ))
            .await;
        CallCompleted {
            business_id: business,
            call_sid: sid.to_owned(),
            lead_id: lead,
            run_id: None,
            job_id: None,
            direction: Direction::Outbound,
            status,
            duration_seconds: seconds,
            answered_by: None,
            recording: None,
            ended_at: self.clock.now(),
        }
    }

    pub fn recording(&self, call_sid: &str, sid: &str) -> RecordingReady {
        RecordingReady {
            business_id: self.business.id,
            call_sid: call_sid.to_owned(),
            recording_sid: sid.to_owned(),
            url: format!("{}{}", self.server.uri(), recording_path(sid)),
            duration_seconds: 3,
        }
    }

    pub async fn deliver<T: EventData + Clone>(&self, data: &T) {
        self.deliver_again(&Envelope::new("test", self.clock.now(), data.clone()))
            .await;
    }

    pub async fn deliver_again<T: EventData>(&self, event: &Envelope<T>) {
        let key = routing_key(T::TYPE, event.data.business_id());
        let body = serde_json::to_string(event).expect("serialises");
        assert!(
            self.vhost.publish(EXCHANGE, &key, &body).await,
            "it reaches a queue"
        );
    }

    /// Waits for the suggestion of a call, and checks that it stays the only one once its event has been taken in.
    pub async fn suggestion(&self, call_sid: &str) -> Value {
        eventually(PATIENCE, || async {
            self.suggestions(call_sid).await.into_iter().next()
        })
        .await
    }

    pub async fn suggestions(&self, call_sid: &str) -> Vec<Value> {
        self.db
            .sql(&format!(
                "SELECT body->'data' AS data FROM outbox_events
                 WHERE type = 'status.suggested' AND body->'data'->>'source_event_id' = '{call_sid}'"
            ))
            .await
            .into_iter()
            .map(|mut row| row["data"].take())
            .collect()
    }

    /// Moves the clock to when the next step is due, if nobody is at one.
    pub async fn on_to_the_next_attempt(&self) {
        let waiting = "SELECT due_at FROM conversations WHERE locked_by_worker IS NULL AND due_at IS NOT NULL";
        for work in self.db.sql(waiting).await {
            let due_at = work["due_at"].as_str().expect("a time");
            let due_at: DateTime<Utc> = due_at.parse().expect("a time");
            // What the database keeps is no finer than a microsecond.
            let wait = due_at - self.clock.now() + TimeDelta::microseconds(1);
            if wait > TimeDelta::zero() {
                self.clock.advance(wait);
            }
        }
    }

    pub async fn one(&self, sql: &str) -> Value {
        self.first(sql).await.expect("a row")
    }

    /// The first row, for a row that the processor may not have written yet.
    pub async fn first(&self, sql: &str) -> Option<Value> {
        self.db.sql(sql).await.into_iter().next()
    }

    /// The carrier serves this recording after having said "not there" so many times.
    pub async fn serve_recording(&self, sid: &str, missing_at_first: u64) {
        if missing_at_first > 0 {
            Mock::given(method("GET"))
                .and(path(recording_path(sid)))
                .respond_with(ResponseTemplate::new(404))
                .up_to_n_times(missing_at_first)
                .mount(&self.server)
                .await;
        }
        self.serve_audio(sid, wav(3)).await;
    }

    /// The carrier serves this file as a recording.
    pub async fn serve_audio(&self, sid: &str, file: Vec<u8>) {
        Mock::given(method("GET"))
            .and(path(recording_path(sid)))
            .respond_with(ResponseTemplate::new(200).set_body_raw(file, "audio/x-wav"))
            .mount(&self.server)
            .await;
    }

    /// A call has ended that was answered, and its recording is ready.
    pub async fn recorded_call(&self, sid: &str, recording: &str) {
        let ended = self.ended_call(sid, CallStatus::Completed, 40).await;
        self.deliver(&ended).await;
        self.deliver(&self.recording(sid, recording)).await;
    }

    /// The carrier's list of a call's recordings.
    pub async fn list_recordings(&self, call_sid: &str, recordings: Value) {
        Mock::given(method("GET"))
            .and(path(format!(
                "/2010-04-01/Accounts/{ACCOUNT}/Calls/{call_sid}/Recordings.json"
            )))
            .respond_with(
                ResponseTemplate::new(200).set_body_json(json!({ "recordings": recordings })),
            )
            .mount(&self.server)
            .await;
    }

    /// The speech server hears this, after having failed so many times.
    pub async fn hear(&self, text: &str, failures_at_first: u64) {
        if failures_at_first > 0 {
            self.answer_speech(ResponseTemplate::new(500), failures_at_first)
                .await;
        }
        let heard = json!({ "text": text, "language": "english" });
        let answer = ResponseTemplate::new(200).set_body_json(heard);
        self.answer_speech(answer, u64::MAX).await;
    }

    /// The speech server gives this answer so many times, after those that it was told before.
    pub async fn answer_speech(&self, answer: impl Respond + 'static, times: u64) {
        Mock::given(method("POST"))
            .and(path("/v1/audio/transcriptions"))
            .respond_with(answer)
            .up_to_n_times(times)
            .mount(&self.server)
            .await;
    }

    /// The language model says this, whatever it is asked.
    pub async fn model_says(&self, content: &str) {
        let answer = json!({ "choices": [{ "message": { "content": content } }] });
        Mock::given(method("POST"))
            .and(path("/v1/chat/completions"))
            .respond_with(ResponseTemplate::new(200).set_body_json(answer))
            .mount(&self.server)
            .await;
    }

    /// How many requests went to a path that ends so.
    pub async fn asked(&self, end: &str) -> usize {
        let requests = self.server.received_requests().await.expect("recorded");
        requests
            .iter()
            .filter(|request| request.url.path().ends_with(end))
            .count()
    }

    /// Ends the replicas; all must end in peace.
    pub async fn end(self) {
        self.lifecycle.drain(PATIENCE).await.expect("drains");
        std::fs::remove_dir_all(&self.media).expect("the media directory was made");
    }
}

/// A process of the recording processor; it does not outlive its test.
pub struct Process(Child);

impl Process {
    /// How it has ended by itself.
    pub async fn ended(&mut self) -> ExitStatus {
        let child = std::sync::Mutex::new(&mut self.0);
        eventually(PATIENCE, || async {
            let mut child = child.lock().expect("nobody panicked with it");
            child.try_wait().expect("a child of ours")
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

pub fn recording_path(sid: &str) -> String {
    format!("/2010-04-01/Accounts/{ACCOUNT}/Recordings/{sid}.wav")
}

/// So many seconds in which somebody speaks: 16-bit mono at 8 kHz.
pub fn wav(seconds: u32) -> Vec<u8> {
    recording(&[&[(seconds * 1000, 8000)]])
}

/// A recording of these channels: each so many milliseconds at these loudnesses, one after the other.
pub fn recording(channels: &[&[(u32, i16)]]) -> Vec<u8> {
    let spec = hound::WavSpec {
        channels: u16::try_from(channels.len()).expect("a few"),
        sample_rate: 8000,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut sounds: Vec<_> = channels
        .iter()
        .map(|parts| {
            parts.iter().flat_map(|&(ms, loudness)| {
                (0..ms * 8).map(move |n| if n % 20 < 10 { loudness } else { -loudness })
            })
        })
        .collect();
    let mut file = std::io::Cursor::new(Vec::new());
    let mut writer = hound::WavWriter::new(&mut file, spec).expect("a writer");
    while let Some(samples) = sounds
        .iter_mut()
        .map(Iterator::next)
        .collect::<Option<Vec<_>>>()
    {
        for sample in samples {
            writer.write_sample(sample).expect("written");
        }
    }
    writer.finalize().expect("a file");
    file.into_inner()
}

async fn until_ready(app: &recording_processor::App) {
    let client = chassis::http::client(PATIENCE).expect("a client");
    let url = format!("http://{}/readyz", app.probes);
    eventually(PATIENCE, || async {
        let answer = client.get(&url).send().await.ok()?;
        answer.status().is_success().then_some(())
    })
    .await;
}
