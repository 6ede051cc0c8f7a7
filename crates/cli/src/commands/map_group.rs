use domain::status_map::{Status, map_group};
use domain::text::Group;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::failure::Ended;
use crate::jsonl;

#[derive(Deserialize)]
struct Question {
    id: Value,
    statuses: Vec<Status>,
    group: Option<Group>,
}

#[derive(Serialize)]
struct Answer {
    id: Value,
    name: Option<String>,
}

pub(crate) async fn run() -> anyhow::Result<Ended> {
    jsonl::each(async |question: Question| {
        let status = question
            .group
            .and_then(|group| map_group(&question.statuses, group));
        Ok(Answer {
            name: status.map(|status| status.name.clone()),
            id: question.id,
        })
    })
    .await
}
