//! The tables as diesel sees them, by what they are about. Each file is generated (`scripts/schema`); here stands what one
//! statement needs of two of them.

mod board;
mod businesses;
mod calls;
mod decisions;
mod events;
mod notices;
mod people;
mod talks;

pub(crate) use board::*;
pub(crate) use businesses::*;
pub(crate) use calls::*;
pub(crate) use decisions::*;
pub(crate) use events::*;
pub(crate) use notices::*;
pub(crate) use people::*;
pub(crate) use talks::*;

// Who is told, and how.
diesel::allow_tables_to_appear_in_same_query!(notification_preferences, users);
