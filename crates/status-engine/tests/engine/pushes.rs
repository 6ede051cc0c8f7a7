//! A change of status as the browsers of a business's users get it.

use domain::messages::Language;
use storage::users::Role;
use storage::{ServiceRole, push_deliveries};
use testkit::business;

use crate::town::Town;

const NOON: &str = "2026-01-15T10:00:00Z";

#[tokio::test]
async fn a_change_is_pushed_to_every_browser_of_every_user_in_their_language_and_to_nobody_else() {
    let town = Town::at(NOON).await;
    let elsewhere = business(&town.world.db.db(ServiceRole::Operator))
        .language(Language::English)
        .with_user(Role::Owner)
        .await;
    town.browser_of(&elsewhere, 0, "elsewhere").await;
    let phone = town.browser(0, "phone").await;
    let laptop = town.browser(0, "laptop").await;
    let hebrew = town.browser(1, "hebrew").await;
    let disabled = format!(
        "UPDATE users SET disabled_at = now() WHERE id = {};
         UPDATE users SET language = 'he' WHERE id = {}",
        town.user(2),
        town.user(1)
    );
    town.browser(2, "disabled").await;
    town.world.db.execute(&disabled).await;
    town.moves(0, "Interested").await;

    let lead = town.world.business.leads[0];
    for (browser, name) in [(&phone, "phone"), (&laptop, "laptop")] {
        let shown = town.shown(browser, name, 1).await;
        assert_eq!(shown[0]["title"], "Lead 1: Interested");
        assert_eq!(
            shown[0]["body"],
            "Lead 1, New → Interested, outgoing call, confidence 90%"
        );
        assert_eq!(shown[0]["url"], format!("/leads/{lead}"));
        assert_eq!(shown[0]["tag"], format!("lead-{lead}"));
    }
    let shown = town.shown(&hebrew, "hebrew", 1).await;
    assert_eq!(shown[0]["dir"], "rtl");
    let body = shown[0]["body"].as_str().expect("a text");
    assert!(body.ends_with("שיחה יוצאת, ביטחון 90%"), "{body}");
    town.until_pushed().await;
    for name in ["elsewhere", "disabled"] {
        assert!(town.bodies(name).await.is_empty(), "{name}");
    }
    town.world.end().await;
}

#[tokio::test]
async fn an_event_that_comes_again_is_pushed_once() {
    let town = Town::at(NOON).await;
    let phone = town.browser(0, "phone").await;
    let call = town
        .world
        .call(0, "CA-again", 0, "Yes. [Recommendation: Interested]");
    let event = town.world.envelope(call.clone());
    for _ in 0..2 {
        town.world.deliver(&event).await;
    }
    town.world.deliver(&town.world.envelope(call)).await;
    town.world.until_handled(2).await;
    town.until_pushed().await;
    town.moves(1, "Interested").await;
    let shown = town.shown(&phone, "phone", 2).await;
    assert_eq!(shown[1]["title"], "Lead 2: Interested");
    assert_eq!(
        town.count("notifications WHERE user_id = (SELECT min(id) FROM users)")
            .await,
        2
    );
    town.world.end().await;
}

/// 21:30 in Jerusalem; the quiet hours end at 05:30 of UTC.
#[tokio::test]
async fn what_comes_up_in_quiet_hours_is_held_and_comes_as_one() {
    let town = Town::at("2026-01-15T19:30:00Z").await;
    let phone = town.browser(0, "phone").await;
    let awake = town.browser(1, "awake").await;
    let quiet = r#"quiet_hours = '{"from": "21:00", "to": "07:30"}'"#;
    town.prefer(0, quiet).await;
    town.moves(0, "Interested").await;
    town.shown(&awake, "awake", 1).await;
    town.moves(1, "Interested").await;
    town.shown(&awake, "awake", 2).await;
    town.until("2026-01-15T23:00:00Z");
    // The same lead once more: only the newest of it is told.
    town.moves(0, "Meeting set").await;
    town.shown(&awake, "awake", 3).await;
    assert!(town.bodies("phone").await.is_empty());
    let held = "push_deliveries WHERE due_at = '2026-01-16T05:30:00Z' AND give_up_at = '2026-01-16T09:30:00Z'";
    assert_eq!(town.count(held).await, 2);
    assert_eq!(town.count("notifications WHERE read_at IS NULL").await, 9);

    town.until("2026-01-16T05:30:00Z");
    let shown = town.shown(&phone, "phone", 1).await;
    assert_eq!(shown[0]["title"], "2 leads have moved");
    assert_eq!(shown[0]["body"], "Lead 1: Meeting set\nLead 2: Interested");
    assert_eq!(shown[0]["tag"], "gathered");
    town.until_pushed().await;
    town.world.end().await;
}

#[tokio::test]
async fn quiet_hours_that_were_chosen_since_hold_too() {
    let town = Town::at("2026-01-15T19:30:00Z").await;
    town.browser(0, "phone").await;
    town.prefer(0, "push = 'hourly'").await;
    town.moves(0, "Interested").await;
    assert_eq!(
        town.count("push_deliveries WHERE due_at = '2026-01-15T20:00:00Z'")
            .await,
        1
    );
    let quiet = r#"quiet_hours = '{"from": "21:00", "to": "07:30"}'"#;
    town.prefer(0, quiet).await;
    town.until("2026-01-15T20:00:00Z");
    let held = "EXISTS (SELECT FROM push_deliveries WHERE due_at = '2026-01-16T05:30:00Z' AND claimed_until IS NULL)";
    town.eventually(held).await;
    assert!(town.bodies("phone").await.is_empty());
    town.world.end().await;
}

#[tokio::test]
async fn what_is_gathered_comes_at_the_full_hour_as_one() {
    let town = Town::at("2026-01-15T10:20:00Z").await;
    let phone = town.browser(0, "phone").await;
    town.prefer(0, "push = 'hourly'").await;
    for lead in 0..4 {
        town.moves(lead, "Interested").await;
    }
    assert!(town.bodies("phone").await.is_empty());
    town.until("2026-01-15T11:00:00Z");
    let shown = town.shown(&phone, "phone", 1).await;
    assert_eq!(shown[0]["title"], "4 leads have moved");
    let body = shown[0]["body"].as_str().expect("a text");
    assert!(body.ends_with("\nand 1 more"), "{body}");
    town.world.end().await;
}

/// Between the claim and the end of the sending a process is killed: what it had claimed is somebody else's after a minute.
#[tokio::test]
async fn what_a_killed_process_had_claimed_is_pushed_by_another() {
    let town = Town::with_engines(0, NOON).await;
    let phone = town.browser(0, "phone").await;
    let mut without_push = town.settings.clone();
    without_push.retain(|(name, _)| *name != "VAPID_PRIVATE_KEY");
    town.world.one_more_engine(&without_push).await;
    town.moves(0, "Interested").await;
    let (business, now) = (town.world.business.id, town.now());
    let engine = town.world.db.db(ServiceRole::StatusEngine);
    let due = engine
        .system(move |tx| push_deliveries::due(tx, now, 10))
        .await
        .expect("reads");
    assert_eq!(due.len(), 1);
    let (_, subscription) = due[0];
    let lease = chrono::Duration::seconds(60);
    let claim =
        move |tx: &mut storage::TenantTx<'_>| push_deliveries::claim(tx, now, lease, subscription);
    let claimed = engine.tenant(business, claim).await.expect("claims");
    assert!(claimed.is_some_and(|claimed| claimed.items.len() == 1));
    let again = engine.tenant(business, claim).await.expect("claims");
    assert!(again.is_none(), "two processes have it at once");

    town.world.one_more_engine(&town.settings).await;
    town.moves(1, "Interested").await;
    let shown = town.shown(&phone, "phone", 1).await;
    assert_eq!(shown[0]["title"], "Lead 2: Interested");
    town.until("2026-01-15T10:01:01Z");
    let shown = town.shown(&phone, "phone", 2).await;
    assert_eq!(shown[1]["title"], "Lead 1: Interested");
    town.until_pushed().await;
    town.world.end().await;
}
