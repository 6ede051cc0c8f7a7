//! Decisions.

pub(crate) mod undo;
