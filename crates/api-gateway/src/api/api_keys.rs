//! Keys of programs that act for the business.

pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod list;

use chrono::{DateTime, Utc};
use storage::api_keys;

use crate::api::view::view;

view! {
    /// A key. Its secret is shown when it is made and never again.
    ApiKeyView of api_keys::ApiKey {
        id: i64,
        /// What it is for.
        name: String,
        /// Its public part: the key reads `cb_<prefix>_<secret>`.
        prefix: String,
        /// `owner`, `admin` or `agent`.
        role: String,
        /// `full`, `read`, `leads`, `calls`: which operations it may ask for, as far as its role goes.
        scopes: Vec<String>,
        created_at: DateTime<Utc>,
        /// To the minute; null when it was never used.
        last_used_at: Option<DateTime<Utc>>,
        /// Since when it opens nothing; null while it does.
        revoked_at: Option<DateTime<Utc>>,
    }
}
