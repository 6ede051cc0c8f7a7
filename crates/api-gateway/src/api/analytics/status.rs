use actix_web::{get, web};
use domain::events::ChangeSource;
use storage::analytics::{self, Days};
use storage::{TenantTx, statuses};

use super::days::Asked;
use super::query::StatusQuery;
use super::status_view::{Read, StatusAnalyticsView, StatusSummaryView};
use crate::extract::{Admin, Caller, Params};
use crate::gateway::Gateway;
use crate::problem::{self, Problem, Result};

/// How leads move
///
/// How many leads entered and left each status and how long they stayed, transitions, the funnel, and how sure and how right
/// automation was. Each figure is defined in `proto-docs/analytics.md`.
#[utoipa::path(
    tag = "analytics", operation_id = "analytics_status", params(StatusQuery),
    responses(
        (status = 200, description = "The figures; zeros and nulls where nothing happened", body = StatusAnalyticsView),
        (status = 422, description = "Days that cannot be told (`validation_failed`); errors name the parameters", body = problem::Document, content_type = "application/problem+json"),
    )
)]
#[get("/api/analytics/status")]
pub(crate) async fn status(
    gateway: web::Data<Gateway>,
    caller: Caller<Admin>,
    query: Params<StatusQuery>,
) -> Result<web::Json<StatusAnalyticsView>> {
    let now = gateway.clock.now();
    let query = query.0;
    let wanted = query.wanted();
    let source = query.source.map(ChangeSource::as_str);
    let shown = gateway
        .db
        .tenant(caller.business, move |tx| {
            let asked = wanted.read(tx, now)?;
            show(tx, &asked, source)
        })
        .await?;
    Ok(web::Json(shown))
}

fn show(
    tx: &mut TenantTx<'_>,
    asked: &Asked,
    source: Option<&'static str>,
) -> Result<StatusAnalyticsView> {
    let read = read(tx, asked, asked.days, source)?;
    let previous = asked
        .previous
        .map(|days| {
            let read = self::read(tx, asked, days, source)?;
            Ok::<_, Problem>(StatusSummaryView::of(&read))
        })
        .transpose()?;
    let by_day = analytics::moves_by_day(tx, asked.days, asked.scope, source)?;
    let stays = analytics::stays(tx, asked.days, asked.scope, source)?;
    let board = statuses::board(tx)?;
    Ok(StatusAnalyticsView::of(
        asked, &read, previous, by_day, &stays, &board,
    ))
}

/// What the summary is made of.
fn read(tx: &mut TenantTx<'_>, asked: &Asked, days: Days, source: Option<&str>) -> Result<Read> {
    let Asked {
        scope, now, zone, ..
    } = *asked;
    Ok(Read {
        transitions: analytics::transitions(tx, days, scope, source)?,
        decisions: analytics::decisions(tx, days, scope, source)?,
        corrections: analytics::corrections(tx, days, scope, source, now, zone)?,
    })
}
