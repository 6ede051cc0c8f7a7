//! The carrier's webhooks: verify, keep, raise one event, answer. They decide nothing.

pub(crate) mod amd;
pub(crate) mod answer;
mod keep;
pub(crate) mod recording;
mod signed;
pub(crate) mod status;

pub(crate) use signed::Signed;
