use domain::status_map::{Status, map_group};
use domain::text::{Classifier, Group, Match};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::failure::Ended;
use crate::jsonl;

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
}

pub(crate) async fn run() -> anyhow::Result<Ended> {
    let classifier = Classifier::standard();
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
        })
    })
    .await
}
