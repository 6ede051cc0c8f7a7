use std::net::IpAddr;
use std::num::NonZeroU32;
use std::time::Duration;

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};
use chassis::clock::Clock;
use domain::ids::{ApiKeyId, BusinessId};
use governor::clock::Clock as GovernorClock;
use governor::middleware::{NoOpMiddleware, StateInformationMiddleware};
use governor::nanos::Nanos;
use governor::state::keyed::DefaultKeyedStateStore;
use governor::{Quota, RateLimiter};

use crate::problem::{Code, Problem};
use crate::settings::LimitsSettings;

/// draft-ietf-httpapi-ratelimit-headers: what is left, and the policy that it is of.
const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");
const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

/// Seconds in which a quota is full again.
const WINDOW: u32 = 60;

/// Who asks, as far as a rate is concerned.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Who {
    /// A program.
    Key(BusinessId, ApiKeyId),
    /// A signed-in person, by the hash of the session.
    Session(Vec<u8>),
    /// Whoever shows nothing that is valid, by their address.
    Stranger(IpAddr),
}

/// The time as the limiters read it.
#[derive(Clone)]
struct Time(Clock);

impl GovernorClock for Time {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        self.0.elapsed().into()
    }
}

type Limiter = RateLimiter<Who, DefaultKeyedStateStore<Who>, Time, StateInformationMiddleware>;

/// How many requests each client may still make of this process: a bucket each, which is full at first and fills evenly.
pub(crate) struct Rates {
    callers: Option<Policy>,
    strangers: Option<Policy>,
}

struct Policy {
    name: &'static str,
    quota: NonZeroU32,
    limiter: Limiter,
    time: Time,
}

/// What a client is told about its rate.
#[derive(Debug, Default)]
pub(crate) struct Told(Vec<(HeaderName, HeaderValue)>);

impl Rates {
    pub(crate) fn new(settings: &LimitsSettings, clock: &Clock) -> Self {
        let policy =
            |name, per_minute| Some(Policy::new(name, NonZeroU32::new(per_minute)?, clock));
        Self {
            callers: policy("caller", settings.requests_per_minute),
            strangers: policy("address", settings.strangers_per_minute),
        }
    }

    /// Counts a request: what to tell the client about its rate, or the refusal.
    pub(crate) fn admit(&self, who: &Who) -> Result<Told, Problem> {
        let policy = match who {
            Who::Key(..) | Who::Session(_) => &self.callers,
            Who::Stranger(_) => &self.strangers,
        };
        policy
            .as_ref()
            .map_or_else(|| Ok(Told::default()), |policy| policy.admit(who))
    }

    /// Forgets the clients whose buckets are full again.
    pub(crate) fn tidy(&self) {
        for policy in [&self.callers, &self.strangers].into_iter().flatten() {
            policy.limiter.retain_recent();
            policy.limiter.shrink_to_fit();
        }
    }
}

impl Policy {
    fn new(name: &'static str, quota: NonZeroU32, clock: &Clock) -> Self {
        let time = Time(clock.clone());
        // What fits into a minute may also come at once.
        let limiter: RateLimiter<_, _, _, NoOpMiddleware<Nanos>> = RateLimiter::new(
            Quota::per_minute(quota),
            DefaultKeyedStateStore::default(),
            time.clone(),
        );
        Self {
            name,
            quota,
            limiter: limiter.with_middleware(),
            time,
        }
    }

    fn admit(&self, who: &Who) -> Result<Told, Problem> {
        match self.limiter.check_key(who) {
            Ok(state) => {
                let left = state.remaining_burst_capacity();
                let used = self.quota.get().saturating_sub(left);
                let until_full = (used * WINDOW).div_ceil(self.quota.get());
                Ok(Told(self.fields(left, u64::from(until_full))))
            }
            Err(not_until) => {
                let wait = whole_seconds(not_until.wait_time_from(self.time.now()));
                let refused =
                    Problem::from(Code::TooManyRequests).header(RETRY_AFTER, wait.to_string());
                let fields = self.fields(0, wait).into_iter();
                Err(fields.fold(refused, |refused, (name, value)| {
                    refused.header(name, value.to_str().unwrap_or_default().to_owned())
                }))
            }
        }
    }

    fn fields(&self, left: u32, seconds: u64) -> Vec<(HeaderName, HeaderValue)> {
        let Self { name, quota, .. } = self;
        let policy = format!("\"{name}\";q={quota};w={WINDOW}");
        let limit = format!("\"{name}\";r={left};t={seconds}");
        [(RATE_LIMIT_POLICY, policy), (RATE_LIMIT, limit)]
            .into_iter()
            .filter_map(|(name, text)| Some((name, HeaderValue::from_str(&text).ok()?)))
            .collect()
    }
}

impl Told {
    /// Writes it on an answer.
    pub(crate) fn write(self, headers: &mut HeaderMap) {
        for (name, value) in self.0 {
            headers.insert(name, value);
        }
    }
}

/// Rounded up: after these it is over.
fn whole_seconds(wait: Duration) -> u64 {
    wait.as_secs() + u64::from(wait.subsec_nanos() > 0)
}
