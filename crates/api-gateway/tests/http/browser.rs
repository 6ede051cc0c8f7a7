//! The session of a browser: its cookie, and requests that pages of other sites make.

use chassis::clock::Clock;
use chassis::settings::Environment;
use reqwest::{Method, Response};
use rstest::rstest;
use serde_json::{Value, json};
use testkit::{Business, PASSWORD};

use crate::support::{PUBLIC_HOST, World, problem, read};

/// Signs in as a browser with these headers does.
async fn sign_in(world: &World, business: &Business, headers: &[(&str, &str)]) -> Response {
    let body = json!({ "email": business.users[0].email, "password": PASSWORD });
    let mut request = world.request(Method::POST, "/api/auth/login").json(&body);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.send().await.expect("an answer")
}

/// The session cookie that was set, with its attributes.
fn session_cookie(answer: &Response) -> String {
    let cookies = answer.headers().get_all("set-cookie").iter();
    cookies
        .filter_map(|cookie| cookie.to_str().ok())
        .find(|cookie| cookie.contains("callboard_session="))
        .expect("a session")
        .to_owned()
}

fn pair(cookie: &str) -> &str {
    cookie.split(';').next().expect("a value")
}

async fn production() -> World {
    World::set_up(Clock::system(), |settings| {
        settings.environment = Environment::Production;
        settings.push.allow_private = false;
        settings.session_secret = Some("a secret of the tests that is long enough".into());
    })
    .await
}

#[tokio::test]
async fn in_production_the_cookie_is_of_this_host_and_for_tls_alone() {
    let world = production().await;
    let business = world.business(0).await;
    let answer = sign_in(&world, &business, &[]).await;
    assert_eq!(
        answer.headers()["strict-transport-security"],
        "max-age=31536000; includeSubDomains"
    );
    let cookie = session_cookie(&answer);
    assert!(cookie.starts_with("__Host-callboard_session="), "{cookie}");
    for attribute in ["HttpOnly", "SameSite=Lax", "Secure", "Path=/;"] {
        assert!(format!("{cookie};").contains(attribute), "{cookie}");
    }
    let get = |cookie: &str| {
        let request = world.request(Method::GET, "/api/leads");
        read(request.header("Cookie", cookie.to_owned()))
    };
    assert_eq!(get(pair(&cookie)).await.0, 200);
    // A neighbouring host can set this one.
    let planted = pair(&cookie).trim_start_matches("__Host-");
    assert_eq!(get(planted).await.0, 401);
}

/// A session that an attacker has put into the browser is not the one that its user signs in to, and ends then.
#[tokio::test]
async fn signing_in_opens_a_new_session_and_ends_the_one_that_the_browser_had() {
    let world = World::start().await;
    let business = world.business(0).await;
    let before = session_cookie(&sign_in(&world, &business, &[]).await);
    let cookie = [("Cookie", pair(&before))];
    let after = session_cookie(&sign_in(&world, &business, &cookie).await);
    assert_ne!(pair(&before), pair(&after));
    for (cookie, status) in [(&before, 401), (&after, 200)] {
        let request = world.request(Method::GET, "/api/leads");
        assert_eq!(read(request.header("Cookie", pair(cookie))).await.0, status);
    }
    let made_up = [("Cookie", "callboard_session=made-up")];
    let answer = sign_in(&world, &business, &made_up).await;
    assert!(!session_cookie(&answer).contains("made-up"));
}

const CONSENT: (&str, &str) = ("X-Requested-With", "console");

#[rstest]
#[case::no_header(&[], Some("csrf_header_missing"))]
#[case::a_page_of_ours(&[CONSENT, ("Sec-Fetch-Site", "same-origin")], None)]
#[case::the_person_themselves(&[CONSENT, ("Sec-Fetch-Site", "none")], None)]
#[case::a_foreign_page(&[CONSENT, ("Sec-Fetch-Site", "cross-site")], Some("cross_site_request"))]
#[case::a_neighbouring_host(&[CONSENT, ("Sec-Fetch-Site", "same-site")], Some("cross_site_request"))]
#[case::an_old_browser(&[CONSENT, ("Origin", PUBLIC_HOST)], None)]
#[case::an_old_browser_elsewhere(&[CONSENT, ("Origin", "https://evil.example")], Some("cross_site_request"))]
#[case::a_sandboxed_page(&[CONSENT, ("Origin", "null")], Some("cross_site_request"))]
#[case::our_page_without_the_header(&[("Sec-Fetch-Site", "same-origin")], Some("csrf_header_missing"))]
#[case::no_browser_at_all(&[CONSENT], None)]
#[tokio::test]
async fn a_cookie_changes_something_only_for_our_own_pages(
    #[case] headers: &[(&str, &str)],
    #[case] refused: Option<&str>,
) {
    let world = World::start().await;
    let business = world.business(1).await;
    let cookie = session_cookie(&sign_in(&world, &business, &[]).await);
    let lead = format!("/api/leads/{}", business.leads[0]);
    let mut patch = world
        .request(Method::PATCH, &lead)
        .header("Cookie", pair(&cookie))
        .json(&json!({ "first_name": "Dana" }));
    for (name, value) in headers {
        patch = patch.header(*name, *value);
    }
    let (status, answer) = read(patch).await;
    match refused {
        Some(code) => assert_eq!((status, &answer["code"]), (403, &json!(code))),
        None => assert_eq!((status, &answer["first_name"]), (200, &json!("Dana"))),
    }
    // Reading changes nothing, wherever the link to it stood.
    let get = world
        .request(Method::GET, &lead)
        .header("Cookie", pair(&cookie));
    let (status, _) = read(get.header("Sec-Fetch-Site", "cross-site")).await;
    assert_eq!(status, 200);
}

#[tokio::test]
async fn a_page_written_for_the_origin_that_was_asked_is_our_own() {
    let world = World::start().await;
    let business = world.business(0).await;
    let own = world.address();
    assert_eq!(
        sign_in(&world, &business, &[("Origin", &own)])
            .await
            .status(),
        200
    );
}

/// Else a foreign page could sign its visitor in to the attacker's account, or out of their own.
#[tokio::test]
async fn a_foreign_page_signs_nobody_in_or_out() {
    let world = World::start().await;
    let business = world.business(0).await;
    let foreign = [("Sec-Fetch-Site", "cross-site")];
    let refused = problem(sign_in(&world, &business, &foreign).await).await;
    assert_eq!(refused["code"], "cross_site_request");
    let cookie = session_cookie(&sign_in(&world, &business, &[]).await);
    let out = world
        .request(Method::POST, "/api/auth/logout")
        .header("Cookie", pair(&cookie))
        .header("Sec-Fetch-Site", "cross-site");
    let (status, refused): (u16, Value) = read(out).await;
    assert_eq!(
        (status, &refused["code"]),
        (403, &json!("cross_site_request"))
    );
    assert_eq!(world.count("sessions").await, 1);
}
