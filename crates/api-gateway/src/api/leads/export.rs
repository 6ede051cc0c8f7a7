use std::sync::Arc;

use actix_web::http::header::CONTENT_DISPOSITION;
use actix_web::{HttpResponse, get, web};
use bytes::Bytes;
use domain::ids::{BusinessId, LeadId};
use domain::import::formula_safe;
use storage::leads::{self, Filter, Lead};

use crate::extract::{Agent, Caller};
use crate::gateway::Gateway;
use crate::problem::{Problem, Result};

/// Leads read at once.
const BATCH: i64 = 1_000;
/// By which spreadsheets know UTF-8.
const BYTE_ORDER_MARK: &str = "\u{feff}";
/// Headed so that the file can be imported again.
const HEADER: [&str; 13] = [
    "id",
    "first_name",
    "last_name",
    "phone",
    "status",
    "service",
    "city",
    "time_zone",
    "tags",
    "notes",
    "summary",
    "last_contact_at",
    "created_at",
];

/// Export leads
///
/// All leads as CSV (UTF-8 with a byte-order mark), newest first. No cell is taken for a formula.
#[utoipa::path(
    tag = "leads", operation_id = "export_leads",
    responses((status = 200, description = "The file", body = String, content_type = "text/csv"))
)]
#[get("/api/leads/export.csv")]
pub(crate) async fn export(
    gateway: web::Data<Gateway>,
    caller: Caller<Agent>,
) -> Result<HttpResponse> {
    let gateway = gateway.into_inner();
    let business = caller.business;
    // The first batch is read before the answer begins, so that a failure is still a problem document.
    let first = batch(&gateway, business, None).await?;
    let header = row(HEADER.map(str::to_owned))?;
    let start = (gateway, Some((format!("{BYTE_ORDER_MARK}{header}"), first)));
    let file = futures::stream::try_unfold(start, move |(gateway, pending)| async move {
        let Some((mut text, leads)) = pending else {
            return Ok::<_, Problem>(None);
        };
        for lead in &leads {
            text.push_str(&row(cells(lead))?);
        }
        let next = match leads.last() {
            Some(last) => {
                let more = batch(&gateway, business, Some(LeadId(last.id))).await?;
                (!more.is_empty()).then(|| (String::new(), more))
            }
            None => None,
        };
        Ok(Some((Bytes::from(text), (gateway, next))))
    });
    Ok(HttpResponse::Ok()
        .content_type("text/csv; charset=utf-8")
        .insert_header((CONTENT_DISPOSITION, "attachment; filename=\"leads.csv\""))
        .streaming(file))
}

async fn batch(
    gateway: &Arc<Gateway>,
    business: BusinessId,
    before: Option<LeadId>,
) -> Result<Vec<Lead>> {
    gateway
        .db
        .tenant(business, move |tx| {
            Ok::<_, Problem>(leads::page(tx, &Filter::default(), before, BATCH)?)
        })
        .await
}

fn cells(lead: &Lead) -> [String; 13] {
    let safe = |text: &str| formula_safe(text).into_owned();
    let some = |text: &Option<String>| text.as_deref().map(safe).unwrap_or_default();
    [
        lead.id.to_string(),
        safe(&lead.first_name),
        safe(&lead.last_name),
        lead.phone_e164.clone().unwrap_or_default(),
        some(&lead.status),
        some(&lead.service),
        some(&lead.city),
        some(&lead.time_zone),
        safe(&lead.tags.join(", ")),
        some(&lead.notes),
        some(&lead.summary),
        lead.last_contact_at
            .map(|at| at.to_rfc3339())
            .unwrap_or_default(),
        lead.created_at.to_rfc3339(),
    ]
}

fn row(cells: [String; 13]) -> Result<String> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer
        .write_record(&cells)
        .map_err(|error| Problem::internal(&error))?;
    let bytes = writer
        .into_inner()
        .map_err(|error| Problem::internal(error.error()))?;
    String::from_utf8(bytes).map_err(|error| Problem::internal(&error))
}
