//! Live events.

pub(crate) mod stream;
