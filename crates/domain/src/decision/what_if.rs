//! The answer to "what if": rules that differ from today's, and what they would make of a business's leads.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer, Serialize};

use super::notes::one_line;
use super::replay::{LeadHistory, Replayed, Rules, replay};
use super::{Automation, Column, DecisionSettings, QuietHours, TransitionRules};
use crate::ids::{DecisionId, LeadId};
use crate::text::{Words, WordsDraft, WordsFault};

/// Most leads that an answer shows one by one.
pub const MOST_EXAMPLES: usize = 20;

/// Most characters of a summary in an example.
const LONGEST_SUMMARY: usize = 300;

/// What differs from a business's rules of today; what is absent stays.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RuleChanges {
    /// A suggestion below this changes nothing (0 to 1).
    pub confidence_threshold: Option<f64>,
    /// Whether automation moves leads.
    pub automation: Option<Automation>,
    /// When automation leaves the board alone; null is never.
    #[serde(deserialize_with = "present")]
    pub quiet_hours: Option<Option<QuietHours>>,
    /// Which moves automation may make.
    pub transition_rules: Option<TransitionRules>,
    /// The business's own words; null is none.
    #[serde(deserialize_with = "present")]
    pub status_words: Option<Option<WordsDraft>>,
    /// The statuses, by name, that automation never moves a lead out of, instead of those that are marked so. `won` and
    /// `lost` are always among them.
    pub protected: Option<BTreeSet<String>>,
}

/// A change that makes no sense.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field} {fault}")]
pub struct WrongRule {
    /// Where it stands: `status_words.FOLLOW_UP[2]`.
    pub field: String,
    /// What is wrong with it.
    pub fault: RuleFault,
}

/// What can be wrong with a change.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RuleFault {
    /// A threshold out of its bounds.
    #[error("must be 0 to 1")]
    Threshold,
    /// The business has no such status.
    #[error("names {0:?}, which is no status of this business")]
    UnknownStatus(String),
    /// A phrase or group of the words.
    #[error(transparent)]
    Words(WordsFault),
}

impl RuleChanges {
    /// Makes the changes to what a business has.
    ///
    /// # Errors
    /// Everything that makes no sense.
    pub fn apply(
        self,
        settings: &mut DecisionSettings,
        board: &mut [Column],
    ) -> Result<(), Vec<WrongRule>> {
        let mut wrong = Vec::new();
        let mut refuse = |field: String, fault| wrong.push(WrongRule { field, fault });
        if let Some(threshold) = self.confidence_threshold {
            if !(0.0..=1.0).contains(&threshold) {
                refuse("confidence_threshold".to_owned(), RuleFault::Threshold);
            }
            settings.threshold = threshold;
        }
        if let Some(automation) = self.automation {
            settings.automation = automation;
        }
        if let Some(hours) = self.quiet_hours {
            settings.quiet_hours = hours;
        }
        if let Some(transitions) = self.transition_rules {
            settings.transitions = transitions;
        }
        if let Some(draft) = self.status_words {
            match Words::try_from(draft.unwrap_or_default()) {
                Ok(words) => settings.words = words,
                Err(all) => {
                    for one in all.0 {
                        let field = format!("status_words.{}", one.field);
                        refuse(field, RuleFault::Words(one.what));
                    }
                }
            }
        }
        if let Some(protected) = self.protected {
            for name in &protected {
                if !board.iter().any(|column| column.name == *name) {
                    let fault = RuleFault::UnknownStatus(name.clone());
                    refuse("protected".to_owned(), fault);
                }
            }
            for column in board {
                column.is_marked_protected = protected.contains(&column.name);
            }
        }
        if wrong.is_empty() { Ok(()) } else { Err(wrong) }
    }
}

/// For a field that may be absent (it stays), null (it is emptied) or there.
fn present<'de, D, T>(deserializer: D) -> Result<Option<Option<T>>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    Option::deserialize(deserializer).map(Some)
}

/// What other rules would make of a business's leads, compared with where they stand now.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct WhatIf {
    /// Leads with conversations.
    pub leads: u64,
    /// Their conversations.
    pub conversations: u64,
    /// Leads that would stand in another status.
    pub elsewhere: u64,
    /// Those by their move, the most frequent first.
    pub by_status: Vec<Move>,
    /// Decisions that would come out differently, the most frequent kind first.
    pub decisions_changed: Vec<ReasonChange>,
    /// Leads that would stand elsewhere, the newest first; at most [`MOST_EXAMPLES`].
    pub examples: Vec<Example>,
    /// Whether older leads were left out.
    pub truncated: bool,
}

/// Leads that would stand elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Move {
    /// The name of the status in which they stand; null for none.
    pub from: Option<String>,
    /// The name of the status in which they would.
    pub to: Option<String>,
    /// How many.
    pub leads: u64,
}

/// Decisions that would come out differently. The two reasons are the same where only the proposed status differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReasonChange {
    /// What came of them.
    pub from_reason: String,
    /// What would.
    pub to_reason: &'static str,
    /// How many.
    pub count: u64,
}

/// A lead that would stand elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Example {
    /// The lead.
    pub lead_id: LeadId,
    /// Its name, if it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The name of its status.
    pub stands: Option<String>,
    /// The name of the status that it would have.
    pub would_stand: Option<String>,
    /// The decision from which on it would stand elsewhere; null where no decision has to do with it.
    pub decision_id: Option<DecisionId>,
    /// What that one was made from, shortened.
    pub summary: Option<String>,
    /// What would come of it.
    pub reason: Option<&'static str>,
}

/// Counts leads one by one.
#[derive(Debug, Default)]
pub struct Tally {
    sum: WhatIf,
    moves: BTreeMap<(Option<String>, Option<String>), u64>,
    reasons: BTreeMap<(String, &'static str), u64>,
}

impl Tally {
    /// Makes a lead's decisions again and counts what comes of them.
    pub fn add(&mut self, history: &LeadHistory, rules: &Rules<'_>, since: Option<DateTime<Utc>>) {
        let replayed = replay(history, rules, since);
        self.sum.leads += 1;
        for redecided in &replayed.decided {
            self.sum.conversations += 1;
            let stored = &history.decisions[redecided.index];
            if stored.reason != redecided.reason || stored.to != redecided.to {
                let kind = (stored.reason.clone(), redecided.reason);
                *self.reasons.entry(kind).or_default() += 1;
            }
        }
        if replayed.would_stand != history.stands {
            self.sum.elsewhere += 1;
            let kind = (history.stands.clone(), replayed.would_stand.clone());
            *self.moves.entry(kind).or_default() += 1;
            if self.sum.examples.len() < MOST_EXAMPLES {
                self.sum.examples.push(example(history, replayed));
            }
        }
    }

    /// How many leads have been counted.
    #[must_use]
    pub fn leads(&self) -> u64 {
        self.sum.leads
    }

    /// The answer; `truncated` when older leads were left out.
    #[must_use]
    pub fn finish(self, truncated: bool) -> WhatIf {
        let mut by_status: Vec<Move> = self
            .moves
            .into_iter()
            .map(|((from, to), leads)| Move { from, to, leads })
            .collect();
        by_status.sort_by_key(|kind| std::cmp::Reverse(kind.leads));
        let mut decisions_changed: Vec<ReasonChange> = self
            .reasons
            .into_iter()
            .map(|((from_reason, to_reason), count)| ReasonChange {
                from_reason,
                to_reason,
                count,
            })
            .collect();
        decisions_changed.sort_by_key(|kind| std::cmp::Reverse(kind.count));
        WhatIf {
            by_status,
            decisions_changed,
            truncated,
            ..self.sum
        }
    }
}

fn example(history: &LeadHistory, replayed: Replayed) -> Example {
    let cause = replayed.parted_at.map(|at| &replayed.decided[at]);
    let stored = cause.map(|cause| &history.decisions[cause.index]);
    Example {
        lead_id: history.lead,
        name: Some(history.name.clone()).filter(|name| !name.is_empty()),
        stands: history.stands.clone(),
        decision_id: stored.map(|stored| stored.id),
        summary: stored.map(|stored| shortened(&stored.summary)),
        reason: cause.map(|cause| cause.reason),
        would_stand: replayed.would_stand,
    }
}

fn shortened(summary: &str) -> String {
    let line = one_line(summary);
    match line.char_indices().nth(LONGEST_SUMMARY) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}
