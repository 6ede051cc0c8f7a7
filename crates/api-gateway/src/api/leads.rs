//! Leads.

pub(crate) mod bulk;
pub(crate) mod calls;
pub(crate) mod create;
pub(crate) mod decisions;
pub(crate) mod delete;
pub(crate) mod export;
pub(crate) mod filter;
pub(crate) mod get;
pub(crate) mod import;
pub(crate) mod list;
pub(crate) mod patch;
mod query;
pub(crate) mod timeline;
pub(crate) mod why;

use chrono::{DateTime, Utc};
use storage::{TenantTx, leads};

use crate::api::moment;
use crate::api::phone::e164;
use crate::api::view::view;
use crate::extract::Fields;
use crate::problem::Result;

/// Longest name, in characters.
const LONGEST_NAME: usize = 200;
/// Longest notes, in characters.
const LONGEST_NOTES: usize = 100_000;
/// Most tags of a lead.
const MOST_TAGS: usize = 50;

view! {
    /// A lead.
    LeadView of leads::Lead {
        id: i64,
        /// May be empty.
        first_name: String,
        /// May be empty.
        last_name: String,
        /// Both in one.
        full_name: String,
        phone_e164: Option<String>,
        /// The name of its status.
        status: Option<String>,
        /// Since when it stands there, where it was ever moved.
        #[serde(serialize_with = "moment::maybe")]
        status_changed_at: Option<DateTime<Utc>>,
        /// Summary of the newest conversation.
        summary: Option<String>,
        /// Newest line first.
        notes: Option<String>,
        /// When the newest conversation took place.
        #[serde(serialize_with = "moment::maybe")]
        last_contact_at: Option<DateTime<Utc>>,
        /// What the person wants.
        service: Option<String>,
        /// Where the person lives.
        city: Option<String>,
        /// When to call again.
        #[serde(serialize_with = "moment::maybe")]
        follow_up_at: Option<DateTime<Utc>>,
        /// Whose clock the person lives by, as somebody said it (IANA).
        time_zone: Option<String>,
        /// As the country of the number tells it; counts where `time_zone` is null.
        phone_zone: Option<String>,
        tags: Vec<String>,
        /// Who looks after it.
        owner_user_id: Option<i64>,
        /// The import that it belongs to.
        outbound_list_id: Option<i64>,
        /// `manual`, `import`, `inbound_call` or `whatsapp`.
        source: String,
        /// Grows with each change; also the `ETag`.
        version: i64,
        #[serde(serialize_with = "moment::of")]
        created_at: DateTime<Utc>,
        #[serde(serialize_with = "moment::of")]
        updated_at: DateTime<Utc>,
    }
}

/// What create and patch demand of tags.
fn check_tags(tags: &[String], fields: &mut Fields) {
    fields.check(tags.len() <= MOST_TAGS, "tags", "must be at most 50");
    let sound = tags
        .iter()
        .all(|tag| !tag.trim().is_empty() && tag.chars().count() <= LONGEST_NAME);
    fields.check(sound, "tags", "each must have 1 to 200 characters");
}

/// What create and patch demand of a time zone.
fn check_time_zone(name: Option<&str>, fields: &mut Fields) {
    fields.check(
        name.is_none_or(|name| name.parse::<chrono_tz::Tz>().is_ok()),
        "time_zone",
        "must be the IANA name of a time zone, for example America/New_York",
    );
}

/// The number of a lead as a person typed it, as E.164.
fn phone(tx: &mut TenantTx<'_>, text: &str) -> Result<String> {
    e164(tx, "phone_e164", text)
}
