//! Numbers that the business must not call.

pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod list;
mod query;

use chrono::{DateTime, Utc};
use storage::suppressions;

use crate::api::view::view;

view! {
    /// A number that must not be called.
    SuppressionView of suppressions::Suppression {
        id: i64,
        phone_e164: String,
        /// The lead with that number when it was taken in; of a spoken one, the lead who asked.
        lead_id: Option<i64>,
        /// `spoken`, `manual` or `import`.
        origin: String,
        /// The conversation in which it was spoken: the call's SID or the session's key.
        source_event_id: Option<String>,
        /// The person who entered it.
        created_by_user_id: Option<i64>,
        /// Why, in that person's words.
        reason: Option<String>,
        created_at: DateTime<Utc>,
    }
}
