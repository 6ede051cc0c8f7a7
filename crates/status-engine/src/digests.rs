//! Mails the digests that are due: claimed as begun and committed, handed to the mail server, settled. At most once: a digest
//! whose fate is unknown is not sent again; what it told stands in the next one.

use std::time::Duration;

use chassis::clock::Clock;
use chassis::telemetry::chain;
use chrono::{DateTime, Utc};
use storage::mail_digests::{self, Claim, Digest, DigestKey, End};
use storage::{Db, Result, TenantTx, mail_refusals, notification_preferences};

use crate::letter::Letters;
use crate::mailer::{Delivery, Mailer};
use crate::measures;

/// Digests of one look.
const MOST: i32 = 100;
/// How long one process may be at a digest; an exchange with the mail server takes a minute at most.
const LEASE: chrono::Duration = chrono::Duration::minutes(5);
/// From one attempt to the next: 2 min, 4 min … up to an hour.
const RETRY: Duration = Duration::from_secs(120);
const LONGEST_RETRY: Duration = Duration::from_secs(3600);
/// Attempts at a digest, over some three hours; the next one tells what it would have told.
const ATTEMPTS: i16 = 8;

/// Sends what is due.
pub(crate) struct Digests {
    pub(crate) db: Db,
    pub(crate) clock: Clock,
    pub(crate) mailer: Mailer,
    pub(crate) letters: Letters,
}

impl Digests {
    /// One look; answers whether there may be more. One after the other: the mail server is asked for no more.
    pub(crate) async fn look(&self) -> Result<bool> {
        let now = self.clock.now();
        let due = self
            .db
            .system(move |tx| mail_digests::due(tx, now, MOST))
            .await?;
        let may_be_more = usize::try_from(MOST).is_ok_and(|most| due.len() == most);
        for key in due {
            let (business, user) = (key.business.0, key.user.0);
            if let Err(error) = self.send(key).await {
                tracing::warn!(
                    business_id = business,
                    user_id = user,
                    error = chain(&error),
                    "an e-mail digest is not settled"
                );
            }
        }
        Ok(may_be_more)
    }

    async fn send(&self, key: DigestKey) -> Result<()> {
        let (business, now) = (key.business, self.clock.now());
        let claim = self
            .db
            .tenant(business, move |tx| {
                mail_digests::claim(tx, now, LEASE, key.user, &key.period)
            })
            .await?;
        let outcome = match claim {
            Claim::Taken | Claim::Held => return Ok(()),
            Claim::Dropped(why) => why.as_str(),
            Claim::Lost => "unknown",
            Claim::Send(digest) => {
                let delivery = match self.letters.write(now, business, &digest) {
                    Ok(letter) => self.mailer.deliver(&letter).await,
                    Err(error) => {
                        tracing::error!(
                            user_id = digest.user.0,
                            error = format!("{error:#}"),
                            "no letter"
                        );
                        Delivery::Refused {
                            is_for_address: true,
                            reason: "not_a_letter".to_owned(),
                        }
                    }
                };
                let outcome = delivery.name();
                let now = self.clock.now();
                self.db
                    .tenant(business, move |tx| settle(tx, now, &digest, &delivery))
                    .await?;
                outcome
            }
        };
        let outcome = [("outcome", outcome)];
        measures::MAIL_DIGESTS.count(&outcome).increment(1);
        Ok(())
    }
}

fn settle(
    tx: &mut TenantTx<'_>,
    now: DateTime<Utc>,
    digest: &Digest,
    delivery: &Delivery,
) -> Result<()> {
    match delivery {
        Delivery::Taken => {
            mail_refusals::forget(tx, digest.user)?;
            mail_digests::sent(tx, now, digest)
        }
        Delivery::Unknown { reason } => mail_digests::end(tx, now, digest, End::Unknown, reason),
        Delivery::Later { reason } => {
            if digest.attempts >= ATTEMPTS {
                mail_digests::end(tx, now, digest, End::Dropped, reason)
            } else {
                let due = now + delay(digest.attempts);
                mail_digests::later(tx, digest, due, reason)
            }
        }
        Delivery::Refused {
            is_for_address,
            reason,
        } => {
            if *is_for_address {
                let stored = notification_preferences::get(tx, digest.user)?;
                let chosen_at = stored.email_chosen_at;
                mail_refusals::note(tx, now, digest.user, chosen_at, reason)?;
            }
            mail_digests::end(tx, now, digest, End::Dropped, reason)
        }
    }
}

/// How long until the next attempt, after so many.
fn delay(attempts: i16) -> Duration {
    let exponent = u32::try_from(attempts - 1).unwrap_or_default().min(16);
    RETRY.saturating_mul(2_u32.pow(exponent)).min(LONGEST_RETRY)
}
