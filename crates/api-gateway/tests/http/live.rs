//! Live events over the broker: several replicas, lost connections, and the right to listen.

use std::time::Duration;

use chassis::clock::Clock;
use chrono::DateTime;
use reqwest::{Method, RequestBuilder, Response};
use serde_json::{Value, json};
use testkit::{Business, eventually};

use crate::support::{PATIENCE, World, fields, read};

fn clock() -> Clock {
    Clock::fixed(DateTime::from_timestamp(1_795_250_000, 0).expect("a time"))
}

/// An open stream and what it has said.
struct Stream {
    answer: Response,
    said: String,
}

impl Stream {
    /// Opens a stream, and waits for its greeting.
    async fn open(request: RequestBuilder) -> Self {
        let answer = request.send().await.expect("a stream");
        assert_eq!(answer.status(), 200);
        let mut stream = Self {
            answer,
            said: String::new(),
        };
        stream.until("\n\n").await;
        stream
    }

    /// Reads until `wanted` was said.
    async fn until(&mut self, wanted: &str) {
        let reading = async {
            while !self.said.contains(wanted) {
                let chunk = self.answer.chunk().await.expect("readable");
                let chunk =
                    chunk.unwrap_or_else(|| panic!("over before {wanted:?}: {}", self.said));
                self.said.push_str(&String::from_utf8_lossy(&chunk));
            }
        };
        let read = tokio::time::timeout(PATIENCE, reading).await;
        assert!(read.is_ok(), "{wanted:?} was not said: {}", self.said);
    }

    /// Reads to the end.
    async fn end(mut self) -> String {
        let reading = async {
            while let Ok(Some(chunk)) = self.answer.chunk().await {
                self.said.push_str(&String::from_utf8_lossy(&chunk));
            }
        };
        let read = tokio::time::timeout(PATIENCE, reading).await;
        assert!(read.is_ok(), "the stream goes on: {}", self.said);
        self.said
    }

    fn last_id(&self) -> &str {
        let mut ids = self
            .said
            .lines()
            .filter_map(|line| line.strip_prefix("id: "));
        ids.next_back().expect("an id")
    }

    /// What the last event of a type says.
    fn data(&self, event: &str) -> Value {
        let blocks = self.said.split("\n\n");
        let begin = format!("event: {event}\n");
        let block = blocks.filter(|block| block.starts_with(&begin)).last();
        let line =
            block.and_then(|block| block.lines().find_map(|line| line.strip_prefix("data: ")));
        serde_json::from_str(line.expect("data")).expect("JSON")
    }
}

fn at(world: &World, address: &str, business: &Business) -> RequestBuilder {
    let request = world.http.get(format!("{address}/api/events"));
    request.bearer_auth(&business.api_keys[0])
}

async fn moves(world: &World, business: &Business, to: &str) {
    let path = format!("/api/leads/{}", business.leads[0]);
    let (status, answer) = world
        .api(business)
        .patch(&path, &json!({ "status": to }))
        .await;
    assert_eq!(status, 200, "{answer}");
}

#[tokio::test]
async fn an_event_carries_the_whole_lead_as_the_api_answers_it() {
    let world = World::start().await;
    world.ready().await;
    let business = world.business(1).await;
    let mut stream = Stream::open(at(&world, &world.address(), &business)).await;
    moves(&world, &business, "won").await;
    stream.until("\"to\":\"won\"").await;
    let (_, page) = world.api(&business).get("/api/leads").await;
    let said = stream.data("status.changed");
    assert_eq!(said["lead"], page["items"][0]);
    assert_eq!(said["lead"]["status"], "won");
    assert!(said["event_id"].is_string() && said["time"].is_string());
}

#[tokio::test]
async fn a_stream_says_what_it_cannot_do_and_ends_when_it_was_told_to() {
    let world = World::start().await;
    let business = world.business(0).await;
    let api = world.api(&business);
    for (query, field) in [
        ("types=status.changed,leads", "types"),
        ("max_seconds=0", "max_seconds"),
        ("max_seconds=3601", "max_seconds"),
        ("kinds=call.*", "kinds"),
    ] {
        let (status, problem) = api.get(&format!("/api/events?{query}")).await;
        assert_eq!((status, fields(&problem)), (400, vec![field]), "{query}");
    }
    let request = api.request(Method::GET, "/api/events?types=call.*&max_seconds=1");
    let said = Stream::open(request).await.end().await;
    assert!(said.starts_with("retry: "), "{said}");
}

#[tokio::test]
async fn one_caller_has_no_more_streams_than_it_may() {
    let world = World::set_up(clock(), |settings| settings.limits.streams_per_caller = 2).await;
    let business = world.business(0).await;
    let of_key = || at(&world, &world.address(), &business);
    let first = Stream::open(of_key()).await;
    let _second = Stream::open(of_key()).await;
    let (status, refused) = read(of_key()).await;
    assert_eq!(
        (status, &refused["code"]),
        (429, &json!("too_many_streams"))
    );

    let token = world.token(&business.users[1]).await;
    let of_session = world.request(Method::GET, "/api/events");
    let _another_caller_s = Stream::open(of_session.bearer_auth(&token)).await;

    drop(first);
    eventually(PATIENCE, || async {
        let answer = of_key().send().await.expect("an answer");
        (answer.status() == 200).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_stream_ends_soon_after_its_session_or_its_key() {
    let world = World::start().await;
    let business = world.business(0).await;
    let token = world.token(&business.users[1]).await;
    let of_session = || {
        world
            .request(Method::GET, "/api/events")
            .bearer_auth(&token)
    };
    let mut held = Stream::open(at(&world, &world.address(), &business)).await;
    let signed_in = Stream::open(of_session()).await;

    let logout = world
        .request(Method::POST, "/api/auth/logout")
        .bearer_auth(&token);
    assert_eq!(read(logout).await.0, 204);
    signed_in.end().await;
    assert_eq!(read(of_session()).await.0, 401);

    // The one of the key goes on; its next sign of life comes after the look that ended the other.
    held.said.clear();
    held.until(": keep-alive\n").await;
    let id = world.database.sql("SELECT id FROM api_keys").await[0]["id"].clone();
    let path = format!("/api/api-keys/{id}");
    assert_eq!(
        read(world.api(&business).request(Method::DELETE, &path))
            .await
            .0,
        204
    );
    held.end().await;
}

#[tokio::test]
async fn a_deactivated_user_hears_no_more() {
    let world = World::start().await;
    let business = world.business(0).await;
    let agent = &business.users[1];
    let token = world.token(agent).await;
    let stream = Stream::open(
        world
            .request(Method::GET, "/api/events")
            .bearer_auth(&token),
    )
    .await;
    let path = format!("/api/users/{}", agent.id);
    assert_eq!(
        read(world.api(&business).request(Method::DELETE, &path))
            .await
            .0,
        204
    );
    stream.end().await;
}

#[tokio::test]
async fn every_replica_hears_of_every_change_and_takes_over_the_streams_of_another() {
    let clock = clock();
    let world = World::at(clock.clone()).await;
    world.ready().await;
    let business = world.business(1).await;
    let other = world.another_gateway(clock.clone()).await;
    let mut there = Stream::open(at(&world, &other, &business)).await;
    // It hears nothing before it is attached to the broker.
    for to in ["qualified", "won"].into_iter().cycle() {
        moves(&world, &business, to).await;
        let heard = there.until("event: status.changed\n");
        if tokio::time::timeout(Duration::from_millis(500), heard)
            .await
            .is_ok()
        {
            break;
        }
    }
    clock.advance(Duration::from_secs(10));
    moves(&world, &business, "lost").await;

    let mut here = Stream::open(at(&world, &world.address(), &business)).await;
    moves(&world, &business, "interested").await;
    here.until("\"to\":\"interested\"").await;
    there.until("\"to\":\"interested\"").await;
    there.said.clear();
    let last = here.last_id().to_owned();
    drop(here);
    moves(&world, &business, "won").await;
    there.until("\"to\":\"won\"").await;

    let mut moved =
        Stream::open(at(&world, &other, &business).header("Last-Event-ID", &last)).await;
    moved.until("\"to\":\"won\"").await;
    assert!(!moved.said.contains("event: resync"), "{}", moved.said);
    // What nobody remembers is read again.
    let request = at(&world, &other, &business).header("Last-Event-ID", "1-00000000-1");
    let stream = Stream::open(request).await;
    assert!(stream.said.contains("event: resync\n"), "{}", stream.said);
}

#[tokio::test]
async fn streams_read_everything_again_after_the_broker_was_lost() {
    let world = World::start().await;
    world.ready().await;
    let business = world.business(1).await;
    let mut stream = Stream::open(at(&world, &world.address(), &business)).await;
    moves(&world, &business, "qualified").await;
    stream.until("\"to\":\"qualified\"").await;
    stream.said.clear();
    world.vhost.close_connections().await;
    stream.until("event: resync\n").await;
    // And from then on they hear everything.
    moves(&world, &business, "won").await;
    stream.until("\"to\":\"won\"").await;
}
