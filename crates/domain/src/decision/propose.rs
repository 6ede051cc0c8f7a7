//! What a conversation proposes, and by what.

use serde::{Deserialize, Serialize};

use super::{Column, DecidedBy, Suggestion, unanswered};

/// A word of the summary that spoke for a group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MatchedWord {
    /// As it stands in the summary.
    pub text: String,
    /// Where it starts, in characters.
    pub start: usize,
    /// Where it ends, in characters.
    pub end: usize,
    /// The group that it speaks for.
    pub group: String,
    /// Whether a negation turned it.
    pub negated: bool,
}

/// Why a conversation proposes nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Silence {
    /// There is no tag, and the words say nothing about a status.
    NothingSaid,
    /// The recommended label is none of this business's, or could be several.
    UnknownLabel,
    /// The business has no status for what was said.
    NoStatusForGroup,
}

impl Silence {
    /// The word in the database and the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NothingSaid => "nothing_said",
            Self::UnknownLabel => "unknown_label",
            Self::NoStatusForGroup => "no_status_for_group",
        }
    }
}

/// What a conversation proposes.
pub(super) struct Proposal<'b> {
    pub tag: Option<String>,
    pub how: Option<String>,
    pub group: Option<String>,
    pub matched: Vec<MatchedWord>,
    pub decided_by: Option<DecidedBy>,
    pub confidence: Option<f64>,
    pub target: Result<&'b Column, Silence>,
}

pub(super) fn propose<'b>(
    suggestion: &Suggestion<'_>,
    board: &'b [Column],
    status: Option<&str>,
) -> Proposal<'b> {
    let first = board.iter().find(|c| c.name == "no_answer");
    if suggestion.outcome.is_some_and(unanswered::is_unanswered) {
        let target = first
            .map(|first| unanswered::next_rung(first, board, status))
            .ok_or(Silence::NoStatusForGroup);
        return Proposal {
            tag: None,
            how: None,
            group: None,
            matched: Vec::new(),
            decided_by: Some(DecidedBy::Outcome),
            confidence: suggestion.confidence,
            target,
        };
    }
    Proposal {
        tag: None,
        how: None,
        group: None,
        matched: Vec::new(),
        decided_by: None,
        confidence: suggestion.confidence,
        target: Err(Silence::NothingSaid),
    }
}
