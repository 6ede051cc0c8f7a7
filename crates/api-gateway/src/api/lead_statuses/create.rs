use actix_web::http::StatusCode;
use actix_web::{HttpResponse, post, web};
use serde::Deserialize;
use storage::statuses::{self, NewStatus};
use utoipa::ToSchema;

use super::{StatusView, board, check_color, check_label, label_is_free, show_one};
use crate::extract::{Admin, Body, Caller, Fields, IdempotencyKey, Validate};
use crate::gateway::Gateway;
use crate::once::{Answer, once};
use crate::problem::{Code, Problem, Result};

/// No name is longer, in characters.
const LONGEST_NAME: usize = 64;
/// No board has more columns.
const MOST_STATUSES: usize = 100;
/// Slate, which goes with every other colour.
const COLOR: &str = "#64748b";

/// A column to add.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct StatusToCreate {
    /// Stable key without white space; made of the label when absent.
    #[serde(default)]
    name: Option<String>,
    /// What people see.
    #[schema(min_length = 1, max_length = 80)]
    label: String,
    /// `#rrggbb`; grey when absent.
    #[serde(default)]
    color: Option<String>,
    /// Automation never moves a lead out of it.
    #[serde(default)]
    is_protected: bool,
}

impl StatusToCreate {
    /// The name that was given, or the label in small letters with `_` between its words and for what no address may hold.
    fn name(&self) -> String {
        let label = || {
            let words: Vec<&str> = self.label.split_whitespace().collect();
            let joined = words.join("_").replace('/', "_").to_lowercase();
            joined.chars().take(LONGEST_NAME).collect()
        };
        self.name.clone().unwrap_or_else(label)
    }
}

impl Validate for StatusToCreate {
    fn validate(&self, fields: &mut Fields) {
        check_label(Some(&self.label), fields);
        check_color(self.color.as_deref(), fields);
        let is_name = |name: &str| {
            (1..=LONGEST_NAME).contains(&name.chars().count())
                && !name.contains(|c: char| c.is_whitespace() || c.is_control() || c == '/')
        };
        let message = "must have 1 to 64 characters, without white space and /";
        fields.check(self.name.as_deref().is_none_or(is_name), "name", message);
    }
}

/// Add a status
///
/// A column at the end of the board, switched on.
#[utoipa::path(
    tag = "leads", operation_id = "create_lead_status", request_body = StatusToCreate,
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes a repeated request answer as the first")),
    responses((status = 201, description = "The new status", body = StatusView))
)]
#[post("/api/lead-statuses")]
pub(crate) async fn create(
    gateway: web::Data<Gateway>,
    caller: Caller<Admin>,
    key: IdempotencyKey,
    body: Body<StatusToCreate>,
) -> Result<HttpResponse> {
    let fingerprint = body.fingerprint;
    once(&gateway, caller.business, key, fingerprint, move |tx| {
        let wanted = body.value;
        let (name, label) = (wanted.name(), wanted.label.trim());
        let board = board(tx)?;
        if board.len() >= MOST_STATUSES {
            return Err(Problem::from(Code::BoardIsFull));
        }
        label_is_free(&board, &name, label)?;
        let new = NewStatus {
            name: &name,
            label,
            color: wanted.color.as_deref().unwrap_or(COLOR),
            is_protected: wanted.is_protected,
        };
        let made = statuses::create(tx, &new)?;
        Answer::json(StatusCode::CREATED, &show_one(tx, made)?)
    })
    .await
}
