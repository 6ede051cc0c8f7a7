//! Understanding speech: what was said, and what it came to in short.

use std::time::Duration;

use bytes::Bytes;
use domain::messages::{self, Language};
use domain::status_map::Status;
use speech::{
    OpenAiSummariser, OpenAiTranscriber, SpeechError, Summariser, SummaryRequest, Unanswered,
    unanswered_summary,
};
use storage::StorageError;
use storage::conversations::{Claimed, SavedSummary, missing};
use storage::decisions::Context;
use tracing::warn;

use crate::outcome;
use crate::settings::SpeechSettings;

/// An hour of audio takes a small machine of one's own several minutes.
const TRANSCRIPTION_TIMEOUT: Duration = Duration::from_secs(480);

/// A summary is a few hundred words.
const SUMMARY_TIMEOUT: Duration = Duration::from_secs(60);

/// Why an answered call has no transcript.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Missing {
    /// No recording could be had.
    NoRecording,
    /// This installation has no transcriber.
    NoTranscriber,
    /// The transcriber gave no answer.
    TranscriptionFailed,
}

impl Missing {
    const ALL: [Self; 3] = [
        Self::NoRecording,
        Self::NoTranscriber,
        Self::TranscriptionFailed,
    ];

    /// The word that is kept with the conversation.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::NoRecording => missing::NO_RECORDING,
            Self::NoTranscriber => missing::NO_TRANSCRIBER,
            Self::TranscriptionFailed => missing::TRANSCRIPTION_FAILED,
        }
    }

    fn of(conversation: &Claimed) -> Self {
        let kept = conversation.last_error.as_deref();
        Self::ALL
            .into_iter()
            .find(|missing| Some(missing.as_str()) == kept)
            .unwrap_or(Self::NoRecording)
    }

    /// An honest sentence in place of a summary.
    fn sentence(self, language: Language) -> String {
        let reason = match self {
            Self::NoRecording => messages::text(language, "reason-no-recording", &[]),
            Self::NoTranscriber => messages::text(language, "reason-no-transcriber", &[]),
            Self::TranscriptionFailed => {
                messages::text(language, "reason-transcription-failed", &[])
            }
        };
        messages::text(
            language,
            "activity-no-summary",
            &[("reason", reason.into())],
        )
    }
}

/// What was said in a recording, or in several one after the other.
#[derive(Debug, Default)]
pub(crate) struct Heard {
    /// As the server gave it.
    pub text: String,
    /// With speakers, where the server tells them apart.
    pub dialogue: String,
    /// The language, where the server tells.
    pub language: Option<String>,
}

impl Heard {
    pub(crate) fn append(&mut self, next: Self) {
        for (mine, more) in [
            (&mut self.text, next.text),
            (&mut self.dialogue, next.dialogue),
        ] {
            if !mine.is_empty() && !more.is_empty() {
                mine.push('\n');
            }
            mine.push_str(&more);
        }
        self.language = self.language.take().or(next.language);
    }
}

/// Why nothing was heard.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ListenError {
    /// The speech server.
    #[error(transparent)]
    Speech(#[from] SpeechError),
    /// The object store.
    #[error("the stored recording cannot be read")]
    Media(#[from] object_store::Error),
    /// The database.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl ListenError {
    /// True when the same may succeed later.
    pub(crate) const fn is_transient(&self) -> bool {
        match self {
            Self::Speech(error) => error.is_transient(),
            Self::Media(_) | Self::Storage(_) => true,
        }
    }
}

/// The transcriber and the summariser of this installation.
pub(crate) struct Speech {
    transcriber: Option<OpenAiTranscriber>,
    summariser: Summariser,
}

impl Speech {
    pub(crate) fn new(settings: SpeechSettings) -> anyhow::Result<Self> {
        let (stt, llm) = (settings.stt, settings.llm);
        let transcriber = match stt.base_url {
            None => None,
            Some(url) => {
                let http = chassis::http::client(TRANSCRIPTION_TIMEOUT)?;
                Some(OpenAiTranscriber::new(http, &url, stt.api_key, stt.model))
            }
        };
        let summariser = match llm.base_url {
            None => Summariser::Offline,
            Some(url) => {
                let http = chassis::http::client(SUMMARY_TIMEOUT)?;
                Summariser::OpenAi(OpenAiSummariser::new(http, &url, llm.api_key, llm.model))
            }
        };
        Ok(Self {
            transcriber,
            summariser,
        })
    }

    /// Transcribes a WAV file; none without a transcriber. The server is left to find out the language: a business's
    /// customers speak more than one.
    pub(crate) async fn transcribe(&self, audio: Bytes) -> Option<Result<Heard, SpeechError>> {
        let transcriber = self.transcriber.as_ref()?;
        let heard = transcriber
            .transcribe(audio, "audio/wav", "call.wav", None)
            .await;
        Some(heard.map(|transcript| Heard {
            dialogue: transcript.dialogue(),
            text: transcript.text,
            language: transcript.language,
        }))
    }

    /// The conversation in short. A call without words is told by how it ended, a call whose words are not known by an
    /// honest sentence; a language model that gives no answer is replaced by the offline summariser on the last attempt.
    pub(crate) async fn summarise(
        &self,
        conversation: &Claimed,
        context: &Context,
        is_last: bool,
    ) -> Result<SavedSummary, SpeechError> {
        let duration_seconds = u32::try_from(conversation.duration_seconds).unwrap_or_default();
        let silence = outcome::without_words(conversation);
        if let Some(unanswered) = silence {
            let text = unanswered_summary(context.language, unanswered, duration_seconds);
            return Ok(plain(text));
        }
        let Some(transcript) = conversation.transcript.clone() else {
            return Ok(plain(Missing::of(conversation).sentence(context.language)));
        };
        let request = SummaryRequest {
            transcript,
            direction: conversation.direction,
            duration_seconds,
            language: Some(context.language),
            statuses: context
                .board
                .iter()
                .map(|column| Status {
                    name: column.name.clone(),
                    label: column.label.clone(),
                    active: column.is_active,
                })
                .collect(),
        };
        let made = match self.summariser.summarise(&request).await {
            Err(error) if is_last || !error.is_transient() => {
                warn!(
                    call_sid = conversation.source_event_id,
                    error = &error as &dyn std::error::Error,
                    "no summary from the language model; made offline"
                );
                Summariser::Offline.summarise(&request).await
            }
            made => made,
        }?;
        if made.dropped_label.is_some() {
            metrics::counter!("callboard_labels_dropped_total").increment(1);
        }
        Ok(SavedSummary {
            text: made.summary,
            recommendation: made.recommendation,
            confidence: Some(made.confidence),
            service: made.service,
            city: made.city,
            dropped_label: made.dropped_label,
        })
    }
}

fn plain(text: String) -> SavedSummary {
    SavedSummary {
        text,
        recommendation: None,
        confidence: None,
        service: None,
        city: None,
        dropped_label: None,
    }
}

/// The word of `status.suggested` for a call without words; none where the lead was reached and only silent.
pub(crate) const fn suggested_outcome(unanswered: Unanswered) -> Option<&'static str> {
    match unanswered {
        // For the board, a phone that is picked up and put down was not answered.
        Unanswered::HungUp => Some(Unanswered::NoAnswer.as_str()),
        Unanswered::Silent => None,
        Unanswered::NoAnswer
        | Unanswered::Busy
        | Unanswered::Failed
        | Unanswered::Canceled
        | Unanswered::Voicemail => Some(unanswered.as_str()),
    }
}
