use std::collections::BTreeMap;

use serde_json::{Value, json};
use testkit::Business;

use crate::support::World;

/// Which column a path names with the parameter at its end.
const PATHS: [(&str, &str); 15] = [
    ("/api/admin/businesses/{id}", "business.id"),
    ("/api/api-keys/{id}", "api_keys.id"),
    ("/api/calls/{sid}", "call_log.call_sid"),
    ("/api/decisions/{id}", "lead_status_events.id"),
    ("/api/lead-statuses/{name}", "lead_statuses.name"),
    ("/api/leads/{id}", "leads.id"),
    ("/api/leads/imports/{id}", "lead_imports.id"),
    ("/api/notifications/{id}", "notifications.id"),
    ("/api/outbound/runs/{id}", "outbound_call_runs.id"),
    ("/api/outbound_calls/jobs/{job_id}", "outbound_call_jobs.id"),
    ("/api/suppressions/{id}", "suppressions.id"),
    ("/api/users/{id}", "users.id"),
    ("/api/webhook-endpoints/{id}", "webhook_endpoints.id"),
    (
        "/api/webhook-endpoints/{id}/deliveries/{delivery}",
        "webhook_deliveries.id",
    ),
    ("/api/whatsapp/sessions/{id}", "whatsapp_sessions.id"),
];

/// Which column a parameter of a query or a field of a body names. What it searches for is as good as a name.
const FIELDS: [(&str, &str); 14] = [
    ("lead_id", "leads.id"),
    ("lead_ids", "leads.id"),
    ("list_id", "outbound_lead_lists.id"),
    ("move_to", "lead_statuses.name"),
    ("names", "lead_statuses.name"),
    ("outbound_list_id", "outbound_lead_lists.id"),
    ("owner", "users.id"),
    ("owner_user_id", "users.id"),
    ("protected", "lead_statuses.name"),
    ("q", "leads.first_name"),
    ("run_id", "outbound_call_runs.id"),
    ("status", "lead_statuses.name"),
    ("statuses", "lead_statuses.name"),
    ("up_to", "notifications.id"),
];

/// Which column a search looks through, where it is another one than names.
const SEARCHES: [(&str, &str); 1] = [("/api/suppressions", "suppressions.phone_e164")];

/// Parameters that have the name of one that names a row, and name none.
const WORDS: [(&str, &str); 1] = [("/deliveries", "status")];

/// Whose ids a request names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Whose {
    Ours,
    Theirs,
    /// Of the same form as theirs, and of no row at all.
    Nobodys,
}

/// The column that the parameter at the end of `prefix` names.
pub(super) fn column_of_path(prefix: &str) -> &'static str {
    let known = PATHS.iter().find(|(path, _)| *path == prefix);
    known.map(|(_, column)| *column).unwrap_or_else(|| {
        panic!("whose id is at the end of {prefix}? Add it to PATHS in tests/http/isolation/ids.rs, and a row to testkit/src/filled.sql")
    })
}

/// The column that a parameter or a field names, if it names any.
pub(super) fn column_of_field(operation: &str, name: &str, schema: &Value) -> Option<&'static str> {
    let mut words = WORDS.iter();
    if words.any(|(path, word)| *word == name && operation.ends_with(path)) {
        return None;
    }
    let mut searches = SEARCHES.iter();
    let known = searches
        .find(|(path, _)| name == "q" && operation.ends_with(path))
        .or_else(|| FIELDS.iter().find(|(field, _)| *field == name));
    let is_id = schema["format"] == "int64"
        || schema["items"]["format"] == "int64"
        || name.ends_with("_id")
        || name.ends_with("_ids");
    assert!(
        known.is_some() || !is_id,
        "{operation}: whose id is `{name}`? Add it to FIELDS in tests/http/isolation/ids.rs"
    );
    known.map(|(_, column)| *column)
}

/// One id of each kind of two businesses.
pub(super) struct Ids {
    ours: BTreeMap<&'static str, Value>,
    theirs: BTreeMap<&'static str, Value>,
}

impl Ids {
    pub(super) async fn read(world: &World, ours: &Business, theirs: &Business) -> Self {
        Self {
            ours: read(world, ours).await,
            theirs: read(world, theirs).await,
        }
    }

    pub(super) fn of(&self, column: &str, whose: Whose) -> Value {
        match whose {
            Whose::Ours => self.ours[column].clone(),
            Whose::Theirs => self.theirs[column].clone(),
            Whose::Nobodys => match &self.theirs[column] {
                Value::String(text) => json!(text.replace(|c: char| c.is_ascii_digit(), "0")),
                _ => json!(987_654_321),
            },
        }
    }
}

/// The newest of each kind: that of a board is the one that only this business has.
async fn read(world: &World, business: &Business) -> BTreeMap<&'static str, Value> {
    let mut ids = BTreeMap::new();
    for (_, column) in PATHS.into_iter().chain(FIELDS).chain(SEARCHES) {
        let (table, name) = column.split_once('.').expect("table.column");
        let key = match table {
            "leads" => "tenant_id",
            "business" => "id",
            _ => "business_id",
        };
        let rows = world
            .database
            .sql(&format!(
                "SELECT {name} AS id FROM {table} WHERE {key} = {} ORDER BY {table}.id DESC LIMIT 1",
                business.id
            ))
            .await;
        ids.insert(column, rows[0]["id"].clone());
    }
    ids
}
