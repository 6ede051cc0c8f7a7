//! What system administrators do above the businesses.

pub(crate) mod businesses;
