//! Understanding what a text about a conversation says: which of five groups the lead moves to, and on what evidence.

pub(crate) mod fold;
mod group;
pub(crate) mod lexicon;

pub use group::{Group, UnknownGroup};
