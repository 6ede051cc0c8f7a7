//! What runs came to, on a past that is small enough to be added up in the head.

use chassis::clock::Clock;
use serde_json::{Value, json};

use super::{refresh, told};
use crate::support::World;

/// Two runs on 1 November (the first of them in the evening of 31 October in UTC) and one in October; the first has four calls of which three ended, two were picked up
/// and one was taken by nobody, and moved two leads.
fn past(business: &str) -> String {
    format!(
        "INSERT INTO outbound_lead_lists (business_id, name) VALUES ({business}, 'Autumn');
         INSERT INTO outbound_call_runs (business_id, status, concurrency, total_leads, completed_count, failed_count,
             in_progress_count, outbound_list_id, created_at, started_at, ended_at)
         SELECT {business}, status, 2, 4, done, failed, 4 - done - failed, list, at::timestamptz, at::timestamptz, ends::timestamptz
         FROM (VALUES ('completed', 3, 1, (SELECT max(id) FROM outbound_lead_lists), '2026-10-31T22:00:00Z', '2026-10-31T23:00:00Z'),
                      ('running', 2, 0, NULL, '2026-11-01T10:00:00Z', NULL),
                      ('completed', 4, 0, NULL, '2026-10-01T10:00:00Z', '2026-10-01T11:00:00Z'))
              AS r (status, done, failed, list, at, ends);
         INSERT INTO outbound_call_runs (business_id, kind, status, concurrency, created_at, started_at, ended_at)
         VALUES ({business}, 'direct', 'completed', 1, '2026-11-01T10:00:00Z', '2026-11-01T10:00:00Z', '2026-11-01T10:10:00Z');
         INSERT INTO call_log (business_id, attempt_id, lead_id, run_id, job_id, call_sid, from_number, to_number, direction, status,
             dial_state, line, answered_by, created_at, ended_at, duration)
         SELECT {business}, gen_random_uuid(), l.id, (SELECT min(id) FROM outbound_call_runs), n, 'CA' || n, '+97236123456',
                '+97254000000' || n, 'outbound', status, dial_state, 1, who, '2026-10-31T22:00:00Z'::timestamptz + n * interval '10 minutes',
                '2026-10-31T22:12:00Z'::timestamptz + n * interval '10 minutes', talk
         FROM (SELECT min(id) AS id FROM leads) l,
              (VALUES (0, 'completed', 'accepted', 'human', 300), (1, 'completed', 'accepted', 'machine', 20),
                      (2, 'no-answer', 'accepted', NULL, 0), (3, 'failed', 'rejected', NULL, 0)) AS c (n, status, dial_state, who, talk);
         INSERT INTO lead_status_history (tenant_id, lead_id, old_status, new_status, channel, metadata_json, created_at)
         SELECT {business}, min(l.id), 'new', h.status, 'auto_outbound', jsonb_build_object('source_event_id', h.sid), '2026-11-01T12:00:00Z'
         FROM leads l, (VALUES ('interested', 'CA0'), ('no_answer', 'CA1'), ('interested', 'CA9')) AS h (status, sid) GROUP BY h.status, h.sid;"
    )
}

async fn world() -> (World, testkit::Business) {
    let clock = Clock::fixed("2026-11-01T12:00:00Z".parse().expect("a time"));
    let world = World::at(clock).await;
    let business = world.business(1).await;
    world
        .database
        .execute(&past(&business.id.to_string()))
        .await;
    refresh(&world, &business).await;
    (world, business)
}

#[tokio::test]
async fn the_results_of_runs_are_theirs_and_of_all_of_them_the_sum() {
    let (world, business) = world().await;
    let shown = told(
        &world,
        &business,
        "runs?from=2026-11-01&to=2026-11-01&compare=previous",
    )
    .await;
    let items = shown["items"].as_array().expect("a list");
    assert_eq!(items.len(), 2, "{shown}");
    let autumn = &items[1];
    let expected = json!({
        "status": "completed", "list_name": "Autumn", "concurrency": 2, "total_leads": 4, "completed": 3, "failed": 1,
        "calls": 3, "not_placed": 1, "answered": 2, "reached": 1, "answer_rate": 2.0 / 3.0, "reach_rate": 1.0 / 3.0,
        "talk_seconds": 320, "duration_seconds": 3600.0, "calls_per_hour": 3.0,
        // Four calls of twelve minutes each, of two hours that two lines had.
        "idle_share": 1.0 - 0.4,
        "statuses": [{ "status": "interested", "changes": 1 }, { "status": "no_answer", "changes": 1 }],
    });
    assert_contains(autumn, &expected);
    // It goes on, and is measured up to now.
    let running = json!({
        "status": "running", "list_name": null, "calls": 0, "answer_rate": null, "duration_seconds": 7200.0,
        "calls_per_hour": 0.0, "idle_share": 1.0, "statuses": [],
    });
    assert_contains(&items[0], &running);
    let totals = json!({
        "runs": 2, "over": 1, "total_leads": 8, "completed": 5, "failed": 1, "in_progress": 2, "calls": 3, "reached": 1,
        "duration_seconds": 10_800.0, "calls_per_hour": 1.0,
    });
    assert_contains(&shown["totals"], &totals);
    assert_eq!(shown["previous"]["runs"], 0);
    let october = told(&world, &business, "runs?from=2026-10-01&to=2026-10-31").await;
    assert_eq!(
        (&october["totals"]["runs"], &october["totals"]["calls"]),
        (&json!(1), &json!(0))
    );
}

#[tokio::test]
async fn runs_come_in_pages_and_of_a_list() {
    let (world, business) = world().await;
    let first = told(&world, &business, "runs?from=2026-10-01&limit=2").await;
    let cursor = first["next_cursor"].as_str().expect("there is more");
    let second = told(
        &world,
        &business,
        &format!("runs?from=2026-10-01&limit=2&cursor={cursor}"),
    )
    .await;
    assert_eq!(second["items"].as_array().map(Vec::len), Some(1));
    assert_eq!(second["next_cursor"], Value::Null);
    let list = second["items"][0]["list_id"]
        .as_i64()
        .or(first["items"][1]["list_id"].as_i64());
    let of_list = told(
        &world,
        &business,
        &format!("runs?list_id={}", list.expect("a list")),
    )
    .await;
    assert_eq!(of_list["totals"]["runs"], 1);
    assert_eq!(of_list["items"][0]["list_name"], "Autumn");
}

fn assert_contains(told: &Value, expected: &Value) {
    for (name, value) in expected.as_object().expect("an object") {
        let same = match (told[name].as_f64(), value.as_f64()) {
            (Some(told), Some(value)) => (told - value).abs() < 1e-9,
            _ => &told[name] == value,
        };
        assert!(same, "{name}: {} instead of {value} in {told}", told[name]);
    }
}
