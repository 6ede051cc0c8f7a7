use serde_json::{Value, json};
use testkit::eventually;

use crate::world::{PATIENCE, World};

/// The read models are kept by the engine itself, and what is delivered three times counts once.
#[tokio::test]
async fn what_was_decided_is_told_soon_and_once() {
    let world = World::with_engines(2).await;
    let call = world.call(0, "CA1", 5, "Wants a quote.\n[Recommendation: Interested]");
    let first = world.envelope(call.clone());
    world.deliver(&first).await;
    world.deliver(&first).await;
    world.deliver(&world.envelope(call)).await;
    world.until_handled(2).await;
    let told = "SELECT s.source, s.to_status, s.changes, d.outcome, d.decisions
                FROM analytics_status_days s
                JOIN analytics_decision_days d USING (business_id, day, scope, scope_id, source)
                WHERE s.scope = 'all' AND s.source = 'auto_outbound'";
    let nothing_waits = "SELECT 1 AS one FROM analytics_changes
                         UNION ALL SELECT 1 FROM analytics_days WHERE due_at IS NOT NULL AND kind NOT LIKE '%month'";
    let rows: Vec<Value> = eventually(PATIENCE, || async {
        let waits = world.db.sql(nothing_waits).await;
        let rows = world.db.sql(told).await;
        (waits.is_empty() && !rows.is_empty()).then_some(rows)
    })
    .await;
    let expected = json!({
        "source": "auto_outbound", "to_status": "interested", "changes": 1, "outcome": "moved", "decisions": 1,
    });
    assert_eq!(rows, [expected]);
}
