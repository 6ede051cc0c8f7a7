//! How leads moved, recomputed by hand.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike as _, NaiveDate, TimeDelta};
use serde_json::Value;

use super::assert_some;
use super::past::Past;
use super::raw::{Range, Raw, Whose, time};

/// One move of a lead.
struct Move {
    day: NaiveDate,
    source: String,
    from: String,
    to: String,
    is_first: bool,
    stay: Option<f64>,
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn moves(raw: &Raw, past: &Past, range: &Range, whose: Whose) -> Vec<Move> {
    let mut moves = Vec::new();
    for (id, lead) in raw.leads.iter().filter(|(_, lead)| whose.has(lead)) {
        let history: Vec<&Value> = raw
            .history
            .iter()
            .filter(|row| row["lead_id"] == *id)
            .collect();
        let began = history
            .first()
            .map_or_else(|| lead.status.clone(), |row| text(&row["old_status"]));
        let mut since = lead.created_at;
        let mut seen = BTreeSet::from([began.clone()]);
        moves.push(Move {
            day: since.with_timezone(&past.zone).date_naive(),
            source: "created".to_owned(),
            from: String::new(),
            to: began,
            is_first: true,
            stay: None,
        });
        for row in history {
            let at = time(&row["created_at"]);
            let to = text(&row["new_status"]);
            moves.push(Move {
                day: at.with_timezone(&past.zone).date_naive(),
                source: text(&row["channel"]),
                from: text(&row["old_status"]),
                is_first: seen.insert(to.clone()),
                to,
                stay: Some((at - since).as_seconds_f64().max(0.0)),
            });
            since = at;
        }
    }
    moves.retain(|found| range.has(found.day));
    moves
}

/// Half (or nine tenths) took no longer; by the nearest rank.
pub(super) fn assert_took(told: &Value, mut values: Vec<f64>, what: &str) {
    assert_eq!(told["count"], values.len(), "{what}");
    values.sort_by(f64::total_cmp);
    for (name, percent) in [("median_seconds", 50), ("p90_seconds", 90)] {
        let rank = (values.len() * percent).div_ceil(100).max(1);
        match values.get(rank - 1) {
            None => assert!(told[name].is_null(), "{what}: {told}"),
            Some(exact) => {
                let told = told[name].as_f64().expect("a number");
                let error = (told - exact).abs();
                assert!(
                    error <= exact * 0.05 + 1.0,
                    "{what}: {name} {told} for {exact}"
                );
            }
        }
    }
}

/// A part of a whole; numbers lose their last digit on the way.
pub(super) fn assert_share(told: &Value, part: usize, whole: usize, what: &str) {
    let told = told.as_f64().expect("a share");
    let expected = part as f64 / whole as f64;
    assert!(
        (told - expected).abs() < 1e-9,
        "{told} is not {part} of {whole}: {what}"
    );
}

fn rows(told: &Value) -> &Vec<Value> {
    told.as_array().expect("a list")
}

/// Sums by what `key` says.
fn tally<K: Ord, T>(items: &[T], key: impl Fn(&T) -> Option<K>) -> BTreeMap<K, i64> {
    let mut sums = BTreeMap::new();
    for item in items {
        if let Some(key) = key(item) {
            *sums.entry(key).or_default() += 1;
        }
    }
    sums
}

pub(super) fn assert_same(told: &Value, raw: &Raw, past: &Past, range: &Range, whose: Whose) {
    let moves = moves(raw, past, range, whose);
    let (created, changes): (Vec<&Move>, Vec<&Move>) =
        moves.iter().partition(|found| found.source == "created");
    assert_some("moves", changes.len(), range, whose);
    let what = format!("{range:?} {whose:?}");
    let summary = &told["summary"];
    assert_eq!(summary["created"], created.len(), "{what}");
    assert_eq!(summary["changes"], changes.len(), "{what}");
    let automatic = changes
        .iter()
        .filter(|found| found.source != "manual")
        .count();
    assert_eq!(summary["automatic"], automatic, "{what}");
    if !changes.is_empty() {
        assert_share(&summary["automatic_share"], automatic, changes.len(), &what);
    }
    assert_velocity(told, &moves, &what);
    assert_statuses(told, &moves, created.len(), &what);
    assert_transitions(told, &changes, &what);
    assert_decisions(told, raw, past, range, whose);
}

fn assert_velocity(told: &Value, moves: &[Move], what: &str) {
    let monday =
        |day: NaiveDate| day - TimeDelta::days(day.weekday().num_days_from_monday().into());
    for (name, date) in [
        ("per_day", (|day| day) as fn(NaiveDate) -> NaiveDate),
        ("per_week", monday),
    ] {
        let entered = tally(moves, |found| Some((date(found.day), found.to.clone())));
        let left = tally(moves, |found| {
            (!found.from.is_empty()).then(|| (date(found.day), found.from.clone()))
        });
        let keys: BTreeSet<_> = entered.keys().chain(left.keys()).cloned().collect();
        let expected: Vec<_> = keys
            .into_iter()
            .map(|key| {
                let (entered, left) = (entered.get(&key), left.get(&key));
                (
                    key.0,
                    key.1.clone(),
                    entered.copied().unwrap_or(0),
                    left.copied().unwrap_or(0),
                )
            })
            .collect();
        let shown: Vec<_> = rows(&told[name])
            .iter()
            .map(|row| {
                let date: NaiveDate = text(&row["date"]).parse().expect("a day");
                let number = |name: &str| row[name].as_i64().expect("a number");
                (
                    date,
                    text(&row["status"]),
                    number("entered"),
                    number("left"),
                )
            })
            .collect();
        assert_eq!(shown, expected, "{name} {what}");
    }
}

fn assert_statuses(told: &Value, moves: &[Move], created: usize, what: &str) {
    for row in rows(&told["statuses"]) {
        let name = text(&row["status"]);
        let stays = moves.iter().filter(|found| found.from == name);
        let what = format!("{name} {what}");
        assert_took(
            &row["stay"],
            stays.filter_map(|found| found.stay).collect(),
            &what,
        );
        let firsts = moves
            .iter()
            .filter(|found| found.to == name && found.is_first);
        let firsts = firsts.count();
        assert_eq!(row["reached_first"], firsts, "{what}");
        if created > 0 {
            assert_share(&row["reached_of_created"], firsts, created, &what);
        } else {
            assert!(row["reached_of_created"].is_null(), "{what}");
        }
        let entered = moves.iter().filter(|found| found.to == name).count();
        assert_eq!(row["entered"], entered, "{what}");
    }
}

fn assert_transitions(told: &Value, changes: &[&Move], what: &str) {
    let expected = tally(changes, |found| {
        Some((found.from.clone(), found.to.clone()))
    });
    let automatic = tally(changes, |found| {
        (found.source != "manual").then(|| (found.from.clone(), found.to.clone()))
    });
    let shown = rows(&told["transitions"]);
    assert_eq!(shown.len(), expected.len(), "{what}");
    for row in shown {
        let key = (text(&row["from"]), text(&row["to"]));
        assert_eq!(row["changes"], expected[&key], "{key:?} {what}");
        assert_eq!(
            row["automatic"],
            automatic.get(&key).copied().unwrap_or(0),
            "{key:?} {what}"
        );
        let stays = changes
            .iter()
            .filter(|found| (&found.from, &found.to) == (&key.0, &key.1));
        let stays = stays.filter_map(|found| found.stay).collect();
        assert_took(&row["stay"], stays, &format!("{key:?} {what}"));
    }
    let sources = tally(changes, |found| Some(found.source.clone()));
    for row in rows(&told["automation"]) {
        assert_eq!(row["changes"], sources[&text(&row["source"])], "{what}");
    }
    assert_eq!(rows(&told["automation"]).len(), sources.len(), "{what}");
}

/// What became of a decision.
fn outcome(row: &Value) -> &'static str {
    match (
        row["applied"] == true,
        row["from_status"] == row["to_status"],
    ) {
        (true, false) => "moved",
        (true, true) => "unchanged",
        (false, _) if row["gate"].is_null() => "nothing",
        (false, _) => "held_back",
    }
}

fn source(row: &Value) -> &'static str {
    match (&row["source"], &row["evidence"]["input"]["direction"]) {
        (source, _) if source == "whatsapp_summary" => "auto_whatsapp",
        (_, direction) if direction == "inbound" => "auto_inbound",
        _ => "auto_outbound",
    }
}

#[expect(clippy::too_many_lines, reason = "one story, told in its order")]
fn assert_decisions(told: &Value, raw: &Raw, past: &Past, range: &Range, whose: Whose) {
    let what = format!("{range:?} {whose:?}");
    let decided_at = |row: &Value| match &row["applied_at"] {
        Value::Null => time(&row["created_at"]),
        applied => time(applied),
    };
    let decisions: Vec<&Value> = raw
        .decisions
        .iter()
        .filter(|row| whose.has(&raw.leads[&row["lead_id"].as_i64().expect("an id")]))
        .filter(|row| range.has(decided_at(row).with_timezone(&past.zone).date_naive()))
        .collect();
    assert_some("decisions", decisions.len(), range, whose);
    let band = |row: &Value| {
        let step = row["confidence"]
            .as_f64()
            .map(|found| ((found * 20.0 + 1e-9).floor() as i64).min(19));
        (source(row), step)
    };
    let bands = tally(&decisions, |row| Some((band(row), outcome(row))));
    let mut shown = BTreeMap::new();
    for row in rows(&told["confidence"]) {
        let step = row["confidence_from"]
            .as_f64()
            .map(|from| (from * 20.0).round() as i64);
        let source = text(&row["source"]);
        for name in ["moved", "unchanged", "nothing", "held_back"] {
            let n = row[name].as_i64().expect("a number");
            if n > 0 {
                shown.insert((source.clone(), step, name), n);
            }
        }
    }
    let bands: BTreeMap<_, _> = bands
        .into_iter()
        .map(|(((source, step), name), n)| ((source.to_owned(), step, name), n))
        .collect();
    assert_eq!(shown, bands, "{what}");
    let gates = tally(&decisions, |row| {
        row["gate"].as_str().map(ToOwned::to_owned)
    });
    let shown = rows(&told["held_back"]).iter();
    let shown: BTreeMap<_, _> = shown
        .map(|row| {
            (
                text(&row["gate"]),
                row["decisions"].as_i64().expect("a number"),
            )
        })
        .collect();
    assert_eq!(shown, gates, "{what}");

    let moved: Vec<&Value> = decisions
        .into_iter()
        .filter(|row| outcome(row) == "moved")
        .collect();
    let is_corrected = |row: &Value| !row["correction"].is_null();
    let is_judged =
        |row: &Value| is_corrected(row) || decided_at(row) < past.now - TimeDelta::hours(72);
    let corrected = moved.iter().filter(|row| is_corrected(row)).count();
    let judged = moved.iter().filter(|row| is_judged(row)).count();
    let summary = &told["summary"];
    assert_eq!(
        (&summary["moved"], &summary["corrected"]),
        (&moved.len().into(), &corrected.into()),
        "{what}"
    );
    assert_eq!(summary["judged"], judged, "{what}");
    if judged > 0 {
        assert_share(&summary["correction_rate"], corrected, judged, &what);
    }
    let undone = moved
        .iter()
        .filter(|row| row["correction"] == "undone")
        .count();
    let shown: i64 = rows(&told["corrections"])
        .iter()
        .map(|row| row["undone"].as_i64().unwrap_or(0))
        .sum();
    assert_eq!(shown, undone as i64, "{what}");
}
