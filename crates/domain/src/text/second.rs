//! The second opinion: what the sayings teach, where the lexicon is silent or not sure.

use super::Group;
use super::decide::Verdict;
use super::fold::Folded;
use super::learned::Learned;
use super::meaning::Meaning;
use super::rules::Hit;
use super::scope::{Scope, Signal};
use super::turns::{Speaker, Stretch, closing, is_dialogue};

/// How probable a guess has to be.
struct Needs {
    /// From here on the lexicon's word stands alone: more than one expression speaks, and none against them.
    sure: f64,
    /// What is guessed with less is not said where the lexicon is silent.
    least: f32,
    /// What is guessed with as much outweighs one expression of the lexicon.
    outweighs: f32,
    /// What is guessed with as much turns a refusal into its opposite.
    turns: f32,
    /// What is guessed to come to nothing with as much takes the lexicon's word for nothing.
    silences: f32,
}

/// Where a summary or a note tells of a conversation.
const TOLD: Needs = Needs {
    sure: 0.85,
    least: 0.40,
    outweighs: 0.80,
    turns: 0.95,
    silences: 0.975,
};
/// Where two sides speak: what they say means less by itself, and how it ends tells more.
const DIALOGUE: Needs = Needs {
    sure: 0.97,
    least: 0.40,
    outweighs: 0.6,
    turns: 0.8,
    silences: 0.8,
};
/// Fewer words are little to go by: they never outweigh the lexicon, and what they say has at most [`UNSURE`].
const FEWEST_WORDS: usize = 3;
/// Below any threshold that a business would set.
const UNSURE: f32 = 0.5;
/// A guess is never as sure as its probability: the sayings are not everything that people say.
const TRUST: f32 = 0.80;

/// Adds what the sayings teach to the lexicon's verdict. What rests on the words of an idiom says nothing.
pub(crate) fn opinion(
    learned: &Learned<'_>,
    folded: &Folded,
    scope: &Scope<'_>,
    hits: &[Hit],
    part: (usize, usize),
    verdict: &mut Verdict,
) {
    let both_speak = is_dialogue(&scope.stretches);
    let needs = if both_speak { &DIALOGUE } else { &TOLD };
    if verdict.group.is_some() && verdict.confidence >= needs.sure {
        return;
    }
    let closing = closing(&scope.stretches, part);
    let Some(guess) = learned.guess(folded, &scope.stretches, closing) else {
        return;
    };
    let is_denied = |group: Group| {
        let mut signals = verdict.evidence.iter();
        signals.any(|signal| signal.negated.is_some() && signal.says == group)
    };
    // What our side says tells at most that it speaks to nobody.
    let is_ours = |stretch: &Stretch| stretch.speaker == Speaker::Agent;
    if scope.stretches.iter().all(is_ours) && guess.group != Some(Group::NoAnswer) {
        return;
    }
    let is_short = guess.words < FEWEST_WORDS;
    let needed = match (verdict.group, guess.group) {
        (_, Some(group)) if is_denied(group) => return,
        (None, _) => needs.least,
        // Somebody answered, and what they said was understood: a short call sounds like one that reached nobody.
        (Some(_), Some(Group::NoAnswer)) if both_speak => return,
        (Some(_), _) if is_short => return,
        (Some(Group::NotRelevant), Some(Group::AppointmentSet | Group::HotInterested)) => {
            needs.turns
        }
        (Some(_), None) => needs.silences,
        (Some(_), Some(_)) => needs.outweighs,
    };
    if guess.group == verdict.group || guess.probability < needed {
        return;
    }
    let evidence = learned.evidence(&guess);
    let in_idiom = |&(start, end): &(usize, usize)| {
        let mut idioms = hits.iter().filter(|hit| hit.meaning == Meaning::Idiom);
        idioms.any(|idiom| idiom.start <= start && end <= idiom.end)
    };
    if evidence.iter().any(in_idiom) && guess.group.is_some() {
        return;
    }
    verdict.learned = true;
    verdict.group = guess.group;
    verdict.confidence = match guess.group {
        None => 0.0,
        Some(_) => {
            let most = if is_short { UNSURE } else { TRUST };
            (f64::from((guess.probability * TRUST).min(most)) * 100.0).round() / 100.0
        }
    };
    if let Some(group) = guess.group {
        let signals = evidence.into_iter();
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
