use std::future::IntoFuture;
use std::pin::Pin;
use std::sync::atomic::{AtomicU32, Ordering};

use argon2::{Algorithm, Argon2, Params, PasswordHasher as _, Version};
use chassis::clock::Clock;
use chrono::{DateTime, Utc};
use domain::ids::{BusinessId, LeadId, UserId};
use domain::messages::Language;
use serde_json::Value;
use storage::api_keys::{self, Scope};
use storage::businesses::NewBusiness;
use storage::users::{NewUser, Role};
use storage::{Db, StorageError, businesses, testing, users};

/// The password of every user that the builders make.
pub const PASSWORD: &str = "correct horse battery staple";

/// Numbers what must be unique within one database.
static NEXT: AtomicU32 = AtomicU32::new(1);

/// A business that a test works with.
#[derive(Debug, Clone)]
pub struct Business {
    /// Its id.
    pub id: BusinessId,
    /// The number that it calls from.
    pub caller_number: String,
    /// Its leads, oldest first, all in the default status.
    pub leads: Vec<LeadId>,
    /// The phone numbers of `leads`, in the same order (E.164).
    pub phones: Vec<String>,
    /// Its users, in the order in which they were asked for.
    pub users: Vec<User>,
    /// A key for each role that was asked for, in order: what a program sends as its bearer token.
    pub api_keys: Vec<String>,
}

/// A user who signs in with `email` and [`PASSWORD`].
#[derive(Debug, Clone)]
pub struct User {
    /// The id.
    pub id: UserId,
    /// The address.
    pub email: String,
}

/// What [`business`] answers: awaited, it makes the business.
#[derive(Debug)]
pub struct BusinessBuilder<'a> {
    db: &'a Db,
    now: DateTime<Utc>,
    name: String,
    language: Language,
    time_zone: String,
    max_outbound: i16,
    max_total: i16,
    call_flow: Option<Value>,
    leads: usize,
    users: Vec<Role>,
    api_keys: Vec<Role>,
}

/// A Hebrew business with the default board, three outbound lines of five, and nothing else. `operator` is a pool that
/// acts as [`storage::ServiceRole::Operator`].
#[must_use]
pub fn business(operator: &Db) -> BusinessBuilder<'_> {
    BusinessBuilder {
        db: operator,
        now: Clock::system().now(),
        name: "Business".to_owned(),
        language: Language::Hebrew,
        time_zone: "Asia/Jerusalem".to_owned(),
        max_outbound: 3,
        max_total: 5,
        call_flow: None,
        leads: 0,
        users: Vec::new(),
        api_keys: Vec::new(),
    }
}

impl BusinessBuilder<'_> {
    /// The time at which it is made; the machine's by default.
    #[must_use]
    pub const fn at(mut self, now: DateTime<Utc>) -> Self {
        self.now = now;
        self
    }

    /// What it is called.
    #[must_use]
    pub fn named(mut self, name: &str) -> Self {
        name.clone_into(&mut self.name);
        self
    }

    /// The language of its board.
    #[must_use]
    pub const fn language(mut self, language: Language) -> Self {
        self.language = language;
        self
    }

    /// Its time zone, an IANA name.
    #[must_use]
    pub fn time_zone(mut self, name: &str) -> Self {
        name.clone_into(&mut self.time_zone);
        self
    }

    /// How many calls may be in the air at once: outbound ones, and all.
    #[must_use]
    pub const fn lines(mut self, outbound: i16, total: i16) -> Self {
        self.max_outbound = outbound;
        self.max_total = total;
        self
    }

    /// What an answered call hears.
    #[must_use]
    pub fn call_flow(mut self, flow: Value) -> Self {
        self.call_flow = Some(flow);
        self
    }

    /// With so many leads, with valid mobile numbers that no other business of this test has.
    #[must_use]
    pub const fn with_leads(mut self, count: usize) -> Self {
        self.leads = count;
        self
    }

    /// With one more user.
    #[must_use]
    pub fn with_user(mut self, role: Role) -> Self {
        self.users.push(role);
        self
    }

    /// With one more API key.
    #[must_use]
    pub fn with_api_key(mut self, role: Role) -> Self {
        self.api_keys.push(role);
        self
    }

    async fn make(self) -> Result<Business, StorageError> {
        let serial = NEXT.fetch_add(1, Ordering::Relaxed);
        let db = self.db.clone();
        let mut made = db
            .system(move |tx| {
                let caller_number = format!("+9723{:07}", 5_000_000 + serial);
                let id = businesses::create(
                    tx,
                    self.now,
                    &NewBusiness {
                        name: &self.name,
                        language: self.language,
                        time_zone: &self.time_zone,
                        country: "IL",
                        caller_number: Some(&caller_number),
                        whatsapp_number: None,
                        max_outbound: self.max_outbound,
                        max_total: self.max_total,
                        call_flow: self.call_flow,
                    },
                )?;
                let mut made = Business {
                    id,
                    caller_number,
                    leads: Vec::new(),
                    phones: Vec::new(),
                    users: Vec::new(),
                    api_keys: Vec::new(),
                };
                for (n, role) in self.users.into_iter().enumerate() {
                    let email = format!("{role}{n}-{serial}@example.com", role = role.as_str());
                    let new = NewUser {
                        business: Some(id),
                        email: &email,
                        full_name: "A User",
                        role,
                        password_hash: &password_hash(),
                        language: None,
                    };
                    let id = users::create(tx, self.now, &new)?;
                    made.users.push(User { id, email });
                }
                for role in self.api_keys {
                    let minted = api_keys::mint(&rand::random());
                    api_keys::create(tx, id, self.now, "test", role, &[Scope::Full], &minted)?;
                    made.api_keys.push(minted.key);
                }
                Ok::<_, StorageError>(made)
            })
            .await?;
        if self.leads > 0 {
            // 054 followed by 2 to 9 is a valid mobile number in Israel; the digit keeps businesses apart.
            let prefix = format!("+97254{}", 2 + serial % 8);
            made.phones = (1..=self.leads)
                .map(|n| format!("{prefix}{n:06}"))
                .collect();
            let count = self.leads;
            made.leads = db
                .tenant(made.id, move |tx| testing::add_leads(tx, count, &prefix, 6))
                .await?;
        }
        Ok(made)
    }
}

impl<'a> IntoFuture for BusinessBuilder<'a> {
    type Output = Business;
    type IntoFuture = Pin<Box<dyn Future<Output = Business> + Send + 'a>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            self.make().await.unwrap_or_else(|error| {
                panic!(
                    "the business cannot be made: {}",
                    chassis::telemetry::chain(&error)
                )
            })
        })
    }
}

/// Argon2id of [`PASSWORD`] with the least work, in PHC form: tests sign in often.
fn password_hash() -> String {
    let params = Params::new(8, 1, 1, None).expect("these are the least that Argon2 takes");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_with_salt(PASSWORD.as_bytes(), b"the same for all")
        .expect("a short password can be hashed")
        .to_string()
}
