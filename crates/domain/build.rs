//! Teaches the learned part of the text classifier with the sayings of the lexicon, and leaves its table for the crate.

#[path = "src/text/features.rs"]
mod features;
#[path = "src/text/fold.rs"]
#[expect(dead_code, reason = "the way back to the original is the crate's")]
mod fold;
#[path = "src/text/learn.rs"]
mod learn;
#[path = "src/text/shuffle.rs"]
mod shuffle;
#[path = "src/text/table.rs"]
mod table;
#[path = "src/text/turns.rs"]
#[expect(dead_code, reason = "a transcript's turns are the crate's")]
mod turns;

use std::path::Path;

/// The groups in order of priority; behind them, none.
const NAMES: [&str; table::CLASSES] = [
    "APPOINTMENT_SET",
    "HOT_INTERESTED",
    "FOLLOW_UP",
    "NOT_RELEVANT",
    "NO_ANSWER",
    "none",
];

/// Sayings, and the examples of the lexicon's own sections.
const SAYINGS: [&str; 5] = [
    "lexicon/sayings.he.txt",
    "lexicon/sayings.en.txt",
    "lexicon/examples.txt",
    "lexicon/he.txt",
    "lexicon/en.txt",
];

/// How calls end.
const ENDINGS: [&str; 2] = ["lexicon/endings.he.txt", "lexicon/endings.en.txt"];

fn read(files: &[&str]) -> Vec<learn::Saying> {
    let mut sayings = Vec::new();
    for file in files {
        println!("cargo::rerun-if-changed={file}");
        let source =
            std::fs::read_to_string(file).unwrap_or_else(|error| panic!("{file}: {error}"));
        let class = |name: &str| NAMES.iter().position(|known| *known == name);
        let read = learn::sayings(&source, class);
        sayings.extend(read.unwrap_or_else(|error| panic!("{file}: {error}")));
    }
    sayings
}

#[expect(
    clippy::disallowed_methods,
    reason = "a build script is told its directory so, and has no settings"
)]
fn main() {
    let (sayings, endings) = (read(&SAYINGS), read(&ENDINGS));
    for file in ["features", "fold", "learn", "shuffle", "table", "turns"] {
        println!("cargo::rerun-if-changed=src/text/{file}.rs");
    }
    println!("cargo::rerun-if-changed=build.rs");
    let out = std::env::var_os("OUT_DIR").expect("cargo sets it");
    let keep = |name: &str, sayings: &[&learn::Saying]| {
        let table = learn::teach(sayings);
        std::fs::write(Path::new(&out).join(name), table).expect("the directory is there");
    };
    let told: Vec<_> = sayings.iter().collect();
    keep("learned.bin", &told);
    // What people say in a call they say in summaries too, but how a call ends tells nothing of a summary.
    let spoken: Vec<_> = sayings.iter().chain(&endings).collect();
    keep("spoken.bin", &spoken);
}
