//! How often a password may be guessed, over all replicas: counted in the database before the password is looked at. What
//! counts is the same whether there is such an account or not, so that a lock tells nothing.

use actix_web::http::header::RETRY_AFTER;
use domain::ids::UserId;
use domain::throttle::{ACCOUNT, ADDRESS, Rule};
use storage::sign_in_throttles::{self, Key};

use super::device::Device;
use crate::gateway::Gateway;
use crate::limits::ClientAddress;
use crate::measures;
use crate::problem::{Code, Problem, Result};

/// An attempt that was let through and counts as failed until it is known to be right.
pub(crate) struct Attempt {
    /// The account's.
    own: Key,
    /// The address's.
    others: Vec<Key>,
}

impl Attempt {
    /// Counts a sign-in: against the account and the address, or, from a browser that is known for the account, against
    /// that alone.
    pub(crate) async fn at_sign_in(
        gateway: &Gateway,
        email: &str,
        client: ClientAddress,
        device: Option<&Device>,
    ) -> Result<Self> {
        let key = |kind: &str, text: &str| gateway.tokens.hash(format!("{kind}\0{text}"));
        match device {
            Some(device) => {
                let own = key("known device", device.counted_as());
                Self::count(gateway, (own, ACCOUNT), None).await
            }
            None => {
                let own = key("account", email);
                let address = key("address", &client.0.to_string());
                Self::count(gateway, (own, ACCOUNT), Some((address, ADDRESS))).await
            }
        }
    }

    /// Counts a try of the current password by whoever is signed in. It keeps nobody from signing in.
    pub(crate) async fn at_password(gateway: &Gateway, user: UserId) -> Result<Self> {
        let own = gateway.tokens.hash(format!("password of\0{user}"));
        Self::count(gateway, (own, ACCOUNT), None).await
    }

    async fn count(
        gateway: &Gateway,
        own: (Key, Rule),
        other: Option<(Key, Rule)>,
    ) -> Result<Self> {
        let counted: Vec<_> = [Some(own), other].into_iter().flatten().collect();
        let now = gateway.clock.now();
        let locked_until = gateway
            .db
            .system(move |tx| sign_in_throttles::attempt(tx, now, &counted))
            .await?;
        if let Some(until) = locked_until {
            measures::SIGN_INS_LOCKED.count(&[]).increment(1);
            let wait = until - now;
            let seconds = wait.num_seconds() + i64::from(wait.subsec_nanos() > 0);
            return Err(Problem::from(Code::SignInLocked).header(RETRY_AFTER, seconds.to_string()));
        }
        Ok(Self {
            own: own.0,
            others: other.into_iter().map(|(key, _)| key).collect(),
        })
    }

    /// It was right: nothing counts against the account any more.
    pub(crate) async fn was_right(self, gateway: &Gateway) -> Result<()> {
        let forgotten = gateway
            .db
            .system(move |tx| sign_in_throttles::succeeded(tx, &self.own, &self.others));
        Ok(forgotten.await?)
    }

    /// Nobody looked at it: it counts for nothing.
    pub(crate) async fn was_not_looked_at(self, gateway: &Gateway) -> Result<()> {
        let keys = [vec![self.own], self.others].concat();
        let taken_back = gateway
            .db
            .system(move |tx| sign_in_throttles::take_back(tx, &keys));
        Ok(taken_back.await?)
    }
}
