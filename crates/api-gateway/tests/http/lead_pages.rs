//! Pages of leads, by any filters at once, against a plain read of the table.

use std::collections::BTreeMap;

use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use rstest::rstest;
use serde_json::{Value, json};
use testkit::Business;

use crate::support::{Api, World, fields};

/// More than are walked at first, so that every way to a page is taken.
const MANY: usize = 2_600;

/// A business whose leads differ in everything that is filtered by; `seed` says how.
async fn varied(world: &World, seed: u32) -> Business {
    let business = world.business(MANY).await;
    let id = business.id;
    let user = business.users[1].id;
    world
        .database
        .execute(&format!(
            "SELECT setseed(0.{seed});
             INSERT INTO outbound_lead_lists (business_id, name) VALUES ({id}, 'one'), ({id}, 'two');
             UPDATE leads SET
                 first_name = (ARRAY['דנה', 'Dana', 'יוסי', 'Noa', 'משה', 'Tom 50%'])[1 + floor(random() * 6)::int],
                 last_name = (ARRAY['כהן', 'Cohen', 'לוי', 'O\\Neil_x', ''])[1 + floor(random() * 5)::int],
                 status = (ARRAY['new', 'interested', 'no_answer', 'won'])[1 + floor(random() ^ 2 * 4)::int],
                 outbound_list_id = CASE WHEN random() < 0.7 THEN
                     (SELECT array_agg(l.id) FROM outbound_lead_lists l WHERE l.business_id = {id})[1 + floor(random() * 2)::int] END,
                 owner_user_id = CASE WHEN random() < 0.3 THEN {user} END,
                 tags = CASE WHEN random() < 0.01 THEN ARRAY['rare'] WHEN random() < 0.4 THEN ARRAY['a', 'b'] ELSE '{{}}' END,
                 created_at = now() - floor(random() * 50) * interval '1 day',
                 last_contact_at = CASE WHEN random() < 0.5 THEN now() - floor(random() * 50) * interval '1 day' END,
                 deleted_at = CASE WHEN random() < 0.05 THEN now() END
             WHERE tenant_id = {id};
             ANALYZE leads;"
        ))
        .await;
    // A neighbour who has the same, and is never seen.
    world.business(50).await;
    business
}

/// The ids of a plain read, in the order of the board.
async fn plain(world: &World, business: &Business, condition: &str) -> Vec<i64> {
    let rows = world
        .database
        .sql(&format!(
            "SELECT id FROM leads WHERE tenant_id = {} AND deleted_at IS NULL AND {condition}
             ORDER BY coalesce(last_contact_at, created_at) DESC, id DESC",
            business.id
        ))
        .await;
    rows.iter()
        .map(|row| row["id"].as_i64().expect("an id"))
        .collect()
}

/// The ids of all pages together.
async fn paged(api: &Api<'_>, query: &BTreeMap<&str, String>, limit: usize) -> Vec<i64> {
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    form.extend_pairs(query)
        .append_pair("limit", &limit.to_string());
    let path = format!("/api/leads?{}", form.finish());
    let (mut next, mut ids) = (path.clone(), Vec::new());
    loop {
        let (status, page) = api.get(&next).await;
        assert_eq!(status, 200, "{next}: {page}");
        let items = page["items"].as_array().expect("items");
        assert!(items.len() <= limit);
        ids.extend(items.iter().map(|lead| lead["id"].as_i64().expect("an id")));
        match page["next_cursor"].as_str() {
            Some(cursor) => next = format!("{path}&cursor={cursor}"),
            None => return ids,
        }
    }
}

/// A parameter of the query, what it says, and the condition that it stands for.
fn choices(business: &Business, list: i64) -> Vec<(&'static str, String, String)> {
    let user = business.users[1].id;
    let day = |days: i64| chassis::clock::Clock::system().now() - chrono::Duration::days(days);
    let since = |days: i64, sign: &str| format!("last_contact_at {sign} '{}'", day(days));
    let (from, to) = (day(30), day(10));
    let mut choices = vec![
        ("status", "new".to_owned(), "status = 'new'".to_owned()),
        ("status", "won".to_owned(), "status = 'won'".to_owned()),
        (
            "list_id",
            list.to_string(),
            format!("outbound_list_id = {list}"),
        ),
        (
            "owner_user_id",
            user.to_string(),
            format!("owner_user_id = {user}"),
        ),
        ("tag", "a".to_owned(), "'a' = ANY (tags)".to_owned()),
        ("tag", "rare".to_owned(), "'rare' = ANY (tags)".to_owned()),
        ("last_contact_from", from.to_rfc3339(), since(30, ">=")),
        ("last_contact_to", to.to_rfc3339(), since(10, "<")),
        (
            "never_contacted",
            "true".to_owned(),
            "last_contact_at IS NULL".to_owned(),
        ),
        (
            "never_contacted",
            "false".to_owned(),
            "last_contact_at IS NOT NULL".to_owned(),
        ),
    ];
    let searches = [
        ("ד", "full_name LIKE '%ד%'"),
        ("הן", "full_name LIKE '%הן%'"),
        ("q", "false"),
        ("COHEN", "full_name ILIKE '%cohen%'"),
        ("דנה כהן", "full_name = 'דנה כהן'"),
        ("50%", "full_name LIKE '%50\\%%'"),
        ("\\neil_", "full_name ILIKE '%o\\\\neil\\_x%'"),
        ("7", "phone_e164 LIKE '%7%'"),
        ("0077", "phone_e164 LIKE '%77%'"),
        ("+972-54", "true"),
    ];
    choices.extend(searches.map(|(q, condition)| ("q", q.to_owned(), condition.to_owned())));
    let local = business.phones[77].replace("+972", "0");
    let local = format!("{}-{}", &local[..3], &local[3..]);
    let number = format!("phone_e164 = '{}'", business.phones[77]);
    choices.push(("q", local, number));
    choices
}

#[rstest]
#[case(1)]
#[case(2)]
#[tokio::test]
async fn pages_by_any_filters_are_a_plain_read_without_holes_and_doubles(#[case] seed: u32) {
    let world = World::start().await;
    let business = varied(&world, seed).await;
    let api = world.api(&business);
    let lists = api.get("/api/lead-lists").await.1;
    let list = lists["items"][0]["id"].as_i64().expect("a list");
    let choices = choices(&business, list);
    let mut random = StdRng::seed_from_u64(u64::from(seed));
    // Each by itself, and then as many at once as it happens.
    let mut tried = 0;
    for round in 0..choices.len() + 25 {
        let chosen: Vec<_> = match choices.get(round) {
            Some(choice) => vec![choice],
            None => choices
                .iter()
                .filter(|_| random.random_bool(0.15))
                .collect(),
        };
        // Of one parameter the last one counts.
        let by_name: BTreeMap<_, _> = chosen.iter().map(|choice| (choice.0, *choice)).collect();
        let range = ["last_contact_from", "last_contact_to"];
        if by_name
            .get("never_contacted")
            .is_some_and(|choice| choice.1 == "true")
            && range.iter().any(|name| by_name.contains_key(name))
        {
            continue;
        }
        let conditions: Vec<&str> = by_name.values().map(|choice| choice.2.as_str()).collect();
        let condition = match conditions.is_empty() {
            true => "true".to_owned(),
            false => conditions.join(" AND "),
        };
        let query = by_name
            .iter()
            .map(|(name, choice)| (*name, choice.1.clone()));
        let query: BTreeMap<_, _> = query.collect();
        let expected = plain(&world, &business, &condition).await;
        let found = paged(&api, &query, random.random_range(20..=200)).await;
        assert_eq!(found, expected, "{query:?}");
        tried += 1;
    }
    assert!(tried > choices.len());
}

#[tokio::test]
async fn a_search_for_one_letter_that_nobody_has_ends_and_says_where_it_goes_on() {
    let world = World::start().await;
    let business = world.business(0).await;
    world
        .database
        .execute(&format!(
            "INSERT INTO leads (tenant_id, first_name, status)
             SELECT {}, CASE n WHEN 1 THEN 'Zoe' ELSE 'Dana' END, 'new' FROM generate_series(1, 33000) n",
            business.id
        ))
        .await;
    let api = world.api(&business);
    let (status, page) = api.get("/api/leads?q=z").await;
    assert_eq!((status, &page["items"]), (200, &json!([])));
    let cursor = page["next_cursor"].as_str().expect("there are more");
    let (_, rest) = api.get(&format!("/api/leads?q=z&cursor={cursor}")).await;
    assert_eq!(rest["items"][0]["first_name"], "Zoe");
    assert_eq!(rest["next_cursor"], Value::Null);
    // With a letter more an index knows who it is.
    let (_, page) = api.get("/api/leads?q=zoe").await;
    assert_eq!(page["items"][0]["first_name"], "Zoe");
}

#[rstest]
#[case("list_id=many", &["list_id"])]
#[case("owner_user_id=1.5&last_contact_from=yesterday", &["last_contact_from", "owner_user_id"])]
#[case("never_contacted=maybe", &["never_contacted"])]
#[case("last_contact_from=2026-06-02T00:00:00Z&last_contact_to=2026-06-01T00:00:00Z", &["last_contact_to"])]
#[case("never_contacted=true&last_contact_to=2026-06-01T00:00:00Z", &["never_contacted"])]
#[case("last_contact_to=%2B12026-06-01T00:00:00Z", &["last_contact_to"])]
#[tokio::test]
async fn a_bad_filter_is_named(#[case] query: &str, #[case] wrong: &[&str]) {
    let world = World::start().await;
    let business = world.business(0).await;
    let api = world.api(&business);
    let (status, refused) = api.get(&format!("/api/leads?{query}")).await;
    assert_eq!(
        (status, fields(&refused)),
        (422, wrong.to_vec()),
        "{refused}"
    );
    assert_eq!(refused["code"], "validation_failed");
    let long = format!("/api/leads?q={}&tag={}", "x".repeat(201), "x".repeat(201));
    let (status, refused) = api.get(&long).await;
    assert_eq!((status, fields(&refused)), (422, vec!["q", "tag"]));
    let filter = json!({ "filter": { "last_contact_from": "2026-06-02T00:00:00Z", "last_contact_to": "2026-06-01T00:00:00Z" } });
    let (status, refused) = api.post("/api/outbound/bulk-enqueue", &filter).await;
    assert_eq!(
        (status, fields(&refused)),
        (422, vec!["filter.last_contact_to"])
    );
}
