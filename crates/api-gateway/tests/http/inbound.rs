use carrier::signature::{HEADER, sign};
use reqwest::{Method, Response};
use serde_json::json;
use testkit::Business;

use crate::support::{CARRIER_TOKEN, PUBLIC_HOST, World, read};

const PATH: &str = "/webhooks/twilio/voice/inbound";

fn sid(call: usize) -> String {
    format!("CA{call:032x}")
}

fn ringing(call: usize, from: &str, to: &str) -> Vec<(String, String)> {
    [
        ("CallSid", sid(call).as_str()),
        ("CallStatus", "ringing"),
        ("Direction", "inbound"),
        ("From", from),
        ("To", to),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into()
}

async fn post(world: &World, path: &str, fields: &[(String, String)]) -> Response {
    let signature = sign(CARRIER_TOKEN, &format!("{PUBLIC_HOST}{path}"), fields);
    world
        .request(Method::POST, path)
        .header(HEADER, signature)
        .form(fields)
        .send()
        .await
        .expect("an answer")
}

/// Calls the business; answers the TwiML.
async fn call(world: &World, business: &Business, call: usize, from: &str) -> String {
    let answer = post(world, PATH, &ringing(call, from, &business.caller_number)).await;
    assert_eq!(answer.status(), 200);
    answer.text().await.expect("TwiML")
}

#[tokio::test]
async fn whoever_calls_while_the_database_is_away_is_answered_when_it_is_back() {
    let world = World::start().await;
    let business = world.business(1).await;
    let key = &business.api_keys[0];
    world.database.goes_away().await;
    let from = &business.phones[0];
    // Of an attempt that nobody knows; to find that out takes the database.
    let picked_up = "/webhooks/twilio/voice/answer/00000000-0000-7000-8000-000000000000";
    let fields = ringing(2, &business.caller_number, from);
    let picking_up = post(&world, picked_up, &fields);
    let calling = call(&world, &business, 1, from);
    let (twiml, unknown, ()) = tokio::join!(calling, picking_up, async {
        // Who only reads is told at once, and by then the caller has been waiting for as long.
        let leads = world.request(Method::GET, "/api/leads").bearer_auth(key);
        let told = leads.send().await.expect("an answer");
        assert_eq!(told.status(), 503);
        world.database.comes_back().await;
    });
    assert_eq!(unknown.status(), 404);
    assert!(twiml.contains("<Record"), "{twiml}");
    let lines = "SELECT count(*) AS n FROM call_log WHERE ended_at IS NULL";
    assert_eq!(world.database.sql(lines).await[0]["n"], 1);
}

#[tokio::test]
async fn a_repeated_request_gets_the_same_answer_and_no_second_line() {
    let world = World::start().await;
    let business = world.business(1).await;
    let from = &business.phones[0];
    let (first, second, third) = tokio::join!(
        call(&world, &business, 1, from),
        call(&world, &business, 1, from),
        call(&world, &business, 1, from),
    );
    assert!(first.contains("<Record"), "{first}");
    assert!(
        first.contains("recordingStatusCallback"),
        "the flow asks for the recording: {first}"
    );
    assert_eq!([&first, &first], [&second, &third]);
    let rows = world
        .database
        .sql("SELECT lead_id, direction, status, line FROM call_log")
        .await;
    assert_eq!(rows.len(), 1, "{rows:?}");
    assert_eq!(rows[0]["lead_id"], json!(business.leads[0]));
    assert_eq!(rows[0]["direction"], "inbound");
    assert_eq!(
        rows[0]["line"], 4,
        "a line that serves no outbound call comes first"
    );
    assert_eq!(world.count("carrier_callbacks").await, 1);
    assert_eq!(
        world
            .count("outbox_events WHERE type = 'call.started'")
            .await,
        1
    );
    assert_eq!(world.count("leads").await, 1, "the caller is known");
}

#[tokio::test]
async fn no_more_callers_are_admitted_than_there_are_lines() {
    let world = World::start().await;
    let business = world.business(0).await;
    let callers = (1..=6).map(|n| {
        let (world, business) = (&world, &business);
        async move {
            (
                n,
                call(world, business, n, &format!("+97254100000{n}")).await,
            )
        }
    });
    let answers = futures::future::join_all(callers).await;
    let (admitted, busy): (Vec<_>, Vec<_>) = answers
        .into_iter()
        .partition(|(_, twiml)| twiml.contains("<Record"));
    assert_eq!((admitted.len(), busy.len()), (5, 1));
    let (turned_away, twiml) = &busy[0];
    assert!(
        twiml.contains("<Say") && twiml.contains("he-IL") && twiml.contains("<Hangup"),
        "{twiml}"
    );
    assert_eq!(world.count("call_log").await, 5);
    assert_eq!(world.count("leads WHERE source = 'inbound_call'").await, 5);

    // A line that is free by now is none of the call that has heard the refusal.
    world
        .database
        .execute("UPDATE call_log SET status = 'completed', ended_at = now(), reconcile_at = NULL")
        .await;
    let again = call(&world, &business, *turned_away, "+972541000001").await;
    assert_eq!(again, *twiml);
    assert_eq!(world.count("call_log").await, 5);
}

#[tokio::test]
async fn a_caller_who_withholds_the_number_is_heard_too() {
    let world = World::start().await;
    let business = world.business(1).await;
    for (n, from) in ["anonymous", "+266696687", ""].iter().enumerate() {
        let twiml = call(&world, &business, n, from).await;
        assert!(twiml.contains("<Record"), "{twiml}");
    }
    assert_eq!(
        world
            .count("leads WHERE source = 'inbound_call' AND phone_e164 IS NULL AND status = 'new'")
            .await,
        3
    );
    assert_eq!(world.count("call_log WHERE ended_at IS NULL").await, 3);
}

#[tokio::test]
async fn a_number_of_nobody_is_refused_and_nothing_is_kept() {
    let world = World::start().await;
    world.business(0).await;
    let fields = ringing(1, "+972541000001", "+972729999999");
    let answer = post(&world, PATH, &fields).await;
    assert_eq!(answer.status(), 200);
    let twiml = answer.text().await.expect("TwiML");
    assert!(twiml.contains("<Reject"), "{twiml}");
    assert_eq!(world.count("carrier_callbacks").await, 0);

    let unsigned = world.request(Method::POST, PATH).form(&fields);
    let (status, problem) = read(unsigned).await;
    assert_eq!((status, &problem["code"]), (403, &json!("wrong_signature")));
}

#[tokio::test]
async fn the_end_of_an_inbound_call_is_reported_by_the_carriers_id() {
    let world = World::start().await;
    let business = world.business(1).await;
    call(&world, &business, 1, &business.phones[0]).await;
    let ended = |call: usize| -> Vec<(String, String)> {
        [
            ("CallSid", sid(call).as_str()),
            ("CallStatus", "completed"),
            ("CallDuration", "12"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into()
    };
    let path = "/webhooks/twilio/voice/status";
    for call in [1, 1, 7] {
        assert_eq!(post(&world, path, &ended(call)).await.status(), 204);
    }
    let events = world
        .database
        .sql("SELECT body FROM outbox_events WHERE type = 'call.reported'")
        .await;
    assert_eq!(
        events.len(),
        1,
        "once, and nothing of a call that is not ours"
    );
    assert_eq!(events[0]["body"]["data"]["call_sid"], sid(1));
}
