//! What a summariser is asked and what it answers.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use domain::call::Direction;
use domain::messages::Language;
use domain::status_map::Status;
use domain::text::Group;
use serde::{Deserialize, Serialize};

use crate::offline;
use crate::{OpenAiSummariser, SpeechError};

/// A conversation to summarise.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct SummaryRequest {
    /// What was said; lines may begin with their speaker (`Agent:`, `לקוח:`).
    pub transcript: String,
    /// Which way the call went; none for WhatsApp.
    #[serde(default)]
    pub direction: Option<Direction>,
    /// How long it lasted.
    #[serde(default, alias = "duration_sec")]
    pub duration_seconds: u32,
    /// The business's language: used where the conversation does not tell its own.
    #[serde(default)]
    pub language: Option<Language>,
    /// The business's statuses; only active ones are recommended.
    #[serde(default)]
    pub statuses: Vec<Status>,
    /// When it took place; where that is not known, no time to call again is looked for.
    #[serde(default)]
    pub occurred_at: Option<DateTime<Utc>>,
    /// Whose clock times are meant on (IANA); Israel's where it is not said.
    #[serde(default)]
    pub time_zone: Option<Tz>,
}

impl SummaryRequest {
    /// The language of the conversation, else the business's, else Hebrew.
    #[must_use]
    pub fn spoken_language(&self) -> Language {
        Language::of(&self.transcript)
            .or(self.language)
            .unwrap_or_default()
    }
}

/// A conversation in short.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Summary {
    /// The text, with the recommendation's tag at its end where there is one.
    pub summary: String,
    /// The label of one of the business's active statuses.
    pub recommendation: Option<String>,
    /// What the conversation came to.
    #[serde(skip)]
    pub group: Option<Group>,
    /// 0 to 1.
    pub confidence: f64,
    /// What the person wants.
    pub service: Option<String>,
    /// Where it is wanted.
    pub city: Option<String>,
    /// When somebody promised to be in touch again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub follow_up_at: Option<DateTime<Utc>>,
    /// A label that the model recommended and that no active status of the business has; it was dropped.
    #[serde(skip)]
    pub dropped_label: Option<String>,
}

/// Summarises conversations.
#[derive(Debug, Clone)]
pub enum Summariser {
    /// Extractive, needs nothing.
    Offline,
    /// A language model behind an OpenAI-compatible server.
    OpenAi(OpenAiSummariser),
}

impl Summariser {
    /// Summarises a conversation.
    ///
    /// # Errors
    /// Offline never fails. A server's failure is a [`SpeechError`]; its nonsense is not, the offline summary stands in.
    pub async fn summarise(&self, request: &SummaryRequest) -> Result<Summary, SpeechError> {
        match self {
            Self::Offline => Ok(offline::summarise(request)),
            Self::OpenAi(model) => model.summarise(request).await,
        }
    }
}
