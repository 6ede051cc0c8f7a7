#![doc = include_str!("../README.md")]

pub mod backoff;
pub mod clock;
pub mod egress;
pub mod http;
pub mod lifecycle;
mod log_line;
pub mod media;
pub mod probes;
pub mod settings;
pub mod signed;
pub mod telemetry;
mod traces;
