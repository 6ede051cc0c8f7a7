#![doc = include_str!("../README.md")]

pub mod activities;
pub mod calls;
pub mod claims;
mod db;
mod error;
pub mod history;
pub mod inbox;
pub mod lead_status;
pub mod migrations;
pub mod outbox;
pub mod run_state;
#[rustfmt::skip]
mod schema;

pub use db::{Db, DbSettings, ServiceRole, TenantTx, Tx};
pub use error::{Result, StorageError};
