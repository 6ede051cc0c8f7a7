//! A summary without a model: the customer's own sentences that carry facts, what they came to, what happens next.

mod city;
mod features;
mod matter;
mod said;
mod service;
mod spoken;
mod table;
mod taught;
mod words;

use domain::messages::{self, Language};
use domain::status_map::{Status, map_group, without_tags};
use domain::text::{Classifier, Group, Speaker, Turn, turns};

pub use city::Places;

use said::Sentence;
use service::Services;
use words::Kind;

use crate::summary::{Summary, SummaryRequest};
use crate::unanswered::{Unanswered, unanswered_summary};

/// A call that short held no conversation.
const HUNG_UP_SECONDS: u32 = 3;

/// Summarises a conversation from its own words.
pub(crate) fn summarise(request: &SummaryRequest) -> Summary {
    let language = request.spoken_language();
    let turns = turns(&request.transcript);
    let found = Classifier::standard().classify(&request.transcript);
    let topic = topic(&turns, language);
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
        extract(&turns, language, topic.title, found.group)
    };
    let recommendation = found
        .group
        .and_then(|group| label(&request.statuses, group));
    Summary {
        summary: tagged(&text, recommendation.as_deref()),
        recommendation,
        group: found.group,
        confidence: found.confidence,
        service: topic.service.map(str::to_owned),
        city: city.map(str::to_owned),
        follow_up_at: request.follow_up_at(),
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

/// What a conversation is about.
struct Topic<'a> {
    /// As a person would head it.
    title: Option<&'a str>,
    /// Under the name of the list of services where it has one.
    service: Option<&'a str>,
}

/// What the opening names stands; the list of services names it where it knows it, and stands where nothing is named.
fn topic<'a>(turns: &[Turn<'a>], language: Language) -> Topic<'a> {
    let dialled_wrong = |turn: &Turn<'_>| {
        turn.speaker != Speaker::Agent && words::says(Kind::WrongNumber, turn.text)
    };
    if turns.iter().any(dialled_wrong) {
        return Topic {
            title: None,
            service: None,
        };
    }
    let services = Services::standard(language);
    let matter = matter::matter(turns);
    if let Some(matter) = matter.as_ref().filter(|matter| matter.certain) {
        let service = services.find(turns, Some(matter.name));
        let service = service.or_else(|| services.find(turns, None));
        // One word says less than the name that it is a part of: "the car", of car insurance.
        let one_word = !matter.name.contains(char::is_whitespace);
        let says_more = |service: &&str| one_word && spoken::share_a_word(service, matter.name);
        return Topic {
            title: service.filter(says_more).or(Some(matter.name)),
            service: service.or(Some(matter.name)),
        };
    }
    let service = services
        .find(turns, None)
        .or(matter.map(|matter| matter.name));
    Topic {
        title: service,
        service,
    }
}

fn extract(
    turns: &[Turn<'_>],
    language: Language,
    topic: Option<&str>,
    group: Option<Group>,
) -> String {
    let sentences = said::sentences(turns);
    let said = said::said(&sentences, group);
    let outcome_key = group.map_or_else(
        || "outcome-none".to_owned(),
        |group| format!("outcome-{}", group.as_str().to_lowercase()),
    );
    let outcome = messages::text(language, &outcome_key, &[]);
    let ours = || {
        sentences.iter().filter(|sentence| {
            sentence.speaker == Speaker::Agent
                && !sentence.is_question()
                && !sentence.is_same(&said)
        })
    };
    // A next step matters only to who goes on.
    let next = group
        .filter(|group| *group <= Group::FollowUp)
        .and_then(|group| next_step(ours(), group));
    let told = said::told_figures(ours().filter(|sentence| Some(sentence.text) != next));
    // A topic that it names says it already.
    let named = |text: &&str| topic.is_none_or(|topic| !text.contains(topic));
    let background = said::background(&sentences).filter(named);

    let line = |key: &str, text: &str| messages::text(language, key, &[("text", text.into())]);
    let lines = [
        topic.map(|topic| line("summary-topic", topic)),
        background.map(|background| line("summary-background", background)),
        (!said.is_empty()).then(|| line("summary-said", &said)),
        told.map(|told| line("summary-told", &told)),
        Some(line("summary-outcome", &outcome)),
        next.map(|next| line("summary-next-step", next)),
    ];
    lines.into_iter().flatten().collect::<Vec<_>>().join("\n")
}

/// The last thing that our side says it does, best with its time; else the last time that it names, where one was wanted.
fn next_step<'a>(
    ours: impl DoubleEndedIterator<Item = &'a Sentence<'a>> + Clone,
    group: Group,
) -> Option<&'a str> {
    let classifier = Classifier::standard();
    let timed = |sentence: &&Sentence<'_>| {
        group != Group::HotInterested && classifier.names_time(sentence.text)
    };
    let agreed = |sentence: &&Sentence<'_>| {
        let found = classifier.classify(sentence.text).group;
        sentence.promises() || found.is_some_and(|found| found <= Group::FollowUp)
    };
    let last = || ours.clone().rev();
    last()
        .find(|sentence| timed(sentence) && agreed(sentence))
        .or_else(|| last().find(|sentence| sentence.promises()))
        .or_else(|| last().find(timed))
        .map(|sentence| sentence.text)
}
