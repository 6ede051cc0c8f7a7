//! Each fault does what it says, and the report tells what really happened.

mod world;

use std::time::Duration;

use carrier::{CreateError, DownloadError, ListCalls, RejectionClass, RequestError};
use carrier_sim::{Chance, Faults, SimConfig};
use rstest::rstest;
use wiremock::matchers::path;
use wiremock::{Mock, ResponseTemplate};
use world::{CALLER, LEAD, TALK, World, lead};

async fn world_with(faults: Faults) -> World {
    let world = World::start(&[lead(|_| {})]).await;
    world.sim.set_faults(faults).expect("possible faults");
    world.answer_with(TALK).await;
    world
}

#[tokio::test]
async fn a_callback_is_lost() {
    let world = world_with(Faults {
        lose_callback: Chance::always().on("completed"),
        ..Faults::default()
    })
    .await;
    world
        .client
        .create_call(&world.order())
        .await
        .expect("accepted");
    let report = world.settle().await;
    assert_eq!(
        world.statuses().await,
        ["initiated", "ringing", "in-progress"]
    );
    assert_eq!(report.callbacks.lost, 1);
    assert_eq!(report.outcomes["completed"], 1);
    world.sim.stop().await;
}

#[tokio::test]
async fn a_callback_comes_twice() {
    let world = world_with(Faults {
        duplicate_callback: Chance::next(1).on("ringing"),
        ..Faults::default()
    })
    .await;
    world
        .client
        .create_call(&world.order())
        .await
        .expect("accepted");
    world.settle().await;
    assert_eq!(
        world.statuses().await,
        [
            "initiated",
            "ringing",
            "ringing",
            "in-progress",
            "completed"
        ]
    );
    world.sim.stop().await;
}

#[tokio::test]
async fn callbacks_swap_places() {
    let world = world_with(Faults {
        reorder_callback: Chance::next(1).on("initiated"),
        ..Faults::default()
    })
    .await;
    world
        .client
        .create_call(&world.order())
        .await
        .expect("accepted");
    world.settle().await;
    assert_eq!(
        world.statuses().await,
        ["ringing", "initiated", "in-progress", "completed"]
    );
    world.sim.stop().await;
}

#[tokio::test]
async fn the_last_callback_held_back_still_comes() {
    let world = world_with(Faults {
        reorder_callback: Chance::next(1).on("completed"),
        ..Faults::default()
    })
    .await;
    world
        .client
        .create_call(&world.order())
        .await
        .expect("accepted");
    world.settle().await;
    assert_eq!(
        world.statuses().await.last().map(String::as_str),
        Some("completed")
    );
    world.sim.stop().await;
}

#[tokio::test]
async fn a_callback_comes_late() {
    let world = world_with(Faults {
        delay_callback: Chance::next(1).on("ringing"),
        delay_seconds: 60.0,
        ..Faults::default()
    })
    .await;
    world
        .client
        .create_call(&world.order())
        .await
        .expect("accepted");
    world.settle().await;
    assert_eq!(
        world.statuses().await,
        ["initiated", "in-progress", "completed", "ringing"]
    );
    world.sim.stop().await;
}

#[rstest]
#[case::dropped(Faults { create_drop_connection: Chance::next(1), ..Faults::default() })]
#[case::failed_after(Faults { create_5xx_after: Chance::next(1), ..Faults::default() })]
#[tokio::test]
async fn an_unknown_answer_hides_a_real_call(#[case] faults: Faults) {
    let world = world_with(faults).await;
    let result = world.client.create_call(&world.order()).await;
    assert!(
        matches!(result, Err(CreateError::Unknown { .. })),
        "{result:?}"
    );
    // The carrier can be asked at once, by the number, and the call is there.
    let filter = ListCalls {
        to: Some(LEAD.into()),
        from: Some(CALLER.into()),
        ..ListCalls::default()
    };
    assert_eq!(
        world
            .client
            .list_calls(&filter)
            .await
            .expect("a list")
            .calls
            .len(),
        1
    );
    let report = world.settle().await;
    assert_eq!(report.dials_to(LEAD).len(), 1);
    assert_eq!(world.statuses().await.len(), 4);
    world.sim.stop().await;
}

#[tokio::test]
async fn an_answer_that_never_comes_hides_a_real_call() {
    let world = world_with(Faults {
        create_never_answer: Chance::next(1),
        ..Faults::default()
    })
    .await;
    let url = format!(
        "{}/2010-04-01/Accounts/{}/Calls.json",
        world.sim.base_url(),
        world.sim.account_sid()
    );
    let result = world
        .http
        .post(url)
        .basic_auth(world.sim.account_sid(), Some(world::TOKEN))
        .form(&[
            ("To", LEAD),
            ("From", CALLER),
            ("Url", &world.hook("/answer")),
        ])
        .timeout(Duration::from_millis(300))
        .send()
        .await;
    assert!(result.is_err_and(|error| error.is_timeout()));
    let report = world.settle().await;
    assert_eq!(report.dials_to(LEAD).len(), 1);
    world.sim.stop().await;
}

#[tokio::test]
async fn a_failure_before_creating_makes_no_call() {
    let world = world_with(Faults {
        create_5xx_before: Chance::next(1),
        create_429: Chance::next(1),
        ..Faults::default()
    })
    .await;
    match world.client.create_call(&world.order()).await {
        Err(CreateError::Rejected(no)) => {
            assert_eq!((no.class, no.code), (RejectionClass::BackOff, Some(20429)))
        }
        other => panic!("not a 429: {other:?}"),
    }
    let result = world.client.create_call(&world.order()).await;
    assert!(
        matches!(result, Err(CreateError::Unknown { .. })),
        "{result:?}"
    );
    let report = world.settle().await;
    assert!(report.dials_to(LEAD).is_empty());
    assert_eq!(report.creates_refused["429/20429"], 1);
    assert_eq!(report.creates_refused["500/20500"], 1);
    world.sim.stop().await;
}

#[tokio::test]
async fn reads_lag_behind() {
    let world = World::with(SimConfig {
        stepped: true,
        scripts: vec![lead(|_| {})],
        ..SimConfig::default()
    })
    .await;
    world.answer_with(TALK).await;
    world
        .sim
        .set_faults(Faults {
            lag_seconds: 30.0,
            ..Faults::default()
        })
        .expect("possible");
    let call = world
        .client
        .create_call(&world.order())
        .await
        .expect("accepted");
    let early = world.client.fetch_call(&call.sid).await;
    assert!(matches!(early, Err(RequestError::NotFound)), "{early:?}");
    let listed = world
        .client
        .list_calls(&ListCalls::default())
        .await
        .expect("a list");
    assert!(listed.calls.is_empty());
    // 32 seconds later the call is over, and reads show what was 30 seconds ago: it rang.
    assert!(world.sim.step(32.0));
    world.settle().await;
    let seen = world.client.fetch_call(&call.sid).await.expect("a call");
    assert_eq!(seen.status, carrier::CallStatus::Ringing);
    world.sim.stop().await;
}

#[tokio::test]
async fn a_recording_is_missing_for_a_while() {
    let world = World::with(SimConfig {
        stepped: true,
        scripts: vec![lead(|_| {})],
        ..SimConfig::default()
    })
    .await;
    world.answer_with(TALK).await;
    world
        .sim
        .set_faults(Faults {
            recording_missing_seconds: 100.0,
            ..Faults::default()
        })
        .expect("possible");
    world
        .client
        .create_call(&world.order())
        .await
        .expect("accepted");
    assert!(world.sim.step(60.0));
    world.settle().await;
    let reports = world.received_at("/recording").await;
    let url = reports[0].field("RecordingUrl").parse().expect("a URL");
    let early = world.client.download_recording(&url, 1 << 20).await;
    assert!(matches!(early, Err(DownloadError::NotYet)));
    assert!(world.sim.step(60.0));
    assert!(world.client.download_recording(&url, 1 << 20).await.is_ok());
    world.sim.stop().await;
}

#[tokio::test]
async fn a_recording_that_never_comes_is_reported_absent() {
    let world = world_with(Faults {
        recording_absent: Chance::always(),
        ..Faults::default()
    })
    .await;
    world
        .client
        .create_call(&world.order())
        .await
        .expect("accepted");
    world.settle().await;
    assert_eq!(
        world.received_at("/recording").await[0].field("RecordingStatus"),
        "absent"
    );
    world.sim.stop().await;
}

#[tokio::test]
async fn calls_above_the_rate_wait_in_the_queue() {
    let world = World::with(SimConfig {
        stepped: true,
        scripts: vec![lead(|_| {})],
        ..SimConfig::default()
    })
    .await;
    world.answer_with(TALK).await;
    world
        .sim
        .set_faults(Faults {
            calls_per_second: 0.5,
            ..Faults::default()
        })
        .expect("possible");
    let mut queued = Vec::new();
    for _ in 0..3 {
        let call = world
            .client
            .create_call(&world.order())
            .await
            .expect("accepted");
        queued.push(call.queue_time);
    }
    assert_eq!(queued, [Some(0), Some(2000), Some(4000)]);
    // A queued call is in the air: the carrier will dial it.
    assert_eq!(world.sim.report().await.most_simultaneous, 3);
    assert!(world.sim.step(60.0));
    world.settle().await;
    world.sim.stop().await;
}

#[tokio::test]
async fn a_refused_callback_is_retried_as_the_fragment_says_and_reported() {
    let world = World::start(&[lead(|_| {})]).await;
    Mock::given(path("/status"))
        .respond_with(ResponseTemplate::new(503))
        .up_to_n_times(3)
        .mount(&world.webhooks)
        .await;
    world.answer_with(TALK).await;
    let order = carrier::CreateCall {
        record: None,
        ..world.order()
    };
    world.client.create_call(&order).await.expect("accepted");
    let report = world.settle().await;
    let mut statuses = world.statuses().await;
    statuses.sort();
    statuses.dedup();
    assert_eq!(
        statuses,
        ["completed", "in-progress", "initiated", "ringing"]
    );
    assert_eq!(report.callbacks.delivered, 4);
    assert_eq!(report.callbacks.given_up, 0);
    let refused: Vec<_> = report
        .callbacks
        .refused
        .iter()
        .map(|one| (one.path.as_str(), one.status))
        .collect();
    assert_eq!(refused, [("/status", Some(503)); 3]);
    world.sim.stop().await;
}

#[tokio::test]
async fn without_a_fragment_a_refused_callback_is_gone() {
    let world = World::start(&[lead(|_| {})]).await;
    let url = format!(
        "{}/2010-04-01/Accounts/{}/Calls.json",
        world.sim.base_url(),
        world.sim.account_sid()
    );
    let form = [
        ("To", LEAD.to_owned()),
        ("From", CALLER.to_owned()),
        ("Twiml", "<Response><Hangup/></Response>".to_owned()),
        (
            "StatusCallback",
            world.hook("/nobody/0123456789abcdef0123456789abcdef?key=secret"),
        ),
    ];
    let created = world
        .http
        .post(url)
        .basic_auth(world.sim.account_sid(), Some(world::TOKEN))
        .form(&form)
        .send()
        .await
        .expect("an answer");
    assert_eq!(created.status(), 201);
    let report = world.settle().await;
    assert_eq!(
        (report.callbacks.attempts, report.callbacks.given_up),
        (1, 1)
    );
    assert_eq!(report.callbacks.refused[0].path, "/nobody/{id}");
    assert_eq!(report.callbacks.refused[0].status, Some(404));
    world.sim.stop().await;
}
