//! A summary without a model: the customer's own sentences that carry facts, what they came to, what happens next.

mod city;
mod service;

use domain::messages::{self, Language};
use domain::status_map::{Status, map_group, without_tags};
use domain::text::{Classifier, Group, Speaker, Turn, turns};

pub use city::Places;
pub use service::Services;

use crate::summary::{Summary, SummaryRequest};
use crate::unanswered::{Unanswered, unanswered_summary};

/// A summary is read at a glance: so much of what was said goes in.
const SAID_CHARS: usize = 600;
/// A call that short held no conversation.
const HUNG_UP_SECONDS: u32 = 3;

/// Summarises a conversation from its own words.
pub(crate) fn summarise(request: &SummaryRequest) -> Summary {
    let language = request.spoken_language();
    let turns = turns(&request.transcript);
    let found = Classifier::standard().classify(&request.transcript);
    let service = Services::standard().find(&turns, language);
    let city = Places::standard().find(&turns, language);
    let text = if turns.is_empty() {
        let outcome = match request.duration_seconds {
            0..HUNG_UP_SECONDS => Unanswered::HungUp,
            _ => Unanswered::Silent,
        };
        unanswered_summary(
            request.language.unwrap_or_default(),
            outcome,
            request.duration_seconds,
        )
    } else {
        extract(&turns, language, service, found.group)
    };
    let recommendation = found
        .group
        .and_then(|group| label(&request.statuses, group));
    Summary {
        summary: tagged(&text, recommendation.as_deref()),
        recommendation,
        group: found.group,
        confidence: found.confidence,
        service: service.map(str::to_owned),
        city: city.map(str::to_owned),
        dropped_label: None,
    }
}

fn label(statuses: &[Status], group: Group) -> Option<String> {
    let status = map_group(statuses, group)?;
    let label = status.label.trim();
    Some(
        if label.is_empty() {
            &status.name
        } else {
            label
        }
        .to_owned(),
    )
}

/// The summary with the recommendation's tag at its end, in the language of the summary. Tags that the text brings along
/// (a model's, or a customer's own words) are taken out: the only tag in a summary is a checked one.
pub(crate) fn tagged(text: &str, label: Option<&str>) -> String {
    let text = without_tags(text);
    let Some(label) = label else { return text };
    let language = Language::of(&text).unwrap_or_default();
    let tag = messages::text(language, "recommendation-tag", &[("label", label.into())]);
    format!("{text}\n{tag}")
}

struct Sentence<'a> {
    text: &'a str,
    speaker: Speaker,
    weight: i32,
}

fn extract(
    turns: &[Turn<'_>],
    language: Language,
    service: Option<&str>,
    group: Option<Group>,
) -> String {
    let sentences: Vec<Sentence<'_>> = turns
        .iter()
        .flat_map(|turn| {
            pieces(turn.text).map(|text| Sentence {
                text,
                speaker: turn.speaker,
                weight: weight(text, turn.speaker),
            })
        })
        .collect();
    let said = choose(&sentences);
    let topic = service.map_or_else(
        || messages::text(language, "summary-unknown-topic", &[]),
        str::to_owned,
    );
    let outcome_key = group.map_or_else(
        || "outcome-none".to_owned(),
        |group| format!("outcome-{}", group.as_str().to_lowercase()),
    );
    let outcome = messages::text(language, &outcome_key, &[]);
    // Our side's last statement is a next step only where there is one to take.
    let goes_on = group.is_some_and(|group| group <= Group::FollowUp);
    let next = sentences
        .iter()
        .rev()
        .find(|sentence| sentence.speaker == Speaker::Agent && sentence.weight > 0)
        .filter(|_| goes_on)
        .map(|sentence| sentence.text);

    let line = |key: &str, text: &str| messages::text(language, key, &[("text", text.into())]);
    let mut lines = vec![
        line("summary-topic", &topic),
        line("summary-said", &said),
        line("summary-outcome", &outcome),
    ];
    lines.extend(next.map(|next| line("summary-next-step", next)));
    lines.join("\n")
}

/// Sentences of a turn; a point between digits ends none.
fn pieces(text: &str) -> impl Iterator<Item = &str> {
    let bytes = text.as_bytes();
    let digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    let mut start = 0;
    let mut ends: Vec<usize> = bytes
        .iter()
        .enumerate()
        .filter(|&(at, byte)| {
            matches!(byte, b'!' | b'?')
                || (*byte == b'.' && !(at > 0 && digit(at - 1) && digit(at + 1)))
        })
        .map(|(at, _)| at + 1)
        .collect();
    ends.push(text.len());
    ends.into_iter().filter_map(move |end| {
        let piece = text[start..end].trim();
        start = end;
        piece.chars().any(char::is_alphanumeric).then_some(piece)
    })
}

/// How much a sentence tells: the customer's facts most, our side's statements less, its questions nothing.
fn weight(text: &str, speaker: Speaker) -> i32 {
    let words = text.split_whitespace().count();
    let digits = text.bytes().any(|byte| byte.is_ascii_digit());
    let ours = speaker == Speaker::Agent;
    let mut weight = if ours { 0 } else { 3 };
    if digits {
        weight += 3;
    }
    if words >= 4 {
        weight += 1;
    }
    if words <= 2 && !digits {
        weight -= 2;
    }
    if ours && text.ends_with('?') {
        weight -= 4;
    }
    if !ours && !Classifier::standard().classify(text).matched.is_empty() {
        weight += 2;
    }
    weight
}

/// The sentences that tell most, up to the length of a summary, in the order they were said.
fn choose(sentences: &[Sentence<'_>]) -> String {
    let mut order: Vec<usize> = (0..sentences.len())
        .filter(|&at| sentences[at].weight > 0)
        .collect();
    order.sort_by_key(|&at| (-sentences[at].weight, at));
    let mut chosen = Vec::new();
    let mut length = 0;
    for at in order {
        let more = sentences[at].text.chars().count() + 1;
        if length + more <= SAID_CHARS {
            length += more;
            chosen.push(at);
        }
    }
    if chosen.is_empty() {
        // One endless sentence: its beginning is better than nothing.
        let longest = sentences.iter().max_by_key(|sentence| sentence.weight);
        return longest.map_or_else(String::new, |sentence| {
            sentence.text.chars().take(SAID_CHARS).collect()
        });
    }
    chosen.sort_unstable();
    let mut said = String::with_capacity(2 * length);
    for at in chosen {
        if !said.is_empty() {
            said.push(' ');
        }
        said.push_str(sentences[at].text);
        if !said.ends_with(['.', '!', '?', ',']) {
            said.push('.');
        }
    }
    said
}
