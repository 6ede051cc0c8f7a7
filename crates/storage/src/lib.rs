#![doc = include_str!("../README.md")]

pub mod activities;
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
pub mod migrations;
pub mod notifications;
pub mod outbox;
pub mod recordings;
pub mod run_state;
#[rustfmt::skip]
mod schema;
pub mod suppressions;

pub use db::{Db, DbSettings, ServiceRole, TenantTx, Tx};
pub use error::{Result, StorageError};
