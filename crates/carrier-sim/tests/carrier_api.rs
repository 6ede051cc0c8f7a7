//! The API as clients rely on it: authentication, validation, lists, the report, the switchboard.

mod world;

use carrier::{CallStatus, Client, CreateError, ListCalls, RejectionClass, Settings};
use carrier_sim::{Chance, Report, Script, SimConfig};
use rstest::rstest;
use serde_json::{Value, json};
use world::{CALLER, LEAD, TALK, TOKEN, World, lead};

async fn raw(world: &World, form: &[(&str, &str)]) -> (u16, Value) {
    let url = format!(
        "{}/2010-04-01/Accounts/{}/Calls.json",
        world.sim.base_url(),
        world.sim.account_sid()
    );
    let answer = world
        .http
        .post(url)
        .basic_auth(world.sim.account_sid(), Some(TOKEN))
        .form(form)
        .send()
        .await
        .expect("an answer");
    (answer.status().as_u16(), answer.json().await.expect("JSON"))
}

#[rstest]
#[case::no_to(&[("From", CALLER), ("Twiml", "x")], 21201)]
#[case::no_from(&[("To", LEAD), ("Twiml", "x")], 21213)]
#[case::no_answer(&[("To", LEAD), ("From", CALLER)], 21205)]
#[case::bad_url(&[("To", LEAD), ("From", CALLER), ("Url", "ftp://x")], 21205)]
#[case::bad_to(&[("To", "054-1"), ("From", CALLER), ("Twiml", "x")], 21211)]
#[case::to_itself(&[("To", CALLER), ("From", CALLER), ("Twiml", "x")], 21211)]
#[case::bad_from(&[("To", LEAD), ("From", "me"), ("Twiml", "x")], 21212)]
#[case::bad_timeout(&[("To", LEAD), ("From", CALLER), ("Twiml", "x"), ("Timeout", "601")], 21208)]
#[case::bad_method(&[("To", LEAD), ("From", CALLER), ("Url", "http://x"), ("Method", "PUT")], 21209)]
#[case::bad_event(&[("To", LEAD), ("From", CALLER), ("Twiml", "x"), ("StatusCallbackEvent", "lunch")], 21626)]
#[case::bad_callback(&[("To", LEAD), ("From", CALLER), ("Twiml", "x"), ("StatusCallback", "nowhere")], 21609)]
#[case::bad_detection(&[("To", LEAD), ("From", CALLER), ("Twiml", "x"), ("MachineDetection", "Maybe")], 21234)]
#[tokio::test]
async fn an_order_that_cannot_be_placed_is_refused_in_the_carriers_shape(
    #[case] form: &[(&str, &str)],
    #[case] code: u32,
) {
    let world = World::start(&[]).await;
    let (status, body) = raw(&world, form).await;
    assert_eq!(status, 400);
    assert_eq!(body["code"], code);
    assert_eq!(body["status"], 400);
    assert_eq!(
        body["more_info"],
        format!("https://www.twilio.com/docs/errors/{code}")
    );
    assert_eq!(world.sim.report().await.calls_created, 0);
    world.sim.stop().await;
}

#[tokio::test]
async fn wrong_credentials_are_401_and_another_account_is_404() {
    let world = World::start(&[]).await;
    let client = |account: &str, token: &str| {
        Client::new(
            world.http.clone(),
            Settings {
                account_sid: account.to_owned(),
                auth_token: token.to_owned().into(),
                api_base: world.sim.base_url().parse().expect("a URL"),
            },
        )
    };
    match client(world.sim.account_sid(), "wrong")
        .create_call(&world.order())
        .await
    {
        Err(CreateError::Rejected(no)) => {
            assert_eq!(
                (no.http_status, no.code, no.class),
                (401, Some(20003), RejectionClass::StopTenant)
            );
        }
        other => panic!("not refused: {other:?}"),
    }
    let url = format!(
        "{}/2010-04-01/Accounts/AC{}/Calls.json",
        world.sim.base_url(),
        "9".repeat(32)
    );
    let answer = world
        .http
        .get(url)
        .basic_auth(world.sim.account_sid(), Some(TOKEN))
        .send()
        .await
        .expect("an answer");
    assert_eq!(answer.status(), 404);
    assert!(answer.headers().contains_key("twilio-request-id"));
    world.sim.stop().await;
}

#[tokio::test]
async fn a_script_can_refuse_the_call() {
    let world = World::start(&[lead(|script| script.create_error = Some(21215))]).await;
    match world.client.create_call(&world.order()).await {
        Err(CreateError::Rejected(no)) => assert_eq!(no.class, RejectionClass::StopCountry),
        other => panic!("not refused: {other:?}"),
    }
    world.sim.stop().await;
}

#[tokio::test]
async fn lists_are_filtered_newest_first_and_paged() {
    let world = World::start(&[]).await;
    world.answer_with(TALK).await;
    let mut sids = Vec::new();
    for number in 1..=5 {
        let to = format!("+97254111000{number}");
        let order = carrier::CreateCall {
            to,
            ..world.order()
        };
        sids.push(
            world
                .client
                .create_call(&order)
                .await
                .expect("accepted")
                .sid,
        );
    }
    world.settle().await;
    sids.reverse();
    let small = ListCalls {
        page_size: 2,
        ..ListCalls::default()
    };
    let all = world.client.list_calls(&small).await.expect("a list");
    assert_eq!(
        all.calls
            .iter()
            .map(|call| call.sid.clone())
            .collect::<Vec<_>>(),
        sids
    );
    let one = ListCalls {
        to: Some("+972541110003".into()),
        status: Some("completed".into()),
        ..small.clone()
    };
    let found = world.client.list_calls(&one).await.expect("a list");
    assert_eq!(found.calls.len(), 1);
    assert_eq!(found.calls[0].status, CallStatus::Completed);
    let nobody = ListCalls {
        from: Some(LEAD.into()),
        ..small.clone()
    };
    assert!(
        world
            .client
            .list_calls(&nobody)
            .await
            .expect("a list")
            .calls
            .is_empty()
    );
    world.sim.stop().await;
}

#[tokio::test]
async fn lists_are_filtered_by_the_day_of_dialling() {
    let world = World::start(&[]).await;
    world.answer_with(TALK).await;
    world
        .client
        .create_call(&world.order())
        .await
        .expect("accepted");
    world.settle().await;
    let small = ListCalls::default();
    let today = chassis::clock::Clock::system().now().date_naive();
    let recent = ListCalls {
        started_on_or_after: Some(today - chrono::TimeDelta::days(1)),
        ..small.clone()
    };
    assert_eq!(
        world
            .client
            .list_calls(&recent)
            .await
            .expect("a list")
            .calls
            .len(),
        1
    );
    let future = ListCalls {
        started_on_or_after: Some(today + chrono::TimeDelta::days(2)),
        ..small
    };
    assert!(
        world
            .client
            .list_calls(&future)
            .await
            .expect("a list")
            .calls
            .is_empty()
    );
    world.sim.stop().await;
}

#[tokio::test]
async fn the_report_counts_calls_in_the_air_per_caller() {
    let world = World::with(SimConfig {
        stepped: true,
        ..SimConfig::default()
    })
    .await;
    world.answer_with(TALK).await;
    let order = |to: &str, from: &str| carrier::CreateCall {
        to: to.into(),
        from: from.into(),
        ..world.order()
    };
    let other = "+972729999999";
    for (to, from) in [
        (LEAD, CALLER),
        (LEAD, CALLER),
        ("+972542222222", CALLER),
        (LEAD, other),
    ] {
        world
            .client
            .create_call(&order(to, from))
            .await
            .expect("accepted");
    }
    assert!(world.sim.step(300.0));
    world.settle().await;
    world
        .client
        .create_call(&order(LEAD, CALLER))
        .await
        .expect("accepted");
    let url = format!("{}/sim/report", world.sim.base_url());
    let answer = world.http.get(url).send().await.expect("an answer");
    let report: Report = answer.json().await.expect("a report");
    assert_eq!(report, world.sim.report().await);
    let line = report.caller(CALLER).expect("the caller");
    assert_eq!(
        (
            line.outbound_calls,
            line.in_air,
            line.most_simultaneous_outbound
        ),
        (4, 1, 3)
    );
    assert_eq!(
        report.caller(other).expect("the other").most_simultaneous,
        1
    );
    assert_eq!(report.most_simultaneous, 4);
    let dials = report.dials_to(LEAD);
    assert_eq!(dials.len(), 4);
    assert!(
        dials[..3]
            .iter()
            .all(|call| call.status.as_deref() == Some("completed") && call.ended_at.is_some())
    );
    assert_eq!(dials[3].status, None);
    assert_eq!(
        report
            .dials
            .iter()
            .find(|dial| dial.to == LEAD)
            .map(|dial| dial.most_simultaneous),
        Some(3)
    );

    world.sim.stop().await;
}

#[tokio::test]
async fn a_reset_forgets_calls_in_the_air() {
    let world = World::with(SimConfig {
        stepped: true,
        ..SimConfig::default()
    })
    .await;
    world
        .client
        .create_call(&world.order())
        .await
        .expect("accepted");
    assert!(!world.sim.idle().idle);
    world.sim.reset();
    assert_eq!(world.sim.report().await, Report::default());
    assert!(world.sim.idle().idle);
    world.sim.stop().await;
}

#[tokio::test]
async fn scripts_are_set_over_http_and_played_in_turn() {
    let world = World::start(&[]).await;
    let url = |path: &str| format!("{}{path}", world.sim.base_url());
    let scripts = json!([{"number": LEAD, "outcome": "busy"}, {"number": LEAD, "outcome": "answered", "talk_seconds": 1,
        "transcript": [{"speaker": "customer", "text": "hello"}]}]);
    let set = world
        .http
        .post(url("/sim/scripts"))
        .json(&scripts)
        .send()
        .await
        .expect("an answer");
    assert_eq!(set.status(), 200);
    for wrong in [
        json!([{"number": "12"}]),
        json!([{"number": LEAD, "outcome": "asleep"}]),
        json!({"number": LEAD}),
    ] {
        let refused = world
            .http
            .post(url("/sim/scripts"))
            .json(&wrong)
            .send()
            .await
            .expect("an answer");
        assert_eq!(refused.status(), 400);
        let body: Value = refused.json().await.expect("JSON");
        assert!(body["error"].as_str().is_some_and(|text| !text.is_empty()));
    }
    world.answer_with(TALK).await;
    for expected in ["busy", "completed", "completed"] {
        world
            .client
            .create_call(&world.order())
            .await
            .expect("accepted");
        world.settle().await;
        assert_eq!(
            world.statuses().await.last().map(String::as_str),
            Some(expected)
        );
    }

    world.sim.stop().await;
}

#[tokio::test]
async fn faults_are_set_over_http_and_refused_when_they_cannot_happen() {
    let world = World::start(&[]).await;
    let url = |path: &str| format!("{}{path}", world.sim.base_url());
    let faults = json!({"create_429": {"count": 2}, "lose_callback": {"probability": 0.5, "on": "completed"}});
    let put = world
        .http
        .put(url("/sim/faults"))
        .json(&faults)
        .send()
        .await
        .expect("an answer");
    assert_eq!(put.status(), 200);
    assert_eq!(world.sim.faults().create_429, Chance::next(2));
    for wrong in [
        json!({"create_429": {"probability": 2}}),
        json!({"meteor": {"count": 1}}),
    ] {
        let refused = world
            .http
            .put(url("/sim/faults"))
            .json(&wrong)
            .send()
            .await
            .expect("an answer");
        assert_eq!(refused.status(), 400);
    }
    assert_eq!(world.sim.faults().create_429, Chance::next(2));
    let step = world
        .http
        .post(url("/sim/step"))
        .json(&json!({"seconds": 1}))
        .send()
        .await
        .expect("an answer");
    assert_eq!(step.status(), 400);
    world.sim.stop().await;
}

#[tokio::test]
async fn a_language_model_answers_from_the_script_with_a_label_of_the_prompt() {
    let world = World::start(&[lead(|script| {
        script.transcript[1].text = "Yes, Tuesday at ten is fine for the boiler.".into();
        script.analysis.recommendation = Some("APPOINTMENT_SET".into());
        script.analysis.service = Some("boiler repair".into());
    })])
    .await;
    let ask = async || -> Value {
        let prompt = "Labels: [\"New\", \"Meeting set\"]\nTranscript: Yes, Tuesday at ten is fine for the boiler.";
        let answer = world
            .http
            .post(format!("{}/v1/chat/completions", world.sim.base_url()))
            .json(&json!({"model": "m", "messages": [{"role": "user", "content": prompt}]}))
            .send()
            .await
            .expect("an answer");
        assert_eq!(answer.status(), 200);
        let body: Value = answer.json().await.expect("JSON");
        let content = body["choices"][0]["message"]["content"]
            .as_str()
            .expect("content");
        serde_json::from_str(content).expect("JSON in the content")
    };
    let answer = ask().await;
    assert_eq!(answer["recommendation"], "Meeting set");
    assert_eq!(answer["service"], "boiler repair");
    let faults = carrier_sim::Faults {
        label_hallucinated: Chance::next(1),
        ..carrier_sim::Faults::default()
    };
    world.sim.set_faults(faults).expect("possible");
    assert!(
        !["New", "Meeting set"].contains(&ask().await["recommendation"].as_str().expect("a label"))
    );
    assert_eq!(ask().await["recommendation"], "Meeting set");
    world.sim.stop().await;
}

#[tokio::test]
async fn a_set_up_that_cannot_work_says_why() {
    let start = async |config| {
        carrier_sim::Simulator::start(config)
            .await
            .err()
            .map(|error| error.to_string())
    };
    assert_eq!(
        start(SimConfig {
            time_scale: 0.0,
            ..SimConfig::default()
        })
        .await,
        Some("time_scale must be a number above 0 and at most 100000, not 0".to_owned())
    );
    assert!(
        start(SimConfig {
            account_sid: "me".into(),
            ..SimConfig::default()
        })
        .await
        .is_some()
    );
    let script = Script {
        number: "x".into(),
        ..Script::default()
    };
    assert!(
        start(SimConfig {
            scripts: vec![script],
            ..SimConfig::default()
        })
        .await
        .is_some()
    );
    let world = World::start(&[]).await;
    let bind = world
        .sim
        .base_url()
        .trim_start_matches("http://")
        .parse()
        .expect("an address");
    let taken = start(SimConfig {
        bind,
        ..SimConfig::default()
    })
    .await
    .expect("an error");
    assert!(taken.starts_with("cannot listen on 127.0.0.1:"), "{taken}");
    world.sim.stop().await;
}
