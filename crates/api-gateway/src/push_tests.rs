use std::num::NonZeroU32;

use domain::ids::UserId;
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

use crate::problem::{Code, Result};

/// Test messages per user and minute: each goes to all their browsers, in the name of this installation.
const PER_MINUTE: NonZeroU32 = NonZeroU32::new(5).expect("not zero");

/// Keeps test messages few.
pub(crate) struct PushTests(DefaultKeyedRateLimiter<UserId>);

impl PushTests {
    pub(crate) fn new() -> Self {
        Self(RateLimiter::keyed(Quota::per_minute(PER_MINUTE)))
    }

    /// Counts one of a user.
    pub(crate) fn admit(&self, user: UserId) -> Result<()> {
        self.0
            .check_key(&user)
            .map_err(|_| Code::TooManyRequests.into())
    }

    /// Forgets the users who have not tested lately.
    pub(crate) fn tidy(&self) {
        self.0.retain_recent();
        self.0.shrink_to_fit();
    }
}
