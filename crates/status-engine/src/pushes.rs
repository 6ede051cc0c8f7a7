//! Pushes what is due to browsers: claimed and committed, sent, settled.

use std::time::Duration;

use chassis::backoff;
use chassis::clock::Clock;
use chassis::telemetry::chain;
use chrono::{DateTime, Utc};
use domain::ids::BusinessId;
use domain::notifications::{self, Push};
use futures::StreamExt as _;
use push::{Client, Message, Outcome, Subscription, Urgency};
use storage::push_deliveries::{self, Claimed};
use storage::{Db, Result, TenantTx, push_subscriptions};

use crate::measures;

/// Browsers of one look.
const MOST: i32 = 100;
/// Browsers that are sent to at once.
const AT_ONCE: usize = 8;
/// How long one process may be at a browser. Twice an answer's time-out is 20 s.
const LEASE: chrono::Duration = chrono::Duration::seconds(60);
/// From one attempt to the next: some 30 s, 1 min, 2 min … up to 30 min.
const RETRY: Duration = Duration::from_secs(30);
const LONGEST_RETRY: Duration = Duration::from_secs(1800);

/// Sends what is due.
pub(crate) struct Pushes {
    pub(crate) db: Db,
    pub(crate) clock: Clock,
    pub(crate) client: Client,
}

impl Pushes {
    /// One look; answers whether there may be more.
    pub(crate) async fn look(&self) -> Result<bool> {
        let now = self.clock.now();
        let due = self
            .db
            .system(move |tx| push_deliveries::due(tx, now, MOST))
            .await?;
        let may_be_more = usize::try_from(MOST).is_ok_and(|most| due.len() == most);
        let all = futures::stream::iter(due);
        all.for_each_concurrent(AT_ONCE, |(business, subscription)| async move {
            if let Err(error) = self.push(business, subscription).await {
                tracing::warn!(
                    business_id = business.0,
                    subscription_id = subscription,
                    error = chain(&error),
                    "a push is not settled"
                );
            }
        })
        .await;
        Ok(may_be_more)
    }

    async fn push(&self, business: BusinessId, subscription: i64) -> Result<()> {
        let now = self.clock.now();
        let claimed = self
            .db
            .tenant(business, move |tx| {
                push_deliveries::claim(tx, now, LEASE, subscription)
            })
            .await?;
        let Some(claimed) = claimed else {
            return Ok(());
        };
        let step = self.step(now, &claimed).await;
        let outcome = [("outcome", step.name())];
        measures::PUSHES.count(&outcome).increment(1);
        self.db
            .tenant(business, move |tx| settle(tx, &claimed, &step))
            .await
    }

    /// Sends what was claimed, unless its user does not want that now.
    async fn step(&self, now: DateTime<Utc>, claimed: &Claimed) -> Step {
        let preferences = &claimed.preferences;
        if preferences.push == Push::Off || claimed.items.iter().all(|item| item.give_up_at <= now)
        {
            return Step::GiveUp;
        }
        // Quiet hours that began since it was due, or were chosen since.
        let audible = preferences.audible_from(now, claimed.zone);
        if audible > now {
            return Step::Postpone { due: audible };
        }
        let row = &claimed.subscription;
        let Ok(to) = Subscription::new(&row.endpoint, &row.p256dh, &row.auth) else {
            return Step::Forget;
        };
        match self.client.send(&to, &message(claimed), now).await {
            Outcome::Sent => Step::Sent,
            Outcome::Gone => Step::Forget,
            Outcome::Refused { status } => {
                tracing::warn!(status, "a push service refuses a push");
                Step::GiveUp
            }
            Outcome::Later { status, after } => {
                let attempts = claimed.items.iter().map(|item| item.attempts).max();
                let due = now + delay(attempts.unwrap_or_default(), after);
                tracing::info!(status, "a push is tried again later");
                Step::Later { due }
            }
        }
    }
}

/// What is done with what was claimed.
enum Step {
    Sent,
    GiveUp,
    Forget,
    Postpone { due: DateTime<Utc> },
    Later { due: DateTime<Utc> },
}

impl Step {
    const fn name(&self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::GiveUp => "given_up",
            Self::Forget => "gone",
            Self::Postpone { .. } => "held",
            Self::Later { .. } => "later",
        }
    }
}

fn settle(tx: &mut TenantTx<'_>, claimed: &Claimed, step: &Step) -> Result<()> {
    let (subscription, items) = (claimed.subscription.id, claimed.items.as_slice());
    match step {
        Step::Sent => push_deliveries::sent(tx, subscription, items),
        Step::GiveUp => push_deliveries::give_up(tx, subscription, items),
        Step::Forget => push_subscriptions::forget(tx, subscription),
        Step::Postpone { due } => push_deliveries::postpone(tx, subscription, items, *due),
        Step::Later { due } => {
            let given_up = push_deliveries::later(tx, subscription, items, *due)?;
            if given_up > 0 {
                tracing::warn!(given_up, "pushes were tried for too long");
            }
            Ok(())
        }
    }
}

/// One change as itself; several at once, as they are after quiet hours or where the user has them gathered, as one.
fn message(claimed: &Claimed) -> Message {
    let language = claimed.language;
    let (text, url, topic) = match claimed.items.as_slice() {
        [item] => (
            item.notification.text(language),
            item.notification.url.clone(),
            format!("lead-{}", item.lead),
        ),
        items => {
            let titles = items.iter().rev();
            let titles: Vec<String> = titles
                .map(|item| item.notification.text(language).title)
                .collect();
            let text = notifications::gathered(language, &titles);
            (text, "/".to_owned(), "gathered".to_owned())
        }
    };
    Message {
        text,
        language,
        url,
        topic,
        urgency: Urgency::Normal,
    }
}

/// How long until the next attempt: longer each time, and not before the push service wants it.
fn delay(attempts: i16, after: Option<Duration>) -> Duration {
    let exponent = u32::try_from(attempts).unwrap_or_default().min(16);
    let backoff = RETRY.saturating_mul(2_u32.pow(exponent)).min(LONGEST_RETRY);
    backoff::jittered(backoff).max(after.unwrap_or_default())
}
