use chassis::clock::Clock;
use chrono::TimeDelta;
use reqwest::Method;
use serde_json::{Value, json};
use storage::users::Role;
use testkit::Business;

use crate::engine::decide;
use crate::support::{World, read};

/// A business with an owner, an admin and a key of each.
async fn business(world: &World) -> Business {
    testkit::business(&world.operator)
        .with_leads(2)
        .with_user(Role::Owner)
        .with_user(Role::Admin)
        .with_api_key(Role::Owner)
        .with_api_key(Role::Admin)
        .await
}

/// Conversations of the first lead, long ago: decisions of this confidence that stood, and others that were corrected.
async fn judged(world: &World, business: &Business, confidence: f64, kept: u32, corrected: u32) {
    let (id, lead, first) = (business.id, business.leads[0], kept + 1);
    let all = kept + corrected;
    let sql = format!(
        "WITH decided AS (
             INSERT INTO lead_status_events (business_id, lead_id, source, source_event_id, confidence, reason, decided_by,
                                             from_status, to_status, applied, applied_at, occurred_at)
             SELECT {id}, {lead}, 'call_summary', 'CA{confidence}-' || n, {confidence}, 'applied', 'keywords', 'new',
                    'interested', true, '2026-11-01', '2026-11-01'
             FROM generate_series(1, {all}) AS n
             RETURNING id, source_event_id)
         INSERT INTO decision_corrections (business_id, decision_id, lead_id, kind, from_status, to_status, at)
         SELECT {id}, d.id, {lead}, 'moved', 'interested', 'lost', '2026-11-02' FROM decided d
         WHERE substring(d.source_event_id FROM '-(.*)$')::int >= {first}"
    );
    world.database.execute(&sql).await;
}

async fn shown(world: &World, business: &Business) -> Value {
    let (status, shown) = world
        .api(business)
        .get("/api/status-rules/corrections")
        .await;
    assert_eq!(status, 200, "{shown}");
    shown
}

async fn switch_on(world: &World, business: &Business) -> Value {
    let api = world.api(business);
    let (status, settings) = api
        .patch("/api/settings", &json!({ "auto_threshold": true }))
        .await;
    assert_eq!(status, 200, "{settings}");
    settings
}

#[tokio::test]
async fn a_suggestion_comes_with_its_evidence_and_changes_nothing_by_itself() {
    let clock = Clock::fixed("2026-11-24T09:00:00Z".parse().expect("a time"));
    let world = World::at(clock.clone()).await;
    let business = business(&world).await;
    judged(&world, &business, 0.7, 30, 20).await;
    judged(&world, &business, 0.9, 98, 2).await;
    // What no threshold stops, what the carrier said, and what may still be corrected, speak neither for nor against one.
    judged(&world, &business, 0.85, 500, 0).await;
    world
        .database
        .execute(
            "UPDATE lead_status_events SET confidence = CASE WHEN id % 3 = 0 THEN confidence END,
                    decided_by = CASE WHEN id % 2 = 0 THEN 'outcome' ELSE decided_by END,
                    applied_at = CASE WHEN id % 2 = 1 THEN '2026-11-23'::timestamptz ELSE applied_at END
             WHERE confidence = 0.85",
        )
        .await;
    let found = shown(&world, &business).await;
    let suggested = &found["suggested_threshold"];
    assert_eq!(suggested["value"], 0.75, "{found}");
    assert_eq!(
        (&suggested["current"], &suggested["applied"]),
        (&json!(0.65), &json!(false))
    );
    assert_eq!(
        (&suggested["decisions"], &suggested["corrected"]),
        (&json!(100), &json!(2))
    );
    assert_eq!(
        (&suggested["kept_rate"], &suggested["judged_from"]),
        (&json!(0.98), &json!(0.7))
    );
    assert_eq!(found["no_suggestion_reason"], Value::Null);

    // A correction while the switch is off, which it is until the owner moves it.
    let now = clock.now();
    decide(&world, &business, 1, "CA1", "interested", now).await;
    let lead = format!("/api/leads/{}", business.leads[1]);
    world
        .api(&business)
        .patch(&lead, &json!({ "status": "lost" }))
        .await;
    let (_, settings) = world.api(&business).get("/api/settings").await;
    assert_eq!(
        (
            &settings["confidence_threshold"],
            &settings["auto_threshold"],
            &settings["version"]
        ),
        (&json!(0.65), &json!(false), &json!(1))
    );
    let found = shown(&world, &business).await;
    assert_eq!(found["threshold_changes"], json!([]));
    assert_eq!(found["suggested_threshold"]["corrected"], 3);
}

#[tokio::test]
async fn only_an_owner_lets_the_threshold_follow() {
    let world = World::start().await;
    let business = business(&world).await;
    for wanted in [true, false] {
        let request = world.request(Method::PATCH, "/api/settings");
        let admin = request.bearer_auth(&business.api_keys[1]);
        let body = json!({ "auto_threshold": wanted, "max_total": 9 });
        let (status, refused) = read(admin.json(&body)).await;
        assert_eq!((status, &refused["code"]), (403, &json!("forbidden")));
    }
    assert_eq!(
        world.api(&business).get("/api/settings").await.1["version"],
        1
    );
    // Without evidence the switch changes the switch only.
    let settings = switch_on(&world, &business).await;
    assert_eq!(
        (
            &settings["auto_threshold"],
            &settings["confidence_threshold"],
            &settings["version"]
        ),
        (&json!(true), &json!(0.65), &json!(2))
    );
    assert_eq!(world.count("threshold_changes").await, 0);
}

#[tokio::test]
async fn the_threshold_follows_the_switch_and_then_every_correction() {
    let clock = Clock::fixed("2026-11-24T09:00:00Z".parse().expect("a time"));
    let world = World::at(clock.clone()).await;
    let (business, other) = (business(&world).await, world.business(0).await);
    judged(&world, &business, 0.7, 50, 0).await;
    judged(&world, &business, 0.8, 50, 4).await;
    let settings = switch_on(&world, &business).await;
    assert_eq!(
        (&settings["confidence_threshold"], &settings["version"]),
        (&json!(0.5), &json!(3))
    );
    // One more correction than the decisions from 0.50 on can bear; none from 0.75 on is good enough either.
    judged(&world, &business, 0.95, 100, 0).await;
    judged(&world, &business, 0.6, 0, 12).await;
    decide(&world, &business, 1, "CA1", "interested", clock.now()).await;
    clock.advance(TimeDelta::hours(1));
    let lead = format!("/api/leads/{}", business.leads[1]);
    world
        .api(&business)
        .patch(&lead, &json!({ "status": "lost" }))
        .await;

    let found = shown(&world, &business).await;
    let suggested = &found["suggested_threshold"];
    assert_eq!(
        (
            &suggested["value"],
            &suggested["current"],
            &suggested["applied"]
        ),
        (&json!(0.65), &json!(0.65), &json!(true)),
        "{found}"
    );
    let changes = found["threshold_changes"].as_array().expect("changes");
    assert_eq!(changes.len(), 2);
    let (newest, first) = (&changes[0], &changes[1]);
    assert_eq!(
        (&first["old"], &first["new"], &first["evidence"]["cause"]),
        (&json!(0.65), &json!(0.5), &json!("switched_on"))
    );
    assert_eq!(
        (
            &first["evidence"]["decisions"],
            &first["evidence"]["corrected"]
        ),
        (&json!(104), &json!(4))
    );
    assert_eq!(
        (&newest["old"], &newest["new"], &newest["at"]),
        (&json!(0.5), &json!(0.65), &json!("2026-11-24T10:00:00Z"))
    );
    assert_eq!(newest["evidence"]["cause"], "correction");
    assert!(newest["evidence"]["decision_id"].is_i64(), "{newest}");
    assert_eq!(
        (
            &newest["evidence"]["decisions"],
            &newest["evidence"]["corrected"]
        ),
        (&suggested["decisions"], &suggested["corrected"])
    );
    let (_, settings) = world.api(&business).get("/api/settings").await;
    assert_eq!(
        (&settings["confidence_threshold"], &settings["version"]),
        (&json!(0.65), &json!(4))
    );

    // Another business has its own evidence, and its own threshold.
    let (_, foreign) = world.api(&other).get("/api/status-rules/corrections").await;
    assert_eq!(foreign["threshold_changes"], json!([]));
    let (_, settings) = world.api(&other).get("/api/settings").await;
    assert_eq!(settings["confidence_threshold"], 0.65);
}

#[tokio::test]
async fn of_two_corrections_at_once_the_second_counts_both() {
    let clock = Clock::fixed("2026-11-24T09:00:00Z".parse().expect("a time"));
    let world = World::at(clock.clone()).await;
    let business = business(&world).await;
    judged(&world, &business, 0.95, 60, 0).await;
    judged(&world, &business, 0.6, 40, 3).await;
    // One more correction is borne (100 of 104), two are not (100 of 105); only those from 0.95 on are good enough then.
    for lead in [0, 1] {
        let sid = format!("CA{lead}");
        decide(&world, &business, lead, &sid, "interested", clock.now()).await;
    }
    let settings = switch_on(&world, &business).await;
    assert_eq!(settings["confidence_threshold"], 0.5);
    let correct = async |lead: usize| {
        let path = format!("/api/leads/{}", business.leads[lead]);
        let moved = json!({ "status": "lost" });
        world.api(&business).patch(&path, &moved).await.0
    };
    assert_eq!(tokio::join!(correct(0), correct(1)), (200, 200));
    let found = shown(&world, &business).await;
    let suggested = &found["suggested_threshold"];
    assert_eq!(
        (&suggested["value"], &suggested["applied"]),
        (&json!(0.95), &json!(true)),
        "{found}"
    );
}
