#![doc = include_str!("../README.md")]

pub mod activities;
pub mod api_keys;
pub mod businesses;
pub mod call_texts;
pub mod calls;
pub mod claims;
pub mod conversations;
mod db;
pub mod decisions;
mod error;
pub mod history;
pub mod inbox;
pub mod lead_contact;
pub mod lead_status;
pub mod leads;
pub mod lists;
pub mod migrations;
pub mod notifications;
pub mod outbox;
pub mod recordings;
pub mod run_state;
pub mod runs;
#[rustfmt::skip]
mod schema;
pub mod sessions;
pub mod suppressions;
pub mod users;

pub use db::{Db, DbSettings, ServiceRole, TenantTx, Tx};
pub use error::{Result, StorageError};
