use serde_json::{Value, json};

/// The groups of operations, in the order in which one meets them.
const TAGS: &[(&str, &str)] = &[
    ("auth", "Signing in and out."),
    ("users", "The people of a business, and what they may do."),
    (
        "api keys",
        "Keys for programs: shown once, stored as a hash, revocable.",
    ),
    (
        "leads",
        "Whom a business knows, where each stands on its board, and why.",
    ),
    (
        "outbound",
        "Bulk calling runs: who is called, how far they are, and how they are stopped.",
    ),
    (
        "calls",
        "Calls and their recordings, and the lines that they need.",
    ),
    ("whatsapp", "What was written, session by session."),
    ("events", "What happens, as it happens."),
    (
        "settings",
        "How a business calls, and how its leads are moved.",
    ),
    (
        "status rules",
        "What the rules got wrong, and what other rules would have done.",
    ),
    ("suppressions", "Numbers that must not be called."),
    (
        "notifications",
        "The bell, web push, and what each person wants to hear of.",
    ),
    ("analytics", "What the history comes to, by day."),
    (
        "webhooks",
        "Endpoints of a business that are told of events, signed; and what the carrier calls, which only it can.",
    ),
    (
        "administration",
        "Businesses, for who runs the installation.",
    ),
    ("about", "The API itself."),
];

/// The tags as the document lists them.
pub(super) fn list() -> Value {
    let tags = TAGS
        .iter()
        .map(|(name, description)| json!({ "name": name, "description": description }));
    tags.collect()
}
