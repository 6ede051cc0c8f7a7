#![doc = include_str!("../README.md")]

mod broker;
mod consumer;
mod content;
mod decision;
mod error;
mod publish;
pub mod relay;
mod session;
pub mod topology;
mod watch;

pub use broker::Broker;
pub use consumer::Handler;
pub use content::AnyData;
pub use decision::Decision;
pub use error::BrokerError;
pub use watch::Watched;
