#![doc = include_str!("../README.md")]

pub mod call;
pub mod events;
pub mod ids;
pub mod import;
pub mod phone;
pub mod public_host;
pub mod retry;
