use std::sync::Arc;

use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use argon2::{Argon2, PasswordHash};
use tokio::sync::Semaphore;

use crate::measures;
use crate::problem::{Code, Problem, Result};

/// Hashes at once: each takes 19 MiB and a core.
const AT_ONCE: usize = 2;
/// Sign-ins that wait for a hash; more would only time out.
const WAITING: usize = 64;

/// Makes and checks the hashes of passwords: on threads that may block, a few at a time.
pub(crate) struct Passwords {
    hashing: Arc<Semaphore>,
    queue: Arc<Semaphore>,
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
            hashing: Arc::new(Semaphore::new(AT_ONCE)),
            queue: Arc::new(Semaphore::new(WAITING)),
            nobodys: nobodys.to_string(),
        })
    }

    /// Whether the password is the one of the hash. Without a hash it is not, and that takes as long to say.
    pub(crate) async fn verify(&self, password: String, hash: Option<String>) -> Result<bool> {
        let nobodys = self.nobodys.clone();
        self.in_turn(move || {
            let known = hash.is_some();
            let hash = hash.unwrap_or(nobodys);
            measures::PASSWORDS_CHECKED.count(&[]).increment(1);
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
        let place = Arc::clone(&self.queue)
            .try_acquire_owned()
            .map_err(|_| Problem::from(Code::Unavailable))?;
        let turn = Arc::clone(&self.hashing)
            .acquire_owned()
            .await
            .map_err(|error| Problem::internal(&error))?;
        // The work goes on when its client has left, so it is the work that has the turn.
        let work = move || {
            let _held = (place, turn);
            work()
        };
        tokio::task::spawn_blocking(work)
            .await
            .map_err(|error| Problem::internal(&error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Algorithm, version and parameters, without the salt and the hash.
    fn cost(hash: &str) -> &str {
        let (before_hash, _) = hash.rsplit_once('$').expect("a hash");
        let (cost, _) = before_hash.rsplit_once('$').expect("a salt");
        cost
    }

    #[tokio::test]
    async fn what_is_verified_for_nobody_costs_as_much_as_what_is_stored_for_somebody() {
        let passwords = Passwords::new().expect("hashes");
        let stored = passwords.hash("a password".to_owned()).await;
        let stored = stored.expect("a hash");
        assert_eq!(cost(&passwords.nobodys), cost(&stored));
        assert!(cost(&stored).starts_with("$argon2id$"), "{stored}");
        let verify = |hash: Option<String>| passwords.verify("a password".to_owned(), hash);
        assert_eq!(verify(Some(stored)).await, Ok(true));
        assert_eq!(verify(None).await, Ok(false));
    }
}
