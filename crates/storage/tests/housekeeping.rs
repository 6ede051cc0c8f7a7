//! Old events go, each service's own only.

use chrono::{DateTime, Duration, Utc};
use storage::outbox::{Counted, Published};
use storage::{ServiceRole, StorageError, inbox, outbox, raw_retention};
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

#[tokio::test]
async fn what_the_inbox_may_soon_forget_is_not_published_again() {
    let database = Database::create().await;
    database
        .execute(
            "INSERT INTO business (name) VALUES ('a');
             INSERT INTO outbox_events (business_id, producer, event_id, type, body, created_at, published_at)
             SELECT 1, 'callboard_dialer', gen_random_uuid(), 'x', '{}', timestamptz '2026-03-30T12:00Z' - age, '2026-03-30T11:00Z'
             FROM unnest(ARRAY[interval '1 day', interval '22 days', interval '24 days']) age",
        )
        .await;
    let now: DateTime<Utc> = "2026-03-30T12:00:00Z".parse().expect("a time");
    let which = Published {
        since: now - Duration::hours(2),
        until: now,
        types: vec!["x".to_owned()],
        business: None,
    };
    let (counted, marked) = database
        .db(ServiceRole::Operator)
        .system(move |tx| {
            let counted = outbox::count(tx, now, &which)?;
            Ok::<_, StorageError>((counted, outbox::republish(tx, now, &which, 100)?))
        })
        .await
        .expect("an operator may");
    let expected = Counted {
        event_type: "x".to_owned(),
        events: 2,
        too_old: 1,
    };
    assert_eq!((counted, marked), (vec![expected], 2));
    let left = database
        .sql("SELECT created_at < '2026-03-07T12:00Z' AS is_old FROM outbox_events WHERE published_at IS NOT NULL")
        .await;
    assert_eq!(left, [serde_json::json!({ "is_old": true })]);
}

const RAW: &str = "
INSERT INTO business (name) VALUES ('a'), ('b');
INSERT INTO business_settings (business_id, recording_retention_days) VALUES (1, 7), (2, 20);
INSERT INTO lead_statuses (business_id, name, label, order_index, is_default) SELECT id, 'new', 'New', 1, true FROM business;
INSERT INTO leads (tenant_id, first_name, status) SELECT id, 'Dana', 'new' FROM business;
INSERT INTO carrier_callbacks (business_id, kind, dedupe_key, params, received_at)
SELECT b.id, kind, kind || age, '[]', timestamptz '2026-03-30T12:00Z' - age
FROM business b, unnest(ARRAY['status', 'whatsapp']) kind, unnest(ARRAY[interval '6 days', interval '8 days', interval '31 days']) age;
INSERT INTO whatsapp_sessions (business_id, lead_id, canonical_key, opened_at, last_message_at, closes_at, state, closed_at,
                               close_reason)
SELECT tenant_id, id, key, '2026-03-01', '2026-03-01', '2026-03-01', 'closed', '2026-03-01', 'silence'
FROM leads, unnest(ARRAY['written', 'waiting']) key;
INSERT INTO whatsapp_messages (business_id, session_id, message_sid, body, at)
SELECT business_id, id, canonical_key || age, 'hello', timestamptz '2026-03-30T12:00Z' - age
FROM whatsapp_sessions, unnest(ARRAY[interval '6 days', interval '8 days', interval '31 days']) age;
INSERT INTO conversations (business_id, source, source_event_id, lead_id, outcome, occurred_at, state, suggested_at)
SELECT business_id, 'whatsapp_summary', format('wa_session_%s_%s', id, canonical_key), lead_id, 'completed', '2026-03-01', 'suggested', '2026-03-01'
FROM whatsapp_sessions WHERE canonical_key = 'written';";

#[tokio::test]
async fn what_came_in_raw_goes_after_the_days_of_its_business_and_callbacks_of_calls_after_thirty()
{
    let database = Database::create().await;
    database.execute(RAW).await;
    let now: DateTime<Utc> = "2026-03-30T12:00:00Z".parse().expect("a time");
    let gateway = database.db(ServiceRole::ApiGateway);
    let gone = gateway
        .system(move |tx| {
            let messages = raw_retention::prune_messages(tx, now, 100)?;
            let again = raw_retention::prune_messages(tx, now, 100)?;
            let first = raw_retention::prune_callbacks(tx, now, 1)?;
            let rest = raw_retention::prune_callbacks(tx, now, 100)?;
            Ok::<_, StorageError>((messages, again, first > 0, first + rest))
        })
        .await
        .expect("the gateway may");
    assert_eq!(gone, (3, 0, true, 5));
    let left = database
        .sql(
            "SELECT business_id, (SELECT count(*) FROM whatsapp_messages m WHERE m.business_id = b.business_id) AS messages,
                    (SELECT string_agg(kind || ' ' || extract(day FROM timestamptz '2026-03-30T12:00Z' - received_at), ', '
                                       ORDER BY kind, received_at DESC)
                     FROM carrier_callbacks k WHERE k.business_id = b.business_id) AS callbacks
             FROM business_settings b ORDER BY 1",
        )
        .await;
    assert_eq!(
        left,
        [
            serde_json::json!({ "business_id": 1, "messages": 4, "callbacks": "status 6, status 8, whatsapp 6" }),
            serde_json::json!({ "business_id": 2, "messages": 5, "callbacks": "status 6, status 8, whatsapp 6, whatsapp 8" }),
        ]
    );
}
