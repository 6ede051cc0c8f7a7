//! A business whose users have browsers and a mail server, at a time that the test says.

use std::sync::atomic::{AtomicI64, Ordering};

use chassis::clock::Clock;
use chrono::{DateTime, Utc};
use domain::ids::UserId;
use domain::messages::Language;
use push::VapidKey;
use serde_json::Value;
use storage::push_subscriptions::{self, NewSubscription};
use storage::users::Role;
use storage::{ServiceRole, sessions};
use testkit::{Browser, Business, Database, Letter, SmtpServer, eventually};
use wiremock::matchers::path;
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::world::{PATIENCE, World};

pub const SECRET: &str = "a secret of the tests, which is long";

pub struct Town {
    pub world: World,
    /// Where browsers are reached: each at a path of its own.
    pub service: MockServer,
    pub mail: SmtpServer,
    pub settings: Vec<(&'static str, String)>,
    serial: AtomicI64,
}

impl Town {
    /// One engine, an English business in Jerusalem with an owner and two agents, at this time of UTC.
    pub async fn at(now: &str) -> Self {
        Self::with_engines(1, now).await
    }

    pub async fn with_engines(engines: usize, now: &str) -> Self {
        let clock = Clock::fixed(now.parse().expect("a time"));
        let db = Database::create().await;
        let business = testkit::business(&db.db(ServiceRole::Operator))
            .at(clock.now())
            .named("Blue & Sons")
            .language(Language::English)
            .with_leads(4)
            .with_user(Role::Owner)
            .with_user(Role::Agent)
            .with_user(Role::Agent)
            .await;
        db.execute("UPDATE leads SET first_name = 'Lead', last_name = right(phone_e164, 1)")
            .await;
        let mail = SmtpServer::start();
        let settings = vec![
            ("VAPID_PRIVATE_KEY", VapidKey::generate().private_key()),
            ("PUBLIC_HOST", "https://calls.example.com".to_owned()),
            ("SESSION_SECRET", SECRET.to_owned()),
            ("CALLBOARD__NOTIFICATIONS__TICK_SECONDS", "0.05".to_owned()),
            ("CALLBOARD__PUSH__ALLOW_PRIVATE", "true".to_owned()),
            ("CALLBOARD__MAIL__HOST", "127.0.0.1".to_owned()),
            ("CALLBOARD__MAIL__PORT", mail.port().to_string()),
            ("CALLBOARD__MAIL__TLS", "none".to_owned()),
            (
                "CALLBOARD__MAIL__FROM",
                "Callboard <board@example.com>".to_owned(),
            ),
        ];
        Self {
            world: World::of(db, business, engines, clock, &settings).await,
            service: MockServer::start().await,
            mail,
            settings,
            serial: AtomicI64::new(1),
        }
    }

    pub fn user(&self, n: usize) -> UserId {
        self.world.business.users[n].id
    }

    /// A browser of a user, whose push service takes everything that it was not told to answer otherwise.
    pub async fn browser(&self, user: usize, name: &str) -> Browser {
        self.answers(name, ResponseTemplate::new(201), u8::MAX, None)
            .await;
        let business = self.world.business.clone();
        self.browser_of(&business, user, name).await
    }

    pub async fn browser_of(&self, business: &Business, user: usize, name: &str) -> Browser {
        let browser = Browser::new();
        let (user, now, hash) = (
            business.users[user].id,
            self.now(),
            rand::random::<[u8; 32]>(),
        );
        let new = NewSubscription {
            user,
            session_hash: hash.to_vec(),
            endpoint: format!("{}/{name}", self.service.uri()),
            p256dh: push::read_p256dh(&browser.p256dh()).expect("a key"),
            auth: push::read_auth(&browser.auth()).expect("a secret"),
        };
        let id = business.id;
        self.world
            .db
            .db(ServiceRole::ApiGateway)
            .tenant(id, move |tx| {
                let until = now + chrono::Duration::days(14);
                sessions::open(tx, Some(id), user, &hash, now, until)?;
                push_subscriptions::put(tx, now, &new)
            })
            .await
            .expect("subscribes");
        browser
    }

    /// Has the push service answer a browser's next messages so. The higher the priority the lower the number.
    pub async fn answers(
        &self,
        name: &str,
        answer: ResponseTemplate,
        priority: u8,
        times: Option<u64>,
    ) {
        let mut mock = Mock::given(path(format!("/{name}")))
            .respond_with(answer)
            .with_priority(priority);
        if let Some(times) = times {
            mock = mock.up_to_n_times(times);
        }
        mock.mount(&self.service).await;
    }

    /// What a browser has been sent, decrypted, when that is so many messages.
    pub async fn shown(&self, browser: &Browser, name: &str, count: usize) -> Vec<Value> {
        let bodies = eventually(PATIENCE, || async {
            let bodies = self.bodies(name).await;
            (bodies.len() >= count).then_some(bodies)
        })
        .await;
        assert_eq!(bodies.len(), count, "messages to {name}");
        let open = |body: &Vec<u8>| {
            let text = browser.open(body).expect("for this browser");
            serde_json::from_slice(&text).expect("JSON")
        };
        bodies.iter().map(open).collect()
    }

    pub async fn bodies(&self, name: &str) -> Vec<Vec<u8>> {
        let requests = self.service.received_requests().await.expect("recorded");
        let of_browser = requests
            .into_iter()
            .filter(|request| request.url.path() == format!("/{name}"));
        of_browser.map(|request| request.body).collect()
    }

    /// The letters, when there are so many.
    pub async fn letters(&self, count: usize) -> Vec<Letter> {
        let letters = eventually(PATIENCE, || async {
            let letters = self.mail.letters();
            (letters.len() >= count).then_some(letters)
        })
        .await;
        assert_eq!(letters.len(), count);
        letters
    }

    /// Sets columns of a user's preferences.
    pub async fn prefer(&self, user: usize, set: &str) {
        let (business, user, now) = (self.world.business.id, self.user(user), self.now());
        let statement = format!(
            "INSERT INTO notification_preferences (business_id, user_id, email_chosen_at, updated_at)
             VALUES ({business}, {user}, '{now}', '{now}') ON CONFLICT DO NOTHING;
             UPDATE notification_preferences SET {set} WHERE user_id = {user}"
        );
        self.world.db.execute(&statement).await;
    }

    /// A conversation that moves a lead now.
    pub async fn moves(&self, lead: usize, label: &str) {
        // Of two conversations the second is the later one, also while the clock stands.
        let serial = self.serial.fetch_add(1, Ordering::Relaxed);
        let summary = format!("Talked. [Recommendation: {label}]");
        let mut call = self.world.call(lead, &format!("CA{serial}"), 1, &summary);
        call.occurred_at += chrono::Duration::milliseconds(serial);
        self.world.suggest(call).await;
    }

    pub fn now(&self) -> DateTime<Utc> {
        self.world.clock.now()
    }

    /// Moves the clock on to this time.
    pub fn until(&self, time: &str) {
        let then: DateTime<Utc> = time.parse().expect("a time");
        self.world.clock.advance(then - self.now());
    }

    /// Waits until the database says so.
    pub async fn eventually(&self, condition: &str) {
        let sql = format!("SELECT count(*) AS n FROM (SELECT 1 WHERE {condition}) AS c");
        eventually(PATIENCE, || async {
            (self.world.number(&sql).await == 1).then_some(())
        })
        .await;
    }

    pub async fn count(&self, what: &str) -> i64 {
        let sql = format!("SELECT count(*) AS n FROM {what}");
        self.world.number(&sql).await
    }

    /// Waits until nothing is left to push.
    pub async fn until_pushed(&self) {
        self.eventually("NOT EXISTS (SELECT FROM push_deliveries)")
            .await;
    }
}
