//! The gates between a suggested status and the lead. They stand in a fixed order; the first one that does not open
//! stops the change, and each one that was asked is recorded.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::settings::{Automation, DecisionSettings};
use super::{Column, LeadState};

/// What can stop a suggested change, in the order in which it is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Gate {
    /// The confidence is below the business's threshold.
    Confidence,
    /// The status is switched off.
    NotActive,
    /// The lead stands there already.
    SameStatus,
    /// A newer conversation has been decided on.
    OlderThanDecision,
    /// A person has moved the lead since the conversation.
    ManualChange,
    /// Automation never moves a lead out of its present status.
    Protected,
    /// The business's transition rules forbid the move.
    Transition,
    /// The business wants its board left alone at this hour.
    QuietHours,
    /// Automation only records.
    Shadow,
}

impl Gate {
    /// All gates in their order.
    pub const ORDER: [Self; 9] = [
        Self::Confidence,
        Self::NotActive,
        Self::SameStatus,
        Self::OlderThanDecision,
        Self::ManualChange,
        Self::Protected,
        Self::Transition,
        Self::QuietHours,
        Self::Shadow,
    ];

    /// The word in the database and the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Confidence => "confidence",
            Self::NotActive => "not_active",
            Self::SameStatus => "same_status",
            Self::OlderThanDecision => "older_than_decision",
            Self::ManualChange => "manual_change",
            Self::Protected => "protected",
            Self::Transition => "transition",
            Self::QuietHours => "quiet_hours",
            Self::Shadow => "shadow",
        }
    }
}

/// One gate that was asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GateCheck {
    /// Which.
    pub gate: Gate,
    /// Whether it opened.
    pub passed: bool,
}

/// Everything that the gates look at.
pub(super) struct Question<'a> {
    pub target: &'a Column,
    pub confidence: Option<f64>,
    pub occurred_at: DateTime<Utc>,
    pub board: &'a [Column],
    pub lead: &'a LeadState,
    pub settings: &'a DecisionSettings,
    pub now: DateTime<Utc>,
}

impl Question<'_> {
    fn opens(&self, gate: Gate) -> bool {
        let (lead, settings) = (self.lead, self.settings);
        match gate {
            // A suggestion that states no confidence is taken at its word.
            Gate::Confidence => self
                .confidence
                .is_none_or(|stated| stated >= settings.threshold),
            Gate::NotActive => self.target.is_active,
            Gate::SameStatus => lead.status.as_deref() != Some(self.target.name.as_str()),
            Gate::OlderThanDecision => lead
                .newest_decision_at
                .is_none_or(|at| at <= self.occurred_at),
            Gate::ManualChange => lead
                .newest_manual_change_at
                .is_none_or(|at| at <= self.occurred_at),
            Gate::Protected => !lead
                .status
                .as_deref()
                .and_then(|name| self.board.iter().find(|column| column.name == name))
                .is_some_and(Column::is_protected),
            Gate::Transition => settings
                .transitions
                .permit(lead.status.as_deref(), &self.target.name),
            Gate::QuietHours => !settings
                .quiet_hours
                .is_some_and(|hours| hours.contain(self.now, settings.time_zone)),
            Gate::Shadow => settings.automation == Automation::On,
        }
    }

    /// Asks the gates in order up to the first that does not open.
    pub(super) fn ask(&self) -> (Vec<GateCheck>, Option<Gate>) {
        let mut checks = Vec::with_capacity(Gate::ORDER.len());
        for gate in Gate::ORDER {
            let passed = self.opens(gate);
            checks.push(GateCheck { gate, passed });
            if !passed {
                return (checks, Some(gate));
            }
        }
        (checks, None)
    }
}
