use std::time::Duration;

use api_gateway::{
    App, CarrierSettings, HttpSettings, LimitsSettings, LiveSettings, RawRetentionSettings,
    Settings, WebhookSettings, WhatsappSettings,
};
use argon2::{Algorithm, Argon2, Params, PasswordHasher as _, Version};
use chassis::clock::Clock;
use chassis::lifecycle::Lifecycle;
use chassis::settings::{
    BrokerSettings, DatabaseSettings, Environment, MailSettings, ProbeSettings,
};
use domain::ids::UserId;
use push::{PushSettings, VapidKey};
use reqwest::{Client, Method, RequestBuilder, Response};
use serde_json::{Value, json};
use storage::users::{self, NewUser, Role};
use storage::{Db, ServiceRole};
use tempfile::TempDir;
use testkit::{Business, Database, PASSWORD, Vhost, eventually};
use url::Url;

use crate::documented;

pub(crate) const CARRIER_TOKEN: &str = "the carrier's token";
pub(crate) const SESSION_SECRET: &str = "a secret of the tests";
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
        Self::set_up(clock, |_| {}).await
    }

    /// A gateway whose clock is `clock`, with settings of its own.
    pub(crate) async fn set_up(clock: Clock, set: impl FnOnce(&mut Settings)) -> Self {
        let database = Database::create().await;
        let vhost = Vhost::create().await;
        let lifecycle = Lifecycle::new();
        let media = TempDir::new().expect("a directory");
        let mut settings = settings(&database, &vhost, &media);
        set(&mut settings);
        let app = gateway(settings, clock, &lifecycle).await;
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
        let settings = settings(&self.database, &self.vhost, &self.media);
        let app = gateway(settings, clock, &self.lifecycle).await;
        format!("http://{}", app.addr)
    }

    /// The address of one more gateway, with other settings.
    pub(crate) async fn gateway_with(&self, edit: impl FnOnce(&mut Settings)) -> String {
        let mut settings = settings(&self.database, &self.vhost, &self.media);
        edit(&mut settings);
        let app = gateway(settings, Clock::system(), &self.lifecycle).await;
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

    /// The session cookie of a user of a business, whose browser signs in for it.
    pub(crate) async fn cookie(&self, user: &testkit::User) -> String {
        let body = json!({ "email": user.email, "password": PASSWORD });
        let request = self.request(Method::POST, "/api/auth/login").json(&body);
        let answer = request.send().await.expect("an answer");
        let cookie = answer.headers()["set-cookie"].to_str().expect("text");
        cookie.split(';').next().expect("a value").to_owned()
    }

    /// A system administrator, signed in: their id and access token.
    pub(crate) async fn administrator(&self) -> (UserId, String) {
        let params = Params::new(8, 1, 1, None).expect("these are the least that Argon2 takes");
        let hash = Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password(PASSWORD.as_bytes())
            .expect("it can be hashed")
            .to_string();
        let create = move |tx: &mut storage::Tx<'_>| {
            let new = NewUser {
                business: None,
                email: "root@example.com",
                full_name: "Root",
                role: Role::SystemAdmin,
                password_hash: &hash,
                language: None,
            };
            users::create(tx, Clock::system().now(), &new)
        };
        let id = self.operator.system(create).await.expect("created");
        let email = "root@example.com".to_owned();
        (id, self.token(&testkit::User { id, email }).await)
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

async fn gateway(settings: Settings, clock: Clock, lifecycle: &Lifecycle) -> App {
    api_gateway::build(settings, clock, lifecycle)
        .await
        .expect("starts")
}

/// A gateway in development that pushes to where a test listens, and says that there is e-mail.
fn settings(database: &Database, vhost: &Vhost, media: &TempDir) -> Settings {
    let any_port = "127.0.0.1:0".parse().expect("an address");
    Settings {
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
        session_secret: Some(SESSION_SECRET.to_owned().into()),
        carrier: CarrierSettings {
            auth_token: CARRIER_TOKEN.to_owned().into(),
            first_look_seconds: 60.0,
        },
        whatsapp: WhatsappSettings { tick_seconds: 0.05 },
        raw_retention: RawRetentionSettings { tick_seconds: 0.05 },
        live: LiveSettings {
            heartbeat_seconds: 0.2,
        },
        limits: LimitsSettings {
            stream_check_seconds: 0.2,
            ..LimitsSettings::default()
        },
        webhooks: WebhookSettings {
            allow_loopback: false,
        },
        media_url: Url::from_directory_path(media.path()).expect("a URL"),
        vapid_private_key: Some(VapidKey::generate().private_key().into()),
        push: PushSettings {
            contact: None,
            allow_private: true,
        },
        mail: MailSettings {
            host: Some("mail.example.com".to_owned()),
            ..MailSettings::default()
        },
    }
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
