//! From what a conversation recommends to one of the business's own statuses. No status is better than a wrong one.

mod default_board;
mod group;
mod label;
mod tag;

use serde::{Deserialize, Serialize};

pub use default_board::{DefaultStatus, default_board};
pub use group::{map_group, standard_names};
pub use label::{How, Mapping, map_label};
pub use tag::{tag_in_summary, without_tags};

/// A status of a business, as far as mapping needs it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// Stable key.
    pub name: String,
    /// What people see, in any language; a missing one reads as empty.
    #[serde(default)]
    pub label: String,
    /// Only active statuses are ever chosen.
    #[serde(default = "active")]
    pub active: bool,
}

const fn active() -> bool {
    true
}

/// Maps the recommendation that a whole summary carries in its tag.
#[must_use]
pub fn map_summary(statuses: &[Status], summary: &str) -> Mapping {
    tag_in_summary(summary).map_or_else(
        || Mapping::none(How::NoTag),
        |recommendation| map_label(statuses, recommendation),
    )
}
