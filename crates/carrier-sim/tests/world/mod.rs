//! What the tests share: a simulator, the real client, and a web server that takes the callbacks.
#![expect(dead_code, reason = "every test file uses its own part of it")]

use std::time::{Duration, Instant};

use carrier::{AnswerInstruction, Client, CreateCall, Settings};
use carrier_sim::{Report, RunningSim, Script, SimConfig, Simulator};
use wiremock::matchers::path;
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

pub const TOKEN: &str = "a-token-of-the-tests";
pub const LEAD: &str = "+972541234567";
pub const CALLER: &str = "+972721234567";
const PATIENCE: Duration = Duration::from_secs(20);

pub struct World {
    pub sim: RunningSim,
    pub webhooks: MockServer,
    pub client: Client,
    pub http: reqwest::Client,
}

/// A callback as it arrived.
#[derive(Debug, Clone)]
pub struct Received {
    pub path: String,
    pub fields: Vec<(String, String)>,
    pub signed: bool,
    pub token: String,
}

impl Received {
    pub fn field(&self, name: &str) -> &str {
        self.fields
            .iter()
            .find(|(key, _)| key == name)
            .map_or("", |(_, value)| value)
    }
}

impl World {
    /// Fifty times faster than life, with these scripts.
    pub async fn start(scripts: &[Script]) -> Self {
        Self::with(SimConfig {
            time_scale: 50.0,
            scripts: scripts.to_vec(),
            ..SimConfig::default()
        })
        .await
    }

    pub async fn with(config: SimConfig) -> Self {
        let config = SimConfig {
            auth_token: TOKEN.to_owned().into(),
            ..config
        };
        let sim = Simulator::start(config).await.expect("a simulator");
        let http = chassis::http::client(Duration::from_secs(10)).expect("an HTTP client");
        let client = Client::new(
            http.clone(),
            Settings {
                account_sid: sim.account_sid().to_owned(),
                auth_token: TOKEN.to_owned().into(),
                api_base: sim.base_url().parse().expect("a URL"),
            },
        );
        Self {
            sim,
            webhooks: MockServer::start().await,
            client,
            http,
        }
    }

    /// Every callback is taken; the call is answered with this TwiML.
    pub async fn answer_with(&self, twiml: &str) {
        Mock::given(path("/answer"))
            .respond_with(ResponseTemplate::new(200).set_body_string(twiml))
            .mount(&self.webhooks)
            .await;
        for callback in ["/status", "/recording", "/amd", "/next"] {
            Mock::given(path(callback))
                .respond_with(ResponseTemplate::new(204))
                .mount(&self.webhooks)
                .await;
        }
    }

    /// A call to the lead that reports everything.
    pub fn order(&self) -> CreateCall {
        let url = |path: &str| self.hook(path).parse().expect("a URL");
        CreateCall {
            to: LEAD.into(),
            from: CALLER.into(),
            answer: AnswerInstruction::Url(url("/answer")),
            status_callback: url("/status?attempt=7"),
            timeout_seconds: 30,
            time_limit_seconds: 600,
            record: Some(url("/recording")),
            machine_detection: None,
        }
    }

    pub fn hook(&self, path: &str) -> String {
        format!("{}{path}", self.webhooks.uri())
    }

    /// All requests that came in, in order.
    pub async fn received(&self) -> Vec<Received> {
        let requests = self.webhooks.received_requests().await.unwrap_or_default();
        requests.iter().map(|request| self.read(request)).collect()
    }

    /// Those to one path.
    pub async fn received_at(&self, path: &str) -> Vec<Received> {
        let mut all = self.received().await;
        all.retain(|one| one.path == path);
        all
    }

    fn read(&self, request: &Request) -> Received {
        let header = |name: &str| {
            request
                .headers
                .get(name)
                .and_then(|value| value.to_str().ok())
                .unwrap_or_default()
                .to_owned()
        };
        let fields: Vec<(String, String)> = url::form_urlencoded::parse(&request.body)
            .into_owned()
            .collect();
        let query = request
            .url
            .query()
            .map_or_else(String::new, |query| format!("?{query}"));
        let url = self.hook(&format!("{}{query}", request.url.path()));
        Received {
            path: request.url.path().to_owned(),
            signed: carrier::signature::verify(TOKEN, &url, &fields, &header("X-Twilio-Signature")),
            fields,
            token: header("I-Twilio-Idempotency-Token"),
        }
    }

    /// Waits until no call is in the air and no callback is outstanding.
    pub async fn settle(&self) -> Report {
        until("the simulator is idle", async || self.sim.idle().idle).await;
        self.sim.report().await
    }

    /// The statuses that were reported, in order of arrival.
    pub async fn statuses(&self) -> Vec<String> {
        let reports = self.received_at("/status").await;
        reports
            .iter()
            .map(|one| one.field("CallStatus").to_owned())
            .collect()
    }
}

/// Waits for a condition, with a deadline.
pub async fn until(what: &str, condition: impl AsyncFn() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !condition().await {
        assert!(Instant::now() < deadline, "{what}: not within {PATIENCE:?}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// A script of the lead's number.
pub fn lead(change: impl FnOnce(&mut Script)) -> Script {
    let mut script = Script {
        number: LEAD.to_owned(),
        ring_seconds: 3.0,
        talk_seconds: 5.0,
        ..Script::default()
    };
    change(&mut script);
    script
}

pub const TALK: &str = "<Response><Pause length=\"60\"/></Response>";
