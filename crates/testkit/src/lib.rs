#![doc = include_str!("../README.md")]

mod browser;
mod builders;
mod database;
mod eventually;
mod filled;
mod own_broker;
mod past;
mod servers;
mod smtp;
mod vhost;

pub use browser::Browser;
pub use builders::{Business, BusinessBuilder, PASSWORD, User, business};
pub use database::Database;
pub use eventually::eventually;
pub use filled::TenantTable;
pub use own_broker::OwnBroker;
pub use smtp::{Letter, SmtpServer};
pub use vhost::Vhost;
