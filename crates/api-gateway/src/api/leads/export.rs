use std::sync::Arc;

use actix_web::http::header::CONTENT_DISPOSITION;
use actix_web::{HttpResponse, get, web};
use bytes::Bytes;
use domain::ids::{BusinessId, LeadId};
use storage::leads::Filter;
use storage::leads::export::{BYTE_ORDER_MARK, HEADER, rows, write};

use super::query::ExportQuery;
use crate::extract::{Agent, Caller, Params};
use crate::gateway::Gateway;
use crate::problem::{Problem, Result};

/// Leads read at once.
const BATCH: i64 = 1_000;

/// Export leads
///
/// The leads that pass the filters of the list as CSV (RFC 4180, UTF-8 with a byte-order mark), newest first, headed so that
/// the file can be imported again: names, number, status, owner, list, tags, notes and times come back as they were. No cell
/// is taken for a formula: what begins like one has an apostrophe in front. A number stays as it is in `phone` (a plus and
/// digits compute to the digits), and stands once more in `phone_local` as it is spoken, which no spreadsheet rounds.
#[utoipa::path(
    tag = "leads", operation_id = "export_leads", params(ExportQuery),
    responses((
        status = 200, description = "The file", body = String, content_type = "text/csv",
        example = "id,first_name,last_name,phone,status,service,city,time_zone,tags,notes,summary,last_contact_at,created_at,\
                   follow_up_at,owner,list,phone_local\r\n7,דנה,כהן,+972521234567,new,,חולון,,vip,,,,2026-11-27T08:00:00Z,,,\
                   June,052-123-4567\r\n",
    ))
)]
#[get("/api/leads/export.csv")]
pub(crate) async fn export(
    gateway: web::Data<Gateway>,
    caller: Caller<Agent>,
    query: Params<ExportQuery>,
) -> Result<HttpResponse> {
    let (gateway, business) = (gateway.into_inner(), caller.business);
    let filter = query.0.filter()?;
    // The first batch is read before the answer begins, so that a failure is still a problem document.
    let first = batch(&gateway, business, &filter, None).await?;
    let mut header = BYTE_ORDER_MARK.as_bytes().to_vec();
    write(&mut header, [HEADER]).map_err(|error| Problem::internal(&error))?;
    let start = (gateway, filter, Some((header, first)));
    let file = futures::stream::try_unfold(start, move |(gateway, filter, pending)| async move {
        let Some((mut text, (rows, last))) = pending else {
            return Ok::<_, Problem>(None);
        };
        text.extend(rows);
        let next = match last {
            Some(last) => {
                let more = batch(&gateway, business, &filter, Some(last)).await?;
                more.1.is_some().then(|| (Vec::new(), more))
            }
            None => None,
        };
        Ok(Some((Bytes::from(text), (gateway, filter, next))))
    });
    Ok(HttpResponse::Ok()
        .content_type("text/csv; charset=utf-8")
        .insert_header((CONTENT_DISPOSITION, "attachment; filename=\"leads.csv\""))
        .streaming(file))
}

/// Some rows as CSV, and the last lead in them.
async fn batch(
    gateway: &Arc<Gateway>,
    business: BusinessId,
    filter: &Filter,
    before: Option<LeadId>,
) -> Result<(Vec<u8>, Option<LeadId>)> {
    let filter = filter.clone();
    let (rows, last) = gateway
        .db
        .tenant(business, move |tx| {
            Ok::<_, Problem>(rows(tx, &filter, before, BATCH)?)
        })
        .await?;
    let mut text = Vec::new();
    write(&mut text, &rows).map_err(|error| Problem::internal(&error))?;
    Ok((text, last))
}
