//! The second opinion: what the sayings teach, where the lexicon is silent or not sure.

use super::Group;
use super::decide::Verdict;
use super::fold::Folded;
use super::learned::Learned;
use super::scope::{Scope, Signal};

/// From here on the lexicon's word stands alone: more than one expression speaks, and none against them.
const SURE: f64 = 0.85;
/// What is guessed with less is not said where the lexicon is silent.
const LEAST: f32 = 0.40;
/// What is guessed with as much outweighs one expression of the lexicon.
const OUTWEIGHS: f32 = 0.80;
/// What is guessed with as much turns a refusal into its opposite, or takes the lexicon's word for nothing.
const TURNS: f32 = 0.95;
/// A guess is never as sure as its probability: the sayings are not everything that people say.
const TRUST: f32 = 0.80;

/// Adds what the sayings teach to the lexicon's verdict.
pub(crate) fn opinion(
    learned: &Learned<'_>,
    folded: &Folded,
    scope: &Scope<'_>,
    part: (usize, usize),
    verdict: &mut Verdict,
) {
    if verdict.group.is_some() && verdict.confidence >= SURE {
        return;
    }
    let Some(guess) = learned.guess(folded, &scope.stretches, part) else {
        return;
    };
    let is_denied = |group: Group| {
        let mut signals = verdict.evidence.iter();
        signals.any(|signal| signal.negated.is_some() && signal.says == group)
    };
    let needed = match (verdict.group, guess.group) {
        (_, Some(group)) if is_denied(group) => return,
        (None, _) => LEAST,
        (Some(Group::NotRelevant), Some(Group::AppointmentSet | Group::HotInterested)) => TURNS,
        (Some(_), None) => TURNS,
        (Some(_), Some(_)) => OUTWEIGHS,
    };
    if guess.group == verdict.group || guess.probability < needed {
        return;
    }
    verdict.learned = true;
    verdict.group = guess.group;
    verdict.confidence = match guess.group {
        None => 0.0,
        Some(_) => (f64::from(guess.probability * TRUST) * 100.0).round() / 100.0,
    };
    if let Some(group) = guess.group {
        let signals = learned.evidence(&guess).into_iter();
        verdict
            .evidence
            .extend(signals.map(|word| signal(scope, word, group)));
        verdict
            .evidence
            .sort_by_key(|signal| (signal.start, signal.end));
    }
}

/// A word that speaks for what is guessed.
fn signal(scope: &Scope<'_>, (start, end): (usize, usize), group: Group) -> Signal {
    let stretch = scope.stretch(start);
    Signal {
        start,
        end,
        says: group,
        means: Some(group),
        strong: false,
        negated: None,
        slot: false,
        asked: false,
        speaker: stretch.speaker,
        part: stretch.part,
    }
}
