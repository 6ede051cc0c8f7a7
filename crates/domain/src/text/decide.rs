//! From the signals of a text to one group and a confidence.

use super::Group;
use super::fold::Folded;
use super::meaning::Meaning;
use super::rules::Hit;
use super::scope::{Scope, Signal};
use super::turns::{Part, Speaker, Stretch};

/// What a text comes to.
pub(crate) struct Verdict {
    pub group: Option<Group>,
    pub confidence: f64,
    pub evidence: Vec<Signal>,
}

/// An answer counts as one when it stands among the first so many bytes of a turn (some four words).
const ANSWER_BYTES: usize = 40;

pub(crate) fn decide(folded: &Folded, hits: &[Hit]) -> Verdict {
    let scope = Scope::new(folded, hits);
    let mut signals = scope.signals(hits);
    let dialogue = scope
        .stretches
        .iter()
        .any(|stretch| matches!(stretch.speaker, Speaker::Customer | Speaker::Agent));
    if dialogue {
        signals = answers(&scope, hits, signals);
    }
    let customer_heard = customer_heard(&scope, hits);
    let voicemail = hits.iter().rfind(|hit| hit.meaning == Meaning::Voicemail);
    if let Some(greeting) = voicemail
        && customer_heard.is_none_or(|heard| heard < greeting.start)
    {
        return machine(&scope, greeting, signals);
    }

    let part = |wanted: Part| -> Vec<&Signal> {
        signals
            .iter()
            .filter(|signal| signal.part == wanted)
            .collect()
    };
    let context = Context {
        hits,
        customer_heard: customer_heard.is_some(),
    };
    let outcome = part(Part::Outcome);
    let (group, pool) = match context.resolve(&outcome) {
        Some(group) => (Some(group), outcome),
        None => {
            let said = part(Part::Said);
            (context.resolve(&said), said)
        }
    };
    let confidence = group.map_or(0.0, |group| confidence(group, &pool));
    Verdict {
        group,
        confidence,
        evidence: signals,
    }
}

/// A voicemail's own words: whatever else is on the tape is our side's message.
fn machine(scope: &Scope<'_>, greeting: &Hit, mut signals: Vec<Signal>) -> Verdict {
    signals.retain(|signal| signal.means == Some(Group::NoAnswer));
    let stretch = scope.stretch(greeting.start);
    signals.push(Signal {
        start: greeting.start,
        end: greeting.end,
        says: Group::NoAnswer,
        means: Some(Group::NoAnswer),
        strong: true,
        negated: false,
        slot: false,
        asked: false,
        speaker: stretch.speaker,
        part: stretch.part,
    });
    signals.sort_by_key(|signal| signal.start);
    Verdict {
        group: Some(Group::NoAnswer),
        confidence: 0.9,
        evidence: signals,
    }
}

/// Where the customer was last heard: a turn of their own, or a report of what they said.
fn customer_heard(scope: &Scope<'_>, hits: &[Hit]) -> Option<usize> {
    let turn = scope
        .stretches
        .iter()
        .filter(|stretch| stretch.speaker == Speaker::Customer)
        .map(|stretch| stretch.start)
        .next_back();
    let report = hits
        .iter()
        .filter(|hit| matches!(hit.meaning, Meaning::Customer | Meaning::Says))
        .map(|hit| hit.start)
        .next_back();
    turn.max(report)
}

/// In a dialogue the customer's words count, and what they accept or decline of our side's offers.
fn answers(scope: &Scope<'_>, hits: &[Hit], signals: Vec<Signal>) -> Vec<Signal> {
    let mut counted: Vec<Signal> = Vec::new();
    let mut offer: Option<Group> = None;
    // The customer named or accepted a time; our side's confirmation makes it an appointment.
    let mut slot_named = false;
    let mut slot_asked = false;
    for stretch in &scope.stretches {
        let inside = |start: usize| stretch.start <= start && start < stretch.end;
        let own = || signals.iter().filter(|signal| inside(signal.start));
        match stretch.speaker {
            Speaker::Agent => {
                let sends = hits
                    .iter()
                    .any(|hit| inside(hit.start) && hit.meaning == Meaning::Offer);
                let says = own().filter_map(|signal| signal.means).min();
                offer = says.or(sends.then_some(Group::HotInterested));
                counted.extend(
                    own()
                        .filter(|signal| slot_named && !signal.asked && is_appointment(signal))
                        .map(|signal| Signal {
                            strong: true,
                            ..signal.clone()
                        }),
                );
                if let (true, Some(hit)) = (slot_asked, early(hits, Meaning::Yes, *stretch)) {
                    counted.push(accepted(hit, Group::AppointmentSet, stretch.part));
                }
            }
            Speaker::Customer => {
                let answer = |wanted: Meaning| early(hits, wanted, *stretch);
                let mut mine: Vec<Signal> = own().cloned().collect();
                let calls_back = offer == Some(Group::FollowUp);
                for signal in &mut mine {
                    // A time in answer to "when shall I call?" is a time to call.
                    if calls_back && signal.slot {
                        signal.means = Some(Group::FollowUp);
                    }
                }
                slot_named |= mine.iter().any(|signal| signal.slot && !calls_back);
                // "Can you come on Monday?" is agreed when our side says yes.
                slot_asked = mine
                    .iter()
                    .any(|signal| signal.asked && is_appointment(signal));
                mine.retain(|signal| !(signal.asked && is_appointment(signal)));
                let refuses = mine
                    .iter()
                    .any(|signal| signal.means == Some(Group::NotRelevant));
                if let (Some(group), Some(hit), false) = (offer, answer(Meaning::Yes), refuses) {
                    slot_named |= group == Group::AppointmentSet;
                    mine.push(accepted(hit, group, stretch.part));
                } else if let (Some(Group::HotInterested), Some(hit)) = (offer, answer(Meaning::No))
                {
                    mine.push(accepted(hit, Group::NotRelevant, stretch.part));
                }
                counted.append(&mut mine);
                offer = None;
            }
            Speaker::System | Speaker::Narrator => counted.extend(own().cloned()),
        }
    }
    counted
}

fn is_appointment(signal: &Signal) -> bool {
    signal.means == Some(Group::AppointmentSet)
}

/// An answer at the start of a turn.
fn early(hits: &[Hit], wanted: Meaning, turn: Stretch) -> Option<&Hit> {
    hits.iter().find(|hit| {
        let answers = turn.start..turn.end.min(turn.start + ANSWER_BYTES);
        hit.meaning == wanted && answers.contains(&hit.start)
    })
}

fn accepted(hit: &Hit, group: Group, part: Part) -> Signal {
    Signal {
        start: hit.start,
        end: hit.end,
        says: group,
        means: Some(group),
        strong: true,
        negated: false,
        slot: false,
        asked: false,
        speaker: Speaker::Customer,
        part,
    }
}

struct Context<'a> {
    hits: &'a [Hit],
    customer_heard: bool,
}

impl Context<'_> {
    fn resolve(&self, signals: &[&Signal]) -> Option<Group> {
        let of = |group: Group| {
            signals
                .iter()
                .filter(move |signal| signal.means == Some(group))
        };
        let strong = |group: Group| of(group).any(|signal| signal.strong);
        let present = |group: Group| of(group).next().is_some();
        let refused_last = self.refused_last(signals);

        Group::ALL.into_iter().find(|&group| match group {
            Group::AppointmentSet => {
                let outweighed = [Group::FollowUp, Group::NotRelevant, Group::NoAnswer]
                    .into_iter()
                    .any(strong);
                let slot = of(group).any(|signal| signal.slot);
                let weak = !outweighed && (slot || !strong(Group::HotInterested));
                present(group) && !refused_last && (strong(group) || weak)
            }
            Group::HotInterested => {
                let weak = !strong(Group::NotRelevant) && !strong(Group::FollowUp);
                present(group) && !refused_last && (strong(group) || weak)
            }
            Group::FollowUp => {
                // "No answer, try tomorrow" is our plan, not the customer's wish.
                let our_plan = strong(Group::NoAnswer) && !self.customer_heard;
                let for_now = self.hits.iter().any(|hit| hit.meaning == Meaning::ForNow);
                let weak = for_now || !strong(Group::NotRelevant);
                present(group) && !our_plan && (strong(group) || weak)
            }
            Group::NotRelevant | Group::NoAnswer => present(group),
        })
    }

    /// The last word is a refusal, and the text says that it is the last: "… but", "in the end".
    fn refused_last(&self, signals: &[&Signal]) -> bool {
        let last = |wanted: &dyn Fn(Group) -> bool| {
            signals
                .iter()
                .filter(|signal| signal.strong && signal.means.is_some_and(wanted))
                .map(|signal| signal.start)
                .max()
        };
        let refusal = last(&|group| group == Group::NotRelevant);
        let wish = last(&|group| group <= Group::HotInterested);
        match (wish, refusal) {
            (Some(wish), Some(refusal)) => self.hits.iter().any(|hit| {
                matches!(hit.meaning, Meaning::Final | Meaning::Contrast)
                    && wish < hit.start
                    && hit.start < refusal
            }),
            _ => false,
        }
    }
}

fn confidence(group: Group, pool: &[&Signal]) -> f64 {
    let of_group = || pool.iter().filter(|signal| signal.means == Some(group));
    let strong = of_group().any(|signal| signal.strong);
    let base = if strong { 0.80 } else { 0.60 };
    let more = 0.05 * of_group().skip(1).count() as f64;
    let others = pool
        .iter()
        .any(|signal| signal.means.is_some_and(|other| other != group));
    let less = if others { 0.10 } else { 0.0 };
    let sum: f64 = base + more - less;
    (sum.clamp(0.05, 0.97) * 100.0).round() / 100.0
}
