use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use testkit::{Business, User};

use crate::support::{World, read};

/// The bell of a user, asked for in their name.
struct Bell<'a> {
    world: &'a World,
    token: String,
}

impl<'a> Bell<'a> {
    async fn of(world: &'a World, user: &User) -> Self {
        Self {
            world,
            token: world.token(user).await,
        }
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.world.request(method, path).bearer_auth(&self.token)
    }

    async fn get(&self, query: &str) -> Value {
        let path = format!("/api/notifications{query}");
        let (status, bell) = read(self.request(Method::GET, &path)).await;
        assert_eq!(status, 200, "{bell}");
        bell
    }

    async fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        let path = format!("/api/notifications{path}");
        read(self.request(Method::POST, &path).json(body)).await
    }
}

/// Five notifications of each of the first two users: four with what happened, and first one from before that was kept.
async fn with_bells(world: &World) -> Business {
    let business = world.business(5).await;
    for user in &business.users {
        let fill = format!(
            r#"INSERT INTO notifications (business_id, user_id, lead_id, title, body, url, facts)
               SELECT {business}, {user}, id, 'as told', 'as told then', '/leads/' || id,
                   CASE WHEN n > 1 THEN jsonb_build_object('lead', 'Lead ' || n, 'from', 'New', 'to', 'Won',
                       'source', 'auto_inbound', 'confidence', 0.9) END
               FROM (SELECT id, row_number() OVER (ORDER BY id) AS n FROM leads WHERE tenant_id = {business}) AS l
               ORDER BY n"#,
            business = business.id,
            user = user.id
        );
        world.database.execute(&fill).await;
    }
    business
}

fn titles(bell: &Value) -> Vec<&str> {
    let items = bell["items"].as_array().expect("items");
    let titles = items.iter().map(|item| item["title"].as_str());
    titles.map(|title| title.expect("a title")).collect()
}

#[tokio::test]
async fn a_bell_is_told_in_the_reader_s_language_page_by_page() {
    let world = World::start().await;
    let business = with_bells(&world).await;
    let bell = Bell::of(&world, &business.users[0]).await;
    // The business is Hebrew, and the user has not chosen otherwise.
    let page = bell.get("?limit=2").await;
    assert_eq!(titles(&page), ["Lead 5: Won", "Lead 4: Won"]);
    assert_eq!(page["unread_count"], 5);
    let body = page["items"][0]["body"].as_str().expect("a text");
    assert!(body.ends_with("שיחה נכנסת, ביטחון 90%"), "{body}");
    let cursor = page["next_cursor"].as_str().expect("a cursor");
    let second = bell.get(&format!("?limit=2&cursor={cursor}")).await;
    assert_eq!(titles(&second), ["Lead 3: Won", "Lead 2: Won"]);
    let cursor = second["next_cursor"].as_str().expect("a cursor");
    let last = bell.get(&format!("?limit=2&cursor={cursor}")).await;
    assert_eq!(titles(&last), ["as told"]);
    assert_eq!(last["next_cursor"], Value::Null);

    let english = bell.request(Method::GET, "/api/notifications?limit=1");
    let (_, english) = read(english.header("Accept-Language", "en")).await;
    let lead = business.leads[4];
    assert_eq!(english["items"][0]["url"], format!("/leads/{lead}"));
    assert_eq!(
        english["items"][0]["body"],
        "Lead 5, New → Won, incoming call, confidence 90%"
    );
    let chosen = format!(
        "UPDATE users SET language = 'en' WHERE id = {}",
        business.users[0].id
    );
    world.database.execute(&chosen).await;
    assert_eq!(bell.get("?limit=1").await["items"], english["items"]);
}

#[tokio::test]
async fn what_is_read_is_read_once_and_by_its_user_only() {
    let world = World::start().await;
    let business = with_bells(&world).await;
    let neighbours = with_bells(&world).await;
    let bell = Bell::of(&world, &business.users[0]).await;
    let colleague = Bell::of(&world, &business.users[1]).await;
    let neighbour = Bell::of(&world, &neighbours.users[0]).await;
    let all = bell.get("").await;
    let id = |n: usize| all["items"][n]["id"].as_i64().expect("an id");

    for stranger in [&colleague, &neighbour] {
        let (status, refused) = stranger.post(&format!("/{}/read", id(0)), &json!({})).await;
        assert_eq!((status, &refused["code"]), (404, &json!("not_found")));
    }
    assert_eq!(bell.get("").await["unread_count"], 5);
    let (status, _) = bell.post(&format!("/{}/read", id(0)), &json!({})).await;
    assert_eq!(status, 204);
    let read_at = bell.get("").await["items"][0]["read_at"].clone();
    assert!(read_at.is_string());
    bell.post(&format!("/{}/read", id(0)), &json!({})).await;
    assert_eq!(bell.get("").await["items"][0]["read_at"], read_at);
    let unread = bell.get("?unread=true").await;
    assert_eq!(unread["unread_count"], 4);
    assert_eq!(titles(&unread).len(), 4);

    // What came after the newest that was seen stays unread.
    let seen = json!({ "up_to": id(2) });
    assert_eq!(
        bell.post("/read-all", &seen).await,
        (200, json!({ "marked": 3 }))
    );
    assert_eq!(titles(&bell.get("?unread=true").await), ["Lead 4: Won"]);
    let rest = bell.post("/read-all", &json!({})).await;
    assert_eq!(rest, (200, json!({ "marked": 1 })));
    assert_eq!(bell.get("").await["unread_count"], 0);
    for other in [&colleague, &neighbour] {
        assert_eq!(other.get("").await["unread_count"], 5);
    }
}

#[tokio::test]
async fn a_program_has_no_bell_and_a_foreign_place_is_of_no_use() {
    let world = World::start().await;
    let business = with_bells(&world).await;
    let neighbours = with_bells(&world).await;
    let (status, refused) = world.api(&business).get("/api/notifications").await;
    assert_eq!((status, &refused["code"]), (403, &json!("not_a_user")));
    let bell = Bell::of(&world, &business.users[0]).await;
    let neighbour = Bell::of(&world, &neighbours.users[0]).await;
    let cursor = neighbour.get("?limit=1").await["next_cursor"].clone();
    let cursor = cursor.as_str().expect("a cursor");
    let page = bell.get(&format!("?cursor={cursor}")).await;
    assert_eq!(titles(&page).len(), 5, "all of its own are older");
    for wrong in ["?unread=maybe", "?limit=0", "?cursor=%25"] {
        let path = format!("/api/notifications{wrong}");
        let (status, _) = read(bell.request(Method::GET, &path)).await;
        assert_eq!(status, 400, "{wrong}");
    }
}
