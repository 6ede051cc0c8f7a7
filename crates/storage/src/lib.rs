#![doc = include_str!("../README.md")]

pub mod activities;
mod db;
mod error;
pub mod history;
pub mod inbox;
pub mod lead_status;
pub mod migrations;
pub mod outbox;
#[rustfmt::skip]
mod schema;

pub use db::{Db, DbSettings, ServiceRole, TenantTx, Tx};
pub use error::{Result, StorageError};
