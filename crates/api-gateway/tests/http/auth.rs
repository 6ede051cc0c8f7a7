use reqwest::Method;
use serde_json::{Value, json};
use testkit::PASSWORD;

use crate::support::{World, problem, read};

async fn sign_in(world: &World, email: &str, password: &str) -> reqwest::Response {
    let body = json!({ "email": email, "password": password });
    world
        .request(Method::POST, "/api/auth/login")
        .json(&body)
        .send()
        .await
        .expect("an answer")
}

#[tokio::test]
async fn a_user_signs_in_works_with_the_token_and_signs_out() {
    let world = World::start().await;
    let business = world.business(1).await;
    let answer = sign_in(&world, &business.users[0].email.to_uppercase(), PASSWORD).await;
    assert_eq!(answer.status(), 200);
    let cookie = answer.headers()["set-cookie"]
        .to_str()
        .expect("text")
        .to_owned();
    for attribute in ["HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=1209600"] {
        assert!(cookie.contains(attribute), "{cookie}");
    }
    let session: Value = answer.json().await.expect("JSON");
    assert_eq!(session["user"]["role"], "admin");
    assert_eq!(session["user"]["business_id"], business.id.0);
    let token = session["access_token"].as_str().expect("a token");
    assert!(cookie.starts_with("callboard_session=cbs_"), "{cookie}");
    assert!(token.starts_with("cba_") && !cookie.contains(token));

    let leads = read(world.request(Method::GET, "/api/leads").bearer_auth(token)).await;
    assert_eq!(
        (leads.0, leads.1["items"].as_array().map(Vec::len)),
        (200, Some(1))
    );
    // What is stored of the tokens is not the tokens.
    let stored = world
        .database
        .sql("SELECT encode(token_hash, 'escape') AS hash FROM session_tokens")
        .await;
    assert_eq!(stored.len(), 2);
    for row in &stored {
        assert!(!row["hash"].as_str().expect("text").contains(token));
    }

    let out = read(
        world
            .request(Method::POST, "/api/auth/logout")
            .bearer_auth(token),
    )
    .await;
    assert_eq!(out.0, 204);
    let after = read(world.request(Method::GET, "/api/leads").bearer_auth(token)).await;
    assert_eq!(
        (after.0, &after.1["code"]),
        (401, &json!("unauthenticated"))
    );
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_address_get_the_same_answer() {
    let world = World::start().await;
    let business = world.business(0).await;
    let wrong = problem(sign_in(&world, &business.users[0].email, "guess").await).await;
    let unknown = problem(sign_in(&world, "nobody@example.com", "guess").await).await;
    assert_eq!(wrong, unknown);
    assert_eq!(wrong["code"], "wrong_credentials");
    assert_eq!(world.count("sessions").await, 0);
}

#[tokio::test]
async fn keys_and_tokens_that_are_not_ours_are_refused() {
    let world = World::start().await;
    let business = world.business(0).await;
    let key = &business.api_keys[0];
    let mut forged = key.clone();
    forged.replace_range(key.len() - 1.., if key.ends_with('0') { "1" } else { "0" });
    for token in [forged.as_str(), "cb_unknown_secret", "x", ""] {
        let (status, refused) = read(
            world
                .request(Method::GET, "/api/settings")
                .bearer_auth(token),
        )
        .await;
        assert_eq!(
            (status, &refused["code"]),
            (401, &json!("unauthenticated")),
            "{token}"
        );
    }
    assert_eq!(
        read(world.request(Method::GET, "/api/settings").bearer_auth(key))
            .await
            .0,
        200
    );
    world
        .database
        .execute("UPDATE api_keys SET revoked_at = now()")
        .await;
    assert_eq!(
        read(world.request(Method::GET, "/api/settings").bearer_auth(key))
            .await
            .0,
        401
    );
    assert_eq!(
        read(world.request(Method::GET, "/api/settings")).await.0,
        401
    );
}

#[tokio::test]
async fn an_agent_works_on_leads_and_starts_no_runs() {
    let world = World::start().await;
    let business = world.business(1).await;
    let session: Value = sign_in(&world, &business.users[1].email, PASSWORD)
        .await
        .json()
        .await
        .expect("JSON");
    let token = session["access_token"].as_str().expect("a token");
    let (status, _) = read(world.request(Method::GET, "/api/leads").bearer_auth(token)).await;
    assert_eq!(status, 200);
    let run = json!({ "lead_ids": [business.leads[0]] });
    let start = world
        .request(Method::POST, "/api/outbound/bulk-enqueue")
        .bearer_auth(token)
        .json(&run);
    let (status, refused) = read(start).await;
    assert_eq!((status, &refused["code"]), (403, &json!("forbidden")));
    assert_eq!(world.count("outbound_call_runs").await, 0);
}

#[tokio::test]
async fn a_system_administrator_names_the_business() {
    let world = World::start().await;
    let business = world.business(2).await;
    let (_, token) = world.administrator().await;
    let token = &*token;
    let get = || world.request(Method::GET, "/api/leads").bearer_auth(token);
    let (status, refused) = read(get()).await;
    assert_eq!(
        (status, &refused["code"]),
        (400, &json!("business_required"))
    );
    let (status, leads) = read(get().header("X-Business-Id", business.id.0)).await;
    assert_eq!(
        (status, leads["items"].as_array().map(Vec::len)),
        (200, Some(2))
    );
    let (status, _) = read(
        world
            .request(Method::POST, "/api/auth/logout")
            .bearer_auth(token),
    )
    .await;
    assert_eq!(status, 204);
    assert_eq!(world.count("sessions").await, 0);
}
