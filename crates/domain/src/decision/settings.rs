//! What a business has set about automatic changes.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveTime, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use crate::text::Words;

/// The threshold of a business that has not set one.
pub const DEFAULT_THRESHOLD: f64 = 0.65;

/// Whether automation moves leads.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Automation {
    /// Decisions are carried out.
    #[default]
    On,
    /// Decisions are recorded only.
    Shadow,
}

/// The part of a business's settings that a decision reads.
#[derive(Debug, Clone, PartialEq)]
pub struct DecisionSettings {
    /// A suggestion below this changes nothing (0 to 1).
    pub threshold: f64,
    /// Whether automation moves leads.
    pub automation: Automation,
    /// Where the business lives; quiet hours are read in it.
    pub time_zone: Tz,
    /// When automation leaves the board alone.
    pub quiet_hours: Option<QuietHours>,
    /// Which moves automation may make.
    pub transitions: TransitionRules,
    /// The business's own words; who decides compiles them into a [`Classifier`](crate::text::Classifier).
    pub words: Words,
}

impl Default for DecisionSettings {
    fn default() -> Self {
        Self {
            threshold: DEFAULT_THRESHOLD,
            automation: Automation::On,
            time_zone: Tz::UTC,
            quiet_hours: None,
            transitions: TransitionRules::default(),
            words: Words::default(),
        }
    }
}

/// A part of every day, in the business's time zone: `{"from": "21:00", "to": "07:30"}`. It may span midnight; the same
/// time twice is an empty span.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QuietHours {
    /// First minute of it, `HH:MM`.
    #[serde(with = "minute")]
    pub from: NaiveTime,
    /// First minute after it, `HH:MM`.
    #[serde(with = "minute")]
    pub to: NaiveTime,
}

impl QuietHours {
    /// Whether `now`, seen in `zone`, lies within.
    #[must_use]
    pub fn contain(&self, now: DateTime<Utc>, zone: Tz) -> bool {
        let time = now.with_timezone(&zone).time();
        if self.from <= self.to {
            self.from <= time && time < self.to
        } else {
            self.from <= time || time < self.to
        }
    }
}

/// Which moves automation may make, by status names: `{"allowed": {"qualified": ["won"]}, "never_to": ["vip"]}`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TransitionRules {
    /// From a status that is listed here, only to these; from any other, anywhere.
    pub allowed: BTreeMap<String, BTreeSet<String>>,
    /// Only a person moves a lead to one of these.
    pub never_to: BTreeSet<String>,
}

impl TransitionRules {
    /// Whether automation may move a lead so. A lead without a status may go anywhere but to `never_to`.
    #[must_use]
    pub fn permit(&self, from: Option<&str>, to: &str) -> bool {
        !self.never_to.contains(to)
            && from
                .and_then(|from| self.allowed.get(from))
                .is_none_or(|targets| targets.contains(to))
    }
}

mod minute {
    use chrono::NaiveTime;
    use serde::{Deserialize, Deserializer, Serializer, de};

    const FORM: &str = "%H:%M";

    pub fn serialize<S: Serializer>(time: &NaiveTime, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(&time.format(FORM))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<NaiveTime, D::Error> {
        let text = String::deserialize(from)?;
        NaiveTime::parse_from_str(&text, FORM)
            .map_err(|_| de::Error::custom(format!("{text:?} is not a time as HH:MM")))
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone as _;
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    #[rstest]
    #[case::before("21:00", "07:00", 18, false)]
    #[case::first_minute("21:00", "07:00", 19, true)]
    #[case::after_midnight("21:00", "07:00", 4, true)]
    #[case::first_minute_after("21:00", "07:00", 5, false)]
    #[case::within_a_day("12:00", "14:00", 11, true)]
    #[case::after_it("12:00", "14:00", 12, false)]
    #[case::empty("12:00", "12:00", 10, false)]
    fn quiet_hours_are_read_on_the_business_s_clock(
        #[case] from: &str,
        #[case] to: &str,
        #[case] utc_hour: u32,
        #[case] quiet: bool,
    ) {
        let hours: QuietHours =
            serde_json::from_value(json!({ "from": from, "to": to })).expect("reads");
        // In winter Jerusalem is two hours ahead of UTC.
        let now = Utc
            .with_ymd_and_hms(2026, 1, 15, utc_hour, 0, 0)
            .single()
            .expect("exists");
        assert_eq!(hours.contain(now, Tz::Asia__Jerusalem), quiet);
    }

    #[test]
    fn a_wrong_time_is_named() {
        let error = serde_json::from_value::<QuietHours>(json!({ "from": "9pm", "to": "07:00" }))
            .expect_err("refused");
        assert!(error.to_string().contains("\"9pm\" is not a time as HH:MM"));
    }

    #[rstest]
    #[case::free(Some("new"), "interested", true)]
    #[case::without_a_status(None, "interested", true)]
    #[case::listed(Some("qualified"), "won", true)]
    #[case::not_listed(Some("qualified"), "new", false)]
    #[case::never(Some("new"), "vip", false)]
    #[case::never_even_without_a_status(None, "vip", false)]
    fn transition_rules(#[case] from: Option<&str>, #[case] to: &str, #[case] permitted: bool) {
        let rules: TransitionRules = serde_json::from_value(
            json!({ "allowed": { "qualified": ["won", "vip"] }, "never_to": ["vip"] }),
        )
        .expect("reads");
        assert_eq!(rules.permit(from, to), permitted);
    }
}
