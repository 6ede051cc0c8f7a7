//! Deleting recordings: the audio goes, what is known of it stays, and the report says which.

mod world;

use carrier::callback::RecordingCallback;
use carrier::{DownloadError, RecordingSid, RequestError};
use carrier_sim::{Chance, Faults, RecordingReport};
use serde_json::Value;
use url::Url;
use world::{TALK, TOKEN, World, lead};

/// A call that was recorded: the recording and where its audio is.
async fn recorded(world: &World) -> (RecordingSid, Url) {
    world.answer_with(TALK).await;
    world
        .client
        .create_call(&world.order())
        .await
        .expect("accepted");
    world.settle().await;
    let reports = world.received_at("/recording").await;
    let ready = RecordingCallback::parse(&reports[0].fields).expect("a report");
    let url = ready.url.expect("an address").parse().expect("a URL");
    (ready.recording_sid, url)
}

async fn answer(world: &World, method: reqwest::Method, path: &str) -> (u16, Value) {
    let account = world.sim.account_sid();
    let url = format!(
        "{}/2010-04-01/Accounts/{account}/{path}",
        world.sim.base_url()
    );
    let answer = world
        .http
        .request(method, url)
        .basic_auth(account, Some(TOKEN))
        .send()
        .await
        .expect("an answer");
    let status = answer.status().as_u16();
    (status, answer.json().await.unwrap_or_default())
}

#[tokio::test]
async fn a_deleted_recording_has_no_audio_and_is_shown_to_those_who_ask_for_deleted_ones() {
    let world = World::start(&[lead(|_| {})]).await;
    let (sid, url) = recorded(&world).await;
    let resource = format!("Recordings/{sid}.json");

    let (status, body) = answer(&world, reqwest::Method::DELETE, &resource).await;
    assert_eq!((status, body), (204, Value::Null));
    let (again, _) = answer(&world, reqwest::Method::DELETE, &resource).await;
    assert_eq!(again, 404);

    let audio = world.client.download_recording(&url, 1 << 20).await;
    assert!(matches!(audio, Err(DownloadError::NotYet)));
    for (path, list) in [(resource.as_str(), false), ("Recordings.json", true)] {
        let (status, body) = answer(&world, reqwest::Method::GET, path).await;
        if list {
            assert_eq!(body["recordings"], serde_json::json!([]));
        } else {
            assert_eq!(status, 404);
        }
        let path = format!("{path}?IncludeSoftDeleted=true");
        let (_, body) = answer(&world, reqwest::Method::GET, &path).await;
        let kept = if list { &body["recordings"][0] } else { &body };
        assert_eq!(
            (&kept["sid"], &kept["status"]),
            (&sid.as_str().into(), &"deleted".into())
        );
    }

    let RecordingReport {
        made,
        deleted,
        deletions_refused,
    } = world.sim.report().await.recordings;
    let deleted: Vec<&str> = deleted.iter().map(|one| one.sid.as_str()).collect();
    assert_eq!((made, deleted), (1, vec![sid.as_str()]));
    assert_eq!(deletions_refused, [("404".to_owned(), 1)].into());
    world.sim.stop().await;
}

#[tokio::test]
async fn a_deletion_that_fails_leaves_the_audio_there() {
    let world = World::start(&[lead(|_| {})]).await;
    let (sid, url) = recorded(&world).await;
    world
        .sim
        .set_faults(Faults {
            recording_delete_500: Chance::next(1),
            ..Faults::default()
        })
        .expect("possible");
    let failed = world.client.delete_recording(&sid).await;
    assert!(matches!(failed, Err(RequestError::Unavailable { .. })));
    assert!(world.client.download_recording(&url, 1 << 20).await.is_ok());
    assert!(world.sim.report().await.recordings.deleted.is_empty());

    world.client.delete_recording(&sid).await.expect("deleted");
    let report = world.sim.report().await.recordings;
    assert_eq!(report.deleted[0].sid, sid.as_str());
    assert_eq!(report.deletions_refused, [("500".to_owned(), 1)].into());
    world.sim.stop().await;
}
