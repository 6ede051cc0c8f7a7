use std::time::Duration;

use api_gateway::{App, CarrierSettings, HttpSettings, LiveSettings, Settings, WhatsappSettings};
use chassis::clock::Clock;
use chassis::lifecycle::Lifecycle;
use chassis::settings::{BrokerSettings, DatabaseSettings, Environment, ProbeSettings};
use reqwest::{Client, Method, RequestBuilder, Response};
use serde_json::{Value, json};
use storage::users::Role;
use storage::{Db, ServiceRole};
use tempfile::TempDir;
use testkit::{Business, Database, PASSWORD, Vhost, eventually};
use url::Url;

use crate::documented;

pub(crate) const CARRIER_TOKEN: &str = "the carrier's token";
pub(crate) const PUBLIC_HOST: &str = "https://calls.example.com";
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// A gateway with everything that it needs.
pub(crate) struct World {
    pub(crate) database: Database,
    pub(crate) operator: Db,
    pub(crate) lifecycle: Lifecycle,
    /// Where recordings lie.
    pub(crate) media: TempDir,
    pub(crate) vhost: Vhost,
    app: App,
    pub(crate) http: Client,
}

impl World {
    pub(crate) async fn start() -> Self {
        Self::at(Clock::system()).await
    }

    /// A gateway whose clock is `clock`.
    pub(crate) async fn at(clock: Clock) -> Self {
        let database = Database::create().await;
        let vhost = Vhost::create().await;
        let lifecycle = Lifecycle::new();
        let media = TempDir::new().expect("a directory");
        let app = gateway(&database, &vhost, &media, clock, &lifecycle).await;
        Self {
            operator: database.db(ServiceRole::Operator),
            database,
            lifecycle,
            media,
            vhost,
            app,
            http: chassis::http::client(Duration::from_secs(30)).expect("a client"),
        }
    }

    /// The address of one more gateway on the same database and broker.
    pub(crate) async fn another_gateway(&self, clock: Clock) -> String {
        let app = gateway(
            &self.database,
            &self.vhost,
            &self.media,
            clock,
            &self.lifecycle,
        )
        .await;
        format!("http://{}", app.addr)
    }

    /// The address of the gateway.
    pub(crate) fn address(&self) -> String {
        format!("http://{}", self.app.addr)
    }

    /// A business with leads, an admin and an agent, and an API key of an admin.
    pub(crate) async fn business(&self, leads: usize) -> Business {
        testkit::business(&self.operator)
            .with_leads(leads)
            .with_user(Role::Admin)
            .with_user(Role::Agent)
            .with_api_key(Role::Admin)
            .await
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http
            .request(method, format!("http://{}{path}", self.app.addr))
    }

    /// The API with the key of a business.
    pub(crate) fn api<'a>(&'a self, business: &'a Business) -> Api<'a> {
        Api {
            world: self,
            key: &business.api_keys[0],
        }
    }

    /// The access token of a user of a business, who signs in for it.
    pub(crate) async fn token(&self, user: &testkit::User) -> String {
        let body = json!({ "email": user.email, "password": PASSWORD });
        let (_, session) = read(self.request(Method::POST, "/api/auth/login").json(&body)).await;
        session["access_token"]
            .as_str()
            .expect("a token")
            .to_owned()
    }

    /// Waits until the database and the broker are really there.
    pub(crate) async fn ready(&self) {
        let url = format!("http://{}/readyz", self.app.probes);
        eventually(PATIENCE, || async {
            let answer = self.http.get(&url).send().await.ok()?;
            answer.status().is_success().then_some(())
        })
        .await;
    }

    /// One number out of the database.
    pub(crate) async fn count(&self, what: &str) -> i64 {
        let rows = self
            .database
            .sql(&format!("SELECT count(*) AS n FROM {what}"))
            .await;
        rows[0]["n"].as_i64().expect("a number")
    }
}

async fn gateway(
    database: &Database,
    vhost: &Vhost,
    media: &TempDir,
    clock: Clock,
    lifecycle: &Lifecycle,
) -> App {
    let any_port = "127.0.0.1:0".parse().expect("an address");
    let settings = Settings {
        environment: Environment::Development,
        http: HttpSettings {
            bind: any_port,
            workers: 1,
        },
        database: DatabaseSettings {
            url: database.url().to_owned().into(),
            pool_size: 4,
        },
        broker: BrokerSettings {
            url: vhost.amqp_url().to_owned().into(),
        },
        probes: ProbeSettings { bind: any_port },
        public_host: Some(PUBLIC_HOST.to_owned()),
        session_secret: Some("a secret of the tests".to_owned().into()),
        carrier: CarrierSettings {
            auth_token: CARRIER_TOKEN.to_owned().into(),
        },
        whatsapp: WhatsappSettings { tick_seconds: 0.05 },
        live: LiveSettings {
            heartbeat_seconds: 0.2,
        },
        media_url: Url::from_directory_path(media.path()).expect("a URL"),
    };
    api_gateway::build(settings, clock, lifecycle)
        .await
        .expect("starts")
}

/// The API as a program of a business uses it.
#[derive(Clone, Copy)]
pub(crate) struct Api<'a> {
    world: &'a World,
    key: &'a str,
}

impl Api<'_> {
    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.world.request(method, path).bearer_auth(self.key)
    }

    pub(crate) async fn get(&self, path: &str) -> (u16, Value) {
        read(self.request(Method::GET, path)).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        read(self.request(Method::POST, path).json(body)).await
    }

    pub(crate) async fn patch(&self, path: &str, body: &Value) -> (u16, Value) {
        read(self.request(Method::PATCH, path).json(body)).await
    }
}

/// Status and body of an answer; every error must be a problem document, and one that is documented.
pub(crate) async fn read(request: RequestBuilder) -> (u16, Value) {
    let (http, request) = request.build_split();
    let request = request.expect("a request");
    let (method, path) = (request.method().clone(), request.url().path().to_owned());
    let answer = http.execute(request).await.expect("an answer");
    let status = answer.status().as_u16();
    if status >= 400 {
        let problem = problem(answer).await;
        documented::check(&method, &path, &problem);
        return (status, problem);
    }
    let text = answer.text().await.expect("a body");
    (
        status,
        if text.is_empty() {
            Value::Null
        } else {
            serde_json::from_str(&text).expect("JSON")
        },
    )
}

pub(crate) async fn problem(answer: Response) -> Value {
    let status = answer.status().as_u16();
    let media_type = answer.headers().get("content-type").cloned();
    assert_eq!(
        media_type.as_ref().and_then(|value| value.to_str().ok()),
        Some("application/problem+json")
    );
    let document: Value = answer.json().await.expect("JSON");
    assert_eq!(document["status"], status);
    let code = document["code"].as_str().expect("a code");
    assert_eq!(document["type"], format!("urn:callboard:problem:{code}"));
    assert!(
        document["title"]
            .as_str()
            .is_some_and(|title| !title.is_empty())
    );
    document
}

/// The fields that a problem document complains about.
pub(crate) fn fields(problem: &Value) -> Vec<&str> {
    let mut fields: Vec<&str> = problem["errors"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|error| error["field"].as_str())
        .collect();
    fields.sort_unstable();
    fields
}
