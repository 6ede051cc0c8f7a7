//! Teaches the learned part of the text classifier with the sayings of the lexicon, and leaves its table for the crate.

#[path = "src/text/features.rs"]
mod features;
#[path = "src/text/fold.rs"]
#[expect(dead_code, reason = "the way back to the original is the crate's")]
mod fold;
#[path = "src/text/learn.rs"]
mod learn;
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

/// Sayings, how calls end, and the examples of the lexicon's own sections.
const SAYINGS: [&str; 7] = [
    "lexicon/sayings.he.txt",
    "lexicon/sayings.en.txt",
    "lexicon/endings.he.txt",
    "lexicon/endings.en.txt",
    "lexicon/examples.txt",
    "lexicon/he.txt",
    "lexicon/en.txt",
];

#[expect(
    clippy::disallowed_methods,
    reason = "a build script is told its directory so, and has no settings"
)]
fn main() {
    let mut sayings = Vec::new();
    for file in SAYINGS {
        println!("cargo::rerun-if-changed={file}");
        let source =
            std::fs::read_to_string(file).unwrap_or_else(|error| panic!("{file}: {error}"));
        let class = |name: &str| NAMES.iter().position(|known| *known == name);
        let read = learn::sayings(&source, class);
        sayings.extend(read.unwrap_or_else(|error| panic!("{file}: {error}")));
    }
    for file in ["features", "fold", "learn", "table", "turns"] {
        println!("cargo::rerun-if-changed=src/text/{file}.rs");
    }
    println!("cargo::rerun-if-changed=build.rs");
    let table = learn::teach(&sayings.iter().collect::<Vec<_>>());
    let out = std::env::var_os("OUT_DIR").expect("cargo sets it");
    std::fs::write(Path::new(&out).join("learned.bin"), table).expect("the directory is there");
}
