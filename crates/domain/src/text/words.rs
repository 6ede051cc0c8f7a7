//! A business's own words: phrases that speak for a group exactly as the lexicon's own expressions do.

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};

use super::Group;
use super::fold::{Folded, words};

/// Most phrases of one group.
pub const MOST_PHRASES: usize = 200;

/// Most characters of a phrase.
pub const LONGEST_PHRASE: usize = 60;

/// Fewer letters than this would match at every turn.
const FEWEST_LETTERS: usize = 2;

/// Phrases by group, as a person wrote them: `{"HOT_INTERESTED": ["שלחו חוזה"]}`. A value of this type is valid, and two
/// with the same content are equal and hash alike.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "WordsDraft", into = "BTreeMap<Group, Vec<String>>")]
pub struct Words(BTreeMap<Group, Vec<String>>);

/// Phrases by the name of their group, not looked at yet.
pub type WordsDraft = BTreeMap<String, Vec<String>>;

/// Something that is wrong with a business's words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field} {what}")]
pub struct WrongWords {
    /// The group, or the phrase by its place in it: `HOT_INTERESTED[3]`.
    pub field: String,
    /// What is wrong, and what it should be.
    pub what: WordsFault,
}

/// What can be wrong with a business's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WordsFault {
    /// There is no such group.
    #[error(
        "is not a group; use APPOINTMENT_SET, HOT_INTERESTED, FOLLOW_UP, NOT_RELEVANT or NO_ANSWER"
    )]
    UnknownGroup,
    /// The group has more than [`MOST_PHRASES`].
    #[error("must have at most {MOST_PHRASES} phrases")]
    TooMany,
    /// The phrase has more than [`LONGEST_PHRASE`].
    #[error("must have at most {LONGEST_PHRASE} characters")]
    TooLong,
    /// The phrase would match at every turn.
    #[error("must have at least {FEWEST_LETTERS} letters")]
    TooShort,
    /// The phrase has a mark that is no part of a word, or that means something in a pattern of the lexicon.
    #[error("must be letters, digits, spaces, quotes and dashes only")]
    Marks,
    /// Another group has the phrase.
    #[error("is a phrase of {0} already")]
    Claimed(Group),
}

/// Everything that is wrong with a business's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AllWrong(pub Vec<WrongWords>);

impl std::fmt::Display for AllWrong {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let all: Vec<String> = self.0.iter().map(WrongWords::to_string).collect();
        f.write_str(&all.join("; "))
    }
}

impl std::error::Error for AllWrong {}

impl Words {
    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The phrases as patterns of the lexicon: folded words with one space between, so that nothing in them is special.
    pub(super) fn patterns(&self) -> Vec<(Group, String)> {
        self.0
            .iter()
            .flat_map(|(group, phrases)| phrases.iter().map(|phrase| (*group, folded(phrase))))
            .collect()
    }
}

impl TryFrom<WordsDraft> for Words {
    type Error = AllWrong;

    /// Takes what a person wrote.
    fn try_from(draft: WordsDraft) -> Result<Self, AllWrong> {
        let mut wrong = Vec::new();
        let mut claimed: HashMap<String, Group> = HashMap::new();
        let mut words = BTreeMap::new();
        for (name, phrases) in draft {
            let fault = |field: String, what| WrongWords { field, what };
            let Ok(group) = name.parse::<Group>() else {
                wrong.push(fault(name, WordsFault::UnknownGroup));
                continue;
            };
            if phrases.len() > MOST_PHRASES {
                wrong.push(fault(name.clone(), WordsFault::TooMany));
            }
            let mut kept = Vec::new();
            for (at, phrase) in phrases.iter().enumerate() {
                let phrase = phrase.trim();
                let found = judge(phrase).err();
                let owner = *claimed.entry(folded(phrase)).or_insert(group);
                let found = found.or((owner != group).then_some(WordsFault::Claimed(owner)));
                match found {
                    Some(what) => wrong.push(fault(format!("{name}[{at}]"), what)),
                    None => kept.push(phrase.to_owned()),
                }
            }
            if !kept.is_empty() {
                words.insert(group, kept);
            }
        }
        if wrong.is_empty() {
            Ok(Self(words))
        } else {
            Err(AllWrong(wrong))
        }
    }
}

impl From<Words> for BTreeMap<Group, Vec<String>> {
    fn from(words: Words) -> Self {
        words.0
    }
}

fn folded(phrase: &str) -> String {
    words(phrase).join(" ")
}

fn judge(phrase: &str) -> Result<(), WordsFault> {
    if phrase.chars().count() > LONGEST_PHRASE {
        return Err(WordsFault::TooLong);
    }
    let text = Folded::new(phrase).text;
    if !text
        .chars()
        .all(|letter| letter.is_alphanumeric() || matches!(letter, ' ' | '"' | '-'))
    {
        return Err(WordsFault::Marks);
    }
    let letters = text.chars().filter(|letter| letter.is_alphabetic());
    if letters.count() < FEWEST_LETTERS {
        return Err(WordsFault::TooShort);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::{Value, json};

    use super::*;
    use crate::text::Classifier;

    fn read(words: Value) -> Result<Words, AllWrong> {
        let draft: WordsDraft = serde_json::from_value(words).expect("groups with phrases");
        Words::try_from(draft)
    }

    fn classifier(group: Group, phrase: &str) -> Classifier {
        let words = read(json!({ group.as_str(): [phrase] })).expect("valid");
        Classifier::with_words(&words)
    }

    #[rstest]
    #[case::said("הלקוח אמר פצצה של מוצר", Some(Group::HotInterested))]
    #[case::prefixes("הגיב ושפצצה של מוצר בעיניו", Some(Group::HotInterested))]
    #[case::points("פְּצָצָה של מוצר", Some(Group::HotInterested))]
    #[case::inside_a_word("פצצה של מוצרים", None)]
    #[case::our_side("נציג: פצצה של מוצר", None)]
    fn a_phrase_is_read_as_the_lexicon_s_own_words(
        #[case] text: &str,
        #[case] group: Option<Group>,
    ) {
        let found = classifier(Group::HotInterested, "פצצה של מוצר").by_lexicon(text);
        assert_eq!(found.group, group, "{found:?}");
        assert_eq!(Classifier::standard().by_lexicon(text).group, None);
    }

    #[rstest]
    fn a_phrase_stands_negation_and_questions_as_a_word_of_the_lexicon_does(
        #[values(
            "He is {}",
            "He is not {}",
            "Is he {}?",
            "Agent: are you {}?",
            "He was {} but no longer is"
        )]
        frame: &str,
    ) {
        let own = classifier(Group::HotInterested, "stoked");
        let (ours, lexicon) = (
            frame.replace("{}", "stoked"),
            frame.replace("{}", "interested"),
        );
        let (ours, lexicon) = (own.by_lexicon(&ours), own.by_lexicon(&lexicon));
        assert_eq!(ours.group, lexicon.group, "{ours:?} {lexicon:?}");
        let is_negated = ours.matched.iter().any(|one| one.negated);
        assert_eq!(is_negated, frame.contains(" not "), "{ours:?}");
    }

    #[test]
    fn what_the_sayings_teach_does_not_outweigh_a_phrase() {
        let text = "תא קולי, לא ענה";
        let own = classifier(Group::FollowUp, "שלום וברכה").classify(text);
        assert_eq!(own, Classifier::standard().classify(text));
        let text = "שיהיה לך יום טוב, תודה רבה";
        assert_eq!(Classifier::standard().classify(text).group, None);
        let own = classifier(Group::HotInterested, "יום טוב").classify(text);
        assert_eq!(
            (own.group, own.confidence),
            (Some(Group::HotInterested), 0.8)
        );
    }

    #[test]
    fn the_evidence_shows_the_phrase_where_it_stands() {
        let found = classifier(Group::FollowUp, "אחרי הבר-מצווה").classify("נדבר אחרי הבר מצווה");
        assert_eq!(found.group, Some(Group::FollowUp));
        let own = &found.matched[found.matched.len() - 1];
        assert_eq!(
            (own.text.as_str(), own.start, own.negated),
            ("אחרי הבר מצווה", 5, false)
        );
    }

    #[rstest]
    #[case::bracket("a(b|c)d")]
    #[case::class("{ask}")]
    #[case::exact("=word")]
    #[case::gap("one .. two")]
    #[case::comment("one # two")]
    #[case::line("one\ntwo")]
    #[case::section("[HOT]")]
    #[case::anchors("^word$")]
    fn what_means_something_in_a_pattern_is_refused(#[case] phrase: &str) {
        let wrong = read(json!({ "FOLLOW_UP": [phrase] }))
            .expect_err("refused")
            .0;
        assert_eq!(
            (wrong[0].field.as_str(), wrong[0].what),
            ("FOLLOW_UP[0]", WordsFault::Marks)
        );
    }

    #[test]
    fn everything_that_is_wrong_is_listed_by_its_place() {
        let many: Vec<String> = (0..=MOST_PHRASES).map(|n| format!("phrase {n}")).collect();
        let refused = read(json!({
            "FOLLOW_UP": ["x", "7", "later on", "a".repeat(LONGEST_PHRASE + 1), "what?"],
            "HOT_INTERESTED": ["Later-On", "fine"],
            "NO_ANSWER": many,
            "WARM": ["fine"],
        }));
        let wrong = refused.expect_err("refused").0;
        let wrong: Vec<(&str, WordsFault)> = wrong
            .iter()
            .map(|one| (one.field.as_str(), one.what))
            .collect();
        assert_eq!(
            wrong,
            [
                ("FOLLOW_UP[0]", WordsFault::TooShort),
                ("FOLLOW_UP[1]", WordsFault::TooShort),
                ("FOLLOW_UP[3]", WordsFault::TooLong),
                ("FOLLOW_UP[4]", WordsFault::Marks),
                ("HOT_INTERESTED[0]", WordsFault::Claimed(Group::FollowUp)),
                ("NO_ANSWER", WordsFault::TooMany),
                ("WARM", WordsFault::UnknownGroup),
            ]
        );
    }

    #[test]
    fn words_come_back_as_they_were_written_and_compare_by_content() {
        let written = json!({ "HOT_INTERESTED": ["  שלחו חוזה ", "צ'יפס"], "FOLLOW_UP": [] });
        let words: Words = serde_json::from_value(written).expect("valid");
        let shown = serde_json::to_value(&words).expect("serialises");
        assert_eq!(shown, json!({ "HOT_INTERESTED": ["שלחו חוזה", "צ'יפס"] }));
        assert_eq!(words, serde_json::from_value(shown).expect("valid"));
        assert!(!words.is_empty() && Words::default().is_empty());
    }
}
