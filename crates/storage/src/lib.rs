#![doc = include_str!("../README.md")]

pub mod activities;
pub mod analytics;
pub mod api_keys;
pub mod bench;
pub mod businesses;
pub mod call_texts;
pub mod callbacks;
pub mod calls;
pub mod carrier_pace;
pub mod claims;
pub mod conversations;
pub mod corrections;
pub mod course;
mod db;
pub mod decisions;
mod error;
pub mod gates;
pub mod history;
pub mod idempotency;
pub mod inbox;
mod lane;
pub mod lead_contact;
pub mod lead_status;
pub mod leads;
pub mod lines;
pub mod listening;
pub mod lists;
pub mod live_calls;
pub mod migrations;
pub mod notifications;
pub mod outbox;
mod prepared;
pub mod recordings;
pub mod replay;
pub mod run_state;
pub mod runs;
#[rustfmt::skip]
mod schema;
pub mod sessions;
pub mod settings;
pub mod slots;
pub mod statuses;
pub mod suppressions;
pub mod threshold_changes;
pub mod timeline;
pub mod transcript_pieces;
pub mod transcription_days;
pub mod users;
pub mod verify;
pub mod whatsapp_messages;
pub mod whatsapp_sessions;

#[cfg(feature = "testing")]
pub mod testing;

pub use db::{Db, DbSettings, ServiceRole, TenantTx, Tx};
pub use error::{Result, StorageError};
pub use lane::Lane;
