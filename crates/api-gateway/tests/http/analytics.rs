//! Analytics against a plain recomputation from the histories, for histories that nobody chose.

mod calls;
mod past;
mod raw;
mod runs;
mod status;

use chrono_tz::Tz;
use rstest::rstest;
use serde_json::{Value, json};
use storage::ServiceRole;
use storage::analytics::{self, Haste};
use testkit::Business;

use crate::support::{World, fields};
use past::Past;
use raw::{Range, Raw, Whose};

/// Computes all that is stale, as status-engine's worker does without its clock.
async fn refresh(world: &World, business: &Business) -> u32 {
    let engine = world.database.db(ServiceRole::StatusEngine);
    analytics::refresh(&engine, business.id, Haste::AtOnce, u32::MAX)
        .await
        .expect("the days are computed")
        .days
}

async fn told(world: &World, business: &Business, what: &str) -> Value {
    let path = format!("/api/analytics/{what}");
    let (status, told) = world.api(business).get(&path).await;
    assert_eq!(status, 200, "{path}: {told}");
    told
}

/// Compares what is told of all ranges and parts with what the histories say.
async fn compare(past: &Past) {
    let raw = Raw::read(&past.world.database).await;
    let first = raw.leads.keys().next().expect("a lead");
    let lead = &raw.leads[first];
    for range in past.ranges() {
        for whose in [
            Whose::Everyone,
            Whose::List(lead.list.expect("a list")),
            Whose::Owner(lead.owner.expect("an owner")),
        ] {
            let asked = format!("{}{}", range.query(), whose.query());
            let shown = told(&past.world, &past.business, &format!("status?{asked}")).await;
            status::assert_same(&shown, &raw, past, &range, whose);
            let shown = told(&past.world, &past.business, &format!("calls?{asked}")).await;
            calls::assert_same(&shown, &raw, past, &range, whose);
        }
    }
}

/// Clocks that are set forward and back on different days, and one that never is and differs by three quarters of an hour.
#[rstest]
#[case(Tz::Asia__Jerusalem, 1)]
#[case(Tz::America__New_York, 2)]
#[case(Tz::Asia__Kathmandu, 3)]
#[tokio::test]
async fn every_figure_is_what_the_histories_say(#[case] zone: Tz, #[case] seed: u64) {
    let mut past = Past::begin(zone, seed).await;
    for part in 0..4 {
        past.go_on(60).await;
        refresh(&past.world, &past.business).await;
        if part == 1 {
            compare(&past).await;
        }
    }
    compare(&past).await;
    // Nothing is stale, so nothing is computed again; and whatever is computed again comes to the same.
    assert_eq!(refresh(&past.world, &past.business).await, 0);
    let before = past.computed().await;
    past.mark().await;
    assert!(refresh(&past.world, &past.business).await > 10);
    assert_eq!(past.computed().await, before);

    // Leads change lists and owners, and count there with all that they have.
    past.shuffle().await;
    refresh(&past.world, &past.business).await;
    compare(&past).await;

    // Another clock has other days.
    past.move_to(Tz::Australia__Lord_Howe).await;
    refresh(&past.world, &past.business).await;
    compare(&past).await;
    assert_eq!(
        past.neighbours_rows().await,
        json!([]),
        "a neighbour without a past"
    );
}

/// A transaction that began before the days were computed and commits afterwards, with ids and times before theirs.
#[tokio::test]
async fn what_commits_late_is_counted_late_and_not_lost() {
    let past = Past::begin(Tz::Asia__Jerusalem, 4).await;
    let late = past.hold_a_change_open().await;
    past.change(1, "2026-10-20T10:00:00Z").await;
    refresh(&past.world, &past.business).await;
    let day = "status?from=2026-10-20&to=2026-10-20";
    let shown = told(&past.world, &past.business, day).await;
    assert_eq!(shown["summary"]["changes"], 1);
    late.commit().await;
    refresh(&past.world, &past.business).await;
    let shown = told(&past.world, &past.business, day).await;
    assert_eq!(shown["summary"]["changes"], 2);
}

/// Two who compute the same at once while a third goes on writing.
#[tokio::test]
async fn many_hands_at_once_come_to_the_same() {
    let mut past = Past::begin(Tz::America__New_York, 5).await;
    past.go_on(30).await;
    let (world, business) = (&past.world, &past.business);
    let (one, other, ()) = tokio::join!(
        refresh(world, business),
        refresh(world, business),
        past.change(2, "2026-10-21T10:00:00Z"),
    );
    assert!(one + other > 0);
    refresh(world, business).await;
    compare(&past).await;
}

/// Whoever computes may die between any two steps: what was noted and marked is there for the next one.
#[tokio::test]
async fn a_crash_loses_nothing() {
    let mut past = Past::begin(Tz::Asia__Kathmandu, 6).await;
    past.go_on(40).await;
    let engine = past.world.database.db(ServiceRole::StatusEngine);
    past.mark().await;
    // After the notes are taken out and three days are computed.
    let done = analytics::refresh(&engine, past.business.id, Haste::AtOnce, 3).await;
    assert!(!done.expect("three days").is_done);
    // In the middle of a day: the database refuses the last statement of it.
    past.world
        .database
        .execute("ALTER TABLE analytics_spreads ADD CONSTRAINT dead CHECK (false) NOT VALID")
        .await;
    let died = analytics::refresh(&engine, past.business.id, Haste::AtOnce, u32::MAX).await;
    died.expect_err("the database refuses");
    past.world
        .database
        .execute("ALTER TABLE analytics_spreads DROP CONSTRAINT dead")
        .await;
    refresh(&past.world, &past.business).await;
    compare(&past).await;
}

#[tokio::test]
async fn a_business_where_nothing_happened_has_zeros() {
    let world = World::start().await;
    let business = world.business(0).await;
    for _ in 0..2 {
        let status = told(&world, &business, "status?compare=previous").await;
        assert_eq!(status["summary"]["changes"], 0);
        assert_eq!(status["summary"]["correction_rate"], Value::Null);
        assert_eq!(status["summary"], status["previous"]);
        let board = status["statuses"].as_array().expect("the board");
        assert!(board.len() > 3);
        assert_eq!(
            board[0]["stay"],
            json!({ "count": 0, "median_seconds": null, "p90_seconds": null })
        );
        let calls = told(&world, &business, "calls?compare=previous").await;
        assert_eq!(calls["summary"]["answer_rate"], Value::Null);
        assert_eq!(calls["heat_map"].as_array().map(Vec::len), Some(168));
        assert_eq!(calls["attempts_until_reached"]["median"], Value::Null);
        let runs = told(&world, &business, "runs?compare=previous").await;
        assert_eq!(
            (&runs["totals"]["runs"], &runs["items"]),
            (&json!(0), &json!([]))
        );
        assert_eq!(runs["totals"]["idle_share"], Value::Null);
        refresh(&world, &business).await;
    }
}

#[rstest]
#[case("from=2026-03-02&to=2026-03-01", 422, &["from"])]
#[case("to=1999-12-31", 422, &["to"])]
#[case("from=1000-01-01&to=9999-01-01", 422, &["from", "to"])]
#[case("from=2024-11-01&to=2026-11-02", 422, &["from"])]
#[case("from=2024-11-02&to=2026-11-02", 200, &[])]
#[case("from=2026-02-30", 400, &["from"])]
#[case("from=yesterday&since=3", 400, &["from", "since"])]
#[case("list_id=999999999", 404, &[])]
#[tokio::test]
async fn days_that_cannot_be_told_are_refused_by_name(
    #[case] query: &str,
    #[case] expected: u16,
    #[case] names: &[&str],
) {
    let world = World::start().await;
    let business = world.business(0).await;
    for what in ["status", "calls", "runs"] {
        let path = format!("/api/analytics/{what}?{query}");
        let (status, problem) = world.api(&business).get(&path).await;
        assert_eq!(
            (status, fields(&problem)),
            (expected, names.to_vec()),
            "{path}: {problem}"
        );
    }
}

#[tokio::test]
async fn a_list_and_an_owner_are_not_asked_for_together() {
    let world = World::start().await;
    let business = world.business(0).await;
    for what in ["status", "calls"] {
        let path = format!("/api/analytics/{what}?list_id=1&owner=2");
        let (status, problem) = world.api(&business).get(&path).await;
        assert_eq!((status, fields(&problem)), (422, vec!["owner"]));
    }
}

/// A range that nobody can see the end of is as good as one that is asked for.
#[tokio::test]
async fn thirty_days_to_today_are_told_when_nothing_is_said() {
    let clock = chassis::clock::Clock::fixed("2026-11-01T22:30:00Z".parse().expect("a time"));
    let world = World::at(clock).await;
    let business = world.business(0).await;
    let shown = told(&world, &business, "status").await;
    // It is past midnight there.
    assert_eq!(
        (&shown["from"], &shown["to"]),
        (&json!("2026-10-04"), &json!("2026-11-02"))
    );
    assert_eq!(shown["time_zone"], "Asia/Jerusalem");
}

/// Used by the parts, so that no comparison passes because there was nothing to compare.
fn assert_some(what: &str, found: usize, range: &Range, whose: Whose) {
    let is_all = range.is_whole() && matches!(whose, Whose::Everyone);
    assert!(!is_all || found > 0, "there are no {what}");
}
