use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use argon2::{Argon2, PasswordHash};
use tokio::sync::Semaphore;

use crate::problem::{Code, Problem, Result};

/// Hashes at once: each takes 19 MiB and a core.
const AT_ONCE: usize = 2;
/// Sign-ins that wait for a hash; more would only time out.
const WAITING: usize = 64;

/// Makes and checks the hashes of passwords: on threads that may block, a few at a time.
pub(crate) struct Passwords {
    hashing: Semaphore,
    queue: Semaphore,
    /// Verified when an address is unknown, so that the answer takes as long as for a known one.
    nobodys: String,
}

impl Passwords {
    /// Takes as long as one password does.
    pub(crate) fn new() -> anyhow::Result<Self> {
        let nobodys = Argon2::default()
            .hash_password(&rand::random::<[u8; 16]>())
            .map_err(|error| anyhow::anyhow!("nothing can be hashed: {error}"))?;
        Ok(Self {
            hashing: Semaphore::new(AT_ONCE),
            queue: Semaphore::new(WAITING),
            nobodys: nobodys.to_string(),
        })
    }

    /// Whether the password is the one of the hash. Without a hash it is not, and that takes as long to say.
    pub(crate) async fn verify(&self, password: String, hash: Option<String>) -> Result<bool> {
        let nobodys = self.nobodys.clone();
        self.in_turn(move || {
            let known = hash.is_some();
            let hash = hash.unwrap_or(nobodys);
            metrics::counter!("callboard_passwords_checked_total").increment(1);
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
}
