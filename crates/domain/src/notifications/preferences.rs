use std::collections::BTreeSet;

use chrono::{DateTime, Duration, Timelike as _, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use super::Period;
use super::period::{day_ends, hour_ends};
use crate::decision::QuietHours;
use crate::events::ChangeSource;
use crate::gates::Rest;

/// Longest time that quiet hours and days hold something back: two days of holiday and a Shabbat, with all that a user
/// may add to them. Who has made all hours quiet is told after it.
const LONGEST_QUIET: Duration = Duration::days(5);

/// Not one of the words for how somebody is told.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no such choice")]
pub struct UnknownChoice(pub String);

macro_rules! choice {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident $word:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($(#[$variant_doc])* $variant,)+ }

        impl $name {
            /// The word in the database and the API.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)+ }
            }
        }

        impl std::str::FromStr for $name {
            type Err = UnknownChoice;

            fn from_str(word: &str) -> Result<Self, UnknownChoice> {
                match word {
                    $($word => Ok(Self::$variant),)+
                    _ => Err(UnknownChoice(word.to_owned())),
                }
            }
        }
    };
}

choice!(
    /// How changes are pushed to a user's browsers.
    Push {
        /// Not at all.
        Off "off",
        /// Each as it happens.
        AtOnce "at_once",
        /// Gathered, at the full hour.
        Hourly "hourly",
        /// Gathered, once a day.
        Daily "daily",
    }
);

choice!(
    /// How changes are mailed to a user: gathered, never one by one.
    Email {
        /// Not at all.
        Off "off",
        /// At the full hour.
        Hourly "hourly",
        /// Once a day.
        Daily "daily",
    }
);

/// Of what a user is told, how and when. What passes `statuses` and `sources` is on the bell at once, always.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preferences {
    /// Names of the statuses whose leads they want to hear of; none is all.
    pub statuses: Option<BTreeSet<String>>,
    /// Whose changes they want to hear of.
    pub sources: BTreeSet<ChangeSource>,
    /// To their browsers.
    pub push: Push,
    /// To their address.
    pub email: Email,
    /// Hour of the daily gathering on the business's clock, 0 to 23.
    pub digest_hour: u32,
    /// Every day's hours in which nothing is pushed or mailed, on the business's clock.
    pub quiet_hours: Option<QuietHours>,
    /// Days of rest on which nothing is.
    pub quiet_days: BTreeSet<Rest>,
}

impl Default for Preferences {
    /// All statuses, all that automation does, pushed at once, no e-mail, no quiet hours.
    fn default() -> Self {
        Self {
            statuses: None,
            sources: ChangeSource::AUTOMATIC.into(),
            push: Push::AtOnce,
            email: Email::Off,
            digest_hour: 8,
            quiet_hours: None,
            quiet_days: BTreeSet::new(),
        }
    }
}

impl Preferences {
    /// Whether the user wants to hear that a lead was moved to this status by this.
    #[must_use]
    pub fn want(&self, to: &str, source: ChangeSource) -> bool {
        self.sources.contains(&source)
            && self
                .statuses
                .as_ref()
                .is_none_or(|statuses| statuses.contains(to))
    }

    /// Whether nothing is pushed or mailed at `now`.
    #[must_use]
    pub fn is_quiet(&self, now: DateTime<Utc>, zone: Tz) -> bool {
        let in_hours = self
            .quiet_hours
            .is_some_and(|hours| hours.contain(now, zone));
        in_hours || self.quiet_days.iter().any(|rest| rest.contains(now, zone))
    }

    /// `now`, or the first full minute after it that is not quiet. It is found by asking [`Self::is_quiet`], so that a clock
    /// change cannot make the two disagree.
    #[must_use]
    pub fn audible_from(&self, now: DateTime<Utc>, zone: Tz) -> DateTime<Utc> {
        let end = now + LONGEST_QUIET;
        let mut at = now;
        while at < end && self.is_quiet(at, zone) {
            let into_minute = Duration::seconds(i64::from(at.second()))
                + Duration::nanoseconds(i64::from(at.nanosecond()));
            at = at - into_minute + Duration::minutes(1);
        }
        at
    }

    /// When what happens at `now` is pushed; none where nothing is.
    #[must_use]
    pub fn push_due(&self, now: DateTime<Utc>, zone: Tz) -> Option<DateTime<Utc>> {
        let gathered = match self.push {
            Push::Off => return None,
            Push::AtOnce => now,
            Push::Hourly => hour_ends(now, zone).ends_at,
            Push::Daily => day_ends(now, self.digest_hour, zone).ends_at,
        };
        Some(self.audible_from(gathered, zone))
    }

    /// The digest that tells of what happens at `now`, and when it is mailed; none where nothing is.
    #[must_use]
    pub fn mail_due(&self, now: DateTime<Utc>, zone: Tz) -> Option<(Period, DateTime<Utc>)> {
        let period = match self.email {
            Email::Off => return None,
            Email::Hourly => hour_ends(now, zone),
            Email::Daily => day_ends(now, self.digest_hour, zone),
        };
        let due = self.audible_from(period.ends_at, zone);
        Some((period, due))
    }
}
