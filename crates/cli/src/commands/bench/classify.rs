//! How fast summaries are understood: in this process, on one core, beside a plain search for the words to look for.

use std::hint::black_box;
use std::ops::RangeInclusive;
use std::time::Instant;

use aho_corasick::AhoCorasick;
use clap::Args;
use domain::text::{Classifier, Words};
use rustix::time::{ClockId, clock_gettime};
use serde_json::json;

use super::peers::{Better, Figure};
use super::report::Report;
use crate::failure::Ended;

/// Sayings of both languages, each with what it comes to; whole summaries among them.
const SAYINGS: [&str; 2] = [
    include_str!("../../../../domain/lexicon/sayings.he.txt"),
    include_str!("../../../../domain/lexicon/sayings.en.txt"),
];

/// A summary of a conversation has about sixty words.
const WORDS: RangeInclusive<usize> = 50..=70;

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

const FIGURES: [Figure; 4] = [
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
    Figure {
        name: "allocations",
        better: Better::Lower,
        digits: 1,
        limit: None,
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
        let words: usize = rounds().map(|text| text.split_whitespace().count()).sum();
        let allocated = allocation_counter::measure(|| {
            for text in &texts {
                black_box(classifier.classify(text));
            }
        });
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
                "{n} summaries of {:.0} words on average, Hebrew and English, one after the other",
                words as f64 / f64::from(self.n)
            ),
            conditions: "in this process, one thread, by its CPU time".to_owned(),
            figures: &FIGURES,
            ours: vec![
                Some(per_second(ours)),
                Some(bytes as f64 / 1e6 / ours.cpu.max(1e-9)),
                Some(started.cpu * 1e3),
                Some(allocated.count_total as f64 / texts.len() as f64),
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

/// The sayings that are whole summaries, in both languages.
fn summaries() -> Vec<String> {
    SAYINGS
        .iter()
        .flat_map(|sayings| sayings.lines())
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_once(" | "))
        .map(|(_, text)| text.replace("\\n", "\n"))
        .filter(|text| WORDS.contains(&text.split_whitespace().count()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_summaries_are_of_both_languages() {
        let texts = summaries();
        assert!(texts.len() > 50);
        let is_latin =
            |text: &String| text.starts_with(|letter: char| letter.is_ascii_alphabetic());
        assert!(texts.iter().any(is_latin) && !texts.iter().all(is_latin));
    }
}
