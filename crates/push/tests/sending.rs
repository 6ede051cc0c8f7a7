//! Messages as a push service and a browser get them.

use std::net::TcpListener;
use std::time::Duration;

use chassis::clock::Clock;
use chassis::settings::Environment;
use domain::messages::Language;
use domain::notifications::Text;
use push::{
    Client, Message, Outcome, PushSettings, Subscription, Urgency, VapidKey, read_auth, read_p256dh,
};
use rstest::rstest;
use serde_json::{Value, json};
use testkit::Browser;
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, ResponseTemplate};

struct World {
    service: MockServer,
    browser: Browser,
    client: Client,
}

impl World {
    async fn new() -> Self {
        Self::with(true).await
    }

    async fn with(allow_private: bool) -> Self {
        let settings = PushSettings {
            contact: None,
            allow_private,
        };
        let key = VapidKey::generate().private_key().into();
        let client = Client::open(&settings, Some(&key), None, Environment::Development);
        Self {
            service: MockServer::start().await,
            browser: Browser::new(),
            client: client.expect("sound").expect("on"),
        }
    }

    async fn answers(&self, answer: ResponseTemplate, times: u64) {
        let mock = Mock::given(any()).respond_with(answer);
        mock.up_to_n_times(times).mount(&self.service).await;
    }

    async fn send(&self, body: &str) -> Outcome {
        let endpoint = format!("{}/send/1", self.service.uri());
        self.send_to(&endpoint, body).await
    }

    async fn send_to(&self, endpoint: &str, body: &str) -> Outcome {
        let p256dh = read_p256dh(&self.browser.p256dh()).expect("a key");
        let auth = read_auth(&self.browser.auth()).expect("a secret");
        let to = Subscription::new(endpoint, &p256dh, &auth).expect("sound");
        let message = Message {
            text: Text {
                title: "Dana: Won".to_owned(),
                body: body.to_owned(),
            },
            language: Language::English,
            url: "/leads/7".to_owned(),
            topic: "lead-7".to_owned(),
            urgency: Urgency::Normal,
        };
        self.client.send(&to, &message, Clock::system().now()).await
    }

    /// What the browser makes of the n-th request.
    async fn shown(&self, n: usize) -> Value {
        let requests = self.service.received_requests().await.expect("recorded");
        let text = self.browser.open(&requests[n].body).expect("decrypts");
        serde_json::from_slice(&text).expect("JSON")
    }
}

#[tokio::test]
async fn a_message_arrives_encrypted_with_its_topic_and_its_time() {
    let world = World::new().await;
    world.answers(ResponseTemplate::new(201), 1).await;
    assert_eq!(world.send("New → Won").await, Outcome::Sent);
    assert_eq!(
        world.shown(0).await,
        json!({
            "title": "Dana: Won", "body": "New → Won", "url": "/leads/7", "tag": "lead-7", "lang": "en", "dir": "ltr",
        })
    );
    let requests = world.service.received_requests().await.expect("recorded");
    let header = |name: &str| requests[0].headers[name].to_str().expect("text").to_owned();
    assert_eq!(header("content-encoding"), "aes128gcm");
    assert_eq!(header("ttl"), "43200");
    assert_eq!(header("topic"), "lead-7");
    assert_eq!(header("urgency"), "normal");
    assert!(header("authorization").starts_with("vapid t="));
}

#[rstest]
#[case::gone(410, Outcome::Gone)]
#[case::unknown(404, Outcome::Gone)]
#[case::of_another_key(403, Outcome::Refused { status: Some(403) })]
#[case::elsewhere(307, Outcome::Refused { status: Some(307) })]
#[case::broken(503, Outcome::Later { status: Some(503), after: None })]
#[tokio::test]
async fn each_answer_means_one_thing(#[case] status: u16, #[case] expected: Outcome) {
    let world = World::new().await;
    let answer = ResponseTemplate::new(status).insert_header("location", "http://127.0.0.1:1/");
    world.answers(answer, 1).await;
    assert_eq!(world.send("x").await, expected);
}

#[rstest]
#[case::as_asked("17", 17)]
#[case::at_most_an_hour("999999", 3600)]
#[tokio::test]
async fn a_push_service_says_how_long_to_wait(#[case] said: &str, #[case] seconds: u64) {
    let world = World::new().await;
    let answer = ResponseTemplate::new(429).insert_header("retry-after", said);
    world.answers(answer, 1).await;
    let later = Outcome::Later {
        status: Some(429),
        after: Some(Duration::from_secs(seconds)),
    };
    assert_eq!(world.send("x").await, later);
}

#[tokio::test]
async fn a_message_that_is_too_long_is_sent_once_more_and_shorter() {
    let world = World::new().await;
    world.answers(ResponseTemplate::new(413), 1).await;
    world.answers(ResponseTemplate::new(201), 1).await;
    assert_eq!(world.send(&"long ".repeat(200)).await, Outcome::Sent);
    let body = |shown: &Value| shown["body"].as_str().expect("a text").chars().count();
    assert_eq!(body(&world.shown(0).await), 600);
    assert_eq!(body(&world.shown(1).await), 80);
}

#[tokio::test]
async fn no_answer_is_one_for_later() {
    let world = World::new().await;
    let nobody = TcpListener::bind("127.0.0.1:0").expect("a port");
    let endpoint = format!("http://{}/", nobody.local_addr().expect("an address"));
    drop(nobody);
    let later = Outcome::Later {
        status: None,
        after: None,
    };
    assert_eq!(world.send_to(&endpoint, "x").await, later);
}

#[tokio::test]
async fn a_private_address_is_sent_nothing() {
    let world = World::with(false).await;
    world.answers(ResponseTemplate::new(201), 1).await;
    let endpoint = world.service.uri().replace("http:", "https:");
    for endpoint in [world.service.uri(), endpoint] {
        let refused = Outcome::Refused { status: None };
        assert_eq!(world.send_to(&endpoint, "x").await, refused);
    }
    let received = world.service.received_requests().await;
    assert!(received.is_some_and(|received| received.is_empty()));
}

#[test]
fn production_reaches_no_private_address_and_a_wrong_key_is_named() {
    let open = |allow_private, key: &str, contact: Option<&str>| {
        let settings = PushSettings {
            contact: contact.map(str::to_owned),
            allow_private,
        };
        let key = key.to_owned().into();
        Client::open(&settings, Some(&key), None, Environment::Production)
    };
    let key = VapidKey::generate().private_key();
    assert!(open(false, &key, Some("mailto:ops@example.com")).is_ok_and(|client| client.is_some()));
    assert!(open(false, " ", None).is_ok_and(|client| client.is_none()));
    for (allow_private, key, contact, named) in [
        (true, key.as_str(), None, "ALLOW_PRIVATE"),
        (false, "short", None, "VAPID_PRIVATE_KEY"),
        (false, &key, Some("ops@example.com"), "PUSH__CONTACT"),
    ] {
        let error = open(allow_private, key, contact).expect_err("refused");
        assert!(error.to_string().contains(named), "{error}");
    }
}
