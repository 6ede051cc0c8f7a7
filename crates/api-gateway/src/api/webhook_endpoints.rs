//! Where the business is told of its events, and what became of telling.

pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod deliveries;
pub(crate) mod get;
pub(crate) mod list;
pub(crate) mod patch;
pub(crate) mod rotate_secret;
pub(crate) mod test;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chassis::egress::Egress;
use chrono::{DateTime, Utc};
use domain::webhooks::EVENT_TYPES;
use storage::{webhook_endpoint_changes, webhook_endpoints};
use url::Url;

use crate::api::view::view;
use crate::extract::Fields;
use crate::problem::Result;

/// Longest address and description, in characters.
const LONGEST_URL: usize = 2000;
const LONGEST_DESCRIPTION: usize = 500;

/// What every secret starts with (Standard Webhooks), and its random bytes, of which there are to be 24 to 64.
const SECRET_MARK: &str = "whsec_";
const SECRET_BYTES: usize = 32;

view! {
    /// Where the business is told of its events.
    #[schema(example = json!({
        "id": 7, "url": "https://crm.example.com/hooks/callboard", "description": "CRM",
        "event_types": ["status.changed", "run.finished"], "is_active": true, "disabled_at": null, "disabled_reason": null,
        "failing_since": null, "version": 1, "created_at": "2026-11-27T10:00:00Z", "updated_at": "2026-11-27T10:00:00Z"
    }))]
    WebhookEndpointView of webhook_endpoints::Endpoint {
        id: i64,
        url: String,
        /// May be empty.
        description: String,
        /// What it is told of.
        event_types: Vec<String>,
        /// Whether it is told of anything. What waits for an inactive endpoint is sent when it is active again; what happens
        /// in the meantime is not.
        is_active: bool,
        disabled_at: Option<DateTime<Utc>>,
        /// `by_hand`; `gone`: it answered 410; `failing`: it accepted nothing for a day.
        disabled_reason: Option<String>,
        /// Its first failure since its last success; null while it accepts what is sent.
        failing_since: Option<DateTime<Utc>>,
        /// Grows with each change; the ETag of the endpoint.
        version: i64,
        created_at: DateTime<Utc>,
        updated_at: DateTime<Utc>,
    }
}

view! {
    /// Something that was done to an endpoint.
    WebhookEndpointChange of webhook_endpoint_changes::Change {
        /// `created`, `changed`, `secret_rotated`, `activated`, `deactivated`, or `disabled` by itself.
        kind: String,
        /// Of `disabled`: `gone` or `failing`.
        reason: Option<String>,
        /// The signed-in person who did it; null for a program's key and for the system itself.
        user_id: Option<i64>,
        at: DateTime<Utc>,
    }
}

/// A secret that nobody has had before.
fn mint_secret() -> String {
    let random: [u8; SECRET_BYTES] = rand::random();
    format!("{SECRET_MARK}{}", STANDARD.encode(random))
}

/// What is wrong with the fields that are there. An address is looked at as far as it can be before its name is resolved, and
/// answered as it is kept.
fn check(
    egress: &Egress,
    url: Option<&str>,
    description: Option<&str>,
    event_types: Option<&[String]>,
) -> Result<Option<String>> {
    let mut fields = Fields::default();
    let url = url.map(|url| read_url(egress, url)).transpose();
    if let Err(message) = &url {
        fields.check(false, "url", message);
    }
    fields.check_length(description, LONGEST_DESCRIPTION, "description");
    let are_known = event_types.is_none_or(|wanted| {
        let mut each = wanted.iter();
        !wanted.is_empty() && each.all(|kind| EVENT_TYPES.contains(&kind.as_str()))
    });
    let message = format!(
        "must name at least one of {}, and no other",
        EVENT_TYPES.join(", ")
    );
    fields.check(are_known, "event_types", &message);
    fields.verdict()?;
    Ok(url.unwrap_or_default())
}

/// The address, or what is wrong with it.
fn read_url(egress: &Egress, url: &str) -> Result<String, String> {
    let read = Url::parse(url.trim())
        .map_err(|_| "must be an address such as https://example.com/hook".to_owned())?;
    egress.check(&read).map_err(|refusal| refusal.to_string())?;
    if read.fragment().is_some() {
        return Err("must not have a part behind #: it is never sent".to_owned());
    }
    let text = read.to_string();
    if text.chars().count() > LONGEST_URL {
        return Err(format!("must have at most {LONGEST_URL} characters"));
    }
    Ok(text)
}

/// In the order of the table and each once, however they came.
fn in_order(event_types: &[String]) -> Vec<String> {
    EVENT_TYPES
        .iter()
        .filter(|kind| event_types.iter().any(|wanted| wanted == *kind))
        .map(|kind| (*kind).to_owned())
        .collect()
}
