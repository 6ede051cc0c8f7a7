//! What the carrier saw, as events: a call begins when its create was accepted and ends at the carrier.

use std::collections::BTreeMap;

use anyhow::Context as _;
use chrono::{DateTime, Utc};
use serde_json::Value;
use storage::bench;

use super::super::analysis::Event;

/// The calls of the carrier's report, in nanoseconds of its clock. A number says which tenant's job it is; one that does not
/// is of no tenant, and is counted as such.
///
/// # Errors
/// When the report has another shape.
pub(super) fn events(report: &Value, jobs: u32) -> anyhow::Result<Vec<Event>> {
    let dials = report["dials"].as_array().context("a report has dials")?;
    let mut events = Vec::new();
    for dial in dials {
        let place = dial["to"]
            .as_str()
            .and_then(|to| to.strip_prefix(bench::NUMBERS))
            .and_then(|place| place.parse::<u32>().ok());
        let (tenant, job) =
            place.map_or((u32::MAX, u32::MAX), |place| (place / jobs, place % jobs));
        for call in dial["calls"].as_array().into_iter().flatten() {
            events.push(Event {
                tenant,
                job,
                start_ns: instant(&call["created_at"])?,
                end_ns: instant(&call["ended_at"])?,
            });
        }
    }
    Ok(events)
}

fn instant(at: &Value) -> anyhow::Result<u64> {
    let at: DateTime<Utc> = at
        .as_str()
        .context("a call that has not ended")?
        .parse()
        .context("an instant of the report")?;
    let nanos = at.timestamp_nanos_opt().context("an instant of our age")?;
    Ok(nanos.unsigned_abs())
}

/// What the carrier saw that must not be: more calls of one business than its lines, a phone that rang for two calls at once,
/// creates that it refused, callbacks that nobody took.
pub(super) fn faults(report: &Value, lines: u64) -> Vec<String> {
    let most = |list: &str, limit: u64, what: &str| {
        let over = report[list]
            .as_array()
            .into_iter()
            .flatten()
            .filter(|one| {
                one["most_simultaneous"]
                    .as_u64()
                    .is_none_or(|most| most > limit)
            })
            .count();
        (over > 0).then(|| format!("the carrier saw {over} {what}"))
    };
    let refused: u64 = report["creates_refused"]
        .as_object()
        .into_iter()
        .flat_map(serde_json::Map::values)
        .filter_map(Value::as_u64)
        .sum();
    let given_up = report["callbacks"]["given_up"].as_u64().unwrap_or(0);
    [
        most(
            "callers",
            lines,
            &format!("businesses with more than {lines} calls at once"),
        ),
        most("dials", 1, "phones that rang for two calls at once"),
        (refused > 0).then(|| format!("the carrier refused {refused} creates")),
        (given_up > 0).then(|| format!("nobody took {given_up} callbacks")),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// How long half of the calls lasted at most, in seconds.
#[expect(clippy::cast_precision_loss, reason = "milliseconds of a benchmark")]
pub(super) fn median_seconds(events: &[Event]) -> f64 {
    let mut lengths: Vec<u64> = events
        .iter()
        .map(|event| event.end_ns.saturating_sub(event.start_ns) / 1_000_000)
        .collect();
    lengths.sort_unstable();
    lengths
        .get(lengths.len() / 2)
        .map_or(0.0, |ms| *ms as f64 / 1e3)
}

/// Without a gap: each tenant's calls, as long as they were, on its lines one after the other; the longest of the tenants,
/// in nanoseconds.
pub(super) fn ideal_ns(events: &[Event], lines: usize) -> u64 {
    let mut tenants: BTreeMap<u32, Vec<&Event>> = BTreeMap::new();
    for event in events {
        tenants.entry(event.tenant).or_default().push(event);
    }
    let makespan = |calls: &mut Vec<&Event>| {
        calls.sort_by_key(|call| call.start_ns);
        let mut free_at = vec![0_u64; lines];
        for call in calls.iter() {
            if let Some(first) = free_at.iter_mut().min() {
                *first += call.end_ns.saturating_sub(call.start_ns);
            }
        }
        free_at.into_iter().max().unwrap_or(0)
    };
    tenants.values_mut().map(makespan).max().unwrap_or(0)
}

/// Calls per second in the middle half of the time: between the ramp and the tail.
#[expect(
    clippy::cast_precision_loss,
    reason = "calls and seconds of a benchmark"
)]
pub(super) fn steady_per_second(events: &[Event]) -> f64 {
    let first = events.iter().map(|event| event.start_ns).min().unwrap_or(0);
    let last = events.iter().map(|event| event.end_ns).max().unwrap_or(0);
    let quarter = (last - first) / 4;
    let middle = (first + quarter)..(last - quarter);
    let ended = events.iter().filter(|event| middle.contains(&event.end_ns));
    ended.count() as f64 / ((middle.end - middle.start) as f64 / 1e9).max(0.001)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_call_is_of_the_tenant_whose_number_rang() {
        let report = json!({ "dials": [{ "to": "+972500000021", "calls": [
            { "created_at": "2026-11-22T10:00:00Z", "ended_at": "2026-11-22T10:00:02.5Z" }
        ] }] });
        let events = events(&report, 20).expect("a report");
        assert_eq!((events[0].tenant, events[0].job), (1, 1));
        assert_eq!(events[0].end_ns - events[0].start_ns, 2_500_000_000);
        assert_eq!(ideal_ns(&events, 3), 2_500_000_000);
    }

    #[test]
    fn four_calls_on_three_lines_take_two_rounds() {
        let call = |job| Event {
            tenant: 0,
            job,
            start_ns: u64::from(job),
            end_ns: u64::from(job) + 10,
        };
        assert_eq!(ideal_ns(&[0, 1, 2, 3].map(call), 3), 20);
    }

    #[test]
    fn what_the_carrier_must_not_see_is_a_fault() {
        let fine = json!({
            "callers": [{ "most_simultaneous": 3 }], "dials": [{ "most_simultaneous": 1 }],
            "creates_refused": {}, "callbacks": { "given_up": 0 }
        });
        assert_eq!(faults(&fine, 3), Vec::<String>::new());
        assert_eq!(faults(&fine, 2).len(), 1);
        let wrong = json!({
            "callers": [{ "most_simultaneous": 3 }], "dials": [{ "most_simultaneous": 2 }],
            "creates_refused": { "429/20429": 2 }, "callbacks": { "given_up": 1 }
        });
        assert_eq!(faults(&wrong, 3).len(), 3);
    }

    #[test]
    fn a_call_that_goes_on_is_no_event() {
        let report = json!({ "dials": [{ "to": "+1", "calls": [{ "created_at": "2026-11-22T10:00:00Z" }] }] });
        assert!(events(&report, 20).is_err());
    }
}
