use actix_web::http::StatusCode;
use actix_web::{HttpResponse, post, web};
use domain::import::{Reject, read};
use domain::phone::Country;
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use storage::{StorageError, businesses, leads, lists};
use utoipa::ToSchema;

use super::query::ImportQuery;
use crate::extract::{Admin, Bytes, Caller, IdempotencyKey, Params};
use crate::gateway::Gateway;
use crate::once::{Answer, once};
use crate::problem::{Code, Problem, Result};

/// The largest file.
const LARGEST: usize = 20 << 20;

/// A row that did not become a lead.
#[derive(Serialize, ToSchema)]
pub(crate) struct RejectView {
    /// Its line in the file, counted from 1 as spreadsheets count.
    row: u64,
    /// Stable name: `phone_missing`, `phone_rounded`, `phone_not_a_number`, `phone_impossible`, `duplicate_in_file`,
    /// `already_a_lead`, `suppressed`, `too_many_fields`, `unknown_time_zone` or `too_long`.
    reason: &'static str,
    /// The same for people.
    detail: String,
}

/// What came of an import.
#[derive(Serialize, ToSchema)]
pub(crate) struct ImportOutcome {
    /// The new list; null when no lead was created.
    list_id: Option<i64>,
    /// How many leads were created.
    created: usize,
    /// Every row that was not.
    rejects: Vec<RejectView>,
}

/// Import leads
///
/// A CSV file as spreadsheets write it: UTF-8 or Windows-1255, with comma, semicolon or tab, headed in Hebrew or English.
/// Every row becomes a lead or is listed with the reason why not.
#[utoipa::path(
    tag = "leads", operation_id = "import_leads",
    params(
        ImportQuery,
        ("Idempotency-Key" = Option<String>, Header, description = "Makes a repeated request answer as the first"),
    ),
    request_body(content = String, content_type = "text/csv", description = "The file, at most 20 MiB"),
    responses((status = 200, description = "What became of every row", body = ImportOutcome))
)]
#[post("/api/leads/import")]
pub(crate) async fn import(
    gateway: web::Data<Gateway>,
    caller: Caller<Admin>,
    key: IdempotencyKey,
    query: Params<ImportQuery>,
    file: Bytes<LARGEST>,
) -> Result<HttpResponse> {
    let (now, user) = (gateway.clock.now(), caller.user);
    let list_name = query
        .0
        .list_name
        .map(|name| name.trim().to_owned())
        .filter(|name| !name.is_empty());
    if list_name
        .as_ref()
        .is_some_and(|name| name.chars().count() > 200)
    {
        return Err(Problem::field(
            Code::InvalidQuery,
            "list_name",
            "must have at most 200 characters",
        ));
    }
    let list_name = list_name.unwrap_or_else(|| now.format("%Y-%m-%d %H:%M").to_string());
    let fingerprint = Sha256::new()
        .chain_update(&list_name)
        .chain_update(&file.0)
        .finalize()
        .into();
    once(&gateway, caller.business, key, fingerprint, move |tx| {
        let business = tx.business;
        let country = Country::parse(&businesses::get(tx, business)?.country)
            .map_err(|error| StorageError::Corrupt(error.to_string()))?;
        let file = read(&file.0, country)
            .map_err(|error| Problem::from(Code::UnreadableFile).detail(error.to_string()))?;
        let list = match file.leads.is_empty() {
            true => None,
            false => Some(lists::create(tx, business, now, &list_name, user)?),
        };
        let imported = leads::import(tx, business, now, list, &file.leads)?;
        let mut rejects: Vec<RejectView> = file.rejects.iter().map(reject).collect();
        rejects.extend(imported.rejected.iter().map(|(row, reason)| RejectView {
            row: *row,
            reason: reason.code(),
            detail: reason.to_string(),
        }));
        rejects.sort_by_key(|reject| reject.row);
        let outcome = ImportOutcome {
            list_id: list.map(|list| list.0),
            created: imported.created,
            rejects,
        };
        Answer::json(StatusCode::OK, &outcome)
    })
    .await
}

fn reject(reject: &Reject) -> RejectView {
    RejectView {
        row: reject.row,
        reason: reject.reason.code(),
        detail: reject.reason.to_string(),
    }
}
