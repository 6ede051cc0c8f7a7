#![doc = include_str!("../README.md")]

mod builders;
mod database;
mod eventually;
mod servers;
mod vhost;

pub use builders::{Business, BusinessBuilder, PASSWORD, User, business};
pub use database::Database;
pub use eventually::eventually;
pub use vhost::Vhost;
