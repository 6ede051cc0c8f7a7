//! A call that nobody answered: the lead climbs `no_answer` → `no_answer_2` → `no_answer_3`, as far as the business has
//! these columns.

use super::Column;

/// How a call can end without a conversation.
const OUTCOMES: [&str; 5] = ["no-answer", "busy", "failed", "canceled", "voicemail"];

/// The rungs above the first, which is whatever the business's NO_ANSWER status is.
const HIGHER_RUNGS: [&str; 2] = ["no_answer_2", "no_answer_3"];

/// Whether the outcome says that nobody spoke.
#[must_use]
pub(super) fn is_unanswered(outcome: &str) -> bool {
    OUTCOMES.contains(&outcome)
}

/// The rung for a lead that stands in `status`: the next one up when it stands on a rung, the same one when that is the
/// highest, else the first.
#[must_use]
pub(super) fn next_rung<'b>(
    first: &'b Column,
    board: &'b [Column],
    status: Option<&str>,
) -> &'b Column {
    let mut rungs = vec![first];
    rungs.extend(HIGHER_RUNGS.iter().filter_map(|name| {
        board
            .iter()
            .find(|column| column.is_active && column.name == *name && column.id != first.id)
    }));
    let standing = status.and_then(|status| rungs.iter().position(|rung| rung.name == status));
    match standing {
        None => first,
        Some(at) => rungs[(at + 1).min(rungs.len() - 1)],
    }
}
