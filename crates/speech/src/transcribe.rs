//! Speech to text: `POST /v1/audio/transcriptions` (OpenAI API reference, "Create transcription").

use std::time::Duration;

use bytes::Bytes;
use domain::messages::Language;
use reqwest::multipart::{Form, Part};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use url::Url;

use crate::SpeechError;
use crate::http::Endpoint;

/// Some minutes of audio take a small machine of one's own about as long.
const TIMEOUT: Duration = Duration::from_secs(480);
/// An hour of speech is some 60 kB of text and ten times that with its segments.
const LONGEST_ANSWER_BYTES: usize = 8 * 1024 * 1024;

/// What was said, as the server heard it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Transcript {
    /// The whole text.
    pub text: String,
    /// The language as the server names it (`hebrew` or `he`), where it tells.
    #[serde(default)]
    pub language: Option<String>,
    /// The text in timed pieces, where the server offers them.
    #[serde(default)]
    pub segments: Vec<Segment>,
}

/// A timed piece of a transcript.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Segment {
    /// Seconds from the start of the recording.
    pub start: f64,
    /// Seconds from the start of the recording.
    pub end: f64,
    /// What is said in it.
    pub text: String,
    /// Who speaks, from servers that tell voices apart: `agent`, `customer` or a name of the server's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub speaker: Option<String>,
}

impl Transcript {
    /// The text as lines with their speaker (`Agent: …`, `Customer: …`) where every segment tells agent or customer;
    /// else the plain text.
    #[must_use]
    pub fn dialogue(&self) -> String {
        let line = |segment: &Segment| {
            let role = match segment.speaker.as_deref()? {
                "agent" => "Agent",
                "customer" => "Customer",
                _ => return None,
            };
            Some(format!("{role}: {}", segment.text.trim()))
        };
        let lines: Option<Vec<String>> = self.segments.iter().map(line).collect();
        match lines {
            Some(lines) if !lines.is_empty() => lines.join("\n"),
            _ => self.text.clone(),
        }
    }
}

/// A transcriber over an OpenAI-compatible server.
#[derive(Debug, Clone)]
pub struct OpenAiTranscriber {
    endpoint: Endpoint,
    model: String,
}

impl OpenAiTranscriber {
    /// `base_url` with or without its `/v1`; no key for a server of one's own.
    #[must_use]
    pub fn new(
        http: reqwest::Client,
        base_url: &Url,
        api_key: Option<SecretString>,
        model: impl Into<String>,
    ) -> Self {
        Self {
            endpoint: Endpoint::new(http, base_url, "audio/transcriptions", api_key, TIMEOUT),
            model: model.into(),
        }
    }

    /// Transcribes a recording. The hint is the language that the conversation is most likely in.
    ///
    /// # Errors
    /// See [`SpeechError`]; [`is_transient`](SpeechError::is_transient) tells whether to try again.
    pub async fn transcribe(
        &self,
        audio: Bytes,
        content_type: &str,
        file_name: &str,
        language_hint: Option<Language>,
    ) -> Result<Transcript, SpeechError> {
        let file = Part::stream(audio)
            .file_name(file_name.to_owned())
            .mime_str(content_type)
            .map_err(|_| SpeechError::Malformed {
                reason: format!("{content_type:?} is not a media type"),
            })?;
        let mut form = Form::new()
            .part("file", file)
            .text("model", self.model.clone())
            .text("response_format", "verbose_json");
        if let Some(language) = language_hint {
            form = form.text("language", language.as_str());
        }
        let body = self
            .endpoint
            .post(LONGEST_ANSWER_BYTES, |request| request.multipart(form))
            .await?;
        serde_json::from_slice(&body).map_err(|error| SpeechError::Malformed {
            reason: error.to_string(),
        })
    }
}
