use std::collections::BTreeMap;

use domain::ids::LeadId;
use futures::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};
use testkit::Business;

use crate::support::{Api, World, read};

/// How many leads the API says there are in each of what it lists, by name.
fn by_name(listed: &Value) -> BTreeMap<String, i64> {
    let listed = listed.as_array().expect("a list").iter();
    listed
        .map(|one| {
            let name = one["name"].as_str().expect("a name").to_owned();
            (name, one["lead_count"].as_i64().expect("a number"))
        })
        .collect()
}

/// What the board says, empty columns left out.
async fn told(api: &Api<'_>) -> BTreeMap<String, i64> {
    let (_, board) = api.get("/api/lead-statuses").await;
    let mut told = by_name(&board);
    told.retain(|_, count| *count != 0);
    told
}

async fn counted(world: &World, business: &Business) -> BTreeMap<String, i64> {
    let rows = world
        .database
        .sql(&format!(
            "SELECT status, count(*) AS n FROM leads WHERE tenant_id = {} AND deleted_at IS NULL GROUP BY 1",
            business.id
        ))
        .await;
    rows.iter()
        .map(|row| {
            let name = row["status"].as_str().expect("a name").to_owned();
            (name, row["n"].as_i64().expect("a number"))
        })
        .collect()
}

#[tokio::test]
async fn the_board_counts_what_comes_moves_and_goes() {
    let world = World::start().await;
    let (business, neighbour) = (world.business(5).await, world.business(3).await);
    let api = world.api(&business);
    assert_eq!(told(&api).await, BTreeMap::from([("new".to_owned(), 5)]));
    api.post(
        "/api/leads",
        &json!({ "first_name": "Dana", "status": "interested" }),
    )
    .await;
    for (lead, status) in business
        .leads
        .iter()
        .zip(["won", "won", "interested", "new"])
    {
        let path = format!("/api/leads/{lead}");
        assert_eq!(api.patch(&path, &json!({ "status": status })).await.0, 200);
    }
    let last = format!("/api/leads/{}", business.leads[4]);
    assert_eq!(read(api.request(Method::DELETE, &last)).await.0, 204);
    let expected = [("interested", 2), ("new", 1), ("won", 2)];
    let expected: BTreeMap<_, _> = expected.map(|(name, n)| (name.to_owned(), n)).into();
    assert_eq!(told(&api).await, expected);
    assert_eq!(counted(&world, &business).await, expected);
    // What is undone was never counted.
    let refused = json!({ "status": "won", "phone_e164": business.phones[0] });
    let lead = format!("/api/leads/{}", business.leads[3]);
    assert_eq!(api.patch(&lead, &refused).await.0, 409);
    assert_eq!(told(&api).await, expected);
    let theirs = told(&world.api(&neighbour)).await;
    assert_eq!(theirs, BTreeMap::from([("new".to_owned(), 3)]));
}

/// Rows that are put together meanwhile are neither lost nor counted twice, and nobody waits for another's column.
#[tokio::test]
async fn many_who_move_leads_at_once_count_right() {
    let world = World::start().await;
    let business = world.business(60).await;
    let api = world.api(&business);
    let moves = business
        .leads
        .iter()
        .enumerate()
        .map(|(n, lead)| async move {
            for status in ["interested", "won", ["new", "no_answer", "won"][n % 3]] {
                let path = format!("/api/leads/{lead}");
                let (answer, said) = api.patch(&path, &json!({ "status": status })).await;
                assert_eq!(answer, 200, "{said}");
            }
        });
    join_all(moves).await;
    assert_eq!(told(&api).await, counted(&world, &business).await);
    let rows = format!("lead_counts WHERE business_id = {}", business.id);
    let rows = world.count(&rows).await;
    assert!(rows < 250, "{rows} rows are left of some 300 changes");
}

async fn in_lists(api: &Api<'_>) -> BTreeMap<String, i64> {
    by_name(&api.get("/api/lead-lists").await.1["items"])
}

async fn list(world: &World, business: &Business, name: &str) -> i64 {
    let insert = format!(
        "INSERT INTO outbound_lead_lists (business_id, name) VALUES ({}, '{name}')",
        business.id
    );
    world.database.execute(&insert).await;
    let newest = "SELECT max(id) AS id FROM outbound_lead_lists";
    world.database.sql(newest).await[0]["id"]
        .as_i64()
        .expect("an id")
}

#[tokio::test]
async fn a_list_counts_what_comes_into_it_and_leaves_it() {
    let world = World::start().await;
    let (business, neighbour) = (world.business(5).await, world.business(2).await);
    let api = world.api(&business);
    let (june, may) = (
        list(&world, &business, "June").await,
        list(&world, &business, "May").await,
    );
    let expected =
        |june: i64, may: i64| BTreeMap::from([("June".to_owned(), june), ("May".to_owned(), may)]);
    assert_eq!(in_lists(&api).await, expected(0, 0));
    let put = |list: Option<i64>, leads: &[LeadId]| {
        let body = json!({ "action": "move_to_list", "list_id": list, "lead_ids": leads });
        let api = &api;
        async move { assert_eq!(api.post("/api/leads/bulk", &body).await.0, 200) }
    };
    let leads = &business.leads;
    put(Some(june), leads).await;
    assert_eq!(in_lists(&api).await, expected(5, 0));
    put(Some(may), &leads[..2]).await;
    put(None, &leads[2..3]).await;
    assert_eq!(in_lists(&api).await, expected(2, 2));
    let deleted = format!("/api/leads/{}", leads[4]);
    assert_eq!(read(api.request(Method::DELETE, &deleted)).await.0, 204);
    assert_eq!(in_lists(&api).await, expected(1, 2));
    assert!(in_lists(&world.api(&neighbour)).await.is_empty());

    let moves = (0..200).map(|n| put(Some([june, may][n % 2]), &leads[..1]));
    join_all(moves).await;
    let counted = "SELECT count(*) FILTER (WHERE l.name = 'June') AS june, count(*) FILTER (WHERE l.name = 'May') AS may
        FROM leads JOIN outbound_lead_lists l ON l.id = outbound_list_id WHERE deleted_at IS NULL";
    let counted = &world.database.sql(counted).await[0];
    let number = |list: &str| counted[list].as_i64().expect("a number");
    assert_eq!(
        in_lists(&api).await,
        expected(number("june"), number("may"))
    );
    let rows = world.count("lead_list_counts").await;
    assert!(rows < 250, "{rows} rows are left of some 400 changes");
}

#[tokio::test]
async fn a_column_that_is_closed_gives_its_count_to_the_other() {
    let world = World::start().await;
    let business = world.business(4).await;
    let api = world.api(&business);
    for lead in &business.leads[1..] {
        let path = format!("/api/leads/{lead}");
        api.patch(&path, &json!({ "status": "interested" })).await;
    }
    let close = json!({ "is_active": false, "move_to": "won" });
    let (status, closed) = api.patch("/api/lead-statuses/interested", &close).await;
    assert_eq!(
        (status, &closed["lead_count"]),
        (200, &json!(0)),
        "{closed}"
    );
    let expected: BTreeMap<_, _> = [("new".to_owned(), 1), ("won".to_owned(), 3)].into();
    assert_eq!(told(&api).await, expected);
}

#[tokio::test]
async fn two_people_who_put_the_board_in_order_at_once_do_not_overwrite_each_other() {
    let world = World::start().await;
    let business = world.business(0).await;
    let api = world.api(&business);
    let tag = || async {
        let board = api.request(Method::GET, "/api/lead-statuses").send().await;
        board.expect("an answer").headers()["etag"].clone()
    };
    let (_, board) = api.get("/api/lead-statuses").await;
    let mut names: Vec<Value> = board
        .as_array()
        .expect("a board")
        .iter()
        .map(|status| status["name"].clone())
        .collect();
    let read_by_both = tag().await;
    let put = |names: &[Value], tag| {
        api.request(Method::PUT, "/api/lead-statuses/order")
            .header("If-Match", tag)
            .json(&json!({ "names": names }))
    };
    names.reverse();
    let first = put(&names, read_by_both.clone())
        .send()
        .await
        .expect("an answer");
    assert_eq!(first.status(), 200);
    let after = first.headers()["etag"].clone();
    let mut other = names.clone();
    other.swap(0, 1);
    let (status, refused) = read(put(&other, read_by_both)).await;
    assert_eq!(
        (status, &refused["code"]),
        (409, &json!("version_conflict"))
    );
    assert_eq!(tag().await, after);
    assert_eq!(read(put(&other, after)).await.0, 200);
    // A deletion that is based on what was read before is refused too.
    let stale = api
        .request(Method::DELETE, "/api/lead-statuses/won")
        .header("If-Match", "\"0\"");
    let (status, refused) = read(stale).await;
    assert_eq!(
        (status, &refused["code"]),
        (409, &json!("version_conflict"))
    );
}
