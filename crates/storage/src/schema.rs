//! The tables as diesel sees them, by what they are about. Each file is generated (`scripts/schema`); here stands what one
//! statement needs of two of them.

mod analytics;
mod businesses;
mod calls;
mod conversations;
mod decisions;
mod events;
mod leads;
mod notices;
mod people;

pub(crate) use analytics::*;
pub(crate) use businesses::*;
pub(crate) use calls::*;
pub(crate) use conversations::*;
pub(crate) use decisions::*;
pub(crate) use events::*;
pub(crate) use leads::*;
pub(crate) use notices::*;
pub(crate) use people::*;

// Who is told, and how.
diesel::allow_tables_to_appear_in_same_query!(notification_preferences, users);
