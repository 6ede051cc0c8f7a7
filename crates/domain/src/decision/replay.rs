//! What other rules would have made of a lead's conversations: its stored decisions are made again, in the order in which
//! they were made, between what people did. Nothing but memory changes.

use std::convert::Infallible;

use chrono::{DateTime, Utc};

use super::late::{Course, decide_in_place};
use super::{Column, DecisionSettings, LeadState, Outcome, Suggestion};
use crate::ids::{DecisionId, LeadId};
use crate::text::Classifier;

/// What decisions are made by.
#[derive(Clone, Copy)]
pub struct Rules<'a> {
    /// What the business has set.
    pub settings: &'a DecisionSettings,
    /// Its board, statuses that are switched off too.
    pub board: &'a [Column],
    /// The lexicon with the settings' words.
    pub classifier: &'a Classifier,
}

/// A decision as it is stored, with what it was made from.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredDecision {
    /// Its row.
    pub id: DecisionId,
    /// The summary, as a rule with its tag.
    pub summary: String,
    /// The recommended label that came beside it.
    pub recommendation: Option<String>,
    /// What the conversation stated, 0 to 1.
    pub confidence: Option<f64>,
    /// How the call ended, where nobody spoke.
    pub outcome: Option<String>,
    /// When the conversation took place.
    pub occurred_at: DateTime<Utc>,
    /// When it was decided.
    pub created_at: DateTime<Utc>,
    /// Where the lead stood before, by name.
    pub from: Option<String>,
    /// The status that was proposed, by name.
    pub to: Option<String>,
    /// What came of it: [`Decision::reason`](super::Decision::reason).
    pub reason: String,
    /// When a person took it back.
    pub undone_at: Option<DateTime<Utc>>,
}

impl StoredDecision {
    /// Where it left the lead.
    fn left(&self) -> Option<&str> {
        if self.reason == "applied" {
            self.to.as_deref()
        } else {
            self.from.as_deref()
        }
    }

    /// What it was made from.
    #[must_use]
    pub fn suggestion(&self) -> Suggestion<'_> {
        Suggestion {
            summary: &self.summary,
            recommendation: self.recommendation.as_deref(),
            confidence: self.confidence,
            outcome: self.outcome.as_deref(),
            occurred_at: self.occurred_at,
        }
    }
}

/// A person's change of the lead's status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ManualChange {
    /// When.
    pub at: DateTime<Utc>,
    /// The status before, by name.
    pub from: Option<String>,
    /// The status after, by name.
    pub to: String,
}

/// A lead and everything that has moved it.
#[derive(Debug, Clone, PartialEq)]
pub struct LeadHistory {
    /// Its row.
    pub lead: LeadId,
    /// Empty when it has none.
    pub name: String,
    /// The name of its status now.
    pub stands: Option<String>,
    /// In the order in which they were made.
    pub decisions: Vec<StoredDecision>,
    /// In the order in which they were made.
    pub manual_changes: Vec<ManualChange>,
}

/// A stored decision made again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redecided {
    /// Its place in [`LeadHistory::decisions`].
    pub index: usize,
    /// What comes of it by the given rules.
    pub reason: &'static str,
    /// The status that they propose.
    pub to: Option<String>,
}

/// What the given rules make of a lead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replayed {
    /// The name of the status that the lead would have.
    pub would_stand: Option<String>,
    /// Every decision that was made again.
    pub decided: Vec<Redecided>,
    /// The decision from which on the lead stands elsewhere than it did, as a place in `decided`.
    pub parted_at: Option<usize>,
}

/// Something that happened to a lead.
enum Event<'a> {
    Decision(usize),
    Manual(&'a ManualChange),
    /// A person took a decision back; with the change of status that came of it, where there was one.
    Undo(usize, Option<&'a ManualChange>),
}

/// Makes the decisions of a lead again by `rules`, those before `since` excepted: they and what people did stand as they
/// are, and a decision that a person took back is taken back again.
#[must_use]
pub fn replay(history: &LeadHistory, rules: &Rules<'_>, since: Option<DateTime<Utc>>) -> Replayed {
    let events = events(history);
    let begin = initial(history, events.first().map(|(_, event)| event));
    let mut fold = Fold {
        history,
        rules,
        actual: begin.clone(),
        begun_at: begin.clone(),
        since_hand: Vec::new(),
        lead: LeadState {
            status: begin,
            ..LeadState::default()
        },
        last_move: None,
        decided: Vec::new(),
        parted_at: None,
    };
    for (at, event) in events {
        let stands = since.is_some_and(|since| at < since);
        match event {
            Event::Decision(index) => fold.decision(index, stands),
            Event::Manual(change) => fold.manual(change),
            Event::Undo(index, change) => fold.undo(index, change),
        }
        if stands {
            fold.lead.status.clone_from(&fold.actual);
        }
        fold.compare();
    }
    Replayed {
        would_stand: fold.lead.status,
        decided: fold.decided,
        parted_at: fold.parted_at,
    }
}

/// Where the lead stood before all that is known of it.
fn initial(history: &LeadHistory, first: Option<&Event<'_>>) -> Option<String> {
    match first {
        Some(Event::Decision(index)) => history.decisions[*index].from.clone(),
        Some(Event::Manual(change) | Event::Undo(_, Some(change))) => change.from.clone(),
        Some(Event::Undo(..)) | None => history.stands.clone(),
    }
}

/// Everything in the order in which it happened. Rows of one kind are in their order already, whatever the clocks of the
/// replicas that wrote them say; a decision comes before what a person did in the same moment.
fn events(history: &LeadHistory) -> Vec<(DateTime<Utc>, Event<'_>)> {
    let LeadHistory {
        decisions,
        manual_changes,
        ..
    } = history;
    let mut taken_back = vec![false; decisions.len()];
    let manual = manual_changes.iter().map(|change| {
        // Taking a decision back and the change that comes of it are one transaction, with one time.
        let undone = decisions
            .iter()
            .position(|decision| decision.undone_at == Some(change.at));
        let event = match undone {
            Some(index) => {
                taken_back[index] = true;
                Event::Undo(index, Some(change))
            }
            None => Event::Manual(change),
        };
        (change.at, event)
    });
    let mut by_people = in_order(manual);
    let quiet = decisions
        .iter()
        .enumerate()
        .filter_map(|(index, decision)| {
            let at = decision.undone_at.filter(|_| !taken_back[index])?;
            Some((at, Event::Undo(index, None)))
        });
    by_people.extend(quiet);
    let decided = decisions.iter().enumerate();
    let decided = decided.map(|(index, decision)| (decision.created_at, Event::Decision(index)));
    let mut all = in_order(decided);
    all.append(&mut by_people);
    all.sort_by_key(|(at, _)| *at);
    all
}

/// Rows in their order, none earlier than the one before it.
fn in_order<'a>(
    rows: impl Iterator<Item = (DateTime<Utc>, Event<'a>)>,
) -> Vec<(DateTime<Utc>, Event<'a>)> {
    let mut latest = DateTime::<Utc>::MIN_UTC;
    rows.map(|(at, event)| {
        latest = latest.max(at);
        (latest, event)
    })
    .collect()
}

struct Fold<'a> {
    history: &'a LeadHistory,
    rules: &'a Rules<'a>,
    /// The lead as the rules make it.
    lead: LeadState,
    /// Where it really stood.
    actual: Option<String>,
    /// The decision that last moved it by the rules, and where from; none once a person has.
    last_move: Option<(usize, Option<String>)>,
    /// Where the lead stood when a person last moved it, else at first, and the decisions since.
    begun_at: Option<String>,
    since_hand: Vec<usize>,
    decided: Vec<Redecided>,
    parted_at: Option<usize>,
}

impl Fold<'_> {
    fn decision(&mut self, index: usize, stands: bool) {
        let stored = &self.history.decisions[index];
        self.actual = stored.left().map(str::to_owned);
        if stands {
            if stored.reason == "applied" {
                self.last_move = Some((index, stored.from.clone()));
            }
        } else {
            let known = || Ok::<_, Infallible>(self.course());
            let (suggestion, now) = (stored.suggestion(), stored.created_at);
            let Ok(decision) = decide_in_place(&suggestion, &self.lead, self.rules, now, known);
            if let Outcome::Applied { to } = &decision.outcome {
                let from = self.lead.status.replace(to.clone());
                self.last_move = Some((index, from));
            }
            self.decided.push(Redecided {
                index,
                reason: decision.reason(),
                to: decision.to().map(str::to_owned),
            });
        }
        self.since_hand.push(index);
        self.lead.newest_decision_at = self.lead.newest_decision_at.max(Some(stored.occurred_at));
    }

    /// What a late conversation finds.
    fn course(&self) -> Course {
        let decided = self.since_hand.iter();
        Course {
            from: self.begun_at.clone(),
            decided: decided
                .map(|index| self.history.decisions[*index].clone())
                .collect(),
        }
    }

    fn manual(&mut self, change: &ManualChange) {
        self.lead.status = Some(change.to.clone());
        self.by_hand(change);
    }

    /// Puts the lead back to where the decision had found it, if it is still where the decision has put it. A lead that had
    /// no status goes where it really went.
    fn undo(&mut self, index: usize, change: Option<&ManualChange>) {
        match &self.last_move {
            Some((moved, from)) if *moved == index => {
                let back = from.as_ref().or(change.map(|change| &change.to));
                self.lead.status = back.cloned();
            }
            _ => {
                if let Some(change) = change.filter(|change| change.from == self.lead.status) {
                    self.lead.status = Some(change.to.clone());
                }
            }
        }
        match change {
            Some(change) => self.by_hand(change),
            None => {
                self.since_hand.retain(|decided| *decided != index);
                self.last_move = None;
                let undone = &self.history.decisions[index];
                if self.actual.as_deref() == undone.left() {
                    self.actual.clone_from(&undone.from);
                }
            }
        }
    }

    /// What a change by hand leaves behind, besides the status.
    fn by_hand(&mut self, change: &ManualChange) {
        self.last_move = None;
        self.since_hand.clear();
        self.begun_at.clone_from(&self.lead.status);
        self.actual = Some(change.to.clone());
        self.lead.newest_manual_change_at = self.lead.newest_manual_change_at.max(Some(change.at));
    }

    /// Notes when the lead leaves its real course, and when it is back on it.
    fn compare(&mut self) {
        if self.lead.status == self.actual {
            self.parted_at = None;
        } else if self.parted_at.is_none() {
            self.parted_at = self.decided.len().checked_sub(1);
        }
    }
}

#[cfg(test)]
mod tests;
