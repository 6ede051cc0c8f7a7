use chassis::clock::Clock;
use chrono::TimeDelta;
use serde_json::{Value, json};
use testkit::Business;

use crate::engine::decide;
use crate::support::{World, read};

struct Board {
    world: World,
    clock: Clock,
    business: Business,
}

impl Board {
    async fn start() -> Self {
        let clock = Clock::fixed("2026-11-24T09:00:00Z".parse().expect("a time"));
        let world = World::at(clock.clone()).await;
        let business = world.business(3).await;
        Self {
            world,
            clock,
            business,
        }
    }

    async fn decide(&self, lead: usize, sid: &str, label: &str) -> i64 {
        let now = self.clock.now();
        decide(&self.world, &self.business, lead, sid, label, now).await
    }

    async fn move_to(&self, lead: usize, status: &str) {
        let path = format!("/api/leads/{}", self.business.leads[lead]);
        let api = self.world.api(&self.business);
        let (answer, moved) = api.patch(&path, &json!({ "status": status })).await;
        assert_eq!(answer, 200, "{moved}");
    }

    async fn corrections(&self) -> Vec<Value> {
        let sql = "SELECT decision_id, lead_id, kind, from_status, to_status, user_id FROM decision_corrections ORDER BY id";
        self.world.database.sql(sql).await
    }

    async fn shown(&self) -> Value {
        let api = self.world.api(&self.business);
        let (status, shown) = api.get("/api/status-rules/corrections").await;
        assert_eq!(status, 200, "{shown}");
        shown
    }
}

#[tokio::test]
async fn a_move_soon_after_the_decision_corrects_it_once() {
    let board = Board::start().await;
    let decision = board.decide(0, "CA1", "interested").await;
    board.clock.advance(TimeDelta::hours(72));
    board.move_to(0, "interested").await;
    assert_eq!(board.corrections().await, Vec::<Value>::new());
    board.move_to(0, "not_relevant").await;
    // What the person makes of her own choice is no matter of the decision.
    board.move_to(0, "follow_up").await;
    let expected = json!({
        "decision_id": decision, "lead_id": board.business.leads[0], "kind": "moved", "from_status": "interested",
        "to_status": "not_relevant", "user_id": null,
    });
    assert_eq!(board.corrections().await, [expected]);
}

#[tokio::test]
async fn later_moves_and_those_after_a_newer_conversation_are_progress() {
    let board = Board::start().await;
    board.decide(0, "CA1", "interested").await;
    board.decide(1, "CA2", "interested").await;
    board.clock.advance(TimeDelta::minutes(5));
    // A newer conversation that moved nothing: the person answers to that one.
    board.decide(1, "CA3", "no such column").await;
    board.move_to(1, "won").await;
    board.move_to(2, "contacted").await;
    board.clock.advance(TimeDelta::hours(72));
    board.move_to(0, "won").await;
    assert_eq!(board.corrections().await, Vec::<Value>::new());
}

#[tokio::test]
async fn a_late_suggestion_about_an_older_conversation_shields_no_decision() {
    let board = Board::start().await;
    let decision = board.decide(0, "CA2", "interested").await;
    let earlier = board.clock.now() - TimeDelta::hours(1);
    decide(
        &board.world,
        &board.business,
        0,
        "CA1",
        "qualified",
        earlier,
    )
    .await;
    board.move_to(0, "not_relevant").await;
    assert_eq!(board.corrections().await[0]["decision_id"], decision);
}

#[tokio::test]
async fn an_undo_corrects_however_late_it_comes() {
    let board = Board::start().await;
    let decision = board.decide(0, "CA1", "interested").await;
    board.clock.advance(TimeDelta::days(30));
    let token = board.world.token(&board.business.users[0]).await;
    let path = format!("/api/decisions/{decision}/undo");
    let request = board.world.request(reqwest::Method::POST, &path);
    assert_eq!(read(request.bearer_auth(token)).await.0, 200);
    let expected = json!({
        "decision_id": decision, "lead_id": board.business.leads[0], "kind": "undone", "from_status": "interested",
        "to_status": "new", "user_id": board.business.users[0].id,
    });
    assert_eq!(board.corrections().await, [expected]);
}

#[tokio::test]
async fn rates_are_shown_per_source_group_and_band() {
    let board = Board::start().await;
    board.decide(0, "CA1", "interested").await;
    board.decide(1, "CA2", "interested").await;
    board.clock.advance(TimeDelta::hours(1));
    board.decide(2, "CA3", "interested").await;
    board.move_to(0, "not_relevant").await;
    let others = "INSERT INTO lead_status_events
            (business_id, lead_id, source, source_event_id, confidence, reason, decided_by, evidence, from_status, to_status,
             applied, applied_at, occurred_at)
        SELECT business_id, lead_id, 'whatsapp_summary', 'wa' || n, given.confidence, 'applied', 'keywords',
               '{\"group\": \"FOLLOW_UP\"}', 'new', 'follow_up', true, '2026-11-01', '2026-11-01'
        FROM lead_status_events, unnest(ARRAY[1, 2, 3], ARRAY[0.7, 1.0, NULL]) AS given (n, confidence)
        WHERE source_event_id = 'CA1'";
    board.world.database.execute(others).await;

    // Only what is corrected or has stood for the whole window is judged.
    let tag = |judged: i64, rate: f64| {
        json!({
            "source": "call_summary", "group": "tag", "confidence_from": 0.9, "confidence_to": 0.95, "applied": 3,
            "judged": judged, "corrected": 1, "rate": rate,
        })
    };
    let follow_up = |from: Option<f64>, to: Option<f64>| {
        json!({
            "source": "whatsapp_summary", "group": "FOLLOW_UP", "confidence_from": from, "confidence_to": to, "applied": 1,
            "judged": 1, "corrected": 0, "rate": 0.0,
        })
    };
    let rest = [
        follow_up(Some(0.7), Some(0.75)),
        follow_up(Some(0.95), Some(1.0)),
        follow_up(None, None),
    ];
    let rates = |shown: Value| shown["rates"].as_array().expect("rates").clone();
    assert_eq!(
        rates(board.shown().await),
        [&[tag(1, 1.0)], &rest[..]].concat()
    );
    board
        .clock
        .advance(TimeDelta::hours(71) + TimeDelta::seconds(1));
    assert_eq!(
        rates(board.shown().await),
        [&[tag(2, 0.5)], &rest[..]].concat()
    );

    let shown = board.shown().await;
    assert_eq!(shown["suggested_threshold"], Value::Null);
    assert_eq!(shown["no_suggestion_reason"], "too_few_decisions");
    assert_eq!(shown["window_seconds"], 259_200);

    let other = board.world.business(0).await;
    let (_, foreign) = board
        .world
        .api(&other)
        .get("/api/status-rules/corrections")
        .await;
    assert_eq!(foreign["rates"], json!([]));
    let agent = board.world.token(&board.business.users[1]).await;
    let request = board
        .world
        .request(reqwest::Method::GET, "/api/status-rules/corrections");
    assert_eq!(read(request.bearer_auth(agent)).await.0, 403);
}
