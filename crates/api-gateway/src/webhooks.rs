//! The carrier's webhooks: verify, keep, raise one event, answer. They decide nothing, but for an inbound
//! call: it must be answered at once, so it gets its line here.

pub(crate) mod amd;
pub(crate) mod answer;
pub(crate) mod inbound;
pub(crate) mod inbound_status;
mod intake;
mod keep;
mod patience;
pub(crate) mod recording;
mod signed;
pub(crate) mod status;
pub(crate) mod whatsapp;

pub(crate) use intake::Intake;
pub(crate) use signed::{Signed, Verified};
