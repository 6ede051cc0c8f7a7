#![doc = include_str!("../README.md")]

pub mod backoff;
pub mod clock;
pub mod egress;
pub mod http;
pub mod lifecycle;
pub mod media;
pub mod probes;
pub mod settings;
pub mod signed;
pub mod telemetry;
