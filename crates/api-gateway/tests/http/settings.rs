use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{World, fields, read};

#[tokio::test]
async fn settings_change_together_or_not_at_all_and_the_lines_follow() {
    let world = World::start().await;
    let business = world.business(0).await;
    let api = world.api(&business);
    let changes = json!({
        "max_outbound": 2, "max_total": 4, "confidence_threshold": 0.8, "automation": "shadow",
        "quiet_hours": { "from": "21:00", "to": "07:30" },
        "retry_policy": { "no_answer": { "times": 1, "after_seconds": 300 } },
        "call_flow": { "kind": "agent_bridge", "agent_number": "+972521234567" },
    });
    let (status, changed) = api.patch("/api/settings", &changes).await;
    assert_eq!(status, 200, "{changed}");
    assert_eq!(
        (&changed["version"], &changed["automation"]),
        (&json!(2), &json!("shadow"))
    );
    assert_eq!(api.get("/api/settings").await.1, changed);
    let (_, counts) = api.get("/api/outbound_calls/counts").await;
    assert_eq!(
        (&counts["max_outbound"], &counts["max_total"]),
        (&json!(2), &json!(4))
    );

    let wrong = json!({
        "max_outbound": 0, "confidence_threshold": 2, "caller_number": "0521", "quiet_hours": { "from": "9pm", "to": "7" },
        "call_flow": { "kind": "voice_agent", "stream_url": "https://a.example/?x=1" }, "colour": "red",
    });
    let (status, refused) = api.patch("/api/settings", &wrong).await;
    let named = vec![
        "call_flow",
        "caller_number",
        "colour",
        "confidence_threshold",
        "max_outbound",
        "quiet_hours",
    ];
    assert_eq!((status, fields(&refused)), (422, named), "{refused}");
    let (status, refused) = api.patch("/api/settings", &json!({ "max_total": 1 })).await;
    assert_eq!((status, fields(&refused)), (422, vec!["max_total"]));
    assert_eq!(api.get("/api/settings").await.1, changed);
}

#[tokio::test]
async fn words_of_its_own_are_kept_replaced_emptied_and_judged() {
    let world = World::start().await;
    let business = world.business(0).await;
    let api = world.api(&business);
    assert_eq!(
        api.get("/api/settings").await.1["status_words"],
        Value::Null
    );
    let words =
        json!({ "HOT_INTERESTED": ["שלחו חוזה", "go ahead"], "FOLLOW_UP": ["after the holidays"] });
    let (status, changed) = api
        .patch("/api/settings", &json!({ "status_words": words }))
        .await;
    assert_eq!(
        (status, &changed["status_words"]),
        (200, &words),
        "{changed}"
    );

    let many: Vec<String> = (0..201).map(|n| format!("phrase {n}")).collect();
    let wrong = json!({
        "max_total": 0,
        "status_words": {
            "HOT_INTERESTED": ["go ahead", "a", "x".repeat(61), "go (ahead|on)"],
            "FOLLOW_UP": ["Go-ahead"], "NO_ANSWER": many, "WARM": ["fine"],
        },
    });
    let (status, refused) = api.patch("/api/settings", &wrong).await;
    let named = vec![
        "max_total",
        "status_words.HOT_INTERESTED[0]",
        "status_words.HOT_INTERESTED[1]",
        "status_words.HOT_INTERESTED[2]",
        "status_words.HOT_INTERESTED[3]",
        "status_words.NO_ANSWER",
        "status_words.WARM",
    ];
    assert_eq!((status, fields(&refused)), (422, named), "{refused}");
    let (status, refused) = api
        .patch("/api/settings", &json!({ "status_words": ["fine"] }))
        .await;
    assert_eq!((status, fields(&refused)), (422, vec!["status_words"]));
    assert_eq!(api.get("/api/settings").await.1, changed);

    for nothing in [Value::Null, json!({}), json!({ "FOLLOW_UP": [] })] {
        api.patch("/api/settings", &json!({ "status_words": words }))
            .await;
        let (_, emptied) = api
            .patch("/api/settings", &json!({ "status_words": nothing }))
            .await;
        assert_eq!(emptied["status_words"], Value::Null);
    }
}

#[tokio::test]
async fn how_calls_are_transcribed_is_set_bounded_and_emptied() {
    let world = World::start().await;
    let business = world.business(0).await;
    let api = world.api(&business);
    let at_first = api.get("/api/settings").await.1;
    let names = ["transcription_language", "transcription_minutes_per_day"];
    let of = |settings: &Value| names.map(|name| settings[name].clone());
    assert_eq!(of(&at_first), [json!("business"), json!(1200)]);
    for (language, minutes) in [("auto", json!(0)), ("en", Value::Null)] {
        let changes = json!({
            "transcription_language": language, "transcription_minutes_per_day": minutes,
        });
        let (status, changed) = api.patch("/api/settings", &changes).await;
        assert_eq!((status, of(&changed)), (200, of(&changes)), "{changed}");
    }
    let wrong = json!({ "transcription_language": "fr", "transcription_minutes_per_day": -1 });
    let (status, refused) = api.patch("/api/settings", &wrong).await;
    assert_eq!(
        (status, fields(&refused)),
        (422, names.to_vec()),
        "{refused}"
    );
}

#[tokio::test]
async fn a_change_that_is_based_on_an_older_version_is_refused() {
    let world = World::start().await;
    let (business, other) = (world.business(0).await, world.business(0).await);
    let api = world.api(&business);
    let change = |tag: &str| {
        api.request(Method::PATCH, "/api/settings")
            .header("If-Match", tag)
            .json(&json!({ "max_total": 9 }))
    };
    assert_eq!(read(change("\"1\"")).await.0, 200);
    let (status, refused) = read(change("\"1\"")).await;
    assert_eq!(
        (status, &refused["code"]),
        (409, &json!("version_conflict"))
    );
    let (status, refused) = api
        .patch(
            "/api/settings",
            &json!({ "caller_number": other.caller_number }),
        )
        .await;
    assert_eq!(
        (status, &refused["code"]),
        (409, &json!("caller_number_taken"))
    );
}

#[tokio::test]
async fn recordings_are_kept_for_a_week_or_as_long_as_the_business_says() {
    let world = World::start().await;
    let (business, other) = (world.business(0).await, world.business(0).await);
    let api = world.api(&business);
    let (_, before) = api.get("/api/settings").await;
    assert_eq!(before["recording_retention_days"], 7);
    for days in [1, 3650] {
        let (status, changed) = api
            .patch(
                "/api/settings",
                &json!({ "recording_retention_days": days }),
            )
            .await;
        assert_eq!(
            (status, &changed["recording_retention_days"]),
            (200, &json!(days)),
            "{changed}"
        );
    }
    let (_, changed) = api.get("/api/settings").await;
    assert_eq!(
        (&changed["version"], &before["version"]),
        (&json!(3), &json!(1))
    );
    for wrong in [
        json!(0),
        json!(-1),
        json!(3651),
        json!(40_000),
        json!("7"),
        json!(1.5),
    ] {
        let (status, refused) = api
            .patch(
                "/api/settings",
                &json!({ "recording_retention_days": wrong }),
            )
            .await;
        assert_eq!(
            (status, fields(&refused)),
            (422, vec!["recording_retention_days"]),
            "{refused}"
        );
    }
    assert_eq!(api.get("/api/settings").await.1, changed);
    let (_, others) = world.api(&other).get("/api/settings").await;
    assert_eq!(others["recording_retention_days"], 7);
}
