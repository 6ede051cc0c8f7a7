use actix_web::{get, web};
use domain::ids::SuppressionId;
use storage::suppressions::{self, Filter};

use super::SuppressionView;
use super::query::SuppressionQuery;
use crate::extract::{Agent, Caller, Params};
use crate::gateway::Gateway;
use crate::page::{Page, PageQuery};
use crate::problem::{Code, FieldError, Problem, Result};

/// Suppressions
///
/// The numbers that are not called, newest first. One that was lifted is not among them.
#[utoipa::path(
    tag = "suppressions", operation_id = "list_suppressions", params(SuppressionQuery),
    responses((status = 200, description = "A page of suppressions", body = Page<SuppressionView>))
)]
#[get("/api/suppressions")]
pub(crate) async fn list(
    gateway: web::Data<Gateway>,
    caller: Caller<Agent>,
    query: Params<SuppressionQuery>,
) -> Result<web::Json<Page<SuppressionView>>> {
    let SuppressionQuery {
        q,
        origin,
        cursor,
        limit,
    } = query.0;
    let page = PageQuery { cursor, limit };
    let (wanted, before) = (page.wanted()?, page.after_id()?.map(SuppressionId));
    let filter = Filter {
        parts: parts(q.as_deref().unwrap_or_default())?,
        origin,
    };
    let rows = gateway
        .db
        .tenant(caller.business, move |tx| {
            Ok::<_, Problem>(suppressions::in_force(tx, &filter, before, wanted)?)
        })
        .await?;
    Ok(web::Json(Page::by_id(rows, wanted, |row| row.id)))
}

/// Fewer digits than these, without the zeros before them, would find nearly every number.
const FEWEST_DIGITS: usize = 3;

/// What a number may contain, for a part of it as people write it: the digits, or the digits without the zeros that a local
/// number starts with and an international one does not. Nothing for an empty text.
fn parts(text: &str) -> Result<Vec<String>> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(Vec::new());
    }
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let is_number = text
        .chars()
        .all(|c| c.is_ascii_digit() || matches!(c, '+' | '-' | ' ' | '(' | ')'));
    if !is_number || digits.is_empty() {
        let wrong = FieldError::new("q", "must be part of a phone number");
        return Err(Problem::fields(Code::InvalidQuery, vec![wrong]));
    }
    let bare = digits.trim_start_matches('0').to_owned();
    let mut parts = vec![digits];
    if bare.len() >= FEWEST_DIGITS {
        parts.push(bare);
    }
    Ok(parts)
}
