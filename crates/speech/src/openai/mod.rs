//! Summaries by a language model: `POST /v1/chat/completions` (OpenAI API reference, "Create chat completion").

mod answer;

use std::time::Duration;

use domain::messages;
use domain::status_map::map_label;
use secrecy::SecretString;
use serde_json::{Value, json};
use url::Url;

use crate::SpeechError;
use crate::http::Endpoint;
use crate::offline;
use crate::summary::{Summary, SummaryRequest};
use answer::Answer;

/// A summary is a few hundred words.
const TIMEOUT: Duration = Duration::from_secs(60);
/// A summary is a few hundred bytes; more than this is not one.
const LONGEST_ANSWER_BYTES: usize = 1024 * 1024;
/// A model that answers prose is asked once more.
const ATTEMPTS: usize = 2;

/// A summariser over an OpenAI-compatible server.
#[derive(Debug, Clone)]
pub struct OpenAiSummariser {
    endpoint: Endpoint,
    model: String,
}

impl OpenAiSummariser {
    /// `base_url` with or without its `/v1`; no key for a server of one's own.
    #[must_use]
    pub fn new(
        http: reqwest::Client,
        base_url: &Url,
        api_key: Option<SecretString>,
        model: impl Into<String>,
    ) -> Self {
        Self {
            endpoint: Endpoint::new(http, base_url, "chat/completions", api_key, TIMEOUT),
            model: model.into(),
        }
    }

    /// Asks for a summary. What is not the asked JSON is asked for once more; then the offline summary stands in, as it
    /// does for an answer that is too large.
    ///
    /// # Errors
    /// When the server refuses, is busy or cannot be reached.
    pub async fn summarise(&self, request: &SummaryRequest) -> Result<Summary, SpeechError> {
        if request.transcript.trim().is_empty() {
            return Ok(offline::summarise(request));
        }
        let body = self.body(request);
        for attempt in 1..=ATTEMPTS {
            let answer = self
                .endpoint
                .post(LONGEST_ANSWER_BYTES, |http| http.json(&body))
                .await
                .and_then(|bytes| Answer::read(&bytes));
            match answer {
                Ok(answer) => return Ok(checked(answer, request)),
                Err(error @ (SpeechError::Malformed { .. } | SpeechError::TooLarge { .. })) => {
                    tracing::warn!(attempt, %error, "the model did not answer as asked");
                }
                Err(error) => return Err(error),
            }
        }
        Ok(offline::summarise(request))
    }

    fn body(&self, request: &SummaryRequest) -> Value {
        let labels: Vec<&str> = request
            .statuses
            .iter()
            .filter(|status| status.active)
            .map(|status| status.label.as_str())
            .collect();
        let facts = json!({
            "statuses": labels,
            "direction": request.direction,
            "duration_seconds": request.duration_seconds,
            "language": request.spoken_language(),
            "occurred_at": request.local_moment(),
        });
        json!({
            "model": self.model,
            "temperature": 0,
            "response_format": { "type": "json_object" },
            "messages": [
                { "role": "system", "content": include_str!("../../prompt.txt") },
                { "role": "user", "content": format!("{facts}\n\n{}", request.transcript) },
            ],
        })
    }
}

/// Nothing that a model says is taken on trust: the label must be one of the business's, the rest within bounds.
fn checked(answer: Answer, request: &SummaryRequest) -> Summary {
    let language = request.spoken_language();
    let plain = offline::summarise(request);
    let wanted = answer
        .recommendation
        .filter(|label| !label.trim().is_empty());
    let status = wanted.as_deref().and_then(|label| {
        let name = map_label(&request.statuses, label).name?;
        request
            .statuses
            .iter()
            .find(|status| status.active && status.name == name)
    });
    let recommendation = status.map(|status| status.label.clone());
    let dropped_label = wanted.filter(|_| recommendation.is_none());
    if dropped_label.is_some() {
        tracing::warn!("the model recommended a status that the business does not have; dropped");
    }
    let mut text = answer.summary.trim().to_owned();
    if let Some(next) = answer.next_step.filter(|next| !next.trim().is_empty()) {
        let next = messages::text(
            language,
            "summary-next-step",
            &[("text", next.trim().into())],
        );
        text = format!("{text}\n{next}");
    }
    Summary {
        summary: offline::tagged(&text, recommendation.as_deref()),
        confidence: if dropped_label.is_some() {
            plain.confidence
        } else {
            answer.confidence
        },
        recommendation,
        group: plain.group,
        service: answer.service.or(plain.service),
        city: answer.city.or(plain.city),
        follow_up_at: answer
            .follow_up_at
            .and_then(|local| request.checked_follow_up(&local))
            .or(plain.follow_up_at),
        dropped_label,
    }
}
