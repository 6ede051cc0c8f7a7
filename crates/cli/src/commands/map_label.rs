use domain::status_map::{How, Status, map_label, map_summary};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::failure::Ended;
use crate::jsonl;

#[derive(Deserialize)]
struct Question {
    id: Value,
    kind: Kind,
    statuses: Vec<Status>,
    recommendation: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    /// What a tag holds.
    Raw,
    /// A whole summary that may hold a tag.
    Summary,
}

#[derive(Serialize)]
struct Answer {
    id: Value,
    name: Option<String>,
    how: How,
}

pub(crate) async fn run() -> anyhow::Result<Ended> {
    jsonl::each(async |question: Question| {
        let mapping = match question.kind {
            Kind::Raw => map_label(&question.statuses, &question.recommendation),
            Kind::Summary => map_summary(&question.statuses, &question.recommendation),
        };
        Ok(Answer {
            id: question.id,
            name: mapping.name,
            how: mapping.how,
        })
    })
    .await
}
