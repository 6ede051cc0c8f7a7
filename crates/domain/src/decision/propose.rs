//! What a conversation proposes, and by what.

use serde::{Deserialize, Serialize};

use super::{Column, DecidedBy, Suggestion, unanswered};
use crate::status_map::{How, Status, map_group, map_label, tag_in_summary};
use crate::text::{Classifier, Group, Match};

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
    /// The lead has been deleted.
    LeadDeleted,
}

impl Silence {
    /// Every one.
    pub const ALL: [Self; 4] = [
        Self::NothingSaid,
        Self::UnknownLabel,
        Self::NoStatusForGroup,
        Self::LeadDeleted,
    ];

    /// The word in the database and the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NothingSaid => "nothing_said",
            Self::UnknownLabel => "unknown_label",
            Self::NoStatusForGroup => "no_status_for_group",
            Self::LeadDeleted => "lead_deleted",
        }
    }
}

/// What a conversation proposes.
pub(super) struct Proposal<'b> {
    pub tag: Option<String>,
    pub how: Option<How>,
    pub group: Option<Group>,
    pub matched: Vec<Match>,
    pub learned: bool,
    pub decided_by: Option<DecidedBy>,
    pub confidence: Option<f64>,
    pub target: Result<&'b Column, Silence>,
}

/// Reads what a conversation proposes for a lead that stands in `status`.
pub(super) fn propose<'b>(
    suggestion: &Suggestion<'_>,
    board: &'b [Column],
    status: Option<&str>,
    classifier: &Classifier,
) -> Proposal<'b> {
    // Nobody spoke, so there are no words to read, whatever a summary says of it.
    if suggestion.outcome.is_some_and(unanswered::is_unanswered) {
        return by_outcome(suggestion, board, status);
    }
    let tag = tag_in_summary(suggestion.summary).or(suggestion.recommendation);
    match tag.map(str::trim).filter(|tag| !tag.is_empty()) {
        Some(tag) => by_tag(suggestion, board, tag),
        None => by_words(suggestion, board, classifier),
    }
}

fn by_outcome<'b>(
    suggestion: &Suggestion<'_>,
    board: &'b [Column],
    status: Option<&str>,
) -> Proposal<'b> {
    let target = status_of_group(board, Group::NoAnswer)
        .map(|first| unanswered::next_rung(first, board, status))
        .ok_or(Silence::NoStatusForGroup);
    Proposal {
        tag: None,
        how: None,
        group: Some(Group::NoAnswer),
        matched: Vec::new(),
        learned: false,
        decided_by: Some(DecidedBy::Outcome),
        // The carrier has said so.
        confidence: Some(suggestion.confidence.unwrap_or(1.0)),
        target,
    }
}

fn by_tag<'b>(suggestion: &Suggestion<'_>, board: &'b [Column], tag: &str) -> Proposal<'b> {
    let mut mapping = map_label(&statuses(board, |column| column.is_active), tag);
    if mapping.name.is_none() {
        // A status that is switched off: the gate will say so, which explains more than "unknown".
        let switched_off = map_label(&statuses(board, |column| !column.is_active), tag);
        if matches!(switched_off.how, How::ExactLabel | How::ExactName) {
            mapping = switched_off;
        }
    }
    let target = mapping
        .name
        .and_then(|name| board.iter().find(|column| column.name == name))
        .ok_or(Silence::UnknownLabel);
    Proposal {
        tag: Some(tag.to_owned()),
        how: Some(mapping.how),
        group: None,
        matched: Vec::new(),
        learned: false,
        decided_by: Some(DecidedBy::Tag),
        confidence: suggestion.confidence,
        target,
    }
}

fn by_words<'b>(
    suggestion: &Suggestion<'_>,
    board: &'b [Column],
    classifier: &Classifier,
) -> Proposal<'b> {
    let reading = classifier.classify(suggestion.summary);
    let target = match reading.group {
        None => Err(Silence::NothingSaid),
        Some(group) => status_of_group(board, group).ok_or(Silence::NoStatusForGroup),
    };
    Proposal {
        tag: None,
        how: None,
        group: reading.group,
        decided_by: reading.group.map(|_| DecidedBy::Keywords),
        confidence: suggestion
            .confidence
            .or_else(|| reading.group.map(|_| reading.confidence)),
        matched: reading.matched,
        learned: reading.learned,
        target,
    }
}

fn status_of_group(board: &[Column], group: Group) -> Option<&Column> {
    let active = statuses(board, |column| column.is_active);
    let name = &map_group(&active, group)?.name;
    board.iter().find(|column| column.name == *name)
}

/// The chosen columns as the mapping knows statuses, all taken as active.
fn statuses(board: &[Column], chosen: impl Fn(&Column) -> bool) -> Vec<Status> {
    board
        .iter()
        .filter(|column| chosen(column))
        .map(|column| Status {
            name: column.name.clone(),
            label: column.label.clone(),
            active: true,
        })
        .collect()
}
