use clap::Args;
use domain::status_map::{Status, map_group};
use domain::text::{Classifier, Group, Match, Words};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::failure::Ended;
use crate::jsonl;
use crate::lexicon::LexiconArgument;

#[derive(Deserialize)]
struct Question {
    id: Value,
    text: String,
    #[serde(default)]
    statuses: Vec<Status>,
}

#[derive(Serialize)]
struct Answer {
    id: Value,
    group: Option<Group>,
    /// The name of the business's own status that means the group.
    status: Option<String>,
    confidence: f64,
    matched: Vec<Match>,
    /// Taught by sayings, where the lexicon is silent or outweighed.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    learned: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Classify {
    #[command(flatten)]
    lexicon: LexiconArgument,
}

impl Classify {
    pub(crate) async fn run(self) -> anyhow::Result<Ended> {
        match self.lexicon.read()? {
            Some(lexicon) => read(&Classifier::compile(&lexicon, &Words::default())).await,
            None => read(Classifier::standard()).await,
        }
    }
}

async fn read(classifier: &Classifier) -> anyhow::Result<Ended> {
    jsonl::each(async |question: Question| {
        let found = classifier.classify(&question.text);
        let status = found
            .group
            .and_then(|group| map_group(&question.statuses, group));
        Ok(Answer {
            id: question.id,
            group: found.group,
            status: status.map(|status| status.name.clone()),
            confidence: found.confidence,
            matched: found.matched,
            learned: found.learned,
        })
    })
    .await
}
