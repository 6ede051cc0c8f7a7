use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{World, fields, read};

const PATH: &str = "/api/users/me/notification-preferences";

async fn ask(world: &World, token: &str, method: Method, path: &str, body: &Value) -> (u16, Value) {
    read(world.request(method, path).bearer_auth(token).json(body)).await
}

#[tokio::test]
async fn preferences_are_one_s_own_and_the_same_in_both_places() {
    let world = World::start().await;
    let business = world.business(0).await;
    let token = world.token(&business.users[0]).await;
    let (status, first) = ask(&world, &token, Method::GET, PATH, &json!({})).await;
    assert_eq!(
        (status, first.clone()),
        (
            200,
            json!({
                "statuses": null, "sources": ["auto_inbound", "auto_outbound", "auto_whatsapp"], "push": "at_once",
                "push_available": true, "email": "off", "email_available": true, "email_address": business.users[0].email,
                "email_refused": false, "digest_hour": 8, "quiet_hours": null, "quiet_days": [], "version": 0,
            })
        )
    );
    let changes = json!({
        "statuses": ["won", "qualified"], "sources": ["manual", "auto_inbound"], "push": "hourly", "email": "daily",
        "digest_hour": 7, "quiet_hours": { "from": "21:00", "to": "07:30" }, "quiet_days": ["shabbat", "jewish_holidays"],
    });
    let (status, changed) = ask(&world, &token, Method::PATCH, PATH, &changes).await;
    assert_eq!(status, 200, "{changed}");
    assert_eq!(changed["statuses"], json!(["qualified", "won"]));
    assert_eq!(changed["sources"], json!(["auto_inbound", "manual"]));
    for field in ["push", "email", "digest_hour", "quiet_hours", "quiet_days"] {
        assert_eq!(changed[field], changes[field], "{field}");
    }
    let (_, settings) = ask(&world, &token, Method::GET, "/api/settings", &json!({})).await;
    assert_eq!(settings["notification_preferences"], changed);

    // By way of the settings it is the same row, and the settings are no other version for it than for any change of theirs.
    let by_settings = json!({ "notification_preferences": { "push": "off", "quiet_hours": null, "statuses": null } });
    let (status, settings) =
        ask(&world, &token, Method::PATCH, "/api/settings", &by_settings).await;
    assert_eq!(status, 200, "{settings}");
    let (_, now) = ask(&world, &token, Method::GET, PATH, &json!({})).await;
    assert_eq!(settings["notification_preferences"], now);
    assert_eq!(
        (&now["push"], &now["email"], &now["version"]),
        (&json!("off"), &json!("daily"), &json!(2))
    );
    assert_eq!(settings["version"], 1);

    let colleague = world.token(&business.users[1]).await;
    let (_, theirs) = ask(&world, &colleague, Method::GET, PATH, &json!({})).await;
    assert_eq!(
        (&theirs["push"], &theirs["version"]),
        (&json!("at_once"), &json!(0))
    );
}

#[tokio::test]
async fn what_is_wrong_is_named_and_a_program_has_none() {
    let world = World::start().await;
    let (business, neighbours) = (world.business(0).await, world.business(0).await);
    let theirs = format!(
        "INSERT INTO lead_statuses (business_id, name, label, order_index) VALUES ({}, 'theirs', 'Theirs', 99)",
        neighbours.id
    );
    world.database.execute(&theirs).await;
    let token = world.token(&business.users[1]).await;
    let wrong = json!({
        "sources": ["rumour"], "push": "often", "email": "at_once", "digest_hour": 24, "quiet_days": ["sunday"],
        "quiet_hours": { "from": "9", "to": "7" }, "colour": "red",
    });
    let (status, refused) = ask(&world, &token, Method::PATCH, PATH, &wrong).await;
    let named = vec![
        "colour",
        "digest_hour",
        "email",
        "push",
        "quiet_days",
        "quiet_hours",
        "sources",
    ];
    assert_eq!((status, fields(&refused)), (422, named));
    for name in ["theirs", "nobodys"] {
        let (status, refused) = ask(
            &world,
            &token,
            Method::PATCH,
            PATH,
            &json!({ "statuses": [name] }),
        )
        .await;
        assert_eq!((status, fields(&refused)), (422, vec!["statuses"]));
    }
    let api = world.api(&business);
    assert_eq!(api.get(PATH).await.1["code"], "not_a_user");
    let (_, settings) = api.get("/api/settings").await;
    assert_eq!(settings["notification_preferences"], Value::Null);
    let changes = json!({ "max_total": 6, "notification_preferences": { "push": "off" } });
    let (status, refused) = api.patch("/api/settings", &changes).await;
    assert_eq!((status, &refused["code"]), (403, &json!("not_a_user")));
    assert_eq!(
        api.get("/api/settings").await.1["max_total"],
        5,
        "all or nothing"
    );
    let admin = world.token(&business.users[0]).await;
    let changes = json!({ "notification_preferences": { "digest_hour": 24 } });
    let (status, refused) = ask(&world, &admin, Method::PATCH, "/api/settings", &changes).await;
    let named = vec!["notification_preferences.digest_hour"];
    assert_eq!((status, fields(&refused)), (422, named));
}

#[tokio::test]
async fn two_devices_that_change_at_once_get_a_conflict() {
    let world = World::start().await;
    let business = world.business(0).await;
    let token = world.token(&business.users[0]).await;
    let change = async |expected: &str, hour: u8| {
        let request = world.request(Method::PATCH, PATH).bearer_auth(&token);
        let request = request.header("If-Match", expected);
        read(request.json(&json!({ "digest_hour": hour }))).await
    };
    let (status, changed) = change("\"0\"", 9).await;
    assert_eq!((status, &changed["version"]), (200, &json!(1)));
    let (status, refused) = change("\"0\"", 10).await;
    assert_eq!(
        (status, &refused["code"]),
        (409, &json!("version_conflict"))
    );
    let (status, changed) = change("\"1\"", 10).await;
    assert_eq!((status, &changed["digest_hour"]), (200, &json!(10)));
}

#[tokio::test]
async fn a_server_without_mail_says_so_and_a_refused_address_too() {
    let world = World::start().await;
    let business = world.business(0).await;
    let plain = world
        .gateway_with(|settings| {
            settings.mail.host = None;
            settings.vapid_private_key = None;
        })
        .await;
    let token = world.token(&business.users[0]).await;
    let at_plain = |method: Method| {
        let request = world.http.request(method, format!("{plain}{PATH}"));
        request.bearer_auth(&token)
    };
    let (_, preferences) = read(at_plain(Method::GET)).await;
    assert_eq!(
        (
            &preferences["email_available"],
            &preferences["push_available"]
        ),
        (&json!(false), &json!(false))
    );
    let wanted = json!({ "email": "daily" });
    let (status, refused) = read(at_plain(Method::PATCH).json(&wanted)).await;
    assert_eq!((status, fields(&refused)), (422, vec!["email"]));
    let (status, _) = read(at_plain(Method::PATCH).json(&json!({ "email": "off" }))).await;
    assert_eq!(status, 200);

    ask(&world, &token, Method::PATCH, PATH, &wanted).await;
    let refusals = format!(
        "INSERT INTO mail_refusals (business_id, user_id, times, last_at, reason)
         VALUES ({}, {}, 3, now() + interval '1 second', '550')",
        business.id, business.users[0].id
    );
    world.database.execute(&refusals).await;
    let (_, preferences) = ask(&world, &token, Method::GET, PATH, &json!({})).await;
    assert_eq!(preferences["email_refused"], true);
    let later = "UPDATE mail_refusals SET last_at = now() - interval '1 second'";
    world.database.execute(later).await;
    let (_, preferences) = ask(&world, &token, Method::PATCH, PATH, &wanted).await;
    assert_eq!(preferences["email_refused"], false, "chosen anew");
}
