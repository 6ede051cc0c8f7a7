//! The servers that understand speech, each behind its breaker: what was said, and what it came to in short.

use std::time::Duration;

use bytes::Bytes;
use chassis::clock::Clock;
use domain::events::SuggestionSource;
use domain::messages::{self, Language};
use domain::status_map::Status;
use speech::{
    OpenAiSummariser, OpenAiTranscriber, Summariser, SummaryRequest, Transcript, Unanswered,
    unanswered_summary,
};
use storage::conversations::{Claimed, SavedSummary};
use storage::decisions::Context;
use tracing::warn;

use crate::measures;
use crate::missing::Missing;
use crate::outcome;
use crate::server::{Refusal, Server};
use crate::settings::{SpeechSettings, Work};

/// The most that any request may take; what is asked of each server has a time-out of its own.
const LONGEST_TIMEOUT: Duration = Duration::from_secs(500);

/// The transcriber and the summariser of this installation.
pub(crate) struct Speech {
    transcriber: Option<OpenAiTranscriber>,
    summariser: Summariser,
    stt: Server,
    llm: Server,
}

impl Speech {
    pub(crate) fn new(
        settings: SpeechSettings,
        work: &Work,
        clock: &Clock,
    ) -> anyhow::Result<Self> {
        let (stt, llm) = (settings.stt, settings.llm);
        let transcriber = match stt.base_url {
            None => None,
            Some(url) => {
                let http = chassis::http::client(LONGEST_TIMEOUT)?;
                Some(OpenAiTranscriber::new(http, &url, stt.api_key, stt.model))
            }
        };
        let summariser = match llm.base_url {
            None => Summariser::Offline,
            Some(url) => {
                let http = chassis::http::client(LONGEST_TIMEOUT)?;
                Summariser::OpenAi(OpenAiSummariser::new(http, &url, llm.api_key, llm.model))
            }
        };
        Ok(Self {
            transcriber,
            summariser,
            stt: Server::new("stt", work, clock.clone()),
            llm: Server::new("llm", work, clock.clone()),
        })
    }

    /// Whether this installation has a transcriber.
    pub(crate) const fn can_listen(&self) -> bool {
        self.transcriber.is_some()
    }

    /// Whether the transcriber may be asked just now.
    pub(crate) fn listens(&self) -> Result<(), Refusal> {
        self.stt.is_up()
    }

    /// Transcribes a WAV file.
    pub(crate) async fn transcribe(
        &self,
        audio: Bytes,
        hint: Option<Language>,
    ) -> Result<Transcript, Refusal> {
        let Some(transcriber) = &self.transcriber else {
            return Ok(Transcript::default());
        };
        let answer = transcriber.transcribe(audio, "audio/wav", "call.wav", hint);
        self.stt.ask(answer).await
    }

    /// The conversation in short. A call without words is told by how it ended, a conversation whose words are not known by
    /// an honest sentence; a language model that gives no answer is replaced by the offline summariser, once `is_final` says
    /// that there is none to be expected.
    pub(crate) async fn summarise(
        &self,
        conversation: &Claimed,
        context: &Context,
        is_final: impl Fn(&Refusal) -> bool,
    ) -> Result<SavedSummary, Refusal> {
        let duration_seconds = u32::try_from(conversation.duration_seconds).unwrap_or_default();
        let silence = outcome::without_words(conversation);
        if let Some(unanswered) = silence {
            let text = unanswered_summary(context.language, unanswered, duration_seconds);
            return Ok(plain(text));
        }
        let Some(transcript) = conversation.transcript.clone() else {
            let language = context.language;
            return Ok(plain(match conversation.source {
                SuggestionSource::CallSummary => Missing::of(conversation).sentence(language),
                SuggestionSource::WhatsappSummary => {
                    messages::text(language, "whatsapp-no-words", &[])
                }
            }));
        };
        let request = SummaryRequest {
            transcript,
            direction: conversation.direction,
            duration_seconds,
            language: Some(context.language),
            occurred_at: Some(conversation.occurred_at),
            time_zone: Some(context.settings.time_zone),
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
        let made = match self.llm.ask(self.summariser.summarise(&request)).await {
            Err(refusal) if is_final(&refusal) => {
                warn!(
                    call_sid = conversation.source_event_id,
                    error = &refusal as &dyn std::error::Error,
                    "no summary from the language model; made offline"
                );
                Summariser::Offline.summarise(&request).await?
            }
            made => made?,
        };
        if made.dropped_label.is_some() {
            measures::LABELS_DROPPED.count(&[]).increment(1);
        }
        Ok(SavedSummary {
            text: made.summary,
            recommendation: made.recommendation,
            confidence: Some(made.confidence),
            service: made.service,
            city: made.city,
            dropped_label: made.dropped_label,
            follow_up_at: made.follow_up_at,
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
        follow_up_at: None,
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
