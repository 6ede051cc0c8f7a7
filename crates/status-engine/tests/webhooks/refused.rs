use rstest::rstest;
use serde_json::json;
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::world::World;

/// A name, and an address in the forms that a URL may be written in. The gateway refuses the latter; a row that is there anyhow,
/// or a name that leads elsewhere today, is refused when it is sent.
#[rstest]
#[case::plain("http://127.0.0.1:{port}/")]
#[case::name("http://localhost:{port}/")]
#[case::decimal("http://2130706433:{port}/")]
#[case::hex("http://0x7f000001:{port}/")]
#[case::octal("http://0177.0.0.1:{port}/")]
#[case::short("http://127.1:{port}/")]
#[case::mapped("http://[::ffff:127.0.0.1]:{port}/")]
#[case::unspecified("http://0.0.0.0:{port}/")]
#[case::userinfo("http://user@localhost:{port}/")]
#[case::another_scheme("ftp://localhost:{port}/")]
#[tokio::test]
async fn nothing_is_sent_into_our_own_network(#[case] url: &str) {
    let world = World::with(&[("ALLOW_LOOPBACK", "false")], 1).await;
    world.receiver_says(ResponseTemplate::new(200)).await;
    let url = url.replace("{port}", &world.receiver.address().port().to_string());
    world.endpoint_at(&world.business, &url).await;
    let event = world.tell().await;
    let tried = world.attempted(&event, 1).await;
    let refused = json!(["pending", "address_refused", null]);
    assert_eq!(
        json!([tried["state"], tried["error"], tried["response_status"]]),
        refused
    );
    assert_eq!(world.received().await.len(), 0);
    world.end().await;
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let world = World::with(&[], 1).await;
    let inside = MockServer::start().await;
    Mock::given(any())
        .respond_with(ResponseTemplate::new(200))
        .mount(&inside)
        .await;
    let elsewhere = ResponseTemplate::new(307).insert_header("Location", inside.uri().as_str());
    world.receiver_says(elsewhere).await;
    world.endpoint().await;
    let event = world.tell().await;
    let tried = world.attempted(&event, 1).await;
    assert_eq!(
        json!([tried["state"], tried["error"], tried["response_status"]]),
        json!(["pending", "redirect", 307])
    );
    let visits = inside.received_requests().await.unwrap_or_default();
    assert_eq!(visits.len(), 0);
    world.end().await;
}
