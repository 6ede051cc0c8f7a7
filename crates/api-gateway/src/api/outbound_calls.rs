//! The lines of a business.

pub(crate) mod counts;
