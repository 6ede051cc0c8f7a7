//! People listen to what was recorded.

use std::fs::{self, File};
use std::os::unix::fs::FileExt as _;
use std::path::PathBuf;

use reqwest::{Method, RequestBuilder, Response};
use rstest::rstest;
use serde_json::{Value, json};
use testkit::Business;

use crate::support::{World, problem, read};
use crate::webhooks::add_call;

const SID: &str = "CA00000000000000000000000000000001";
/// What a test listens to; the gateway looks at no byte of it.
const AUDIO: &[u8] = b"RIFF....WAVEfmt what was said";

pub(crate) fn address(call_sid: &str) -> String {
    format!("/api/calls/{call_sid}/recording")
}

/// An ended call of the business's first lead.
pub(crate) async fn ended_call(world: &World, business: &Business, call_sid: &str) {
    add_call(world, business, call_sid).await;
    world
        .database
        .execute(&format!(
            "UPDATE call_log SET status = 'completed', ended_at = now(), reconcile_at = NULL WHERE call_sid = '{call_sid}'"
        ))
        .await;
}

/// A recording of a call, as the recording processor notes it; `columns` and `values` say what became of it.
async fn add_recording(business: &Business, world: &World, sid: &str, columns: &str, values: &str) {
    let (call, business) = (SID, business.id);
    world
        .database
        .execute(&format!(
            "INSERT INTO recordings (business_id, call_sid, recording_sid, source_url, {columns})
             VALUES ({business}, '{call}', '{sid}', 'https://api.twilio.com/x', {values})"
        ))
        .await;
}

pub(crate) fn object_key(business: &Business, call_sid: &str, sid: &str) -> String {
    format!("business/{}/calls/{call_sid}/{sid}.wav", business.id)
}

/// Notes that a recording of the call is in the object store.
pub(crate) async fn add_stored(world: &World, business: &Business, call_sid: &str, sid: &str) {
    let (key, business) = (object_key(business, call_sid, sid), business.id);
    world
        .database
        .execute(&format!(
            "INSERT INTO recordings (business_id, call_sid, recording_sid, source_url, state, object_key, bytes,
                                     duration_seconds, channels, stored_at)
             VALUES ({business}, '{call_sid}', '{sid}', 'https://api.twilio.com/x', 'stored', '{key}', 29, 1.5, 2, now())"
        ))
        .await;
}

/// A stored recording, and where its file is to lie.
async fn stored_at(world: &World, business: &Business, sid: &str) -> PathBuf {
    add_stored(world, business, SID, sid).await;
    let path = world.media.path().join(object_key(business, SID, sid));
    fs::create_dir_all(path.parent().expect("a directory")).expect("made");
    path
}

/// A business with a call of which this was recorded.
async fn recorded(world: &World, audio: &[u8]) -> Business {
    let business = world.business(1).await;
    ended_call(world, &business, SID).await;
    let path = stored_at(world, &business, "RE1").await;
    fs::write(path, audio).expect("written");
    business
}

fn get(world: &World, business: &Business) -> RequestBuilder {
    world.api(business).request(Method::GET, &address(SID))
}

async fn send(request: RequestBuilder) -> Response {
    request.send().await.expect("an answer")
}

pub(crate) fn header<'a>(answer: &'a Response, name: &str) -> &'a str {
    answer.headers().get(name).map_or("", |value| {
        value.to_str().expect("a header that can be read")
    })
}

async fn body(answer: Response) -> Vec<u8> {
    answer.bytes().await.expect("a body").to_vec()
}

#[tokio::test]
async fn a_recording_is_listened_to_and_found_at_its_call() {
    let world = World::start().await;
    let business = recorded(&world, AUDIO).await;
    let answer = send(get(&world, &business)).await;
    assert_eq!(answer.status(), 200);
    for (name, value) in [
        ("content-type", "audio/wav"),
        ("content-length", "29"),
        ("accept-ranges", "bytes"),
        ("cache-control", "private, no-store"),
        ("x-content-type-options", "nosniff"),
        (
            "content-disposition",
            "inline; filename=\"CA00000000000000000000000000000001.wav\"",
        ),
    ] {
        assert_eq!(header(&answer, name), value, "{name}");
    }
    assert_eq!(body(answer).await, AUDIO);

    let shown = json!({
        "state": "stored", "url": address(SID), "duration_seconds": 1.5, "bytes": 29, "channels": 2, "error": null,
        "deleted_at": null,
    });
    let api = world.api(&business);
    let (_, call) = api.get(&format!("/api/calls/{SID}")).await;
    assert_eq!(call["recording"], shown);
    for list in [
        "/api/calls".to_owned(),
        format!("/api/leads/{}/calls", business.leads[0]),
    ] {
        let (_, calls) = api.get(&list).await;
        assert_eq!(calls["items"][0]["recording"], shown, "{list}");
        assert_eq!(calls["items"][0]["call_sid"], SID, "{list}");
    }
}

#[tokio::test]
async fn a_browser_listens_with_its_session_and_nobody_without_one() {
    let world = World::start().await;
    let business = recorded(&world, AUDIO).await;
    let session = world.cookie(&business.users[1]).await;
    let cookie = world
        .request(Method::GET, &address(SID))
        .header("Cookie", session);
    assert_eq!(body(send(cookie).await).await, AUDIO);
    let (status, _) = read(world.request(Method::GET, &address(SID))).await;
    assert_eq!(status, 401);
}

/// What is answered to a `Range`: the status, the `Content-Range` and the part of the audio.
#[tokio::test]
async fn a_part_is_answered_as_the_range_asks() {
    let world = World::start().await;
    let business = recorded(&world, AUDIO).await;
    let whole = (200, "", 0..29);
    for (range, (status, content_range, part)) in [
        ("bytes=0-3", (206, "bytes 0-3/29", 0..4)),
        ("bytes=28-28", (206, "bytes 28-28/29", 28..29)),
        ("bytes=8-", (206, "bytes 8-28/29", 8..29)),
        ("bytes=8-4000", (206, "bytes 8-28/29", 8..29)),
        ("bytes=-4", (206, "bytes 25-28/29", 25..29)),
        ("bytes=-4000", (206, "bytes 0-28/29", 0..29)),
        ("bytes=0-", (206, "bytes 0-28/29", 0..29)),
        ("bytes=0-1,4-5", whole.clone()),
        ("bytes=0-1,x", whole.clone()),
        ("bytes=5-2", whole.clone()),
        ("bytes=+1-2", whole.clone()),
        ("bytes=-", whole.clone()),
        ("bytes=a-b", whole.clone()),
        ("bytes", whole.clone()),
        ("lines=0-1", whole.clone()),
    ] {
        let answer = send(get(&world, &business).header("Range", range)).await;
        assert_eq!(answer.status(), status, "{range}");
        assert_eq!(header(&answer, "content-range"), content_range, "{range}");
        let length = part.len().to_string();
        assert_eq!(header(&answer, "content-length"), length, "{range}");
        assert_eq!(body(answer).await, AUDIO[part], "{range}");
    }
    for range in ["bytes=29-", "bytes=29-40", "bytes=-0"] {
        let answer = send(get(&world, &business).header("Range", range)).await;
        assert_eq!(header(&answer, "content-range"), "bytes */29", "{range}");
        let problem = problem(answer).await;
        assert_eq!(
            (&problem["status"], &problem["code"]),
            (&json!(416), &json!("range_not_satisfiable")),
            "{range}"
        );
    }
}

#[tokio::test]
async fn what_the_client_has_is_not_sent_again() {
    let world = World::start().await;
    let business = recorded(&world, AUDIO).await;
    let first = send(get(&world, &business)).await;
    let tag = header(&first, "etag").to_owned();
    assert!(tag.starts_with('"'), "{tag} is not a strong tag");
    for known in [
        tag.clone(),
        format!("W/{tag}"),
        format!("\"other\", {tag}"),
        "*".to_owned(),
    ] {
        let request = get(&world, &business).header("If-None-Match", &known);
        let answer = send(request.header("Range", "bytes=0-3")).await;
        assert_eq!(answer.status(), 304, "{known}");
        assert_eq!(header(&answer, "etag"), tag);
        assert_eq!(body(answer).await, b"");
    }
    let changed = get(&world, &business).header("If-None-Match", "\"other\"");
    assert_eq!(send(changed).await.status(), 200);

    let part_if = |condition: &str| {
        let request = get(&world, &business).header("Range", "bytes=0-3");
        send(request.header("If-Range", condition))
    };
    assert_eq!(part_if(&tag).await.status(), 206);
    for stale in [
        "\"other\"",
        &format!("W/{tag}"),
        "Sat, 29 Oct 1994 19:43:31 GMT",
        "nonsense",
    ] {
        assert_eq!(part_if(stale).await.status(), 200, "{stale}");
    }
}

#[tokio::test]
async fn its_headers_can_be_asked_for_alone() {
    let world = World::start().await;
    let business = recorded(&world, AUDIO).await;
    let head = |business| world.api(business).request(Method::HEAD, &address(SID));
    let answer = send(head(&business).header("Range", "bytes=0-3")).await;
    assert_eq!(answer.status(), 200);
    for (name, value) in [
        ("content-type", "audio/wav"),
        ("content-length", "29"),
        ("accept-ranges", "bytes"),
    ] {
        assert_eq!(header(&answer, name), value, "{name}");
    }
    let tag = header(&answer, "etag").to_owned();
    assert_eq!(body(answer).await, b"");
    assert_eq!(
        send(head(&business).header("If-None-Match", tag))
            .await
            .status(),
        304
    );
    let stranger = world.business(0).await;
    assert_eq!(send(head(&stranger)).await.status(), 404);
}

#[rstest]
#[case::never_recorded("", "", 404, "no_recording", Value::Null)]
#[case::not_fetched_yet("last_error", "'the carrier is busy'", 404, "recording_not_ready", json!("announced"))]
#[case::never_to_be_had("state, last_error", "'failed', 'no such recording'", 404, "recording_failed", json!("failed"))]
#[case::deleted(
    "state, carrier_deleted_at, media_deleted_at, deleted_at",
    "'deleted', '2026-11-01T00:00:00Z', '2026-11-01T00:00:00Z', '2026-11-01T00:00:00Z'",
    410, "recording_deleted", json!("deleted"),
)]
#[case::deleted_here_but_not_at_the_carrier(
    "state, object_key, stored_at, media_deleted_at", "'stored', 'gone.wav', now(), '2026-11-01T00:00:00Z'",
    410, "recording_deleted", json!("deleted"),
)]
#[case::lost("state, object_key, stored_at", "'stored', 'nowhere.wav', now()", 404, "recording_lost", json!("stored"))]
#[tokio::test]
async fn why_there_is_nothing_to_listen_to_is_told(
    #[case] columns: &str,
    #[case] values: &str,
    #[case] status: u16,
    #[case] code: &str,
    #[case] state: Value,
) {
    let world = World::start().await;
    let business = world.business(1).await;
    ended_call(&world, &business, SID).await;
    if !columns.is_empty() {
        add_recording(&business, &world, "RE1", columns, values).await;
    }
    let api = world.api(&business);
    let (got, problem) = api.get(&address(SID)).await;
    assert_eq!((got, &problem["code"]), (status, &json!(code)));

    let (_, call) = api.get(&format!("/api/calls/{SID}")).await;
    assert_eq!(call["recording"]["state"], state);
    let (error, deleted_at) = match code {
        "recording_failed" => (json!("no such recording"), Value::Null),
        "recording_deleted" => (Value::Null, json!("2026-11-01T00:00:00Z")),
        _ => (Value::Null, Value::Null),
    };
    assert_eq!(problem["deleted_at"], deleted_at);
    assert_eq!(problem["detail"], error);
    let shown = &call["recording"];
    assert_eq!(shown["deleted_at"], deleted_at);
    assert_eq!(shown["error"], error);
    if code != "recording_lost" {
        assert_eq!(shown["url"], Value::Null);
    }
}

#[tokio::test]
async fn another_business_s_recording_and_one_of_no_call_are_not_found() {
    let world = World::start().await;
    recorded(&world, AUDIO).await;
    let stranger = world.business(1).await;
    for call in [SID, "CA00000000000000000000000000000002", "%2e%2e"] {
        let (status, problem) = world.api(&stranger).get(&address(call)).await;
        assert_eq!((status, &problem["code"]), (404, &json!("not_found")));
    }
}

#[tokio::test]
async fn of_several_recordings_the_first_that_is_stored_is_listened_to() {
    let world = World::start().await;
    let business = world.business(1).await;
    ended_call(&world, &business, SID).await;
    add_recording(&business, &world, "RE1", "state", "'failed'").await;
    add_recording(&business, &world, "RE2", "state", "'announced'").await;
    let (_, problem) = world.api(&business).get(&address(SID)).await;
    assert_eq!(problem["code"], "recording_not_ready");
    for (sid, audio) in [("RE3", "the first"), ("RE4", "the second")] {
        let path = stored_at(&world, &business, sid).await;
        fs::write(path, audio).expect("written");
    }
    assert_eq!(body(send(get(&world, &business)).await).await, b"the first");
}

/// An hour and more: a small part of it costs no more than of a short one.
#[tokio::test]
async fn a_part_of_a_large_recording_is_read_alone() {
    const SIZE: u64 = 30 << 20;
    let world = World::start().await;
    let business = world.business(1).await;
    ended_call(&world, &business, SID).await;
    let path = stored_at(&world, &business, "RE1").await;
    let file = File::create(path).expect("made");
    file.set_len(SIZE).expect("sparse");
    file.write_all_at(b"in the middle", SIZE / 2)
        .expect("written");
    let from = SIZE / 2;
    let range = format!("bytes={from}-{}", from + 12);
    let answer = send(get(&world, &business).header("Range", range)).await;
    assert_eq!(
        header(&answer, "content-range"),
        format!("bytes {from}-{}/{SIZE}", from + 12)
    );
    assert_eq!(body(answer).await, b"in the middle");

    let mut whole = send(get(&world, &business)).await;
    let mut length = 0;
    while let Some(chunk) = whole.chunk().await.expect("readable") {
        length += chunk.len() as u64;
    }
    assert_eq!(length, SIZE);
}
