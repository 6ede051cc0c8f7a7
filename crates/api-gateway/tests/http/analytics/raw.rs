//! The rows of a past as they are, and what is asked about them.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::Value;
use testkit::Database;

/// Whose figures are asked for.
#[derive(Debug, Clone, Copy)]
pub(super) enum Whose {
    Everyone,
    List(i64),
    Owner(i64),
}

/// Days that are asked for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Range {
    pub(super) from: NaiveDate,
    pub(super) to: NaiveDate,
}

pub(super) struct Lead {
    pub(super) list: Option<i64>,
    pub(super) owner: Option<i64>,
    pub(super) created_at: DateTime<Utc>,
    pub(super) status: String,
}

/// The rows as they are.
pub(super) struct Raw {
    pub(super) leads: BTreeMap<i64, Lead>,
    pub(super) history: Vec<Value>,
    pub(super) decisions: Vec<Value>,
    pub(super) calls: Vec<Value>,
}

impl Whose {
    pub(super) fn query(self) -> String {
        match self {
            Self::Everyone => String::new(),
            Self::List(list) => format!("&list_id={list}"),
            Self::Owner(owner) => format!("&owner={owner}"),
        }
    }

    pub(super) fn has(self, lead: &Lead) -> bool {
        match self {
            Self::Everyone => true,
            Self::List(list) => lead.list == Some(list),
            Self::Owner(owner) => lead.owner == Some(owner),
        }
    }
}

impl Range {
    pub(super) fn query(&self) -> String {
        format!("from={}&to={}", self.from, self.to)
    }

    pub(super) fn has(&self, day: NaiveDate) -> bool {
        (self.from..=self.to).contains(&day)
    }

    /// Whether it is all that there is.
    pub(super) fn is_whole(&self) -> bool {
        (self.to - self.from).num_days() > 200
    }
}

/// A time of a row.
pub(super) fn time(value: &Value) -> DateTime<Utc> {
    value.as_str().expect("a time").parse().expect("a time")
}

impl Raw {
    pub(super) async fn read(database: &Database) -> Self {
        let rows = async |sql: &str| {
            let sql = format!("SELECT to_jsonb(t) AS row FROM ({sql}) t");
            let rows = database.sql(&sql).await;
            rows.into_iter()
                .map(|row| row["row"].clone())
                .collect::<Vec<Value>>()
        };
        let leads = rows("SELECT * FROM leads ORDER BY id").await;
        let leads = leads.iter().map(|row| {
            let lead = Lead {
                list: row["outbound_list_id"].as_i64(),
                owner: row["owner_user_id"].as_i64(),
                created_at: time(&row["created_at"]),
                status: row["status"].as_str().expect("a status").to_owned(),
            };
            (row["id"].as_i64().expect("an id"), lead)
        });
        Self {
            leads: leads.collect(),
            history: rows("SELECT * FROM lead_status_history ORDER BY id").await,
            decisions: rows(
                "SELECT d.*, c.kind AS correction FROM lead_status_events d
                 LEFT JOIN decision_corrections c ON c.decision_id = d.id ORDER BY d.id",
            )
            .await,
            calls: rows("SELECT * FROM call_log ORDER BY created_at, id").await,
        }
    }
}
