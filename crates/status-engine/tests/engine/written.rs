//! What was written on WhatsApp.

use domain::events::SuggestionSource;
use rstest::rstest;
use serde_json::json;

use crate::world::World;

#[rstest]
#[case::in_the_customers_words("Customer: hello\nCustomer: remove me from your list", 1)]
#[case::in_hebrew("לקוח: תורידו אותי מהרשימה בבקשה", 1)]
#[case::only_our_side_writes_it(
    "Agent: if you like I can remove you from the list\nCustomer: no no, it is fine",
    0
)]
#[tokio::test]
async fn a_request_to_be_left_alone_is_found_in_the_messages_of_the_session(
    #[case] transcript: &str,
    #[case] expected: i64,
) {
    let world = World::new().await;
    let (business, lead) = (world.business.id, world.business.leads[0]);
    // A conversation of another kind under the same key is not read.
    for (source, words) in [
        ("whatsapp_summary", transcript),
        ("call_summary", "Customer: remove me from your list"),
    ] {
        world
            .db
            .execute(&format!(
                "INSERT INTO conversations (business_id, source, source_event_id, lead_id, outcome, occurred_at, state,
                                            transcript, suggested_at)
                 VALUES ({business}, '{source}', 'wa_session_7_SM1', {lead}, 'completed', now(), 'suggested', '{words}',
                         now())"
            ))
            .await;
    }
    let mut chat = world.call(0, "wa_session_7_SM1", 5, "A short talk.");
    chat.source = SuggestionSource::WhatsappSummary;
    chat.direction = None;
    world.suggest(chat).await;
    let suppressed = world
        .db
        .sql("SELECT phone_e164, origin, source_event_id FROM suppressions")
        .await;
    assert_eq!(i64::try_from(suppressed.len()), Ok(expected));
    if expected > 0 {
        let row = json!({ "phone_e164": world.business.phones[0], "origin": "spoken", "source_event_id": "wa_session_7_SM1" });
        assert_eq!(suppressed[0], row);
    }
    let lead = world.lead(0).await;
    assert_eq!(lead["summary"], "A short talk.");
    assert!(
        lead["notes"]
            .as_str()
            .is_some_and(|notes| notes.contains("A short talk."))
    );
    assert!(lead["last_contact_at"].is_string());
    world.end().await;
}
