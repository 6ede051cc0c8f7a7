use serde::Deserialize;

use crate::SpeechError;

/// What the model is asked to answer.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(super) struct Answer {
    pub summary: String,
    #[serde(default)]
    pub recommendation: Option<String>,
    pub confidence: f64,
    #[serde(default)]
    pub service: Option<String>,
    #[serde(default)]
    pub city: Option<String>,
    #[serde(default)]
    pub next_step: Option<String>,
    /// As the model wrote it.
    #[serde(default)]
    pub follow_up_at: Option<String>,
}

#[derive(Deserialize)]
struct Completion {
    choices: Vec<Choice>,
}

#[derive(Deserialize)]
struct Choice {
    message: Message,
}

#[derive(Deserialize)]
struct Message {
    content: Option<String>,
}

impl Answer {
    /// Reads a chat completion whose content is the asked JSON object, also inside a code fence.
    pub fn read(body: &[u8]) -> Result<Self, SpeechError> {
        let malformed = |reason: &str| SpeechError::Malformed {
            reason: reason.to_owned(),
        };
        let completion: Completion = serde_json::from_slice(body)
            .map_err(|_| malformed("the answer is not a chat completion"))?;
        let content = completion
            .choices
            .into_iter()
            .next()
            .and_then(|choice| choice.message.content)
            .ok_or_else(|| malformed("the completion has no content"))?;
        let json = content
            .find('{')
            .zip(content.rfind('}'))
            .and_then(|(open, close)| content.get(open..=close))
            .ok_or_else(|| malformed("the content holds no JSON object"))?;
        let mut answer: Self = serde_json::from_str(json)
            .map_err(|_| malformed("the content is not the asked JSON object"))?;
        if answer.summary.trim().is_empty() {
            return Err(malformed("the summary is empty"));
        }
        if !(0.0..=1.0).contains(&answer.confidence) {
            return Err(malformed("the confidence is not between 0 and 1"));
        }
        for text in [&mut answer.service, &mut answer.city] {
            *text = text.take().filter(|text| !text.trim().is_empty());
        }
        Ok(answer)
    }
}
