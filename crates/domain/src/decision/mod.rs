//! From a suggestion to a decision about the lead's status: pure rules, explained by their evidence.
//!
//! 1. What is proposed, and by what: the outcome of a call that nobody answered ([`unanswered`]), else the tag in the
//!    summary, else the keyword groups ([`propose`]).
//! 2. Whether it may happen: the gates in their order ([`gates`]).

pub mod again;
pub mod correction;
mod gates;
pub mod late;
pub mod notes;
mod propose;
pub mod replay;
mod settings;
pub mod threshold;
mod unanswered;
pub mod what_if;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::events::StatusSuggested;
use crate::ids::StatusId;
use crate::status_map::How;
use crate::text::{Classifier, Group, Match};

pub use gates::{Gate, GateCheck};
pub use propose::Silence;
pub use settings::{Automation, DEFAULT_THRESHOLD, DecisionSettings, QuietHours, TransitionRules};

/// Statuses that automation never moves a lead out of, whatever the business has marked.
const ALWAYS_PROTECTED: [&str; 2] = ["won", "lost"];

/// One column of a business's board.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its row.
    pub id: StatusId,
    /// The stable key.
    pub name: String,
    /// What people see.
    pub label: String,
    /// Whether leads may stand in it.
    pub is_active: bool,
    /// Whether the business has marked it as one that automation never moves a lead out of.
    pub is_marked_protected: bool,
}

impl Column {
    /// Whether automation must leave a lead in it alone.
    #[must_use]
    pub fn is_protected(&self) -> bool {
        self.is_marked_protected || ALWAYS_PROTECTED.contains(&self.name.as_str())
    }
}

/// What a decision needs to know of the lead.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LeadState {
    /// The name of its status.
    pub status: Option<String>,
    /// Whether it has been deleted: then nothing moves it.
    pub is_deleted: bool,
    /// When the newest conversation took place on which there is a decision.
    pub newest_decision_at: Option<DateTime<Utc>>,
    /// When a person last moved it.
    pub newest_manual_change_at: Option<DateTime<Utc>>,
}

/// What a conversation says about the lead's status.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Suggestion<'a> {
    /// The summary, as a rule with its tag.
    pub summary: &'a str,
    /// The recommended label, for a summary without a tag.
    pub recommendation: Option<&'a str>,
    /// 0 to 1.
    pub confidence: Option<f64>,
    /// How the call ended, where nobody spoke.
    pub outcome: Option<&'a str>,
    /// When the conversation took place.
    pub occurred_at: DateTime<Utc>,
}

impl<'a> From<&'a StatusSuggested> for Suggestion<'a> {
    fn from(event: &'a StatusSuggested) -> Self {
        Self {
            summary: &event.summary,
            recommendation: event.recommendation.as_deref(),
            confidence: event.confidence,
            outcome: event.outcome.as_deref(),
            occurred_at: event.occurred_at,
        }
    }
}

/// What a decision rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DecidedBy {
    /// The label that the summary recommends.
    Tag,
    /// The words of the summary.
    Keywords,
    /// How the call ended.
    Outcome,
}

impl DecidedBy {
    /// The word in the database and the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Tag => "tag",
            Self::Keywords => "keywords",
            Self::Outcome => "outcome",
        }
    }
}

/// What is to become of the lead's status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It changes.
    Applied {
        /// The name of the new status.
        to: String,
    },
    /// It is the suggested one already: the suggestion holds, and there is nothing to write.
    Same,
    /// A gate stops the change.
    Stopped {
        /// Which.
        gate: Gate,
    },
    /// The conversation proposes nothing that this business's board has.
    Nothing {
        /// Why.
        silence: Silence,
    },
}

/// What is decided on a suggestion, and why.
#[derive(Debug, Clone, PartialEq)]
pub struct Decision {
    /// What is to become of the status.
    pub outcome: Outcome,
    /// What the decision rests on; none when the conversation says nothing about a status.
    pub decided_by: Option<DecidedBy>,
    /// The label that was recommended, as it was worded; for keywords and outcomes the label of the status.
    pub recommended_label: Option<String>,
    /// The business's own status that was proposed, where one was found.
    pub recommended_id: Option<StatusId>,
    /// Its name.
    pub recommended_name: Option<String>,
    /// 0 to 1.
    pub confidence: Option<f64>,
    /// What the decision was made from.
    pub evidence: Evidence,
}

impl Decision {
    /// A stable word for what happened: `applied`, `same_status`, the gate, or why there was nothing.
    #[must_use]
    pub const fn reason(&self) -> &'static str {
        match &self.outcome {
            Outcome::Applied { .. } => "applied",
            Outcome::Same => Gate::SameStatus.as_str(),
            Outcome::Stopped { gate } => gate.as_str(),
            Outcome::Nothing { silence } => silence.as_str(),
        }
    }

    /// The status that it leads to, or that was proposed; by name.
    #[must_use]
    pub fn to(&self) -> Option<&str> {
        match &self.outcome {
            Outcome::Applied { to } => Some(to),
            _ => self.recommended_name.as_deref(),
        }
    }

    /// Whether the suggestion holds: the status changes to it or is it already.
    #[must_use]
    pub const fn holds(&self) -> bool {
        matches!(self.outcome, Outcome::Applied { .. } | Outcome::Same)
    }
}

/// Enough to explain the decision and to make it again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// The label that the summary's tag recommends, or the recommendation that came beside it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tag: Option<String>,
    /// How the tag was mapped, or why it was not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub how: Option<How>,
    /// The keyword group.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<Group>,
    /// The words that were matched, with their places in the summary.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub matched: Vec<Match>,
    /// The group is what sayings teach, not a word of the lexicon.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub learned: bool,
    /// How the call ended, where nobody spoke.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<String>,
    /// The names of the active statuses that could have been chosen.
    pub candidates: Vec<String>,
    /// The gates that were asked, in order.
    pub gates: Vec<GateCheck>,
    /// The threshold in force.
    pub threshold: f64,
    /// Whether automation was on.
    pub automation: Automation,
}

/// Decides on one suggestion; `classifier` is the one of the settings' words. The same input gives the same decision.
#[must_use]
pub fn decide(
    suggestion: &Suggestion<'_>,
    board: &[Column],
    lead: &LeadState,
    settings: &DecisionSettings,
    classifier: &Classifier,
    now: DateTime<Utc>,
) -> Decision {
    let proposal = propose::propose(suggestion, board, lead.status.as_deref(), classifier);
    let mut evidence = Evidence {
        tag: proposal.tag.clone(),
        how: proposal.how,
        group: proposal.group,
        matched: proposal.matched,
        learned: proposal.learned,
        outcome: suggestion.outcome.map(str::to_owned),
        candidates: board
            .iter()
            .filter(|column| column.is_active)
            .map(|column| column.name.clone())
            .collect(),
        gates: Vec::new(),
        threshold: settings.threshold,
        automation: settings.automation,
    };
    let target = match proposal.target {
        _ if lead.is_deleted => Err(Silence::LeadDeleted),
        target => target,
    };
    let target = match target {
        Ok(target) => target,
        Err(silence) => {
            return Decision {
                outcome: Outcome::Nothing { silence },
                decided_by: proposal.decided_by,
                recommended_label: proposal.tag,
                recommended_id: None,
                recommended_name: None,
                confidence: proposal.confidence,
                evidence,
            };
        }
    };
    let (checks, stop) = gates::Question {
        target,
        confidence: proposal.confidence,
        occurred_at: suggestion.occurred_at,
        board,
        lead,
        settings,
        now,
    }
    .ask();
    evidence.gates = checks;
    let outcome = match stop {
        None => Outcome::Applied {
            to: target.name.clone(),
        },
        Some(Gate::SameStatus) => Outcome::Same,
        Some(gate) => Outcome::Stopped { gate },
    };
    Decision {
        outcome,
        decided_by: proposal.decided_by,
        recommended_label: proposal.tag.or_else(|| Some(target.label.clone())),
        recommended_id: Some(target.id),
        recommended_name: Some(target.name.clone()),
        confidence: proposal.confidence,
        evidence,
    }
}

#[cfg(test)]
mod tests;
