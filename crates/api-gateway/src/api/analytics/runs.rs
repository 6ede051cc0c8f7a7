use actix_web::{get, web};
use domain::ids::{ListId, RunId};
use storage::TenantTx;
use storage::analytics;

use super::days::{Asked, Wanted};
use super::query::RunsQuery;
use super::runs_view::{RunAnalyticsView, RunTotalsView};
use crate::extract::{Admin, Caller, Params};
use crate::gateway::Gateway;
use crate::page::PageQuery;
use crate::problem::{self, Problem, Result};

/// What runs come to
///
/// The results of each run that was asked for on these days, newest first, and of all of them together. Direct calls are no
/// runs here. Each figure is defined in `proto-docs/analytics.md`.
#[utoipa::path(
    tag = "analytics", operation_id = "analytics_runs", params(RunsQuery),
    responses(
        (status = 200, description = "The figures; zeros and nulls where there was no run", body = RunAnalyticsView),
        (status = 422, description = "Days that cannot be told (`validation_failed`); errors name the parameters", body = problem::Document, content_type = "application/problem+json"),
    )
)]
#[get("/api/analytics/runs")]
pub(crate) async fn runs(
    gateway: web::Data<Gateway>,
    caller: Caller<Admin>,
    query: Params<RunsQuery>,
) -> Result<web::Json<RunAnalyticsView>> {
    let now = gateway.clock.now();
    let query = query.0;
    let page = PageQuery {
        cursor: query.cursor,
        limit: query.limit,
    };
    let (most, before) = (page.wanted()?, page.after_id()?.map(RunId));
    let list = query.list_id;
    let wanted = Wanted {
        from: query.from,
        to: query.to,
        list,
        owner: None,
        compare: query.compare,
    };
    let shown = gateway
        .db
        .tenant(caller.business, move |tx| {
            let asked = wanted.read(tx, now)?;
            show(tx, &asked, list.map(ListId), before, most)
        })
        .await?;
    Ok(web::Json(shown))
}

fn show(
    tx: &mut TenantTx<'_>,
    asked: &Asked,
    list: Option<ListId>,
    before: Option<RunId>,
    most: i64,
) -> Result<RunAnalyticsView> {
    let (zone, now) = (asked.zone.name(), asked.now);
    let totals = analytics::totals(tx, asked.days, zone, list, now)?;
    let previous = asked
        .previous
        .map(|days| {
            let totals = analytics::totals(tx, days, zone, list, now)?;
            Ok::<_, Problem>(RunTotalsView::from(totals))
        })
        .transpose()?;
    let found = analytics::runs(tx, asked.days, zone, list, now, before, most)?;
    Ok(RunAnalyticsView::of(asked, totals, previous, found, most))
}
