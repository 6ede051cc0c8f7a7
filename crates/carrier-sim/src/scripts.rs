//! What a number does when it is called.

use std::collections::{HashMap, VecDeque};

use serde::{Deserialize, Serialize};

use crate::config::ConfigError;

/// How a call to a number ends up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// A person answers and talks.
    #[default]
    Answered,
    /// A person answers and hangs up after a second.
    AnsweredAndHungUp,
    /// A machine answers; what is said is said to it.
    Voicemail,
    /// The line is busy.
    Busy,
    /// It rings out, or is declined after `ring_seconds`.
    NoAnswer,
    /// It cannot be connected.
    Failed,
}

/// Who says a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Speaker {
    /// The business's side.
    Agent,
    /// The lead.
    Customer,
}

/// One line of a conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// Who says it.
    pub speaker: Speaker,
    /// What is said.
    pub text: String,
}

/// What a language model makes of the conversation, where the script wants to decide it.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Analysis {
    /// In one or two sentences.
    pub summary: Option<String>,
    /// A label of the business's board, or a group (`APPOINTMENT_SET`, `HOT_INTERESTED`, `FOLLOW_UP`, `NOT_RELEVANT`,
    /// `NO_ANSWER`) for which a fitting label of the prompt is taken.
    pub recommendation: Option<String>,
    /// 0 to 1.
    pub confidence: Option<f64>,
    /// What the customer wants done.
    pub service: Option<String>,
    /// Where.
    pub city: Option<String>,
    /// What was agreed.
    pub next_step: Option<String>,
}

/// The script of one number.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Script {
    /// E.164; empty in the default script.
    pub number: String,
    /// How the call ends up.
    pub outcome: Outcome,
    /// How long the phone rings, seconds.
    pub ring_seconds: f64,
    /// How long the person stays on the line at most, seconds; less when the TwiML hangs up first.
    pub talk_seconds: f64,
    /// ISO 639-1, what the speech service reports.
    pub language: String,
    /// What is said.
    pub transcript: Vec<Line>,
    /// What machine detection says; `human`, or `machine_start` for voicemail, when absent.
    pub answered_by: Option<String>,
    /// The carrier refuses to call the number, with this code (21211, 21215, 21216, …).
    pub create_error: Option<u32>,
    /// What a language model makes of it; without it, a neutral summary of the transcript.
    pub analysis: Analysis,
}

impl Default for Script {
    fn default() -> Self {
        let line = |speaker, text: &str| Line {
            speaker,
            text: text.to_owned(),
        };
        Self {
            number: String::new(),
            outcome: Outcome::Answered,
            ring_seconds: 4.0,
            talk_seconds: 12.0,
            language: "en".to_owned(),
            transcript: vec![
                line(
                    Speaker::Agent,
                    "Hello, this is a short call about the service.",
                ),
                line(Speaker::Customer, "Hello, yes, I can hear you."),
            ],
            answered_by: None,
            create_error: None,
            analysis: Analysis::default(),
        }
    }
}

impl Script {
    /// The word of machine detection.
    pub(crate) fn detection(&self, waits_for_beep: bool) -> &str {
        match (&self.answered_by, self.outcome) {
            (Some(word), _) => word,
            (None, Outcome::Voicemail) if waits_for_beep => "machine_end_beep",
            (None, Outcome::Voicemail) => "machine_start",
            (None, _) => "human",
        }
    }

    /// How long the other side stays on the line.
    pub(crate) fn stays_seconds(&self) -> f64 {
        match self.outcome {
            Outcome::AnsweredAndHungUp => 1.0,
            _ => self.talk_seconds,
        }
    }

    /// What the other side says; nothing when it hangs up at once.
    pub(crate) fn customer_lines(&self) -> Vec<Line> {
        self.spoken()
            .into_iter()
            .filter(|line| line.speaker == Speaker::Customer)
            .collect()
    }

    /// What is said in the call.
    pub(crate) fn spoken(&self) -> Vec<Line> {
        match self.outcome {
            Outcome::AnsweredAndHungUp => Vec::new(),
            _ => self.transcript.clone(),
        }
    }

    pub(crate) fn check(&self, needs_number: bool) -> Result<(), ConfigError> {
        let wrong = |reason: &str| {
            Err(ConfigError::Script {
                number: self.number.clone(),
                reason: reason.to_owned(),
            })
        };
        if needs_number && !is_e164(&self.number) {
            return wrong("number must be E.164, for example +972541234567");
        }
        // The longest call that the carrier allows is 24 hours.
        if !(0.0..=600.0).contains(&self.ring_seconds)
            || !(0.0..=86_400.0).contains(&self.talk_seconds)
        {
            return wrong("ring_seconds must be 0 to 600 and talk_seconds 0 to 86400");
        }
        Ok(())
    }
}

/// Whether the text is a number as the carrier wants it.
pub(crate) fn is_e164(number: &str) -> bool {
    let digits = number.strip_prefix('+').unwrap_or_default();
    (7..=15).contains(&digits.len())
        && digits.bytes().all(|digit| digit.is_ascii_digit())
        && !digits.starts_with('0')
}

/// The scripts of all numbers. Several for one number are played in turn; the last one stays.
#[derive(Default)]
pub(crate) struct ScriptBook {
    numbers: HashMap<String, VecDeque<Script>>,
    default: Script,
}

impl ScriptBook {
    pub(crate) fn new(default: Script, scripts: &[Script]) -> Self {
        let mut book = Self {
            numbers: HashMap::new(),
            default,
        };
        book.replace(scripts);
        book
    }

    /// Replaces the scripts of the numbers that occur.
    pub(crate) fn replace(&mut self, scripts: &[Script]) {
        for script in scripts {
            self.numbers.remove(&script.number);
        }
        for script in scripts {
            let queue = self.numbers.entry(script.number.clone()).or_default();
            queue.push_back(script.clone());
        }
    }

    /// What the number does this time.
    pub(crate) fn play(&mut self, number: &str) -> Script {
        match self.numbers.get_mut(number) {
            Some(queue) if queue.len() > 1 => queue.pop_front().unwrap_or_default(),
            _ => self.peek(number).clone(),
        }
    }

    /// What the number would do next.
    pub(crate) fn peek(&self, number: &str) -> &Script {
        self.numbers
            .get(number)
            .and_then(VecDeque::front)
            .unwrap_or(&self.default)
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = &Script> {
        self.numbers
            .values()
            .flatten()
            .chain(std::iter::once(&self.default))
    }
}
