//! Of what a user is told, how and when; and the words for it.

mod period;
mod preferences;
#[cfg(test)]
mod tests;
pub mod unsubscribe;
mod wording;

pub use period::Period;
pub use preferences::{Email, Preferences, Push, UnknownChoice};
pub use wording::{Moved, Text, direction, gathered};
