use std::time::Duration;

use anyhow::Context as _;
use clap::Args;
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use speech::{OpenAiSummariser, Summariser, Summary, SummaryRequest};

use crate::arguments::MaybeUrl;
use crate::failure::Ended;
use crate::jsonl;

/// How long a language model may take.
const PATIENCE: Duration = Duration::from_secs(60);

#[derive(Debug, Args)]
pub(crate) struct Summarise {
    /// An OpenAI-compatible server [default: none, summaries are made offline]
    #[arg(long, value_name = "URL", env = "LLM_BASE_URL")]
    llm_base_url: Option<MaybeUrl>,
    /// The model's name there
    #[arg(long, value_name = "NAME", env = "LLM_MODEL")]
    llm_model: Option<String>,
    /// The server's key, where it wants one; best in the environment, where no other user of the machine sees it
    #[arg(long, value_name = "KEY", env = "LLM_API_KEY", hide_env_values = true, value_parser = secret)]
    llm_api_key: Option<SecretString>,
}

#[derive(Deserialize)]
struct Question {
    id: Value,
    #[serde(flatten)]
    request: SummaryRequest,
}

#[derive(Serialize)]
struct Answer {
    id: Value,
    #[serde(flatten)]
    summary: Summary,
}

impl Summarise {
    pub(crate) async fn run(self) -> anyhow::Result<Ended> {
        let summariser = self.summariser()?;
        jsonl::each(async |question: Question| {
            Ok(Answer {
                id: question.id,
                summary: summariser.summarise(&question.request).await?,
            })
        })
        .await
    }

    fn summariser(self) -> anyhow::Result<Summariser> {
        let Some(base) = MaybeUrl::given(self.llm_base_url) else {
            return Ok(Summariser::Offline);
        };
        let model = self.llm_model.filter(|model| !model.is_empty());
        let model = model.context(
            "LLM_BASE_URL is set and LLM_MODEL is not; set it to the model's name there",
        )?;
        let key = self
            .llm_api_key
            .filter(|key| !key.expose_secret().is_empty());
        let http = chassis::http::client(PATIENCE)?;
        Ok(Summariser::OpenAi(OpenAiSummariser::new(
            http, &base, key, model,
        )))
    }
}

fn secret(text: &str) -> Result<SecretString, std::convert::Infallible> {
    Ok(SecretString::from(text))
}
