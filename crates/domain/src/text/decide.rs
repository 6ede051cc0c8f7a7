//! From the signals of a text to one group and a confidence.

use super::Group;
use super::meaning::Meaning;
use super::rules::{Hit, starting};
use super::scope::{Scope, Signal};
use super::turns::{Part, Speaker, Stretch};

/// What a text comes to.
pub(crate) struct Verdict {
    pub group: Option<Group>,
    pub confidence: f64,
    pub evidence: Vec<Signal>,
    /// The group is what the sayings teach.
    pub learned: bool,
}

/// An answer counts as one when it stands among the first so many bytes of a turn (some four words).
const ANSWER_BYTES: usize = 40;

/// `hits` of the text, and the part that concludes it.
pub(crate) fn decide(scope: &Scope<'_>, hits: &[Hit], (from, to): (usize, usize)) -> Verdict {
    let mut signals = scope.signals(hits);
    let dialogue = scope
        .stretches
        .iter()
        .any(|stretch| matches!(stretch.speaker, Speaker::Customer | Speaker::Agent));
    if dialogue {
        signals = answers(scope, hits, signals);
    }
    if let Some(greeting) = greeting(scope, hits) {
        return machine(scope, greeting, signals);
    }

    let context = Context {
        hits,
        customer_heard: customer_heard(scope, hits).is_some(),
    };
    let pool: Vec<&Signal> = signals
        .iter()
        .filter(|signal| from <= signal.start && signal.start < to)
        .collect();
    let group = context.resolve(&pool);
    let confidence = group.map_or(0.0, |group| confidence(group, &pool));
    Verdict {
        group,
        confidence,
        evidence: signals,
        learned: false,
    }
}

/// A voicemail's own words behind which nobody was heard.
pub(crate) fn greeting<'a>(scope: &Scope<'_>, hits: &'a [Hit]) -> Option<&'a Hit> {
    let heard = customer_heard(scope, hits);
    hits.iter()
        .rfind(|hit| hit.meaning == Meaning::Voicemail)
        .filter(|greeting| heard.is_none_or(|heard| heard < greeting.start))
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
        negated: None,
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
        learned: false,
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
    let mut talk = Talk::default();
    for stretch in &scope.stretches {
        let from = signals.partition_point(|signal| signal.start < stretch.start);
        let to = signals.partition_point(|signal| signal.start < stretch.end);
        let own = signals[from..to.max(from)].to_vec();
        let turn = Turn {
            stretch: *stretch,
            hits: starting(hits, stretch.start, stretch.end),
        };
        match stretch.speaker {
            Speaker::Agent => talk.our_side(turn, own),
            Speaker::Customer => talk.customer(turn, own),
            Speaker::System | Speaker::Narrator => talk.counted.extend(own),
        }
    }
    talk.counted
}

/// A speaker's turn.
#[derive(Clone, Copy)]
struct Turn<'a> {
    stretch: Stretch,
    hits: &'a [Hit],
}

impl Turn<'_> {
    fn has(&self, wanted: Meaning) -> bool {
        self.hits.iter().any(|hit| hit.meaning == wanted)
    }

    fn visits(&self) -> bool {
        self.has(Meaning::Visit) || self.has(Meaning::Arrival)
    }

    /// An answer at the start of the turn.
    fn early(&self, wanted: Meaning) -> Option<&Hit> {
        self.hits
            .iter()
            .find(|hit| hit.meaning == wanted && hit.start < self.stretch.start + ANSWER_BYTES)
    }
}

/// Where a dialogue stands while it is read turn by turn.
#[derive(Default)]
struct Talk {
    counted: Vec<Signal>,
    /// What our side's last turn offers.
    offer: Option<Group>,
    /// What our side offered before the customer asked about it: still open when our side has answered.
    open: Option<Group>,
    /// The customer named or accepted a time; our side's confirmation makes it an appointment.
    slot_named: bool,
    /// The customer asked whether a time is possible.
    slot_asked: bool,
    /// It was last about a later call, not about a visit: a time that is named now is one to call at.
    calling: bool,
}

impl Talk {
    fn our_side(&mut self, turn: Turn<'_>, mut own: Vec<Signal>) {
        self.follow(turn, &own);
        self.times_to_call(&mut own);
        let says = own.iter().filter_map(|signal| signal.means).min();
        let sends = turn.has(Meaning::Offer);
        let time = turn.has(Meaning::Day) || turn.has(Meaning::Hour);
        let offer = says
            .or((turn.visits() && time && !self.calling).then_some(Group::AppointmentSet))
            .or(sends.then_some(Group::HotInterested))
            .or((self.calling && time).then_some(Group::FollowUp));
        self.offer = offer.or(self.open.take());
        if self.slot_named {
            let confirmed = own
                .into_iter()
                .filter(|signal| !signal.asked && is_appointment(signal));
            self.counted.extend(confirmed.map(|signal| Signal {
                strong: true,
                ..signal
            }));
        }
        if let (true, Some(hit)) = (self.slot_asked, turn.early(Meaning::Yes)) {
            self.counted
                .push(accepted(hit, Group::AppointmentSet, turn.stretch.part));
        }
    }

    fn customer(&mut self, turn: Turn<'_>, mut mine: Vec<Signal>) {
        let asked_when_to_call = self.offer == Some(Group::FollowUp);
        self.calling |= asked_when_to_call;
        if turn.visits() {
            self.calling = false;
        }
        self.times_to_call(&mut mine);
        self.slot_named |= mine
            .iter()
            .any(|signal| signal.slot && is_appointment(signal));
        // "Can you come on Monday?" is agreed when our side says yes.
        self.slot_asked = mine
            .iter()
            .any(|signal| signal.asked && is_appointment(signal));
        mine.retain(|signal| !(signal.asked && is_appointment(signal)));
        self.follow(turn, &mine);
        let refuses = mine
            .iter()
            .any(|signal| signal.means == Some(Group::NotRelevant));
        let part = turn.stretch.part;
        if let (Some(group), Some(hit), false) = (self.offer, turn.early(Meaning::Yes), refuses) {
            self.slot_named |= group == Group::AppointmentSet;
            mine.push(accepted(hit, group, part));
        } else if let (Some(Group::HotInterested), Some(hit)) =
            (self.offer, turn.early(Meaning::No))
        {
            mine.push(accepted(hit, Group::NotRelevant, part));
        } else if turn.stretch.asks {
            self.open = self.offer;
        }
        self.counted.append(&mut mine);
        self.offer = None;
    }

    /// Whether it is about a call or a visit from here on. Who comes and calls before it, comes.
    fn follow(&mut self, turn: Turn<'_>, own: &[Signal]) {
        let agreed = self.slot_named || own.iter().any(is_appointment);
        if turn.visits() {
            self.calling = false;
        } else if turn.has(Meaning::Call) && (!agreed || self.calling) {
            self.calling = true;
        }
    }

    fn times_to_call(&self, signals: &mut [Signal]) {
        if self.calling {
            for signal in signals.iter_mut().filter(|signal| is_appointment(signal)) {
                signal.means = Some(Group::FollowUp);
            }
        }
    }
}

fn is_appointment(signal: &Signal) -> bool {
    signal.means == Some(Group::AppointmentSet)
}

fn accepted(hit: &Hit, group: Group, part: Part) -> Signal {
    Signal {
        start: hit.start,
        end: hit.end,
        says: group,
        means: Some(group),
        strong: true,
        negated: None,
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
                let missed = self.missed_last(signals);
                present(group) && !refused_last && !missed && (strong(group) || weak)
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

    /// "We had a call at ten, nobody answered": the appointment is what was to be kept, not what was agreed.
    fn missed_last(&self, signals: &[&Signal]) -> bool {
        let last = |wanted: &dyn Fn(&Signal) -> bool| {
            let found = signals.iter().filter(|signal| wanted(signal));
            found.map(|signal| signal.start).max()
        };
        // "Not available before five" tells when to come, not that nobody was reached.
        let away = |signal: &Signal| {
            starting(self.hits, signal.start, signal.end)
                .iter()
                .any(|hit| hit.meaning == Meaning::Away)
        };
        let missed =
            last(&|signal| signal.strong && signal.means == Some(Group::NoAnswer) && !away(signal));
        let agreed = last(&is_appointment);
        missed > agreed && agreed.is_some()
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
