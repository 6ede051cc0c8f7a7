//! What system administrators do above the businesses, and in the name of one.

use chassis::clock::Clock;
use chrono::{DateTime, Utc};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use storage::users::Role;
use testkit::PASSWORD;

use crate::support::{World, fields, read};

const BUSINESSES: &str = "/api/admin/businesses";
const NOW: &str = "2026-11-27T09:00:00Z";

/// A system administrator at work.
struct Administrator {
    world: World,
    id: i64,
    token: String,
}

impl Administrator {
    async fn start() -> Self {
        let now: DateTime<Utc> = NOW.parse().expect("a time");
        let world = World::at(Clock::fixed(now)).await;
        let (id, token) = world.administrator().await;
        Self {
            world,
            id: id.0,
            token,
        }
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.world.request(method, path).bearer_auth(&self.token)
    }

    async fn get(&self, path: &str) -> (u16, Value) {
        read(self.request(Method::GET, path)).await
    }

    async fn patch(&self, business: i64, body: &Value) -> (u16, Value) {
        let path = format!("{BUSINESSES}/{business}");
        read(self.request(Method::PATCH, &path).json(body)).await
    }

    async fn create(&self, body: &Value) -> (u16, Value) {
        read(self.request(Method::POST, BUSINESSES).json(body)).await
    }

    /// What a user of a business gets when they sign in.
    async fn sign_in(&self, email: &str, password: &str) -> (u16, Value) {
        let body = json!({ "email": email, "password": password });
        let request = self.world.request(Method::POST, "/api/auth/login");
        read(request.json(&body)).await
    }

    /// The ids of the businesses in a list, and the cursor of the next page.
    async fn found(&self, path: &str) -> (Vec<i64>, Option<String>) {
        let (status, page) = self.get(path).await;
        assert_eq!(status, 200, "{page}");
        let items = page["items"].as_array().expect("items").iter();
        let ids = items.filter_map(|item| item["id"].as_i64()).collect();
        (ids, page["next_cursor"].as_str().map(str::to_owned))
    }

    /// Method and path of what was put on record, newest first.
    async fn on_record(&self, business: i64) -> Vec<(String, String)> {
        let (status, page) = self.get(&format!("{BUSINESSES}/{business}/accesses")).await;
        assert_eq!(status, 200, "{page}");
        let items = page["items"].as_array().expect("items");
        let accesses = items.iter().map(|item| {
            assert_eq!(
                (&item["user_id"], &item["at"]),
                (&json!(self.id), &json!(NOW))
            );
            let text = |field: &str| item[field].as_str().expect(field).to_owned();
            (text("method"), text("path"))
        });
        accesses.collect()
    }
}

fn wanted() -> Value {
    json!({
        "name": " Bright Windows ", "language": "en", "time_zone": "Europe/London", "country": "GB",
        "caller_number": "020 7946 0018", "max_outbound": 2,
        "owner": { "email": "Dana@Example.com", "name": "Dana", "password": "a long enough password" },
    })
}

#[tokio::test]
async fn a_business_is_created_with_its_board_its_lines_and_an_owner_who_signs_in() {
    let root = Administrator::start().await;
    let (status, made) = root.create(&wanted()).await;
    assert_eq!(status, 201, "{made}");
    assert_eq!(
        (&made["name"], &made["status"], &made["caller_number"]),
        (
            &json!("Bright Windows"),
            &json!("active"),
            &json!("+442079460018")
        )
    );
    assert_eq!(
        (&made["max_outbound"], &made["max_total"]),
        (&json!(2), &json!(4))
    );
    let (status, session) = root
        .sign_in("dana@example.com", "a long enough password")
        .await;
    assert_eq!(status, 200, "{session}");
    let user = &session["user"];
    assert_eq!(
        (&user["id"], &user["business_id"], &user["role"]),
        (&made["owner_user_id"], &made["id"], &json!("owner"))
    );
    let token = session["access_token"].as_str().expect("a token");
    let see = |path| read(root.world.request(Method::GET, path).bearer_auth(token));
    let (_, board) = see("/api/lead-statuses").await;
    assert!(board.as_array().is_some_and(|statuses| statuses.len() > 5));
    let (_, counts) = see("/api/outbound_calls/counts").await;
    assert_eq!(counts["max_outbound"], 2);
    // Nothing is left of one that could not be created whole.
    let (status, refused) = root.create(&wanted()).await;
    assert_eq!(
        (status, &refused["code"]),
        (409, &json!("caller_number_taken"))
    );
    let mut other = wanted();
    other["caller_number"] = Value::Null;
    let (status, refused) = root.create(&other).await;
    assert_eq!((status, &refused["code"]), (409, &json!("email_taken")));
    assert_eq!(root.world.count("business").await, 1);
    let id = made["id"].as_i64().expect("an id");
    assert_eq!(
        root.on_record(id).await,
        [("POST".to_owned(), BUSINESSES.to_owned())]
    );
}

#[tokio::test]
async fn every_wrong_field_of_a_business_is_named() {
    let root = Administrator::start().await;
    let wrong = json!({
        "name": " ", "language": "en", "time_zone": "Mars/Olympus", "caller_number": "12", "max_outbound": 0,
        "owner": { "email": "dana", "password": "short" },
    });
    let (status, refused) = root.create(&wrong).await;
    assert_eq!(status, 422);
    assert_eq!(
        fields(&refused),
        [
            "caller_number",
            "max_outbound",
            "name",
            "owner.email",
            "owner.password",
            "time_zone"
        ]
    );
    let mut wrong = wanted();
    wrong["max_total"] = json!(1);
    let (status, refused) = root.create(&wrong).await;
    assert_eq!((status, fields(&refused)), (422, vec!["max_total"]));
    assert_eq!(root.world.count("business").await, 0);
}

#[tokio::test]
async fn businesses_are_listed_in_pages_and_found_by_name_or_id() {
    let root = Administrator::start().await;
    let named = |name| testkit::business(&root.world.operator).named(name);
    let first = named("Bright Windows").await.id.0;
    let second = named("בית חם").await.id.0;
    let third = named("Windows & Doors").await.id.0;
    let (ids, cursor) = root.found(&format!("{BUSINESSES}?limit=2")).await;
    assert_eq!(ids, [first, second]);
    let cursor = cursor.expect("there are more");
    let (ids, cursor) = root
        .found(&format!("{BUSINESSES}?limit=2&cursor={cursor}"))
        .await;
    assert_eq!((ids, cursor), (vec![third], None));
    assert_eq!(
        root.found(&format!("{BUSINESSES}?q=windows")).await.0,
        [first, third]
    );
    assert_eq!(
        root.found(&format!("{BUSINESSES}?q=%D7%97%D7%9D")).await.0,
        [second]
    );
    assert_eq!(
        root.found(&format!("{BUSINESSES}?q={second}")).await.0,
        [second]
    );
    assert_eq!(
        root.found(&format!("{BUSINESSES}?q=%25")).await.0,
        Vec::<i64>::new()
    );
}

#[tokio::test]
async fn a_business_is_changed_if_nobody_was_faster() {
    let root = Administrator::start().await;
    let business = root.world.business(0).await;
    let path = format!("{BUSINESSES}/{}", business.id);
    let answer = root
        .request(Method::GET, &path)
        .send()
        .await
        .expect("an answer");
    let etag = answer.headers()["etag"].to_str().expect("text").to_owned();
    let change = json!({
        "name": "New", "language": "en", "time_zone": "Europe/London", "max_outbound": 1, "max_total": 1,
    });
    let patch = |body: Value| {
        let request = root.request(Method::PATCH, &path).json(&body);
        read(request.header("If-Match", &etag))
    };
    let (status, changed) = patch(change.clone()).await;
    assert_eq!(status, 200, "{changed}");
    for (field, value) in change.as_object().expect("an object") {
        assert_eq!(&changed[field], value, "{field}");
    }
    let (_, settings) = root.world.api(&business).get("/api/settings").await;
    assert_eq!(
        (
            &settings["business"]["time_zone"],
            &settings["max_outbound"]
        ),
        (&json!("Europe/London"), &json!(1))
    );
    assert_eq!(settings["version"], changed["version"]);
    let (status, refused) = patch(json!({ "name": "Newer" })).await;
    assert_eq!(
        (status, &refused["code"]),
        (409, &json!("version_conflict"))
    );
    let (status, refused) = root.patch(999_999, &change).await;
    assert_eq!((status, &refused["code"]), (404, &json!("not_found")));
    for (wrong, field) in [
        (json!({ "max_total": 0 }), "max_total"),
        (json!({ "max_outbound": 5 }), "max_total"),
        (
            json!({ "suspension_reason": "unpaid" }),
            "suspension_reason",
        ),
    ] {
        let (status, refused) = root.patch(business.id.0, &wrong).await;
        assert_eq!((status, fields(&refused)), (422, vec![field]));
    }
}

#[tokio::test]
async fn a_suspended_business_signs_nobody_in_calls_nobody_and_comes_back() {
    let root = Administrator::start().await;
    let world = &root.world;
    let business = world.business(1).await;
    let (id, email) = (business.id.0, &*business.users[0].email);
    let token = world.token(&business.users[0]).await;
    let suspend = json!({ "status": "suspended", "suspension_reason": "The bill is not paid." });
    let (status, suspended) = root.patch(id, &suspend).await;
    assert_eq!((status, &suspended["suspended_at"]), (200, &json!(NOW)));

    // With a clear reason for who may know it, and none for who may not.
    let (status, refused) = root.sign_in(email, PASSWORD).await;
    assert_eq!(
        (status, &refused["code"]),
        (403, &json!("business_suspended"))
    );
    assert_eq!(refused["detail"], "The bill is not paid.");
    let (status, refused) = root.sign_in(email, "a guess").await;
    assert_eq!(
        (status, &refused["code"]),
        (401, &json!("wrong_credentials"))
    );
    for credential in [&token, &business.api_keys[0]] {
        let request = world.request(Method::GET, "/api/leads");
        let (status, refused) = read(request.bearer_auth(credential)).await;
        assert_eq!(
            (status, &refused["code"]),
            (403, &json!("business_suspended"))
        );
    }
    let open = "call_slots WHERE is_open";
    assert_eq!(world.count(open).await, 0);
    let lead = business.leads[0];
    let see = |path: String| {
        let request = root.request(Method::GET, &path);
        read(request.header("X-Business-Id", id))
    };
    let gate = |why: &Value| {
        let gates = why["gates"].as_array().expect("gates").iter();
        let mut found = gates.filter(|gate| gate["gate"] == "business_suspended");
        found.next().expect("it is asked")["passed"].clone()
    };
    let (_, why) = see(format!("/api/leads/{lead}/why")).await;
    assert_eq!(gate(&why), json!(false));
    // A limit that changes meanwhile opens no line.
    assert_eq!(root.patch(id, &json!({ "max_total": 7 })).await.0, 200);
    assert_eq!(world.count(open).await, 0);

    let (status, active) = root.patch(id, &json!({ "status": "active" })).await;
    assert_eq!((status, &active["suspension_reason"]), (200, &Value::Null));
    assert_eq!(world.count(open).await, 7);
    let (_, why) = see(format!("/api/leads/{lead}/why")).await;
    assert_eq!(gate(&why), json!(true));
    let request = world.request(Method::GET, "/api/leads");
    assert_eq!(read(request.bearer_auth(&token)).await.0, 200);
}

#[tokio::test]
async fn whatever_is_asked_in_the_name_of_a_business_is_on_record_before_it_is_answered() {
    let root = Administrator::start().await;
    let (business, other) = (root.world.business(1).await, root.world.business(0).await);
    let (id, lead) = (business.id.0, business.leads[0]);
    let path = format!("/api/leads/{lead}");
    let ask = |method: Method, path: &str| {
        let request = root.request(method, path);
        request.header("X-Business-Id", id)
    };
    assert_eq!(read(ask(Method::GET, "/api/leads?q=Dana")).await.0, 200);
    let change = json!({ "first_name": "Dana" });
    assert_eq!(read(ask(Method::PATCH, &path).json(&change)).await.0, 200);
    // What is refused was asked for as well.
    let wrong = json!({ "first_nam": "Dana" });
    assert_eq!(read(ask(Method::PATCH, &path).json(&wrong)).await.0, 422);
    let record = |method: &str, path: &str| (method.to_owned(), path.to_owned());
    assert_eq!(
        root.on_record(id).await,
        [
            record("PATCH", &path),
            record("PATCH", &path),
            record("GET", "/api/leads")
        ]
    );
    assert_eq!(root.on_record(other.id.0).await, []);
    // Its own people are not.
    assert_eq!(root.world.api(&other).get("/api/leads").await.0, 200);
    assert_eq!(root.on_record(other.id.0).await, []);
    let nowhere = root
        .request(Method::GET, "/api/leads")
        .header("X-Business-Id", 999_999);
    let (status, refused) = read(nowhere).await;
    assert_eq!((status, &refused["code"]), (404, &json!("not_found")));
    let (status, refused) = root.get("/api/leads").await;
    assert_eq!(
        (status, &refused["code"]),
        (400, &json!("business_required"))
    );
}

#[tokio::test]
async fn nobody_of_a_business_looks_above_it() {
    let root = Administrator::start().await;
    let business = testkit::business(&root.world.operator)
        .with_user(Role::Owner)
        .with_api_key(Role::Owner)
        .await;
    let token = root.world.token(&business.users[0]).await;
    let own = format!("{BUSINESSES}/{}", business.id);
    for credential in [&token, &business.api_keys[0]] {
        for (method, path) in [
            (Method::GET, BUSINESSES),
            (Method::POST, BUSINESSES),
            (Method::GET, &own),
            (Method::PATCH, &own),
        ] {
            let request = root.world.request(method, path).json(&json!({}));
            let (status, refused) = read(request.bearer_auth(credential)).await;
            assert_eq!(
                (status, &refused["code"]),
                (403, &json!("forbidden")),
                "{path}"
            );
        }
    }
}
