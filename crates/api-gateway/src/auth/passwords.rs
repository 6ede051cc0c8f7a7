use std::num::NonZeroU32;
use std::sync::LazyLock;

use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use argon2::{Argon2, PasswordHash};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use tokio::sync::Semaphore;

use crate::problem::{Code, Problem, Result};

/// Hashes at once: each takes 19 MiB and a core.
const AT_ONCE: usize = 2;
/// Sign-ins that wait for a hash; more would only time out.
const WAITING: usize = 64;
/// Attempts per address and minute, which is also how many may come at once.
const ATTEMPTS_PER_MINUTE: NonZeroU32 = NonZeroU32::new(10).expect("not zero");

/// Verified when an address is unknown, so that the answer takes as long as for a known one.
static NOBODYS_HASH: LazyLock<String> = LazyLock::new(|| {
    Argon2::default()
        .hash_password(&rand::random::<[u8; 16]>())
        .map(|hash| hash.to_string())
        .unwrap_or_default()
});

/// Makes and checks the hashes of passwords, slowly and not too often.
pub(crate) struct Passwords {
    hashing: Semaphore,
    queue: Semaphore,
    attempts: DefaultKeyedRateLimiter<String>,
}

impl Passwords {
    pub(crate) fn new() -> Self {
        Self {
            hashing: Semaphore::new(AT_ONCE),
            queue: Semaphore::new(WAITING),
            attempts: RateLimiter::keyed(Quota::per_minute(ATTEMPTS_PER_MINUTE)),
        }
    }

    /// Counts an attempt at an address.
    pub(crate) fn admit(&self, email: &str) -> Result<()> {
        self.attempts
            .check_key(&email.trim().to_lowercase())
            .map_err(|_| Problem::from(Code::TooManyRequests))
    }

    /// Whether the password is the one of the hash. Without a hash it is not, and that takes as long to say.
    pub(crate) async fn verify(&self, password: String, hash: Option<String>) -> Result<bool> {
        self.in_turn(move || {
            let known = hash.is_some();
            let hash = hash.unwrap_or_else(|| NOBODYS_HASH.clone());
            let fits = PasswordHash::new(&hash).is_ok_and(|hash| {
                Argon2::default()
                    .verify_password(password.as_bytes(), &hash)
                    .is_ok()
            });
            fits && known
        })
        .await
    }

    /// What is stored of a password: Argon2id, PHC form.
    pub(crate) async fn hash(&self, password: String) -> Result<String> {
        let hashed = self
            .in_turn(move || Argon2::default().hash_password(password.as_bytes()))
            .await?;
        hashed
            .map(|hash| hash.to_string())
            .map_err(|error| Problem::internal(&error))
    }

    async fn in_turn<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T> {
        let _place = self
            .queue
            .try_acquire()
            .map_err(|_| Problem::from(Code::Unavailable))?;
        let _turn = self
            .hashing
            .acquire()
            .await
            .map_err(|error| Problem::internal(&error))?;
        tokio::task::spawn_blocking(work)
            .await
            .map_err(|error| Problem::internal(&error))
    }

    /// Forgets the addresses that nobody tried lately.
    pub(crate) fn tidy(&self) {
        self.attempts.retain_recent();
        self.attempts.shrink_to_fit();
    }
}
