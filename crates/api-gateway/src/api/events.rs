//! Live events.

mod query;
pub(crate) mod stream;
