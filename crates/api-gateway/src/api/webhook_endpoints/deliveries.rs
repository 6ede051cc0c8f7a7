//! What was sent to an endpoint, what is to be, and what it answered.

pub(crate) mod get;
pub(crate) mod list;
mod query;
pub(crate) mod resend;

use chrono::{DateTime, Utc};
use serde::Serialize;
use storage::webhook_deliveries::Delivery;
use utoipa::ToSchema;

/// One event on its way to one endpoint.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "id": 31, "webhook_id": "01938e2c-9d0a-7c3e-8a51-5b1f0a6f7d10", "event_type": "status.changed", "status": "pending",
    "attempts": 2, "next_attempt_at": "2026-11-27T10:06:20Z", "last_attempt_at": "2026-11-27T10:01:06Z", "response_code": 503,
    "response_excerpt": "try later", "error": "status", "duration_ms": 84, "created_at": "2026-11-27T10:01:00Z",
    "finished_at": null
}))]
pub(crate) struct WebhookDelivery {
    id: i64,
    /// The id of the event: the same in each attempt and each resend, so that the receiver can tell a repetition.
    webhook_id: String,
    event_type: String,
    /// `pending`, `delivered`, or `failed` when it was given up.
    status: String,
    /// How often it was tried since it was written, or asked for again.
    attempts: i32,
    /// When it is tried next; while it is being sent, when that is given up at the latest.
    next_attempt_at: Option<DateTime<Utc>>,
    last_attempt_at: Option<DateTime<Utc>>,
    /// The HTTP status of the last answer; null when there was none.
    response_code: Option<i16>,
    /// The first part of the last answer, up to 1 KiB.
    response_excerpt: Option<String>,
    /// Why the last attempt was not accepted: `status`, `redirect`, `gone`, `timeout`, `no_connection`, `no_answer`,
    /// `unknown_host`, `address_refused` or `no_secret`.
    error: Option<String>,
    /// How long the last attempt took.
    duration_ms: Option<i32>,
    created_at: DateTime<Utc>,
    /// When it was accepted or given up.
    finished_at: Option<DateTime<Utc>>,
}

impl From<Delivery> for WebhookDelivery {
    fn from(row: Delivery) -> Self {
        Self {
            id: row.id,
            webhook_id: row.event_id.to_string(),
            event_type: row.event_type,
            status: row.state,
            attempts: row.attempts,
            next_attempt_at: row.due_at,
            last_attempt_at: row.last_attempt_at,
            response_code: row.response_status,
            response_excerpt: row.response_excerpt,
            error: row.error,
            duration_ms: row.duration_ms,
            created_at: row.created_at,
            finished_at: row.finished_at,
        }
    }
}
