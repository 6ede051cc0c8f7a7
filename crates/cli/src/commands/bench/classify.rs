//! How fast summaries are understood: in this process, on one core, beside a plain search for the words to look for.

use std::hint::black_box;
use std::time::Instant;

use aho_corasick::AhoCorasick;
use clap::Args;
use domain::text::{Classifier, Words};
use rustix::time::{ClockId, clock_gettime};
use serde_json::json;

use super::peers::{Better, Figure};
use super::report::Report;
use crate::failure::Ended;

/// Sentences of both languages, each with what it says.
const EXAMPLES: &str = include_str!("../../../../domain/lexicon/examples.txt");

/// A summary of a conversation has about so many words.
const WORDS: usize = 60;

/// The plain words that each group was first described by.
const TRIGGERS: [&str; 24] = [
    "נקבעה פגישה",
    "קבענו",
    "פגישה",
    "תואם",
    "מעוניין",
    "מעוניינת",
    "מעניין",
    "רוצה",
    "תחזור",
    "מחר",
    "שבוע הבא",
    "לא מעוניין",
    "לא רלוונטי",
    "תורידו אותי",
    "אין מענה",
    "לא ענה",
    "תא קולי",
    "appointment",
    "meeting",
    "interested",
    "call back",
    "not interested",
    "no answer",
    "voicemail",
];

const FIGURES: [Figure; 3] = [
    Figure {
        name: "texts/s",
        better: Better::Higher,
        digits: 0,
        limit: Some(100_000.0),
    },
    Figure {
        name: "MB/s",
        better: Better::Higher,
        digits: 1,
        limit: None,
    },
    Figure {
        name: "start-up ms",
        better: Better::Lower,
        digits: 1,
        limit: Some(50.0),
    },
];

#[derive(Debug, Args)]
pub(crate) struct Classify {
    /// Texts, in all
    #[arg(long, default_value_t = 200_000, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000_000))]
    n: u32,
    /// Answer as JSON
    #[arg(long)]
    json: bool,
}

impl Classify {
    pub(super) fn run(self) -> anyhow::Result<Ended> {
        let (classifier, started) = measured(|| Classifier::with_words(&Words::default()));
        let texts = summaries();
        let n = self.n as usize;
        let rounds = || texts.iter().cycle().take(n);
        let bytes: usize = rounds().map(String::len).sum();
        let (understood, ours) = measured(|| {
            rounds()
                .filter(|text| black_box(classifier.classify(text)).group.is_some())
                .count()
        });
        let plain = AhoCorasick::new(TRIGGERS)?;
        let (found, scan) = measured(|| {
            rounds()
                .map(|text| black_box(plain.find_iter(text.as_str()).count()))
                .sum::<usize>()
        });
        let per_second = |took: Took| f64::from(self.n) / took.cpu.max(1e-9);
        let faults = match understood {
            0 => vec!["no text has a group".to_owned()],
            _ => Vec::new(),
        };
        Report {
            workload: "classify",
            title: format!(
                "{n} summaries of {WORDS} words, Hebrew and English, one after the other"
            ),
            conditions: "in this process, one thread, by its CPU time; allocations are not counted"
                .to_owned(),
            figures: &FIGURES,
            ours: vec![
                Some(per_second(ours)),
                Some(bytes as f64 / 1e6 / ours.cpu.max(1e-9)),
                Some(started.cpu * 1e3),
            ],
            peers: &[],
            details: vec![
                (
                    "texts/s by the clock on the wall",
                    json!((f64::from(self.n) / ours.wall.max(1e-9)).round()),
                ),
                ("bytes per text", json!(bytes / n)),
                ("texts with a group", json!(understood)),
                (
                    "texts/s of a plain aho-corasick search for 24 words",
                    json!(per_second(scan).round()),
                ),
                (
                    "words that it found, without knowing what they mean",
                    json!(found),
                ),
                (
                    "times as fast as the plain search",
                    json!((scan.cpu / ours.cpu.max(1e-9) * 1e4).round() / 1e4),
                ),
            ],
            faults,
        }
        .finish_as("process", self.json)
    }
}

/// Seconds.
#[derive(Debug, Clone, Copy)]
struct Took {
    cpu: f64,
    wall: f64,
}

/// What the work comes to, and how long this thread was at it.
fn measured<T>(work: impl FnOnce() -> T) -> (T, Took) {
    let cpu = || {
        let now = clock_gettime(ClockId::ThreadCPUTime);
        now.tv_sec as f64 + now.tv_nsec as f64 / 1e9
    };
    let (wall, before) = (Instant::now(), cpu());
    let result = work();
    let took = Took {
        cpu: cpu() - before,
        wall: wall.elapsed().as_secs_f64(),
    };
    (result, took)
}

/// Summaries of a summary's length, put together from the examples; those of turns are left out.
fn summaries() -> Vec<String> {
    let is_latin = |text: &&str| text.starts_with(|letter: char| letter.is_ascii_alphabetic());
    let sentences = EXAMPLES
        .lines()
        .filter(|line| !line.starts_with('#') && !line.contains("\\n"))
        .filter_map(|line| line.split_once(" | "))
        .map(|(_, text)| text);
    let (english, hebrew): (Vec<&str>, Vec<&str>) = sentences.partition(is_latin);
    let mut texts = Vec::new();
    let mut words: Vec<String> = Vec::new();
    for sentence in hebrew.into_iter().chain(english) {
        words.extend(sentence.split_whitespace().map(str::to_owned));
        if let Some(last) = words.last_mut()
            && !last.ends_with(['.', '!', '?'])
        {
            last.push('.');
        }
        if words.len() >= WORDS {
            words.truncate(WORDS);
            texts.push(words.join(" "));
            words.clear();
        }
    }
    texts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_summaries_are_of_both_languages_and_of_one_length() {
        let texts = summaries();
        assert!(texts.len() > 5);
        for text in &texts {
            assert_eq!(text.split_whitespace().count(), WORDS);
        }
        let is_latin = |text: &String| text.contains(|letter: char| letter.is_ascii_lowercase());
        assert!(texts.iter().any(is_latin) && !texts.iter().all(is_latin));
    }
}
