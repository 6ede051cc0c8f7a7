//! Stored history made again by other rules: page by page, of one business, changing nothing.

use chrono::{DateTime, Duration, Utc};
use domain::decision::what_if::{RuleChanges, WhatIf};
use domain::ids::BusinessId;
use storage::replay::{Question, what_if};
use storage::{Db, ServiceRole};
use testkit::{Business, Database};

fn start() -> DateTime<Utc> {
    "2026-11-22T10:00:00Z".parse().expect("a time")
}

/// So many leads with one conversation each, by which they went from `new` to `interested`.
async fn past(database: &Database, leads: usize) -> Business {
    let business = testkit::business(&database.db(ServiceRole::Operator))
        .with_leads(leads)
        .await;
    database
        .execute(&format!(
            "INSERT INTO lead_status_events (business_id, lead_id, source, source_event_id, recommended_status_label, confidence,
                 reason, decided_by, summary, evidence, from_status, to_status, applied, applied_at, occurred_at, created_at)
             SELECT tenant_id, id, 'call_summary', 'CA' || id, 'מעוניין', 0.7, 'applied', 'tag', 'דיברנו. [המלצה: מעוניין]',
                 '{{\"input\": {{\"confidence\": 0.7, \"recommendation\": null, \"outcome\": null}}}}', 'new', 'interested', true,
                 '{at}', '{at}', '{at}'
             FROM leads WHERE tenant_id = {id};
             UPDATE leads SET status = 'interested' WHERE tenant_id = {id}",
            at = start(),
            id = business.id,
        ))
        .await;
    business
}

fn stricter(most_leads: Option<u64>) -> Question {
    Question {
        changes: RuleChanges {
            confidence_threshold: Some(0.8),
            ..RuleChanges::default()
        },
        most_leads,
        ..Question::default()
    }
}

async fn ask(db: &Db, business: BusinessId, question: Question) -> WhatIf {
    what_if(db, business, question, |_, _| ())
        .await
        .expect("an answer")
}

#[tokio::test]
async fn every_page_is_read_and_deleted_leads_are_not_counted() {
    let database = Database::create().await;
    let business = past(&database, 1_203).await;
    let whole_page = &business.leads[100..700];
    database
        .execute(&format!(
            "UPDATE leads SET deleted_at = now() WHERE id BETWEEN {} AND {}",
            whole_page[0], whole_page[599]
        ))
        .await;
    let db = database.db(ServiceRole::Operator);
    let mut heard = Vec::new();
    let found = what_if(&db, business.id, stricter(None), |counted, of| {
        heard.push((counted, of));
    })
    .await
    .expect("an answer");
    assert_eq!((found.leads, found.conversations), (603, 603));
    assert_eq!((found.elsewhere, found.examples.len()), (603, 20));
    assert_eq!(found.examples[0].lead_id, business.leads[1_202]);
    assert!(!found.truncated);
    assert!(
        heard.len() > 2 && heard.last() == Some(&(603, 1_203)),
        "{heard:?}"
    );
}

#[tokio::test]
async fn the_newest_leads_are_looked_at_and_that_there_are_older_ones_is_said() {
    let database = Database::create().await;
    let business = past(&database, 3).await;
    let db = database.db(ServiceRole::ApiGateway);
    for (most, leads, truncated) in [(1, 1, true), (2, 2, true), (3, 3, false), (4, 3, false)] {
        let found = ask(&db, business.id, stricter(Some(most))).await;
        assert_eq!((found.leads, found.truncated), (leads, truncated), "{most}");
        assert_eq!(found.examples[0].lead_id, business.leads[2]);
    }
}

#[tokio::test]
async fn every_role_that_asks_sees_one_business_and_changes_nothing() {
    let database = Database::create().await;
    let business = past(&database, 2).await;
    let other = testkit::business(&database.db(ServiceRole::Operator)).await;
    let before = database.everything().await;
    for role in [ServiceRole::ApiGateway, ServiceRole::Operator] {
        let db = database.db(role);
        assert_eq!(ask(&db, business.id, stricter(None)).await.elsewhere, 2);
        assert_eq!(ask(&db, other.id, stricter(None)).await, WhatIf::default());
        assert_eq!(
            ask(&db, business.id, Question::default()).await.elsewhere,
            0
        );
        let later = Question {
            since: Some(start() + Duration::seconds(1)),
            ..stricter(None)
        };
        assert_eq!(ask(&db, business.id, later).await.leads, 0);
    }
    assert_eq!(database.everything().await, before);
}
