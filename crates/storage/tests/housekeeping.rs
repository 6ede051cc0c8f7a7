//! Old events go, each service's own only.

use chrono::Duration;
use storage::{ServiceRole, StorageError, inbox, outbox};
use testkit::Database;

const OLD_AND_NEW: &str = "
INSERT INTO business (name) VALUES ('a');
INSERT INTO inbox_events (business_id, consumer, event_id, received_at)
SELECT 1, consumer, gen_random_uuid(), now() - age
FROM unnest(ARRAY['dialer', 'status-engine']) consumer, unnest(ARRAY[interval '1 day', interval '40 days']) age;
INSERT INTO outbox_events (business_id, producer, event_id, type, body, published_at)
SELECT 1, producer, gen_random_uuid(), 'x', '{}', now() - age
FROM unnest(ARRAY['callboard_dialer', 'callboard_status_engine']) producer,
     unnest(ARRAY[interval '1 day', interval '8 days', NULL]) age;";

#[tokio::test]
async fn a_service_throws_away_its_own_old_events_of_every_tenant_and_keeps_what_is_unpublished() {
    let database = Database::create().await;
    database.execute(OLD_AND_NEW).await;
    let gone = database
        .db(ServiceRole::StatusEngine)
        .system(|tx| {
            let published = outbox::prune(tx, Duration::days(7), 100)?;
            let handled = inbox::prune(tx, Duration::days(30), 100)?;
            Ok::<_, StorageError>((published, handled))
        })
        .await
        .expect("prunes");
    assert_eq!(gone, (1, 1));
    let left = database
        .sql(
            "SELECT (SELECT count(*) FROM inbox_events WHERE consumer = 'dialer') AS inbox_of_another,
                    (SELECT count(*) FROM outbox_events WHERE producer = 'callboard_dialer') AS outbox_of_another,
                    (SELECT count(*) FROM outbox_events WHERE published_at IS NULL) AS unpublished",
        )
        .await;
    assert_eq!(
        left,
        [serde_json::json!({ "inbox_of_another": 2, "outbox_of_another": 3, "unpublished": 2 })]
    );
}
