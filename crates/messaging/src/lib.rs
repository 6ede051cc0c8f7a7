#![doc = include_str!("../README.md")]

mod backlog;
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

use observe::Metric;

/// What is measured of the broker, of what goes to it and of what comes from it.
pub const METRICS: [Metric; 11] = [
    broker::CONNECTED,
    broker::BLOCKED,
    broker::CONNECTIONS,
    backlog::MESSAGES,
    backlog::CONSUMERS,
    relay::WAITING,
    relay::OLDEST,
    relay::PUBLISHED,
    consumer::LAG,
    consumer::HANDLING,
    consumer::CONSUMED,
];
