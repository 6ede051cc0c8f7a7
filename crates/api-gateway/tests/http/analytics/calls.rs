//! How calls ended, recomputed by hand.

use std::collections::BTreeMap;

use chrono::{DateTime, Datelike as _, NaiveDate, Timelike as _};
use chrono_tz::Tz;
use serde_json::Value;

use super::assert_some;
use super::past::Past;
use super::raw::{Range, Raw, Whose, time};
use super::status::{assert_share, assert_took};

/// One ended call.
struct Call {
    at: DateTime<Tz>,
    direction: String,
    number: String,
    list: Option<i64>,
    outcome: String,
    talk: i64,
    /// Where it is the first that reached its lead.
    attempts: Option<i64>,
}

impl Call {
    fn is_placed(&self) -> bool {
        self.outcome != "not_placed"
    }

    fn is_reached(&self) -> bool {
        self.outcome == "reached"
    }

    fn is_answered(&self) -> bool {
        self.is_reached() || self.outcome == "voicemail"
    }
}

fn outcome(row: &Value) -> String {
    let is_placed = row["dial_state"] != "absent" && row["dial_state"] != "rejected";
    match (is_placed, row["status"].as_str().expect("a status")) {
        (false, _) => "not_placed",
        (true, "completed") if row["answered_by"] == "machine" => "voicemail",
        (true, "completed") => "reached",
        (true, status) => status,
    }
    .to_owned()
}

/// In the order of their beginnings, as the rows come.
fn calls(raw: &Raw, past: &Past, range: &Range, whose: Whose) -> Vec<Call> {
    let mut placed: BTreeMap<i64, i64> = BTreeMap::new();
    let mut reached: BTreeMap<i64, bool> = BTreeMap::new();
    let mut calls = Vec::new();
    for row in &raw.calls {
        let lead = row["lead_id"].as_i64().expect("an id");
        let direction = row["direction"].as_str().expect("a direction").to_owned();
        let outcome = outcome(row);
        let mut attempts = None;
        if direction == "outbound" && outcome != "not_placed" {
            let before = placed.entry(lead).or_default();
            *before += 1;
            if outcome == "reached" && reached.insert(lead, true).is_none() {
                attempts = Some(*before);
            }
        }
        let number = if direction == "inbound" {
            "to_number"
        } else {
            "from_number"
        };
        if whose.has(&raw.leads[&lead]) {
            calls.push(Call {
                at: time(&row["created_at"]).with_timezone(&past.zone),
                number: row[number].as_str().expect("a number").to_owned(),
                list: raw.leads[&lead].list,
                talk: row["duration"].as_i64().unwrap_or(0),
                direction,
                outcome,
                attempts,
            });
        }
    }
    calls.retain(|call| range.has(call.at.date_naive()));
    calls
}

/// Calls, answered and reached.
type Counts = (i64, i64, i64);

fn counts<K: Ord>(calls: &[&Call], key: impl Fn(&Call) -> Option<K>) -> BTreeMap<K, Counts> {
    let mut sums: BTreeMap<K, Counts> = BTreeMap::new();
    for call in calls {
        if let Some(key) = key(call) {
            let (all, answered, reached) = sums.entry(key).or_default();
            *all += 1;
            *answered += i64::from(call.is_answered());
            *reached += i64::from(call.is_reached());
        }
    }
    sums
}

fn shown<K: Ord>(told: &Value, key: impl Fn(&Value) -> K) -> BTreeMap<K, Counts> {
    let number = |row: &Value, name: &str| row[name].as_i64().expect("a number");
    let rows = told.as_array().expect("a list").iter();
    let all = rows.map(|row| {
        let counts = (
            number(row, "calls"),
            number(row, "answered"),
            number(row, "reached"),
        );
        if let Some(rate) = row.get("answer_rate") {
            assert_eq!(rate.is_null(), counts.0 == 0, "{row}");
            if counts.0 > 0 {
                let [whole, part] = [counts.0, counts.1].map(|n| usize::try_from(n).expect("few"));
                assert_share(rate, part, whole, "of an answer rate");
            }
        }
        (key(row), counts)
    });
    all.filter(|(_, counts)| counts.0 > 0).collect()
}

fn text(value: &Value) -> String {
    value.as_str().expect("text").to_owned()
}

pub(super) fn assert_same(told: &Value, raw: &Raw, past: &Past, range: &Range, whose: Whose) {
    let all = calls(raw, past, range, whose);
    assert_some("calls", all.len(), range, whose);
    let what = format!("{range:?} {whose:?}");
    let placed: Vec<&Call> = all.iter().filter(|call| call.is_placed()).collect();
    let outbound = |call: &Call| call.direction == "outbound";
    let summary = &told["summary"];
    let count = |wanted: &dyn Fn(&Call) -> bool| placed.iter().filter(|call| wanted(call)).count();
    assert_eq!(summary["calls"], placed.len(), "{what}");
    assert_eq!(summary["outbound"], count(&outbound), "{what}");
    assert_eq!(
        summary["inbound"],
        placed.len() - count(&outbound),
        "{what}"
    );
    assert_eq!(summary["not_placed"], all.len() - placed.len(), "{what}");
    assert_eq!(summary["answered"], count(&Call::is_answered), "{what}");
    assert_eq!(summary["reached"], count(&Call::is_reached), "{what}");
    let talk: i64 = placed
        .iter()
        .filter(|call| call.is_answered())
        .map(|call| call.talk)
        .sum();
    assert_eq!(summary["talk_seconds"], talk, "{what}");
    let talks = |wanted: &dyn Fn(&Call) -> bool| {
        let found = placed.iter().filter(|call| wanted(call));
        found.map(|call| call.talk as f64).collect::<Vec<f64>>()
    };
    assert_took(&summary["talk"], talks(&Call::is_reached), &what);
    for row in told["durations"].as_array().expect("a list") {
        let (direction, outcome) = (text(&row["direction"]), text(&row["outcome"]));
        let values = talks(&|call| call.direction == direction && call.outcome == outcome);
        assert_took(row, values, &format!("{direction} {outcome} {what}"));
    }

    let heat = counts(&placed, |call| {
        let weekday = i64::from(call.at.weekday().number_from_monday());
        outbound(call).then(|| (weekday, i64::from(call.at.hour())))
    });
    let number = |row: &Value, name: &str| row[name].as_i64().expect("a number");
    let told_heat = shown(&told["heat_map"], |row| {
        (number(row, "weekday"), number(row, "hour"))
    });
    assert_eq!(told_heat, heat, "{what}");
    let days = counts(&placed, |call| Some(call.at.date_naive()));
    let told_days = shown(&told["per_day"], |row| {
        text(&row["date"]).parse::<NaiveDate>().expect("a day")
    });
    assert_eq!(told_days, days, "{what}");
    let numbers = counts(&placed, |call| {
        Some((call.number.clone(), call.direction.clone()))
    });
    let told_numbers = shown(&told["by_number"], |row| {
        (text(&row["number"]), text(&row["direction"]))
    });
    assert_eq!(told_numbers, numbers, "{what}");
    if !matches!(whose, Whose::Owner(_)) {
        let lists = counts(&placed, |call| call.list);
        assert_eq!(
            shown(&told["by_list"], |row| number(row, "list_id")),
            lists,
            "{what}"
        );
    }
    assert_outcomes(told, &all, &what);
    assert_attempts(told, &all, &what);
}

fn assert_outcomes(told: &Value, all: &[Call], what: &str) {
    let mut expected: BTreeMap<(String, String), i64> = BTreeMap::new();
    for call in all {
        let key = (call.direction.clone(), call.outcome.clone());
        *expected.entry(key).or_default() += 1;
    }
    let rows = told["outcomes"].as_array().expect("a list").iter();
    let shown: BTreeMap<_, _> = rows
        .map(|row| {
            let key = (text(&row["direction"]), text(&row["outcome"]));
            (key, row["calls"].as_i64().expect("a number"))
        })
        .collect();
    assert_eq!(shown, expected, "{what}");
}

fn assert_attempts(told: &Value, all: &[Call], what: &str) {
    let mut attempts: Vec<i64> = all.iter().filter_map(|call| call.attempts).collect();
    attempts.sort_unstable();
    let told = &told["attempts_until_reached"];
    assert_eq!(told["leads"], attempts.len(), "{what}");
    for (name, percent) in [("median", 50), ("p90", 90)] {
        let rank = (attempts.len() * percent).div_ceil(100).max(1);
        assert_eq!(
            told[name].as_i64(),
            attempts.get(rank - 1).copied(),
            "{name} {what}"
        );
    }
    let rows = told["histogram"].as_array().expect("a list").iter();
    let shown: Vec<i64> = rows
        .flat_map(|row| {
            let leads = row["leads"].as_u64().expect("a number");
            let attempts = row["attempts"].as_i64().expect("a number");
            std::iter::repeat_n(attempts, usize::try_from(leads).expect("few"))
        })
        .collect();
    assert_eq!(shown, attempts, "{what}");
}
