//! What another, longer match explains is left out: a word inside a phrase, a wish inside a refusal.

use super::Group;
use super::meaning::Meaning;
use super::rules::Hit;

/// Leaves out what another match explains, and what is there twice.
pub(super) fn without_explained(mut hits: Vec<Hit>) -> Vec<Hit> {
    hits.sort_unstable_by(|one, other| {
        let key = |hit: &Hit| (hit.start, hit.end, hit.meaning);
        key(one)
            .cmp(&key(other))
            .then_with(|| one.parts().cmp(other.parts()))
    });
    hits.dedup();
    // How far any of the hits up to here reaches: only those that overlap can explain one another.
    let mut reach = Vec::with_capacity(hits.len());
    for hit in &hits {
        let before = reach.last().copied().unwrap_or(0);
        reach.push(hit.end.max(before));
    }
    let is_explained = |place: usize| {
        let hit = &hits[place];
        let behind = hits[place + 1..].iter();
        let behind = behind.take_while(|other| other.start < hit.end);
        let before = (0..place).rev();
        let before = before.take_while(|&other| reach[other] > hit.start);
        before
            .map(|other| &hits[other])
            .chain(behind)
            .any(|other| other.end > hit.start && explains(other, hit))
    };
    let explained: Vec<bool> = (0..hits.len()).map(is_explained).collect();
    let mut left = explained.into_iter();
    hits.retain(|_| !left.next().unwrap_or(false));
    hits
}

#[inline]
fn explains(other: &Hit, hit: &Hit) -> bool {
    if other == hit || is_apart(hit.meaning, other.meaning) {
        return false;
    }
    use Meaning::{Idiom, OptOut, Strong, Voicemail, Weak};
    let longer = other.covered() > hit.covered();
    let mut parts = hit.parts().iter();
    if longer && parts.all(|&(start, end)| other.covers(start, end)) {
        return true;
    }
    if other.meaning == hit.meaning {
        return false;
    }
    let (from, to) = hit.parts()[0];
    let head = hit.parts().len() > 1
        && other
            .parts()
            .iter()
            .any(|&(start, end)| start <= from && to <= end && end - start > to - from);
    let refusal = matches!(
        other.meaning,
        Strong(Group::NotRelevant | Group::NoAnswer) | OptOut | Idiom | Voicemail
    );
    let begun = refusal
        && matches!(hit.meaning, Strong(_) | Weak(_))
        && other.start < hit.start
        && hit.start < other.end;
    // "Asked to delete the details" holds no wish for details.
    let taken = refusal
        && hit.parts().len() > 1
        && hit
            .parts()
            .iter()
            .any(|&(start, end)| other.covers(start, end) && other.covered() > end - start);
    head || begun || taken
}

/// Meanings that both hold where one stands inside the other.
#[inline]
fn is_apart(hit: Meaning, other: Meaning) -> bool {
    use Meaning::{Call, Customer, Day, Hour, Offer, OptOut, Says, Strong, Visit, Weak, Yes};
    match (hit, other) {
        // A day is a day also inside a call-back or a booking; who asks is told also where the wish is a rule.
        (Day | Hour | Customer | Says | Call | Visit, Strong(_) | Weak(_)) => true,
        // "Tuesday at ten" is a day because of its hour, and the hour is one still.
        (Hour, Day) => true,
        (Meaning::Away, _) | (_, Meaning::Away) => true,
        (OptOut, _) => other != OptOut,
        (_, OptOut) => !matches!(hit, Strong(_) | Weak(_)),
        (_, Customer | Says | Yes | Offer | Call | Visit) => true,
        _ => false,
    }
}
