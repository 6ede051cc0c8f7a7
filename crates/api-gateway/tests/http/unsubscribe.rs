use chassis::signed;
use domain::notifications::unsubscribe as link;
use reqwest::Method;
use secrecy::SecretString;
use serde_json::json;
use testkit::{Business, User};

use crate::support::{SESSION_SECRET, World, read};

fn address(business: &Business, user: &User) -> String {
    let secret = SecretString::from(SESSION_SECRET);
    let text = link::text(business.id, user.id);
    link::path(&signed::sign(&secret, link::PURPOSE, &text))
}

async fn with_email(world: &World, business: &Business) {
    for user in &business.users {
        let statement = format!(
            "INSERT INTO notification_preferences (business_id, user_id, email, updated_at) VALUES ({}, {}, 'daily', now())",
            business.id, user.id
        );
        world.database.execute(&statement).await;
    }
}

async fn with_digests(world: &World) -> i64 {
    world
        .count("notification_preferences WHERE email <> 'off'")
        .await
}

/// A program that looks at links in e-mail follows it too; only the button, and a mail program's one click, end anything.
#[tokio::test]
async fn the_link_in_a_digest_ends_it_by_one_click_and_not_by_a_look() {
    let world = World::start().await;
    let business = world.business(0).await;
    with_email(&world, &business).await;
    let address = address(&business, &business.users[0]);
    let page = world
        .request(Method::GET, &address)
        .send()
        .await
        .expect("an answer");
    assert_eq!(page.status(), 200);
    let policy = page.headers()["content-security-policy"]
        .to_str()
        .expect("text");
    assert!(policy.starts_with("default-src 'none'") && policy.contains("form-action 'self'"));
    let text = page.text().await.expect("a page");
    assert!(
        text.contains("<html lang=\"he\" dir=\"rtl\">") && text.contains("<form method=\"post\">"),
        "{text}"
    );
    assert_eq!(with_digests(&world).await, 2);
    for _ in 0..2 {
        let click = world
            .request(Method::POST, &address)
            .form(&[("List-Unsubscribe", "One-Click")]);
        let done = click.send().await.expect("an answer");
        assert_eq!(done.status(), 200);
        assert!(!done.text().await.expect("a page").contains("<form"));
    }
    let rows = "notification_preferences WHERE email = 'off' AND version = 2 AND user_id =";
    assert_eq!(
        world
            .count(&format!("{rows} {}", business.users[0].id))
            .await,
        1
    );
    assert_eq!(with_digests(&world).await, 1, "the colleague's go on");
}

#[tokio::test]
async fn a_link_that_was_not_signed_here_is_nobody_s() {
    let world = World::start().await;
    let (business, neighbours) = (world.business(0).await, world.business(0).await);
    with_email(&world, &business).await;
    let (own, other) = (
        address(&business, &business.users[0]),
        address(&business, &business.users[1]),
    );
    let tag = own.rsplit_once('.').expect("a signature").1;
    let text = other.rsplit_once('.').expect("a signature").0;
    let crossed = address(&neighbours, &business.users[0]);
    let other_purpose = signed::sign(&SecretString::from(SESSION_SECRET), "other", "1.1");
    for wrong in [
        format!("{text}.{tag}"),
        crossed,
        link::path(&other_purpose),
        link::path("x"),
    ] {
        for method in [Method::GET, Method::POST] {
            let (status, refused) = read(world.request(method, &wrong)).await;
            assert_eq!(
                (status, &refused["code"]),
                (404, &json!("not_found")),
                "{wrong}"
            );
        }
    }
    assert_eq!(with_digests(&world).await, 2);
}
