#![doc = include_str!("../README.md")]

mod db;
mod error;
pub mod inbox;
pub mod migrations;
pub mod outbox;
#[rustfmt::skip]
mod schema;

pub use db::{Db, DbSettings, ServiceRole, TenantTx, Tx};
pub use error::{Result, StorageError};
