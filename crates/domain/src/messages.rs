//! The sentences that people read and hear, Hebrew and English, from the Fluent files in `messages/`.
//!
//! Call it as `messages::text(language, "key", &[…])`: a test reads the workspace for such calls and checks that each
//! key exists.

use std::fmt;
use std::str::FromStr;
use std::sync::LazyLock;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use unic_langid::LanguageIdentifier;

/// A value in a sentence: made with `.into()` from text or a whole number.
pub use fluent_bundle::FluentValue as Value;

/// A language that Callboard speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, JsonSchema)]
pub enum Language {
    /// Hebrew, `he`.
    #[default]
    #[serde(rename = "he")]
    Hebrew,
    /// English, `en`.
    #[serde(rename = "en")]
    English,
}

/// Not a language that Callboard speaks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a language that Callboard speaks; use he or en")]
pub struct UnknownLanguage(pub String);

impl Language {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Hebrew, Self::English];

    /// The ISO 639-1 code in the database, the events and the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Hebrew => "he",
            Self::English => "en",
        }
    }

    /// The language most of a text's letters belong to; none when it has neither Hebrew nor Latin letters.
    #[must_use]
    pub fn of(text: &str) -> Option<Self> {
        let (mut hebrew, mut latin) = (0_usize, 0_usize);
        for letter in text.chars() {
            match letter {
                'א'..='ת' => hebrew += 1,
                'a'..='z' | 'A'..='Z' => latin += 1,
                _ => {}
            }
        }
        match hebrew.max(latin) {
            0 => None,
            _ if hebrew >= latin => Some(Self::Hebrew),
            _ => Some(Self::English),
        }
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Language {
    type Err = UnknownLanguage;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|language| language.as_str() == text)
            .ok_or_else(|| UnknownLanguage(text.to_owned()))
    }
}

type Bundle = FluentBundle<FluentResource>;

static HEBREW: LazyLock<Bundle> =
    LazyLock::new(|| compile(Language::Hebrew, include_str!("../messages/he.ftl")));
static ENGLISH: LazyLock<Bundle> =
    LazyLock::new(|| compile(Language::English, include_str!("../messages/en.ftl")));

fn compile(language: Language, source: &str) -> Bundle {
    let locale: LanguageIdentifier = language
        .as_str()
        .parse()
        .expect("a two-letter code is a language identifier");
    let mut bundle = Bundle::new_concurrent(vec![locale]);
    // The marks would end up in notes, in spoken text and in what is classified.
    bundle.set_use_isolating(false);
    let resource = FluentResource::try_new(source.to_owned())
        .expect("a file of the crate, parsed by its tests");
    bundle
        .add_resource(resource)
        .expect("a file of the crate, its keys checked unique by its tests");
    bundle
}

/// The sentence of a key, with its values filled in. A key that no file has comes back as itself.
#[must_use]
pub fn text(language: Language, key: &str, values: &[(&str, Value<'_>)]) -> String {
    let bundle: &Bundle = match language {
        Language::Hebrew => &HEBREW,
        Language::English => &ENGLISH,
    };
    let Some(pattern) = bundle.get_message(key).and_then(|message| message.value()) else {
        debug_assert!(false, "no message has the key {key}");
        return key.to_owned();
    };
    let args: FluentArgs<'_> = values
        .iter()
        .map(|(name, value)| (*name, value.clone()))
        .collect();
    let mut problems = Vec::new();
    let sentence = bundle.format_pattern(pattern, Some(&args), &mut problems);
    debug_assert!(problems.is_empty(), "message {key}: {problems:?}");
    sentence.into_owned()
}

/// True when a sentence of this key exists, for keys that are built from data.
#[must_use]
pub fn has(key: &str) -> bool {
    ENGLISH.has_message(key)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::fs;
    use std::path::{Path, PathBuf};

    use rstest::rstest;

    use super::*;

    /// Key → names of the values that its text uses, from the file itself.
    fn keys(source: &str) -> BTreeMap<String, Vec<String>> {
        let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let mut key = String::new();
        for line in source.lines().filter(|line| !line.starts_with('#')) {
            if let Some((name, _)) = line.split_once(" = ")
                && !line.starts_with(' ')
            {
                key = name.to_owned();
                assert!(!found.contains_key(&key), "{key} stands twice");
                found.insert(key.clone(), Vec::new());
            }
            for part in line.split('$').skip(1) {
                let value: String = part
                    .chars()
                    .take_while(char::is_ascii_alphanumeric)
                    .collect();
                let values = found.entry(key.clone()).or_default();
                if !values.contains(&value) {
                    values.push(value);
                }
            }
        }
        for values in found.values_mut() {
            values.sort();
        }
        found
    }

    #[test]
    fn both_languages_have_the_same_keys_with_the_same_values() {
        let hebrew = keys(include_str!("../messages/he.ftl"));
        let english = keys(include_str!("../messages/en.ftl"));
        assert!(hebrew.len() > 50);
        assert_eq!(hebrew, english);
        for key in hebrew.keys() {
            assert!(HEBREW.has_message(key) && ENGLISH.has_message(key), "{key}");
        }
    }

    fn sources(folder: &Path, files: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                sources(&path, files);
            } else if path.extension().is_some_and(|ext| ext == "rs") {
                files.push(path);
            }
        }
    }

    #[test]
    fn every_key_that_code_asks_for_exists() {
        let mut files = Vec::new();
        let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        for entry in fs::read_dir(crates).expect("the workspace").flatten() {
            sources(&entry.path().join("src"), &mut files);
        }
        let mut asked = 0;
        for file in files {
            let code = fs::read_to_string(&file).unwrap_or_default();
            let code = code.split("mod tests {").next().unwrap_or_default();
            let code_lines: String = code
                .lines()
                .filter(|line| !line.trim_start().starts_with("//"))
                .collect();
            for call in code_lines.split("messages::text(").skip(1) {
                let arguments = call.split("&[").next().unwrap_or_default();
                // A key that is built with `format!` is checked where its parts are enumerated.
                if arguments.contains("format!") {
                    continue;
                }
                let Some(key) = arguments.split('"').nth(1) else {
                    continue;
                };
                asked += 1;
                assert!(has(key), "{}: no message has the key {key}", file.display());
            }
        }
        assert!(asked > 0);
    }

    #[rstest]
    #[case(Language::Hebrew, 3, "שיחה לא נענתה (3 שניות) - אין מענה")]
    #[case(Language::Hebrew, 2, "שיחה לא נענתה (שתי שניות) - אין מענה")]
    #[case(Language::Hebrew, 1, "שיחה לא נענתה (שנייה אחת) - אין מענה")]
    #[case(Language::Hebrew, 0, "שיחה לא נענתה - אין מענה")]
    #[case(Language::Hebrew, 1200, "שיחה לא נענתה (1200 שניות) - אין מענה")]
    #[case(Language::English, 3, "Call not answered (3 seconds) - no answer")]
    #[case(Language::English, 1, "Call not answered (1 second) - no answer")]
    #[case(Language::English, 0, "Call not answered - no answer")]
    fn a_call_nobody_answered_tells_its_length(
        #[case] language: Language,
        #[case] seconds: i64,
        #[case] expected: &str,
    ) {
        let sentence = text(
            language,
            "unanswered-no-answer",
            &[("seconds", seconds.into())],
        );
        assert_eq!(sentence, expected);
    }

    #[test]
    fn values_are_not_wrapped_in_bidi_marks() {
        let tag = text(
            Language::Hebrew,
            "recommendation-tag",
            &[("label", "מעוניין".into())],
        );
        assert_eq!(tag, "[המלצה: מעוניין]");
    }

    #[rstest]
    #[case("שלום ok", Some(Language::Hebrew))]
    #[case("hello, שלום", Some(Language::English))]
    #[case("050-1234567 !", None)]
    fn a_texts_language_is_the_one_of_most_letters(
        #[case] sample: &str,
        #[case] expected: Option<Language>,
    ) {
        assert_eq!(Language::of(sample), expected);
    }
}
