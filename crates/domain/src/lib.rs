#![doc = include_str!("../README.md")]

pub mod attempt;
pub mod breaker;
pub mod call;
pub mod decision;
pub mod events;
pub mod follow_up;
pub mod gates;
pub mod ids;
pub mod import;
pub mod messages;
pub mod notifications;
pub mod phone;
pub mod planted;
pub mod public_host;
pub mod retry;
pub mod spread;
pub mod status_map;
pub mod text;
pub mod throttle;
pub mod voicemail;
pub mod webhooks;

pub use status_map::default_board;
