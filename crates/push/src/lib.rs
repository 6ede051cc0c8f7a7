#![doc = include_str!("../README.md")]

mod client;
mod message;
mod settings;
mod subscription;
mod vapid;

pub use client::{Client, Outcome};
pub use message::{Message, Urgency};
pub use settings::PushSettings;
pub use subscription::{InvalidKey, Subscription, read_auth, read_p256dh};
pub use vapid::{InvalidVapidKey, VapidKey};
