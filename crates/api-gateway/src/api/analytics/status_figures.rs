//! From the rows of the read models to the figures of [`super::status_view`].

use std::collections::BTreeMap;

use chrono::{NaiveDate, Weekday};
use domain::decision::threshold;
use domain::spread::Spread;
use storage::analytics::{DecisionCount, SpreadOf, Transition};
use storage::statuses::Status;

use super::status_view::{
    CREATED, ConfidenceView, DayMovesView, GateView, MOVED, NOTHING, SAME, SourceView,
    StatusMovesView, TransitionView, is_automatic, is_gate,
};
use super::{TookView, share};

pub(super) fn statuses(
    rows: &[Transition],
    per_day: &[DayMovesView],
    stays: &[SpreadOf],
    board: &[Status],
    created: i64,
) -> Vec<StatusMovesView> {
    let mut names: Vec<&str> = board.iter().map(|status| status.name.as_str()).collect();
    let mut gone: Vec<&str> = per_day
        .iter()
        .map(|row| row.status.as_str())
        .filter(|name| !names.contains(name))
        .collect();
    gone.sort_unstable();
    gone.dedup();
    names.extend(gone);
    names
        .into_iter()
        .map(|name| {
            let label = board.iter().find(|status| status.name == name);
            let moves = || per_day.iter().filter(|row| row.status == name);
            let firsts = rows.iter().filter(|row| row.to_status == name);
            let reached_first = firsts.map(|row| row.firsts).sum();
            let mut stay = Spread::default();
            for row in stays.iter().filter(|row| row.of.0 == name) {
                stay.merge(&row.spread);
            }
            StatusMovesView {
                status: name.to_owned(),
                label: label.map_or_else(|| name.to_owned(), |status| status.label.clone()),
                entered: moves().map(|row| row.entered).sum(),
                left: moves().map(|row| row.left).sum(),
                stay: TookView::of(&stay),
                reached_first,
                reached_of_created: share(reached_first, created),
            }
        })
        .collect()
}

pub(super) fn weeks(per_day: &[DayMovesView]) -> Vec<DayMovesView> {
    let mut weeks: BTreeMap<(NaiveDate, &str), (i64, i64)> = BTreeMap::new();
    for row in per_day {
        let week = row.date.week(Weekday::Mon).first_day();
        let (entered, left) = weeks.entry((week, &row.status)).or_default();
        *entered += row.entered;
        *left += row.left;
    }
    weeks
        .into_iter()
        .map(|((date, status), (entered, left))| DayMovesView {
            date,
            status: status.to_owned(),
            entered,
            left,
        })
        .collect()
}

pub(super) fn transitions(rows: &[Transition], stays: &[SpreadOf]) -> Vec<TransitionView> {
    let mut found: BTreeMap<(&str, &str), (i64, i64)> = BTreeMap::new();
    for row in rows.iter().filter(|row| row.source != CREATED) {
        let (changes, automatic) = found.entry((&row.from_status, &row.to_status)).or_default();
        *changes += row.changes;
        *automatic += if is_automatic(row) { row.changes } else { 0 };
    }
    let mut shown: Vec<TransitionView> = found
        .into_iter()
        .map(|((from, to), (changes, automatic))| {
            let mut stays = stays
                .iter()
                .filter(|row| row.of.0 == from && row.of.1 == to);
            TransitionView {
                from: (!from.is_empty()).then(|| from.to_owned()),
                to: to.to_owned(),
                changes,
                automatic,
                stay: stays
                    .next()
                    .map_or_else(TookView::default, |row| TookView::of(&row.spread)),
            }
        })
        .collect();
    shown.sort_by_key(|row| -row.changes);
    shown
}

pub(super) fn sources(rows: &[Transition], all: i64) -> Vec<SourceView> {
    let mut found: BTreeMap<&str, i64> = BTreeMap::new();
    for row in rows.iter().filter(|row| row.source != CREATED) {
        *found.entry(&row.source).or_default() += row.changes;
    }
    found
        .into_iter()
        .map(|(source, changes)| SourceView {
            source: source.to_owned(),
            changes,
            share: share(changes, all),
        })
        .collect()
}

/// The rows come by source and step.
pub(super) fn confidence(rows: &[DecisionCount]) -> Vec<ConfidenceView> {
    let mut shown: BTreeMap<(&str, i16), ConfidenceView> = BTreeMap::new();
    for row in rows {
        let band = shown.entry((&row.source, row.step)).or_insert_with(|| {
            let step = u8::try_from(row.step).ok();
            ConfidenceView {
                source: row.source.clone(),
                confidence_from: step.map(threshold::of_step),
                confidence_to: step.map(|step| threshold::of_step(step + 1)),
                ..ConfidenceView::default()
            }
        });
        let counted = match row.outcome.as_str() {
            MOVED => &mut band.moved,
            SAME => &mut band.unchanged,
            NOTHING => &mut band.nothing,
            _ => &mut band.held_back,
        };
        *counted += row.decisions;
    }
    shown.into_values().collect()
}

pub(super) fn gates(rows: &[DecisionCount]) -> Vec<GateView> {
    let mut found: BTreeMap<&str, i64> = BTreeMap::new();
    for row in rows.iter().filter(|row| is_gate(&row.outcome)) {
        *found.entry(&row.outcome).or_default() += row.decisions;
    }
    let mut shown: Vec<GateView> = found
        .into_iter()
        .map(|(gate, decisions)| GateView {
            gate: gate.to_owned(),
            decisions,
        })
        .collect();
    shown.sort_by_key(|row| -row.decisions);
    shown
}
