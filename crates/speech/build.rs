//! Teaches what services are called about, from the texts in `data/`, and leaves the tables for the crate.

#[path = "src/offline/features.rs"]
mod features;
// The crate folds words by the same code; a whole crate for the build would be compiled a second time.
#[path = "../domain/src/text/fold.rs"]
#[expect(dead_code, reason = "the way back to the original is the crate's")]
mod fold;
#[path = "src/offline/learn.rs"]
mod learn;
#[path = "../domain/src/text/shuffle.rs"]
mod shuffle;
#[path = "src/offline/table.rs"]
#[expect(dead_code, reason = "the table is read by the crate")]
mod table;
#[path = "src/offline/taught.rs"]
mod taught;

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use features::Features;
use learn::Example;

/// Before a text that is about no service, or might be about any.
const NONE: &str = "-";

/// Languages by their names in the files.
const LANGUAGES: [&str; 2] = ["he", "en"];

fn read(file: &str) -> String {
    println!("cargo::rerun-if-changed={file}");
    fs::read_to_string(file).unwrap_or_else(|error| panic!("{file}: {error}"))
}

fn example(service: usize, text: &str) -> Example {
    let mut features = Features::default();
    for word in fold::words(text) {
        features.add(&word, 1.0);
    }
    Example { service, features }
}

/// The examples of a language's services, and how many services there are: the name of each, what else it is called, the phrases of
/// its line, and the conversations about it. Behind the services stands none.
fn lessons(language: &str) -> (Vec<Example>, usize) {
    let (mut names, mut examples) = (Vec::new(), Vec::new());
    let list = read(&format!("data/services.{language}.txt"));
    for (name, keys, phrases) in taught::services(&list) {
        let texts = keys.split(',').chain(phrases.split('/')).chain([name]);
        let texts = texts.filter(|text| !text.trim().is_empty());
        examples.extend(texts.map(|text| example(names.len(), text)));
        names.push(name.to_owned());
    }
    let places = names.iter().enumerate();
    let mut places: HashMap<&str, usize> = places.map(|(place, name)| (&**name, place)).collect();
    places.insert(NONE, names.len());
    let file = format!("data/conversations.{language}.txt");
    for line in read(&file).lines().filter(|line| !line.starts_with('#')) {
        let found = line.split_once(" | ");
        let found = found.and_then(|(name, text)| Some((*places.get(name)?, text)));
        let (service, text) =
            found.unwrap_or_else(|| panic!("{file}: no known service before the text: {line}"));
        examples.push(example(service, text));
    }
    (examples, names.len() + 1)
}

#[expect(
    clippy::disallowed_methods,
    reason = "a build script is told its directory so, and has no settings"
)]
fn main() {
    for file in [
        "build.rs",
        "src/offline/features.rs",
        "src/offline/learn.rs",
        "src/offline/table.rs",
        "src/offline/taught.rs",
        "../domain/src/text/fold.rs",
        "../domain/src/text/shuffle.rs",
    ] {
        println!("cargo::rerun-if-changed={file}");
    }
    let out = std::env::var_os("OUT_DIR").expect("cargo sets it");
    for language in LANGUAGES {
        let (examples, services) = lessons(language);
        let table = Path::new(&out).join(format!("services.{language}.bin"));
        fs::write(table, learn::teach(&examples, services)).expect("the directory is there");
    }
}
