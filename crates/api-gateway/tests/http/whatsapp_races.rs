//! Writers, closers and two gateways at once: no message is lost, none is in two sessions, and none comes into a session
//! after that was closed.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use carrier::signature::HEADER;
use chassis::clock::Clock;
use futures::future::{join, join_all};
use reqwest::Client;
use serde_json::Value;
use testkit::Business;

use crate::support::World;
use crate::whatsapp::{PATH, message, signature};

const WRITERS: usize = 8;
const MESSAGES: usize = 20;

/// Notes how many messages a session has at the moment of its closing: later ones are in no summary.
const WITNESS: &str = "
CREATE TABLE at_close (session_id bigint, messages bigint);
CREATE FUNCTION witness() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    INSERT INTO at_close SELECT new.id, count(*) FROM whatsapp_messages m WHERE m.session_id = new.id;
    RETURN NULL;
END $$;
CREATE TRIGGER witness AFTER UPDATE ON whatsapp_sessions FOR EACH ROW
    WHEN (old.state = 'open' AND new.state = 'closed') EXECUTE FUNCTION witness();";

struct Races<'a> {
    http: Client,
    gateways: [String; 2],
    business: &'a Business,
    is_over: AtomicBool,
}

impl Races<'_> {
    /// Writes messages for one of two leads, each to both gateways; every fifth asks to be closed at once.
    async fn write(&self, writer: usize) {
        let from = &self.business.phones[writer % 2];
        for n in 0..MESSAGES {
            let number = writer * MESSAGES + n;
            let body = if n % 5 == 4 {
                "remove me from your list"
            } else {
                "hello"
            };
            let fields = message(number, from, &self.business.caller_number, body);
            for gateway in [writer % 2, (writer + 1) % 2] {
                let answer = self
                    .http
                    .post(format!("{}{PATH}", self.gateways[gateway]))
                    .header(HEADER, signature(&fields))
                    .form(&fields)
                    .send()
                    .await
                    .expect("an answer");
                assert_eq!(answer.status(), 204);
            }
        }
    }

    /// Closes what is open, as fast as it can, until the writing is over.
    async fn close(&self, gateway: usize) {
        while !self.is_over.load(Ordering::SeqCst) {
            self.close_all(gateway).await;
        }
    }

    async fn close_all(&self, gateway: usize) {
        let (address, key) = (&self.gateways[gateway], &self.business.api_keys[0]);
        let sessions = format!("{address}/api/whatsapp/sessions");
        let answer = self.http.get(&sessions).bearer_auth(key).send().await;
        let page: Value = answer.expect("an answer").json().await.expect("JSON");
        for session in page["items"].as_array().expect("items") {
            if session["state"] == "open" {
                let path = format!("{sessions}/{}/close", session["id"]);
                let answer = self.http.post(&path).bearer_auth(key).send().await;
                assert_eq!(answer.expect("an answer").status(), 200);
            }
        }
    }
}

#[tokio::test]
async fn every_message_is_in_one_session_before_that_is_closed() {
    let world = World::start().await;
    let business = world.business(2).await;
    world.database.execute(WITNESS).await;
    let races = Races {
        http: chassis::http::client(Duration::from_secs(30)).expect("a client"),
        gateways: [
            world.address(),
            world.another_gateway(Clock::system()).await,
        ],
        business: &business,
        is_over: AtomicBool::new(false),
    };
    let writing = async {
        join_all((0..WRITERS).map(|writer| races.write(writer))).await;
        races.is_over.store(true, Ordering::SeqCst);
    };
    join(writing, join(races.close(0), races.close(1))).await;
    races.close_all(0).await;

    let all = i64::try_from(WRITERS * MESSAGES).expect("few");
    assert_eq!(world.count("carrier_callbacks").await, all);
    assert_eq!(world.count("whatsapp_messages").await, all);
    assert_eq!(world.count("leads").await, 2);
    let sessions = world.count("whatsapp_sessions").await;
    assert!(sessions > 4, "they did race: {sessions}");
    let seen = world
        .database
        .sql(
            "SELECT count(*) AS closed, sum(messages) AS summarised,
                    (SELECT count(DISTINCT body->'data'->>'session_id') FROM outbox_events
                     WHERE type = 'whatsapp.session.closed') AS told,
                    (SELECT count(*) FROM outbox_events WHERE type = 'whatsapp.session.closed') AS events
             FROM at_close",
        )
        .await;
    for what in ["closed", "told", "events"] {
        assert_eq!(seen[0][what], sessions, "{what}: {seen:?}");
    }
    assert_eq!(seen[0]["summarised"], all, "{seen:?}");
}
