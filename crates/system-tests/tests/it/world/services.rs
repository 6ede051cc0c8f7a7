//! The four services of a city, started as their processes start them, or as processes.

use std::collections::BTreeMap;
use std::path::Path;

use carrier_sim::RunningSim;
use chassis::clock::Clock;
use chassis::lifecycle::Lifecycle;
use chassis::settings::load_from;
use testkit::{Database, Vhost};

use super::Setting;
use super::processes::{Process, free_address};

/// The simulator's.
pub(super) const AUTH_TOKEN: &str = "simulated-auth-token";

type Environment = BTreeMap<String, String>;

/// What runs, and where its public door is.
#[derive(Default)]
pub(super) struct Services {
    pub(super) gateway: String,
    pub(super) all: Vec<Lifecycle>,
    pub(super) processes: Vec<Process>,
    environment: Environment,
}

impl Services {
    pub(super) async fn start(
        setting: &Setting,
        database: &Database,
        vhost: &Vhost,
        sim: &RunningSim,
        media: &Path,
    ) -> Self {
        let mut environment = shared(database, vhost, sim, media);
        if setting.language_model {
            environment.insert("LLM_BASE_URL".to_owned(), format!("{}/v1", sim.base_url()));
            environment.insert("LLM_API_KEY".to_owned(), "any".to_owned());
        }
        let more = setting.environment.iter();
        environment.extend(more.map(|(name, value)| ((*name).to_owned(), value.clone())));

        if setting.are_processes {
            return Self::processes(setting, environment, media).await;
        }
        let mut all = Vec::new();
        let gateway = gateway(setting, &environment, &mut all).await;
        environment
            .entry("PUBLIC_HOST".to_owned())
            .or_insert_with(|| gateway.clone());
        environment.retain(|name, value| name != "PUBLIC_HOST" || !value.is_empty());
        for _ in 0..setting.dialers {
            dialer(setting, &environment, &mut all).await;
        }
        recording_processor(&environment, &mut all).await;
        let mut services = Self {
            gateway,
            all,
            environment,
            processes: Vec::new(),
        };
        if !setting.status_engine_is_away {
            services.start_status_engine().await;
        }
        services
    }

    /// Each service in a process of its own, with its log in a file beside the media.
    async fn processes(setting: &Setting, mut environment: Environment, beside: &Path) -> Self {
        let door = free_address();
        let gateway = format!("http://{door}");
        environment
            .entry("PUBLIC_HOST".to_owned())
            .or_insert_with(|| gateway.clone());
        let mut processes = Vec::new();
        for (name, environment) in [
            (
                "api-gateway",
                not_of_dialer(of_gateway(&environment, &door)),
            ),
            ("dialer", of_dialer(setting, &environment)),
            (
                "recording-processor",
                not_of_dialer(of_recording_processor(&environment)),
            ),
            (
                "status-engine",
                not_of_dialer(receivers_beside(&environment)),
            ),
        ] {
            processes.push(Process::start(name, environment, beside));
        }
        for process in &processes {
            process.until_ready().await;
        }
        Self {
            gateway,
            processes,
            ..Self::default()
        }
    }

    pub(super) async fn start_status_engine(&mut self) {
        status_engine(&self.environment, &mut self.all).await;
    }
}

fn shared(database: &Database, vhost: &Vhost, sim: &RunningSim, media: &Path) -> Environment {
    [
        ("DATABASE_URL", database.url().to_owned()),
        ("AMQP_URL", vhost.amqp_url().to_owned()),
        ("CALLBOARD_ENV", "development".to_owned()),
        ("TWILIO_ACCOUNT_SID", sim.account_sid().to_owned()),
        ("TWILIO_AUTH_TOKEN", AUTH_TOKEN.to_owned()),
        ("TWILIO_API_BASE", sim.base_url().to_owned()),
        ("STT_BASE_URL", format!("{}/v1", sim.base_url())),
        ("STT_API_KEY", "any".to_owned()),
        ("STT_MODEL", "any".to_owned()),
        ("MEDIA_URL", format!("file://{}", media.display())),
        (
            "SESSION_SECRET",
            "0123456789abcdef0123456789abcdef".to_owned(),
        ),
        ("CALLBOARD__PROBES__BIND", "127.0.0.1:0".to_owned()),
        ("CALLBOARD__DATABASE__POOL_SIZE", "4".to_owned()),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into()
}

/// The environment in which webhooks reach receivers beside the services, as only development may.
fn receivers_beside(environment: &Environment) -> Environment {
    let values: &[(&str, &str)] = match environment["CALLBOARD_ENV"].as_str() {
        "development" => &[("ALLOW_LOOPBACK", "true")],
        _ => &[],
    };
    hurried(environment, "CALLBOARD__WEBHOOKS", values)
}

/// The environment with more of it under `prefix`: what a test cannot wait for in real time. What the test says itself stands.
fn hurried(environment: &Environment, prefix: &str, values: &[(&str, &str)]) -> Environment {
    let mut environment = environment.clone();
    for (key, value) in values {
        let name = format!("{prefix}__{key}");
        environment
            .entry(name)
            .or_insert_with(|| (*value).to_owned());
    }
    environment
}

/// What a test says to the dialer is for the dialer: the others refuse settings that they do not know.
fn not_of_dialer(mut environment: Environment) -> Environment {
    environment.retain(|name, _| !name.starts_with("CALLBOARD__DIALER__"));
    environment
}

fn of_gateway(environment: &Environment, door: &str) -> Environment {
    let environment = hurried(environment, "CALLBOARD__HTTP", &[("BIND", door)]);
    let pace = [("TICK_SECONDS", "0.1")];
    let environment = hurried(&environment, "CALLBOARD__WHATSAPP", &pace);
    let environment = hurried(&environment, "CALLBOARD__RAW_RETENTION", &pace);
    receivers_beside(&environment)
}

async fn gateway(setting: &Setting, environment: &Environment, all: &mut Vec<Lifecycle>) -> String {
    let lifecycle = Lifecycle::new();
    let environment = of_gateway(environment, "127.0.0.1:0");
    let settings = load_from(api_gateway::DEFAULTS, &environment).expect("settings");
    let app = api_gateway::build(settings, setting.clock.clone(), &lifecycle)
        .await
        .expect("the gateway starts");
    all.push(lifecycle);
    format!("http://{}", app.addr)
}

fn of_dialer(setting: &Setting, environment: &Environment) -> Environment {
    let calls_per_second = setting.calls_per_second.to_string();
    let pace = [
        ("CALLS_PER_SECOND", calls_per_second.as_str()),
        ("SWEEP_SECONDS", "0.2"),
        ("CLAIM_LEASE_SECONDS", "24"),
        ("STATUS_CHECK_SECONDS", "1"),
        ("SEARCH_SECONDS", "0.3"),
        ("ABSENT_AFTER_SECONDS", "1.5"),
    ];
    hurried(environment, "CALLBOARD__DIALER", &pace)
}

async fn dialer(setting: &Setting, environment: &Environment, all: &mut Vec<Lifecycle>) {
    let lifecycle = Lifecycle::new();
    let environment = of_dialer(setting, environment);
    let settings = load_from(dialer::DEFAULTS, &environment).expect("settings");
    dialer::build(settings, Clock::system(), &lifecycle)
        .await
        .expect("the dialer starts");
    all.push(lifecycle);
}

fn of_recording_processor(environment: &Environment) -> Environment {
    let pace = [
        ("TICK_SECONDS", "0.2"),
        ("RECORDING_WAIT_SECONDS", "1.5"),
        ("RETRY_BASE_SECONDS", "0.2"),
        ("ATTEMPTS", "12"),
    ];
    let environment = hurried(environment, "CALLBOARD__WORK", &pace);
    let pace = [("TICK_SECONDS", "0.2"), ("RETRY_BASE_SECONDS", "0.2")];
    hurried(&environment, "CALLBOARD__RETENTION", &pace)
}

async fn recording_processor(environment: &Environment, all: &mut Vec<Lifecycle>) {
    let lifecycle = Lifecycle::new();
    let environment = of_recording_processor(environment);
    let settings = load_from(recording_processor::DEFAULTS, &environment).expect("settings");
    recording_processor::build(settings, Clock::system(), &lifecycle)
        .await
        .expect("the recording processor starts");
    all.push(lifecycle);
}

async fn status_engine(environment: &Environment, all: &mut Vec<Lifecycle>) {
    let lifecycle = Lifecycle::new();
    let environment = receivers_beside(environment);
    let settings = load_from(status_engine::DEFAULTS, &environment).expect("settings");
    status_engine::build(settings, Clock::system(), &lifecycle)
        .await
        .expect("the status engine starts");
    all.push(lifecycle);
}
