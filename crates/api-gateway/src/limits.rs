//! What a client may ask of the gateway: how often, from where, how much and how slowly.

mod bounds;
mod client;
mod rates;

pub use client::TrustedProxies;

pub(crate) use bounds::keep;
pub(crate) use client::ClientAddress;
pub(crate) use rates::{Rates, Who};
