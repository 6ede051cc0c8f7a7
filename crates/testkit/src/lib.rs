#![doc = include_str!("../README.md")]

mod builders;
mod database;
mod eventually;
mod filled;
mod own_broker;
mod past;
mod servers;
mod vhost;

pub use builders::{Business, BusinessBuilder, PASSWORD, User, business};
pub use database::Database;
pub use eventually::eventually;
pub use filled::TenantTable;
pub use own_broker::OwnBroker;
pub use vhost::Vhost;
