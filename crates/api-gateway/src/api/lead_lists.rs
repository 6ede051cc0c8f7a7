//! Imports of leads.

pub(crate) mod list;
