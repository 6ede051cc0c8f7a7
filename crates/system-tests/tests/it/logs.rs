//! What a busy day leaves in the logs, at debug level: nothing personal and nothing secret.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use carrier_sim::{Chance, Faults, Outcome, WhatsappMessage};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use storage::ServiceRole;
use storage::users::Role;
use testkit::{Business, PASSWORD};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use url::Url;

use crate::world::{Setting, World, ends_in, says};

/// Words that somebody says, writes or is called by, and that stand nowhere else.
const SPOKEN: &str = "my marigolds are thirsty";
const WRITTEN: &str = "the tangerine has landed";
const NAME: &str = "Zerubavel";
/// Keys of the services that they are given.
const SPEECH_KEY: &str = "sk-speech-4f1d9a";
const MODEL_KEY: &str = "sk-model-77c0be";
const CALLER: &str = "+972541237788";
const WRITER: &str = "+972541239966";
const IMPORTED: &str = "+972541235544";
const BLOCKED: &str = "+972541232211";

/// Everything that is logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    /// Listens to the whole process; the simulator, which is the carrier here, aside.
    fn listen() -> Self {
        let log = Self::default();
        let filter = chassis::telemetry::filter("debug,carrier_sim=off").expect("a filter");
        let layer = tracing_subscriber::fmt::layer()
            .with_ansi(false)
            .with_writer(log.clone());
        let subscriber = tracing_subscriber::registry().with(filter).with(layer);
        subscriber.try_init().expect("nobody else listens");
        log
    }

    fn text(&self) -> String {
        let bytes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut log = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        log.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Log {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

/// People and programs at the public door.
struct Door<'a> {
    world: &'a World,
    http: reqwest::Client,
    /// What they were given that nobody else may know.
    secrets: Vec<String>,
}

impl Door<'_> {
    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, self.world.url(path))
    }

    async fn answer(&mut self, request: RequestBuilder) -> Value {
        let answer = request.send().await.expect("an answer");
        for cookie in answer.headers().get_all("set-cookie") {
            let cookie = cookie.to_str().expect("a text");
            let value = cookie
                .split(';')
                .next()
                .and_then(|pair| pair.split_once('='));
            let value = value
                .map(|(_, value)| value.to_owned())
                .filter(|value| !value.is_empty());
            self.secrets.extend(value);
        }
        let answer: Value = answer.json().await.unwrap_or_default();
        for field in ["access_token", "refresh_token", "key"] {
            self.secrets
                .extend(answer[field].as_str().map(str::to_owned));
        }
        answer
    }

    /// Signs in rightly and wrongly, refreshes, makes a key, and shows tokens that are none.
    async fn people_come_and_go(&mut self, business: &Business) {
        let sign_in =
            |password: &str| json!({ "email": business.users[0].email, "password": password });
        for password in ["hunter2-hunter2", PASSWORD] {
            let login = self
                .request(Method::POST, "/api/auth/login")
                .json(&sign_in(password));
            self.answer(login).await;
        }
        let refresh = json!({ "refresh_token": self.secrets.last() });
        for _ in 0..2 {
            let request = self
                .request(Method::POST, "/api/auth/refresh")
                .json(&refresh);
            self.answer(request).await;
        }
        let wanted = json!({ "name": "a key", "role": "agent", "scopes": ["read"] });
        let make = self.request(Method::POST, "/api/api-keys").json(&wanted);
        self.answer(make.bearer_auth(&business.api_keys[0])).await;
        for secret in self.secrets.clone() {
            let wrong = self
                .request(Method::GET, "/api/leads")
                .bearer_auth(format!("{secret}x"));
            self.answer(wrong).await;
        }
    }

    /// Leads are searched, imported, changed and blocked, rightly and wrongly.
    async fn leads_are_worked_on(&mut self, business: &Business) {
        let key = &business.api_keys[0];
        let lead = format!("/api/leads/{}", business.leads[0]);
        let search = format!("/api/leads?q={NAME}");
        let number = format!("/api/leads?q=%2B{}", &IMPORTED[1..]);
        let blocked = json!({ "phone": BLOCKED, "reason": WRITTEN });
        let file = format!("first_name,phone,notes\n{NAME},{IMPORTED},{WRITTEN}\n{NAME},12,x\n");
        let requests = [
            self.request(Method::PATCH, &lead)
                .json(&json!({ "first_name": NAME, "notes": WRITTEN })),
            self.request(Method::PATCH, &lead)
                .json(&json!({ "phone": NAME, WRITTEN: NAME })),
            self.request(Method::POST, "/api/leads/import").body(file),
            self.request(Method::GET, &search),
            self.request(Method::GET, &number),
            self.request(Method::POST, "/api/suppressions")
                .json(&blocked),
            self.request(Method::POST, "/api/leads")
                .body(format!("{{{IMPORTED} {WRITTEN}")),
            self.request(Method::GET, "/api/leads/export.csv"),
        ];
        for request in requests {
            self.answer(request.bearer_auth(key)).await;
        }
    }
}

/// Calls go out and come in and messages are written, through a carrier with faults.
async fn phones_ring(world: &World, business: &Business) {
    let scripts = [
        says(&format!("Yes, {SPOKEN}, send me a quote.")),
        ends_in(Outcome::NoAnswer),
        says(&format!("Take me off your list, {SPOKEN}.")),
        ends_in(Outcome::Busy),
    ];
    world.script(business, &scripts);
    world.start_run(business, 3).await;
    world.is_called(business, CALLER, says(&format!("Hello, {SPOKEN}.")));
    let message = WhatsappMessage {
        from: WRITER.to_owned(),
        to: business.caller_number.clone(),
        body: format!("Please remove me from your list. {WRITTEN}"),
        profile_name: Some(NAME.to_owned()),
        url: Some(world.url("/webhooks/twilio/whatsapp")),
        ..WhatsappMessage::default()
    };
    world.sim.whatsapp(&message).expect("it is sent");
    let sessions = "SELECT count(*) AS n FROM whatsapp_sessions WHERE state = 'closed'";
    world.until(sessions, |rows| rows[0]["n"] == 1).await;
    world.settle().await;
}

fn passwords_in(urls: [&str; 2]) -> Vec<String> {
    let urls = urls.iter().filter_map(|url| Url::parse(url).ok());
    let passwords = urls.filter_map(|url| url.password().map(str::to_owned));
    // A short word, as a server on one's own machine may have, stands anywhere.
    passwords.filter(|password| password.len() > 8).collect()
}

#[tokio::test]
async fn a_busy_day_leaves_nothing_personal_and_no_secret_in_the_logs() {
    let log = Log::listen();
    let world = World::with(Setting {
        language_model: true,
        faults: Faults {
            duplicate_callback: Chance::with(0.5),
            create_5xx_after: Chance::next(1),
            transcription_500: Chance::next(1),
            completion_500: Chance::next(1),
            ..Faults::default()
        },
        environment: vec![
            ("STT_API_KEY", SPEECH_KEY.to_owned()),
            ("LLM_API_KEY", MODEL_KEY.to_owned()),
        ],
        ..Setting::default()
    })
    .await;
    let operator = world.database.db(ServiceRole::Operator);
    let business = testkit::business(&operator)
        .language(domain::messages::Language::English)
        .with_leads(8)
        .with_user(Role::Owner)
        .with_api_key(Role::Owner)
        .await;
    let mut door = Door {
        world: &world,
        http: chassis::http::client(std::time::Duration::from_secs(10)).expect("a client"),
        secrets: business.api_keys.clone(),
    };
    door.people_come_and_go(&business).await;
    door.leads_are_worked_on(&business).await;
    phones_ring(&world, &business).await;

    let mut secrets = std::mem::take(&mut door.secrets);
    assert!(secrets.len() > 6, "{}", secrets.len());
    secrets.extend(passwords_in([world.database.url(), world.vhost.amqp_url()]));
    secrets.extend(
        [
            SPEECH_KEY,
            MODEL_KEY,
            PASSWORD,
            "hunter2-hunter2",
            "simulated-auth-token",
        ]
        .map(str::to_owned),
    );
    secrets.push("0123456789abcdef0123456789abcdef".to_owned());
    let mut personal: Vec<String> = [SPOKEN, WRITTEN, NAME].map(str::to_owned).into();
    personal.extend(business.users.iter().map(|user| user.email.clone()));
    let numbers = [CALLER, WRITER, IMPORTED, BLOCKED, &*business.caller_number];
    let numbers = business.phones.iter().map(String::as_str).chain(numbers);
    // In whichever form: the digits after the country's code.
    personal.extend(numbers.map(|number| number[4..].to_owned()));
    world.stop().await;

    let text = log.text();
    for said in ["signed in", "answered 202", "DEBUG", "WARN"] {
        assert!(
            text.contains(said),
            "the log does not have {said:?}: {text}"
        );
    }
    for wrong in secrets.iter().chain(&personal) {
        has_nothing_of(&text, wrong);
    }
}

fn has_nothing_of(log: &str, wrong: &str) {
    let line = log.lines().find(|line| line.contains(wrong));
    assert_eq!(line, None, "{wrong:?} is logged");
}

/// The fields of a line; panics when it is not one flat JSON object, or says something twice.
fn fields(line: &str) -> BTreeMap<String, Value> {
    let fields: BTreeMap<String, Value> =
        serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
    for (name, value) in &fields {
        assert!(!value.is_object() && !value.is_array(), "{line}");
        let times = line.matches(&format!("\"{name}\":")).count();
        assert_eq!(times, 1, "{name} in {line}");
    }
    for name in ["timestamp", "level", "message", "target"] {
        assert!(fields.contains_key(name), "no {name} in {line}");
    }
    fields
}

#[tokio::test]
async fn in_production_every_service_logs_flat_lines_that_are_found_by_their_ids() {
    let world = World::with(Setting {
        are_processes: true,
        environment: vec![
            ("CALLBOARD_ENV", "production".to_owned()),
            ("STT_API_KEY", SPEECH_KEY.to_owned()),
        ],
        ..Setting::default()
    })
    .await;
    let business = world.business(4).await;
    phones_ring(&world, &business).await;
    let logs: BTreeMap<&str, String> = world
        .processes()
        .iter()
        .map(|process| (process.name, process.log()))
        .collect();
    // What is found by which fields, in which service's log.
    let wanted: [(&str, &str, &[&str]); 5] = [
        (
            "api-gateway",
            "POST /api/outbound/bulk-enqueue answered 202",
            &["business_id"],
        ),
        (
            "dialer",
            "dialled",
            &["business_id", "run_id", "lead_id", "call_sid"],
        ),
        (
            "recording-processor",
            "suggestion raised",
            &["business_id", "lead_id", "call_sid"],
        ),
        ("status-engine", "decided", &["business_id", "lead_id"]),
        (
            "status-engine",
            "asked not to be called",
            &["business_id", "lead_id"],
        ),
    ];
    for (service, message, names) in wanted {
        let lines = logs[service].lines().map(fields);
        let mut lines = lines.filter(|line| line["message"] == message);
        let line = lines.find(|line| names.iter().all(|name| line.contains_key(*name)));
        let line = line.unwrap_or_else(|| panic!("{message} with {names:?}: {}", logs[service]));
        assert_eq!(line["business_id"], business.id.0, "{line:?}");
    }
    let passwords = passwords_in([world.database.url(), world.vhost.amqp_url()]);
    let numbers = business.phones.iter().map(String::as_str);
    let numbers = numbers.chain([CALLER, WRITER, &*business.caller_number]);
    let numbers: Vec<&str> = numbers.map(|number| &number[4..]).collect();
    let words = [SPOKEN, WRITTEN, NAME, SPEECH_KEY, "simulated-auth-token"];
    let keys = business.api_keys.iter().chain(&passwords);
    let wrong = keys.map(String::as_str).chain(words).chain(numbers);
    for wrong in wrong {
        for log in logs.values() {
            has_nothing_of(log, wrong);
        }
    }
    world.stop().await;
}
