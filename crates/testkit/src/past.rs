use chrono::{DateTime, Utc};
use domain::call::Direction;
use domain::decision::{self, LeadState, Outcome, Suggestion};
use domain::events::{StatusSuggested, SuggestionSource};
use domain::ids::{BusinessId, DecisionId, LeadId};
use domain::text::Classifier;
use storage::lead_status::{Author, StatusChange, change_status};
use storage::{ServiceRole, StorageError, decisions, history, lead_contact};

use crate::Database;

/// The past of a business's leads, written as the services write it.
impl Database {
    /// A call whose `summary` was decided on at `at`, and what came of it.
    ///
    /// # Panics
    /// When the database refuses.
    pub async fn talked(
        &self,
        business: BusinessId,
        lead: LeadId,
        at: DateTime<Utc>,
        summary: &str,
        confidence: Option<f64>,
    ) -> DecisionId {
        let suggested = StatusSuggested {
            business_id: business,
            lead_id: lead,
            source: SuggestionSource::CallSummary,
            source_event_id: format!("CA{lead}-{}", at.timestamp_millis()),
            direction: Some(Direction::Outbound),
            summary: summary.to_owned(),
            recommendation: None,
            confidence,
            outcome: None,
            service: None,
            city: None,
            follow_up_at: None,
            dropped_label: None,
            occurred_at: at,
        };
        self.decided(suggested, at).await
    }

    /// A suggestion, decided on at `at` and carried out where the gates let it, as the status engine does without its broker.
    ///
    /// # Panics
    /// When the database refuses.
    pub async fn decided(&self, suggested: StatusSuggested, at: DateTime<Utc>) -> DecisionId {
        let lead = suggested.lead_id;
        self.db(ServiceRole::StatusEngine)
            .tenant(suggested.business_id, move |tx| {
                let context = decisions::context(tx)?;
                let state = LeadState {
                    status: lead_contact::lock(tx, lead)?.status,
                    is_deleted: false,
                    newest_decision_at: decisions::newest(tx, lead, None)?,
                    newest_manual_change_at: history::newest_manual_change(tx, lead)?,
                };
                let words = &context.settings.words;
                let own = (!words.is_empty()).then(|| Classifier::with_words(words));
                let verdict = decision::decide(
                    &Suggestion::from(&suggested),
                    &context.board,
                    &state,
                    &context.settings,
                    own.as_ref().unwrap_or_else(|| Classifier::standard()),
                    at,
                );
                let id = decisions::record(tx, at, &suggested, state.status.as_deref(), &verdict)?;
                if let Outcome::Applied { to } = &verdict.outcome {
                    let change = StatusChange {
                        lead,
                        to,
                        author: Author::Automation {
                            source: suggested.change_source(),
                            source_event_id: &suggested.source_event_id,
                            decision: id,
                            confidence: verdict.confidence,
                        },
                        reason: None,
                    };
                    change_status(tx, at, &change)?;
                }
                Ok::<_, StorageError>(id)
            })
            .await
            .expect("the conversation is decided on")
    }

    /// A person moved the lead at `at`.
    ///
    /// # Panics
    /// When the database refuses.
    pub async fn moved_by_hand(
        &self,
        business: BusinessId,
        lead: LeadId,
        at: DateTime<Utc>,
        to: &'static str,
    ) {
        self.db(ServiceRole::ApiGateway)
            .tenant(business, move |tx| {
                let change = StatusChange {
                    lead,
                    to,
                    author: Author::Person { user: None },
                    reason: None,
                };
                change_status(tx, at, &change)
            })
            .await
            .expect("the lead is moved");
    }

    /// A person took a decision back at `at`.
    ///
    /// # Panics
    /// When the database refuses, or there was nothing to take back.
    pub async fn taken_back(&self, business: BusinessId, decision: DecisionId, at: DateTime<Utc>) {
        let undone = self
            .db(ServiceRole::ApiGateway)
            .tenant(business, move |tx| {
                decisions::undo(tx, at, decision, None, "a mistake")
            })
            .await
            .expect("the decision is taken back");
        assert_eq!(undone, decisions::Undo::Undone);
    }

    /// How many rows each table has, and every lead and decision as it is.
    ///
    /// # Panics
    /// When the database refuses.
    pub async fn everything(&self) -> Vec<serde_json::Value> {
        let tables = self
            .sql("SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public'
                  AND table_type = 'BASE TABLE' ORDER BY 1")
            .await;
        let mut found = Vec::new();
        for table in tables {
            let name = table["name"].as_str().unwrap_or_default();
            // What a relay, a session or a used key writes is no trace of what was asked.
            let rows = match name {
                "leads"
                | "lead_status_events"
                | "lead_status_history"
                | "business_settings"
                | "lead_statuses" => {
                    format!(
                        "SELECT '{name}' AS name, to_jsonb(t) AS row FROM {name} t ORDER BY to_jsonb(t)::text"
                    )
                }
                _ => format!("SELECT '{name}' AS name, count(*) AS rows FROM {name}"),
            };
            found.extend(self.sql(&rows).await);
        }
        found
    }
}
