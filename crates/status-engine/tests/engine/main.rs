//! The status engine through its doors: what is put into its queue, and what the database then says.

mod again;
mod analytics;
mod bad_input;
mod digest_fates;
mod digests;
mod disorder;
mod follow_up;
mod lifted;
mod preferences;
mod push_fates;
mod pushes;
mod town;
mod undo;
mod words;
mod world;
mod written;

use domain::call::Direction;
use domain::events::SuggestionSource;
use domain::messages::Language;
use rstest::rstest;
use serde_json::{Value, json};
use storage::ServiceRole;
use storage::lead_status::{self, Author, StatusChange};

use world::World;

#[tokio::test]
async fn the_same_conversation_three_times_is_one_decision() {
    let world = World::new().await;
    let call = world.call(0, "CA1", 5, "Wants a quote.\n[Recommendation: Interested]");
    let first = world.envelope(call.clone());
    world.deliver(&first).await;
    world.deliver(&first).await;
    world.deliver(&world.envelope(call)).await;
    world.until_handled(2).await;

    let lead = world.lead(0).await;
    assert_eq!(lead["status"], "interested");
    assert_eq!(
        lead["summary"],
        "Wants a quote.\n[Recommendation: Interested]"
    );
    assert_eq!(
        lead["notes"],
        "Summary: Wants a quote. [Recommendation: Interested]"
    );
    assert!(lead["last_contact_at"].is_string());
    for table in ["lead_status_events", "lead_status_history", "notifications"] {
        assert_eq!(
            world
                .number(&format!("SELECT count(*) AS n FROM {table}"))
                .await,
            1,
            "{table}"
        );
    }
    let activities = world
        .db
        .sql("SELECT type, payload FROM lead_activities ORDER BY id")
        .await;
    assert_eq!(activities.len(), 2);
    assert_eq!(activities[0]["type"], "call");
    assert_eq!(activities[0]["payload"]["call_sid"], "CA1");
    assert_eq!(activities[1]["type"], "status_change");
    let change = &activities[1]["payload"];
    assert_eq!(
        (
            &change["from"],
            &change["to"],
            &change["source"],
            &change["call_sid"]
        ),
        (
            &json!("new"),
            &json!("interested"),
            &json!("auto_outbound"),
            &json!("CA1")
        )
    );
    let changed = world.raised("status.changed").await;
    assert_eq!(changed.len(), 1);
    assert_eq!(changed[0]["to"], "interested");
    assert_eq!(changed[0]["confidence"], 0.9);
    let told = world.raised("notification.requested").await;
    assert_eq!(told.len(), 1);
    assert_eq!(told[0]["user_ids"], json!([world.business.users[0].id]));
    assert!(
        told[0]["body"]
            .as_str()
            .expect("a text")
            .contains("New → Interested")
    );
    world.end().await;
}

#[tokio::test]
async fn what_was_missing_is_filled_and_what_was_there_stays() {
    let world = World::new().await;
    let id = world.business.leads[0];
    world
        .db
        .execute(&format!(
            "UPDATE leads SET city = 'Haifa', notes = 'typed by hand' WHERE id = {id}"
        ))
        .await;
    let mut call = world.call(0, "CA1", 5, "Talked about the weather");
    call.service = Some("roofing".to_owned());
    call.city = Some("Tel Aviv".to_owned());
    call.follow_up_at = Some(world.ago(-60));
    world.suggest(call).await;

    let lead = world.lead(0).await;
    assert_eq!(lead["service"], "roofing");
    assert_eq!(lead["city"], "Haifa");
    assert!(lead["follow_up_at"].is_string());
    assert_eq!(
        lead["notes"],
        "Summary: Talked about the weather\ntyped by hand"
    );
    assert_eq!(lead["status"], "new");
    let decision = world.decision("CA1").await;
    assert_eq!(decision["applied"], false);
    assert_eq!(decision["reason"], "nothing_said");
    world.end().await;
}

#[tokio::test]
async fn a_late_suggestion_overwrites_nothing() {
    let world = World::new().await;
    world
        .suggest(world.call(0, "CA2", 5, "Meeting. [Recommendation: Meeting set]"))
        .await;
    world
        .suggest(world.call(0, "CA1", 50, "Not now. [Recommendation: Not relevant]"))
        .await;

    let lead = world.lead(0).await;
    assert_eq!(lead["status"], "qualified");
    assert_eq!(lead["summary"], "Meeting. [Recommendation: Meeting set]");
    assert_eq!(
        lead["notes"],
        "Summary: Meeting. [Recommendation: Meeting set]\nSummary: Not now. [Recommendation: Not relevant]"
    );
    let late = world.decision("CA1").await;
    assert_eq!(late["gate"], "older_than_decision");
    assert_eq!(late["to_status"], "not_relevant");
    assert_eq!(late["applied"], false);
    world.end().await;
}

#[tokio::test]
async fn a_person_outranks_an_older_conversation_and_yields_to_a_newer_one() {
    let world = World::new().await;
    let (lead, user, now) = (
        world.business.leads[0],
        world.business.users[0].id,
        world.ago(30),
    );
    world
        .db
        .db(ServiceRole::ApiGateway)
        .tenant(world.business.id, move |tx| {
            let author = Author::Person { user: Some(user) };
            let change = StatusChange {
                lead,
                to: "contacted",
                author,
                reason: None,
            };
            lead_status::change_status(tx, now, &change)
        })
        .await
        .expect("a person may");
    world
        .suggest(world.call(0, "CA1", 60, "[Recommendation: Interested]"))
        .await;
    assert_eq!(world.decision("CA1").await["gate"], "manual_change");
    assert_eq!(world.lead(0).await["status"], "contacted");

    world
        .suggest(world.call(0, "CA2", 10, "[Recommendation: Follow up]"))
        .await;
    assert_eq!(world.lead(0).await["status"], "follow_up");
    let channels = world
        .db
        .sql("SELECT channel, changed_by FROM lead_status_history ORDER BY id")
        .await;
    assert_eq!(
        channels[0],
        json!({ "channel": "manual", "changed_by": user })
    );
    assert_eq!(channels[1]["channel"], "auto_outbound");
    world.end().await;
}

#[tokio::test]
async fn in_the_shadow_a_decision_is_recorded_and_not_carried_out() {
    let world = World::new().await;
    world
        .db
        .execute("UPDATE business_settings SET automation = 'shadow'")
        .await;
    world
        .suggest(world.call(0, "CA1", 5, "[Recommendation: Interested]"))
        .await;

    let decision = world.decision("CA1").await;
    assert_eq!(
        (&decision["gate"], &decision["to_status"]),
        (&json!("shadow"), &json!("interested"))
    );
    let lead = world.lead(0).await;
    assert_eq!(lead["status"], "new");
    assert!(lead["last_contact_at"].is_string());
    assert_eq!(
        world
            .number("SELECT count(*) AS n FROM lead_status_history")
            .await,
        0
    );
    assert!(world.raised("status.changed").await.is_empty());
    world.end().await;
}

#[tokio::test]
async fn a_label_of_another_business_changes_nothing() {
    let world = World::new().await;
    let other = testkit::business(&world.db.db(ServiceRole::Operator))
        .language(Language::English)
        .await;
    world
        .db
        .execute(&format!(
            "INSERT INTO lead_statuses (business_id, name, label) VALUES ({}, 'gold', 'Gold customer')",
            other.id
        ))
        .await;
    world
        .suggest(world.call(0, "CA1", 5, "[Recommendation: Gold customer]"))
        .await;

    assert_eq!(world.lead(0).await["status"], "new");
    let decision = world.decision("CA1").await;
    assert_eq!(decision["reason"], "unknown_label");
    assert_eq!(decision["recommended_status_label"], "Gold customer");
    assert_eq!(decision["recommended_status_id"], Value::Null);
    world.end().await;
}

#[tokio::test]
async fn an_unanswered_call_climbs_and_an_inbound_one_is_named_so() {
    let world = World::new().await;
    for (n, expected) in [
        (1, "no_answer"),
        (2, "no_answer_2"),
        (3, "no_answer_3"),
        (4, "no_answer_3"),
    ] {
        let mut call = world.call(
            0,
            &format!("CA{n}"),
            60 - n,
            "Call not answered - no answer",
        );
        call.outcome = Some("no-answer".to_owned());
        world.suggest(call).await;
        assert_eq!(world.lead(0).await["status"], expected);
    }
    let last = world.decision("CA4").await;
    assert_eq!(
        (&last["reason"], &last["applied"]),
        (&json!("same_status"), &json!(true))
    );
    assert_eq!(
        world
            .number("SELECT count(*) AS n FROM lead_status_history")
            .await,
        3
    );

    let mut inbound = world.call(1, "CA9", 5, "[Recommendation: Interested]");
    inbound.direction = Some(Direction::Inbound);
    world.suggest(inbound).await;
    let mut chat = world.call(2, "wa_session_7_x", 5, "[Recommendation: Interested]");
    chat.source = SuggestionSource::WhatsappSummary;
    chat.direction = None;
    world.suggest(chat).await;
    let sources: Vec<Value> = world.raised("status.changed").await;
    assert_eq!(sources[3]["source"], "auto_inbound");
    assert_eq!(sources[4]["source"], "auto_whatsapp");
    assert_eq!(
        world
            .number("SELECT count(*) AS n FROM lead_activities WHERE type = 'whatsapp'")
            .await,
        1
    );
    world.end().await;
}

#[rstest]
#[case::in_the_summary(
    "The customer asked us not to call again. Remove me from your list.",
    "",
    1
)]
#[case::in_the_customers_words(
    "Short talk",
    "Agent: hello\nCustomer: do not call me again, remove me from your list",
    1
)]
#[case::in_hebrew("הלקוח אמר: תורידו אותי מהרשימה", "", 1)]
#[case::only_our_side_says_it(
    "Short talk",
    "Agent: if you like I can remove you from the list\nCustomer: no no, it is fine",
    0
)]
#[tokio::test]
async fn a_request_to_be_left_alone_is_honoured_once(
    #[case] summary: &str,
    #[case] transcript: &str,
    #[case] expected: i64,
) {
    let world = World::new().await;
    let (business, lead, phone) = (
        world.business.id,
        world.business.leads[0],
        &world.business.phones[0],
    );
    for sid in ["CA1", "CA2"] {
        world
            .db
            .execute(&format!(
                "INSERT INTO call_log (business_id, attempt_id, lead_id, call_sid, from_number, to_number, direction,
                                       status, dial_state, line, ended_at, final_transcript)
                 VALUES ({business}, gen_random_uuid(), {lead}, '{sid}', '+97235000001', '{phone}', 'outbound',
                         'completed', 'accepted', 1, now(), nullif('{transcript}', ''))"
            ))
            .await;
        world.suggest(world.call(0, sid, 5, summary)).await;
    }
    let suppressed = world
        .db
        .sql("SELECT phone_e164, origin, source_event_id, lead_id FROM suppressions")
        .await;
    assert_eq!(i64::try_from(suppressed.len()), Ok(expected));
    let events = world.raised("lead.suppressed").await;
    assert_eq!(i64::try_from(events.len()), Ok(expected));
    let activities = "SELECT count(*) AS n FROM lead_activities WHERE type = 'suppression'";
    assert_eq!(world.number(activities).await, expected);
    if expected > 0 {
        let row = json!({ "phone_e164": phone, "origin": "spoken", "source_event_id": "CA1", "lead_id": lead });
        assert_eq!(suppressed[0], row);
        assert_eq!(events[0]["phone_e164"], **phone);
    }
    world.end().await;
}

#[tokio::test]
async fn four_engines_and_duplicates_in_disorder_end_in_one_state() {
    let world = World::with_engines(4).await;
    let labels = [
        "Interested",
        "Follow up",
        "Not relevant",
        "Meeting set",
        "Contacted",
    ];
    let mut deliveries = Vec::new();
    for lead in 0..4 {
        for (n, label) in (1..).zip(labels) {
            let sid = format!("CA{lead}{n}");
            let call = world.call(
                lead,
                &sid,
                60 - n,
                &format!("Talk {n}. [Recommendation: {label}]"),
            );
            for _ in 0..3 {
                deliveries.push(world.envelope(call.clone()));
            }
        }
    }
    // A fixed disorder: 7 and 60 have no common divisor.
    let count = deliveries.len();
    assert_eq!(count, 60);
    for step in 0..count {
        world.deliver(&deliveries[step * 7 % count]).await;
    }
    world.until_handled(60).await;

    for lead in 0..4 {
        let found = world.lead(lead).await;
        assert_eq!(found["status"], "contacted", "lead {lead}");
        assert_eq!(found["summary"], "Talk 5. [Recommendation: Contacted]");
        let notes: Vec<String> = (1_u16..=5)
            .zip(labels)
            .map(|(n, label)| format!("Summary: Talk {n}. [Recommendation: {label}]"))
            .rev()
            .collect();
        assert_eq!(found["notes"], notes.join("\n"));
    }
    assert_eq!(
        world
            .number("SELECT count(*) AS n FROM lead_status_events")
            .await,
        20
    );
    world.nothing_is_lost().await;
    world.end().await;
}
