use chassis::clock::Clock;
use chrono::TimeDelta;
use reqwest::Method;
use rstest::rstest;
use serde_json::{Value, json};
use testkit::Business;

use crate::engine::decide;
use crate::support::{World, read};

/// A business whose first lead a call has moved from `new` to `interested`, an hour ago.
struct Moved {
    world: World,
    clock: Clock,
    business: Business,
    decision: i64,
}

impl Moved {
    async fn start() -> Self {
        let clock = Clock::fixed("2026-11-24T09:00:00Z".parse().expect("a time"));
        let world = World::at(clock.clone()).await;
        let business = world.business(2).await;
        let decision = decide(&world, &business, 0, "CA1", "interested", clock.now()).await;
        clock.advance(TimeDelta::hours(1));
        Self {
            world,
            clock,
            business,
            decision,
        }
    }

    async fn undo(&self) -> (u16, Value) {
        let path = format!("/api/decisions/{}/undo", self.decision);
        let api = self.world.api(&self.business);
        api.post(&path, &json!({})).await
    }

    fn lead(&self) -> String {
        format!("/api/leads/{}", self.business.leads[0])
    }

    async fn status(&self) -> Value {
        let (_, lead) = self.world.api(&self.business).get(&self.lead()).await;
        lead["status"].clone()
    }

    /// Everything that an undo writes.
    async fn rows(&self) -> Vec<Vec<Value>> {
        let mut rows = Vec::new();
        for what in [
            "* FROM leads",
            "* FROM lead_status_events",
            "* FROM lead_status_history",
            "* FROM lead_activities",
            "* FROM decision_corrections",
            "id, type, body FROM outbox_events",
        ] {
            let sql = format!("SELECT {what} ORDER BY id");
            rows.push(self.world.database.sql(&sql).await);
        }
        rows
    }

    /// Undoing is refused with this code, and changes nothing.
    async fn refused(&self, code: &str) {
        let before = self.rows().await;
        let (status, refused) = self.undo().await;
        assert_eq!((status, &refused["code"]), (409, &json!(code)), "{refused}");
        assert_eq!(self.rows().await, before);
    }
}

#[tokio::test]
async fn an_undo_puts_the_lead_back_and_leaves_every_trace_of_a_change() {
    let moved = Moved::start().await;
    let (world, user) = (&moved.world, &moved.business.users[1]);
    let token = world.token(user).await;
    let path = format!("/api/decisions/{}/undo", moved.decision);
    let ask = || read(world.request(Method::POST, &path).bearer_auth(&token));
    let (status, undone) = ask().await;
    assert_eq!(status, 200, "{undone}");
    assert_eq!(undone["lead_status"], "new");
    assert_eq!(undone["undone_at"], "2026-11-24T10:00:00Z");
    assert_eq!(undone["undone_by_user_id"], json!(user.id));
    assert_eq!(moved.status().await, "new");

    // In the form of the lead's decisions.
    let mut decision = undone.clone();
    decision
        .as_object_mut()
        .expect("an object")
        .remove("lead_status");
    let listed = format!("{}/decisions", moved.lead());
    let (_, decisions) = world.api(&moved.business).get(&listed).await;
    assert_eq!(decisions["items"], json!([decision]));

    let history = "SELECT old_status, new_status, channel, changed_by, change_reason, decision_id, metadata_json
                   FROM lead_status_history ORDER BY id DESC LIMIT 1";
    let expected = json!({
        "old_status": "interested", "new_status": "new", "channel": "manual", "changed_by": user.id,
        "change_reason": "השינוי האוטומטי בוטל", "decision_id": moved.decision, "metadata_json": { "undo": true },
    });
    assert_eq!(world.database.sql(history).await, [expected]);
    let timeline = format!("{}/timeline", moved.lead());
    let (_, timeline) = world.api(&moved.business).get(&timeline).await;
    let entry = &timeline["items"][0];
    let payload = json!({
        "from": "interested", "to": "new", "source": "manual", "undone_decision_id": moved.decision,
    });
    assert_eq!(
        (&entry["type"], &entry["payload"], &entry["created_by"]),
        (&json!("status_change"), &payload, &json!(user.id))
    );
    let raised = "SELECT body -> 'data' AS data FROM outbox_events WHERE type = 'status.changed' ORDER BY id DESC LIMIT 1";
    let raised = &world.database.sql(raised).await[0]["data"];
    assert_eq!(
        (&raised["from"], &raised["to"], &raised["source"]),
        (&json!("interested"), &json!("new"), &json!("manual"))
    );

    // Again, and again later: the same answer, and nothing more happens.
    let before = moved.rows().await;
    moved.clock.advance(TimeDelta::minutes(10));
    assert_eq!(ask().await, (200, undone));
    assert_eq!(moved.rows().await, before);
}

#[tokio::test]
async fn two_who_undo_at_once_undo_once() {
    let moved = Moved::start().await;
    let ((one, first), (other, second)) = tokio::join!(moved.undo(), moved.undo());
    assert_eq!((one, other, &first), (200, 200, &second));
    let changes = moved.world.count("lead_status_history").await;
    assert_eq!(
        (changes, moved.world.count("decision_corrections").await),
        (2, 1)
    );
}

#[rstest]
#[case::the_lead_stood_there_already("interested")]
#[case::the_label_is_none_of_the_board("no such column")]
#[tokio::test]
async fn a_decision_that_moved_nothing_is_not_undone(#[case] label: &str) {
    let mut moved = Moved::start().await;
    let now = moved.clock.now();
    moved.decision = decide(&moved.world, &moved.business, 0, "CA2", label, now).await;
    moved.refused("nothing_to_undo").await;
}

#[tokio::test]
async fn a_newer_change_stands() {
    let mut moved = Moved::start().await;
    let api = moved.world.api(&moved.business);
    // Away and back again: where the lead stands now is the person's choice.
    for status in ["contacted", "interested"] {
        let (answer, _) = api.patch(&moved.lead(), &json!({ "status": status })).await;
        assert_eq!(answer, 200);
    }
    moved.refused("lead_moved_since").await;
    // A newer decision that moved the lead is undone, not the one before it.
    moved.clock.advance(TimeDelta::minutes(10));
    let now = moved.clock.now();
    let newer = decide(&moved.world, &moved.business, 0, "CA2", "qualified", now).await;
    moved.refused("lead_moved_since").await;
    moved.decision = newer;
    let (status, undone) = moved.undo().await;
    assert_eq!(
        (status, &undone["lead_status"]),
        (200, &json!("interested"))
    );
}

#[tokio::test]
async fn a_lead_that_was_moved_past_the_history_stays_where_it_is() {
    let moved = Moved::start().await;
    let by_hand = "UPDATE leads SET status = 'won' WHERE status = 'interested'";
    moved.world.database.execute(by_hand).await;
    moved.refused("lead_moved_since").await;
}

#[rstest]
#[case::switched_off(
    "UPDATE lead_statuses SET is_active = false, is_default = false WHERE name = 'new'"
)]
#[case::deleted("DELETE FROM lead_statuses WHERE name = 'new'")]
#[tokio::test]
async fn a_status_that_is_gone_is_left_to_a_person(#[case] change: &str) {
    let moved = Moved::start().await;
    let elsewhere = "UPDATE leads SET status = 'contacted' WHERE status = 'new'";
    moved.world.database.execute(elsewhere).await;
    moved.world.database.execute(change).await;
    moved.refused("status_before_gone").await;
}

#[tokio::test]
async fn a_lead_that_had_no_status_goes_to_the_default_one() {
    let mut moved = Moved::start().await;
    let none = format!(
        "UPDATE leads SET status = NULL WHERE id = {}",
        moved.business.leads[1]
    );
    moved.world.database.execute(&none).await;
    let now = moved.clock.now();
    moved.decision = decide(&moved.world, &moved.business, 1, "CA2", "interested", now).await;
    let (status, undone) = moved.undo().await;
    assert_eq!(
        (status, &undone["lead_status"], &undone["from_status"]),
        (200, &json!("new"), &Value::Null)
    );
}

#[tokio::test]
async fn what_does_not_exist_is_not_found() {
    let mut moved = Moved::start().await;
    let deleted = format!(
        "UPDATE leads SET deleted_at = now() WHERE id = {}",
        moved.business.leads[0]
    );
    moved.world.database.execute(&deleted).await;
    assert_eq!(moved.undo().await.0, 404);
    moved.decision = 987_654_321;
    assert_eq!(moved.undo().await.0, 404);
}
