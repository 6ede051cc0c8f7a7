use reqwest::Method;
use serde_json::{Value, json};
use storage::users::Role;
use testkit::Business;

use crate::support::{World, fields, read};

const NEW_PASSWORD: &str = "a long enough password";

/// A business with an owner, an admin and an agent, each with an API key of the same role.
async fn three(world: &World) -> Business {
    let mut business = testkit::business(&world.operator);
    for role in [Role::Owner, Role::Admin, Role::Agent] {
        business = business.with_user(role).with_api_key(role);
    }
    business.await
}

async fn ask(world: &World, key: &str, method: Method, path: &str, body: &Value) -> (u16, Value) {
    read(world.request(method, path).bearer_auth(key).json(body)).await
}

async fn sign_in(world: &World, email: &str, password: &str) -> (u16, Value) {
    let body = json!({ "email": email, "password": password });
    read(world.request(Method::POST, "/api/auth/login").json(&body)).await
}

fn path(user: &testkit::User) -> String {
    format!("/api/users/{}", user.id)
}

/// Status and code of a refusal.
fn refused(answer: &(u16, Value)) -> (u16, &str) {
    (answer.0, answer.1["code"].as_str().unwrap_or_default())
}

#[tokio::test]
async fn a_user_is_created_signs_in_and_is_listed_without_a_password() {
    let world = World::start().await;
    let business = three(&world).await;
    let admin = &*business.api_keys[1];
    let wanted = json!({
        "email": " Dana@Example.com ", "name": " Dana ", "role": "agent", "password": NEW_PASSWORD,
    });
    let made = ask(&world, admin, Method::POST, "/api/users", &wanted).await;
    assert_eq!(made.0, 201, "{}", made.1);
    let made = made.1;
    assert_eq!(
        (&made["email"], &made["name"], &made["role"]),
        (&json!("dana@example.com"), &json!("Dana"), &json!("agent"))
    );
    assert_eq!(
        (&made["is_active"], &made["version"]),
        (&json!(true), &json!(1))
    );
    let (status, session) = sign_in(&world, "dana@example.com", NEW_PASSWORD).await;
    assert_eq!(status, 200);
    let token = session["access_token"].as_str().expect("a token");
    let me = ask(&world, token, Method::GET, "/api/users/me", &json!({})).await;
    assert_eq!(me, (200, made.clone()));

    // An agent sees who there is: leads need owners.
    let agent = &*business.api_keys[2];
    let (_, page) = ask(&world, agent, Method::GET, "/api/users?limit=3", &json!({})).await;
    let cursor = page["next_cursor"].as_str().expect("a cursor");
    let next = format!("/api/users?cursor={cursor}");
    let (_, last) = ask(&world, agent, Method::GET, &next, &json!({})).await;
    assert_eq!(last, json!({ "items": [made], "next_cursor": null }));
    assert!(!page.to_string().contains("argon2"), "{page}");

    // Nobody else has that address, here or elsewhere.
    let other = three(&world).await;
    for key in [admin, &*other.api_keys[1]] {
        let again = ask(&world, key, Method::POST, "/api/users", &wanted).await;
        assert_eq!(refused(&again), (409, "email_taken"));
    }
}

#[tokio::test]
async fn what_is_wrong_with_a_user_to_be_is_named() {
    let world = World::start().await;
    let business = three(&world).await;
    let owner = &*business.api_keys[0];
    let sound = json!({ "email": "dana@example.com", "role": "agent", "password": NEW_PASSWORD });
    for (field, value) in [
        ("email", json!("dana")),
        ("name", json!("x".repeat(201))),
        ("role", json!("system_admin")),
        ("password", json!("elevenchars")),
        ("password", json!("DANA@example.com")),
        ("password", json!("x".repeat(257))),
    ] {
        let mut wrong = sound.clone();
        wrong[field] = value;
        let answer = ask(&world, owner, Method::POST, "/api/users", &wrong).await;
        assert_eq!(refused(&answer), (422, "validation_failed"), "{wrong}");
        assert_eq!(fields(&answer.1), [field], "{wrong}");
    }
    let agent = &business.users[2];
    let wrong = json!({ "password": agent.email });
    let answer = ask(&world, owner, Method::PATCH, &path(agent), &wrong).await;
    assert_eq!((answer.0, fields(&answer.1)), (422, vec!["password"]));
    assert_eq!(world.count("users").await, 3);
}

#[tokio::test]
async fn a_repeated_request_makes_one_user() {
    let world = World::start().await;
    let business = three(&world).await;
    let make = |password: &str| {
        let request = world
            .request(Method::POST, "/api/users")
            .bearer_auth(&business.api_keys[1])
            .header("Idempotency-Key", "k-1");
        let email = "dana@example.com";
        read(request.json(&json!({ "email": email, "role": "agent", "password": password })))
    };
    let first = make(NEW_PASSWORD).await;
    assert_eq!(first.0, 201);
    assert_eq!(make(NEW_PASSWORD).await, first);
    let other = make("another password").await;
    assert_eq!(refused(&other), (422, "idempotency_key_reused"));
    assert_eq!(world.count("users").await, 4);
}

#[tokio::test]
async fn nobody_reaches_above_their_own_role() {
    let world = World::start().await;
    let business = three(&world).await;
    let admin = &*business.api_keys[1];
    let [owner, _, agent] = &business.users[..] else {
        panic!("three users");
    };
    let made = json!({ "email": "o@example.com", "role": "owner", "password": NEW_PASSWORD });
    for (method, path, body) in [
        (Method::POST, "/api/users".to_owned(), made),
        (Method::PATCH, path(agent), json!({ "role": "owner" })),
        (Method::PATCH, path(owner), json!({ "name": "Mine" })),
        (
            Method::PATCH,
            path(owner),
            json!({ "password": NEW_PASSWORD }),
        ),
        (Method::DELETE, path(owner), json!({})),
    ] {
        let answer = ask(&world, admin, method, &path, &body).await;
        assert_eq!(refused(&answer), (403, "role_above_yours"), "{path} {body}");
    }
    let changed = world.count("users WHERE version > 1").await;
    assert_eq!((changed, world.count("users").await), (0, 3));
    let body = json!({ "role": "admin" });
    let (status, raised) = ask(&world, admin, Method::PATCH, &path(agent), &body).await;
    assert_eq!((status, &raised["role"]), (200, &json!("admin")));
}

#[tokio::test]
async fn a_change_is_based_on_a_version() {
    let world = World::start().await;
    let business = three(&world).await;
    let path = path(&business.users[2]);
    let request = |method| {
        world
            .request(method, &path)
            .bearer_auth(&business.api_keys[1])
    };
    let read_user = request(Method::GET).send().await.expect("an answer");
    let tag = read_user.headers()["etag"]
        .to_str()
        .expect("text")
        .to_owned();
    let change = |name: &str| {
        let request = request(Method::PATCH).header("If-Match", &tag);
        read(request.json(&json!({ "name": name })))
    };
    let (status, changed) = change("Dana").await;
    assert_eq!(
        (status, &changed["name"], &changed["version"]),
        (200, &json!("Dana"), &json!(2))
    );
    assert_eq!(refused(&change("Dina").await), (409, "version_conflict"));
    // What changes nothing makes no version.
    let same = request(Method::PATCH).json(&json!({ "name": "Dana" }));
    assert_eq!(read(same).await, (200, changed));
}

#[tokio::test]
async fn who_is_deactivated_is_out_at_once_and_comes_back_by_signing_in() {
    let world = World::start().await;
    let business = three(&world).await;
    let (admin, agent) = (&*business.api_keys[1], &business.users[2]);
    let token = world.token(agent).await;
    let me = || ask_me(&world, &token);
    assert_eq!(me().await, 200);
    let gone = ask(&world, admin, Method::DELETE, &path(agent), &json!({})).await;
    assert_eq!(gone, (204, Value::Null));
    assert_eq!(me().await, 401);
    let answer = sign_in(&world, &agent.email, testkit::PASSWORD).await;
    assert_eq!(refused(&answer), (401, "wrong_credentials"));
    let (_, known) = ask(&world, admin, Method::GET, &path(agent), &json!({})).await;
    assert_eq!(known["is_active"], json!(false));

    let back = json!({ "is_active": true });
    let (status, _) = ask(&world, admin, Method::PATCH, &path(agent), &back).await;
    assert_eq!(status, 200);
    // The session of before stays ended.
    assert_eq!(me().await, 401);
    let answer = sign_in(&world, &agent.email, testkit::PASSWORD).await;
    assert_eq!(answer.0, 200);
}

async fn ask_me(world: &World, token: &str) -> u16 {
    ask(world, token, Method::GET, "/api/users/me", &json!({}))
        .await
        .0
}

#[tokio::test]
async fn the_last_owner_who_may_sign_in_stays_one() {
    let world = World::start().await;
    let business = three(&world).await;
    let (key, owner) = (&*business.api_keys[0], &business.users[0]);
    for (method, body) in [
        (Method::PATCH, json!({ "role": "admin" })),
        (Method::PATCH, json!({ "is_active": false })),
        (Method::DELETE, json!({})),
    ] {
        let answer = ask(&world, key, method, &path(owner), &body).await;
        assert_eq!(refused(&answer), (409, "last_owner"), "{body}");
    }
    let second = &business.users[1];
    let raise = json!({ "role": "owner" });
    let (status, _) = ask(&world, key, Method::PATCH, &path(second), &raise).await;
    assert_eq!(status, 200);
    // Of two who leave at once one has to stay.
    let (one, other) = (path(owner), path(second));
    let nothing = json!({});
    let (one, other) = tokio::join!(
        ask(&world, key, Method::DELETE, &one, &nothing),
        ask(&world, key, Method::DELETE, &other, &nothing),
    );
    let mut answers = [one.0, other.0];
    answers.sort_unstable();
    assert_eq!(answers, [204, 409]);
    let left = "users WHERE role = 'owner' AND disabled_at IS NULL";
    assert_eq!(world.count(left).await, 1);
}

#[tokio::test]
async fn one_s_own_password_changes_with_the_one_before_and_ends_the_other_sessions() {
    let world = World::start().await;
    let business = three(&world).await;
    let admin = &business.users[1];
    let (token, other) = (world.token(admin).await, world.token(admin).await);
    let change = |current: &str, new: &str| {
        let body = json!({ "current_password": current, "new_password": new });
        let request = world.request(Method::POST, "/api/users/me/password");
        read(request.bearer_auth(&token).json(&body))
    };
    let answer = change("not the password", NEW_PASSWORD).await;
    assert_eq!(refused(&answer), (422, "wrong_current_password"));
    for weak in ["short", &*admin.email] {
        let answer = change(testkit::PASSWORD, weak).await;
        assert_eq!((answer.0, fields(&answer.1)), (422, vec!["new_password"]));
    }
    let own = json!({ "password": NEW_PASSWORD });
    let answer = ask(&world, &token, Method::PATCH, &path(admin), &own).await;
    assert_eq!(refused(&answer), (409, "own_password"));
    assert_eq!(ask_me(&world, &other).await, 200);

    let answer = change(testkit::PASSWORD, NEW_PASSWORD).await;
    assert_eq!(answer, (204, Value::Null));
    assert_eq!(ask_me(&world, &token).await, 200);
    assert_eq!(ask_me(&world, &other).await, 401);
    let answer = sign_in(&world, &admin.email, testkit::PASSWORD).await;
    assert_eq!(answer.0, 401);
    assert_eq!(sign_in(&world, &admin.email, NEW_PASSWORD).await.0, 200);
}

#[tokio::test]
async fn a_password_that_another_sets_signs_the_user_out() {
    let world = World::start().await;
    let business = three(&world).await;
    let agent = &business.users[2];
    let token = world.token(agent).await;
    let body = json!({ "password": NEW_PASSWORD });
    let key = &*business.api_keys[1];
    let (status, _) = ask(&world, key, Method::PATCH, &path(agent), &body).await;
    assert_eq!(status, 200);
    assert_eq!(ask_me(&world, &token).await, 401);
    assert_eq!(sign_in(&world, &agent.email, NEW_PASSWORD).await.0, 200);
}

#[tokio::test]
async fn signing_out_everywhere_ends_every_session_of_the_user_alone() {
    let world = World::start().await;
    let business = three(&world).await;
    let [_, admin, agent] = &business.users[..] else {
        panic!("three users");
    };
    let tokens = [world.token(agent).await, world.token(agent).await];
    let of_admin = world.token(admin).await;
    let everywhere = "/api/auth/logout-everywhere";
    let answer = ask(&world, &tokens[0], Method::POST, everywhere, &json!({})).await;
    assert_eq!(answer, (204, Value::Null));
    for token in &tokens {
        assert_eq!(ask_me(&world, token).await, 401);
    }
    assert_eq!(ask_me(&world, &of_admin).await, 200);
}

#[tokio::test]
async fn a_program_has_no_account_of_its_own() {
    let world = World::start().await;
    let business = three(&world).await;
    let key = &*business.api_keys[0];
    let change = json!({ "current_password": "any", "new_password": NEW_PASSWORD });
    for (method, path) in [
        (Method::GET, "/api/users/me"),
        (Method::POST, "/api/users/me/password"),
        (Method::POST, "/api/auth/logout-everywhere"),
    ] {
        let answer = ask(&world, key, method, path, &change).await;
        assert_eq!(refused(&answer), (403, "not_a_user"), "{path}");
    }
}
