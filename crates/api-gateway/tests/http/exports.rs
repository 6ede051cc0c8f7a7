use serde_json::json;

use crate::imports::{download, import};
use crate::support::World;

#[tokio::test]
async fn an_export_imports_again_without_loss() {
    let world = World::start().await;
    let business = world.business(0).await;
    let api = world.api(&business);
    let odd = json!({
        "first_name": "=cmd()", "last_name": "'-x", "phone": "0521234567", "status": "follow_up", "city": "@חולון",
        "tags": ["a, b", "\"c\"", "+1"], "notes": "first, \"line\"\n-second", "time_zone": "America/New_York",
        "owner_user_id": business.users[1].id,
    });
    assert_eq!(api.post("/api/leads", &odd).await.0, 201);
    let plain = json!({ "first_name": "דנה", "phone": "+442079460958" });
    assert_eq!(api.post("/api/leads", &plain).await.0, 201);
    let named = "phone,list,follow up,last contact,summary\n0521234568,Fair,2026-12-01 10:00,2026-11-01T10:00:00Z,-- ok\n";
    assert_eq!(import(&api, "", named).await.1["created"], 3 - 2);
    let known = "SELECT first_name, last_name, phone_e164, phone_zone, time_zone, status, service, city, tags, notes, summary,
        owner_user_id, follow_up_at, last_contact_at, (SELECT name FROM outbound_lead_lists s WHERE s.id = outbound_list_id
        AND s.name = 'Fair') AS list FROM leads WHERE deleted_at IS NULL ORDER BY phone_e164";
    let before = world.database.sql(known).await;
    let (_, file) = download(&api, "/api/leads/export.csv", "en").await;
    assert!(
        file.starts_with("\u{feff}id,first_name,") && file.contains(",+972521234567,"),
        "{file}"
    );
    assert!(
        file.contains(",052-123-4567\r\n") && file.contains(",'+44 20 7946 0958\r\n"),
        "{file}"
    );

    world
        .database
        .execute("UPDATE leads SET deleted_at = now()")
        .await;
    // A spreadsheet that rounds the numbers leaves those that are written as they are spoken.
    let spoiled = file.replace("+972521234567", "9.72521E+11");
    let (status, done) = import(&api, "", spoiled).await;
    assert_eq!(
        (status, &done["created"], &done["rejects"]),
        (200, &json!(3), &json!([])),
        "{done}"
    );
    assert_eq!(done["passed_over"], json!([]));
    assert_eq!(world.database.sql(known).await, before);
}

#[tokio::test]
async fn an_export_passes_the_filters_of_the_list() {
    let world = World::start().await;
    let business = world.business(3).await;
    let api = world.api(&business);
    let lead = format!("/api/leads/{}", business.leads[1]);
    api.patch(
        &lead,
        &json!({ "first_name": "דנה", "status": "interested" }),
    )
    .await;
    let (_, done) = import(&api, "", "phone\n0521234567\n").await;
    let owner = business.users[0].id;
    api.patch(&lead, &json!({ "owner_user_id": owner, "tags": ["vip"] }))
        .await;
    for (query, lines) in [
        (format!("owner_user_id={owner}"), 2),
        ("tag=vip&never_contacted=true".to_owned(), 2),
        ("never_contacted=false".to_owned(), 1),
        ("status=interested".to_owned(), 2),
        ("q=%D7%93%D7%A0%D7%94".to_owned(), 2),
        (format!("list_id={}", done["list_id"]), 2),
        ("status=won".to_owned(), 1),
        (String::new(), 5),
    ] {
        let (status, file) = download(&api, &format!("/api/leads/export.csv?{query}"), "en").await;
        assert_eq!(
            (status, file.lines().count()),
            (200, lines),
            "{query}: {file}"
        );
    }
    assert_eq!(api.get("/api/leads/export.csv?colour=1").await.0, 400);
}
