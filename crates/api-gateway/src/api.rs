//! The HTTP API: one file per verb.

pub(crate) mod admin;
pub(crate) mod analytics;
pub(crate) mod api_keys;
pub(crate) mod auth;
pub(crate) mod calls;
pub(crate) mod decisions;
pub(crate) mod docs;
pub(crate) mod events;
pub(crate) mod lead_lists;
pub(crate) mod lead_statuses;
pub(crate) mod leads;
mod moment;
pub(crate) mod notifications;
pub(crate) mod openapi_json;
pub(crate) mod outbound;
pub(crate) mod outbound_calls;
mod phone;
pub(crate) mod push;
pub(crate) mod settings;
pub(crate) mod status_rules;
pub(crate) mod suppressions;
pub(crate) mod users;
pub(crate) mod view;
pub(crate) mod webhook_endpoints;
pub(crate) mod whatsapp;
