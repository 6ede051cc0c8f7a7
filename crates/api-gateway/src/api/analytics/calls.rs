use actix_web::{get, web};
use domain::call::Direction;
use storage::TenantTx;
use storage::analytics;

use super::calls_view::{CallAnalyticsView, CallSummaryView, Parts};
use super::days::Asked;
use super::query::CallsQuery;
use crate::extract::{Admin, Caller, Params};
use crate::gateway::Gateway;
use crate::problem::{self, Problem, Result};

/// How calls end
///
/// Ended calls by when they began: answer rates by hour and weekday, number and list, outcomes, durations, and how many
/// calls it takes to reach a lead. Each figure is defined in `proto-docs/analytics.md`.
#[utoipa::path(
    tag = "analytics", operation_id = "analytics_calls", params(CallsQuery),
    responses(
        (status = 200, description = "The figures; zeros and nulls where nobody was called", body = CallAnalyticsView),
        (status = 422, description = "Days that cannot be told (`validation_failed`); errors name the parameters", body = problem::Document, content_type = "application/problem+json"),
    )
)]
#[get("/api/analytics/calls")]
pub(crate) async fn calls(
    gateway: web::Data<Gateway>,
    caller: Caller<Admin>,
    query: Params<CallsQuery>,
) -> Result<web::Json<CallAnalyticsView>> {
    let now = gateway.clock.now();
    let query = query.0;
    let wanted = query.wanted();
    let shown = gateway
        .db
        .tenant(caller.business, move |tx| {
            let asked = wanted.read(tx, now)?;
            show(tx, &asked, query.direction)
        })
        .await?;
    Ok(web::Json(shown))
}

fn show(
    tx: &mut TenantTx<'_>,
    asked: &Asked,
    only: Option<Direction>,
) -> Result<CallAnalyticsView> {
    let direction = only.map(Direction::as_str);
    let (days, scope) = (asked.days, asked.scope);
    let previous = asked
        .previous
        .map(|days| {
            let counts = analytics::counts(tx, days, scope, direction)?;
            let talks = analytics::talks(tx, days, scope, direction)?;
            Ok::<_, Problem>(CallSummaryView::of(&counts, &talks))
        })
        .transpose()?;
    // Who calls in has been reached.
    let heat = only.unwrap_or(Direction::Outbound);
    let attempts = match heat {
        Direction::Outbound => analytics::attempts(tx, days, scope)?,
        Direction::Inbound => Vec::new(),
    };
    let parts = Parts {
        counts: analytics::counts(tx, days, scope, direction)?,
        by_day: analytics::by_day(tx, days, scope, direction)?,
        by_hour: analytics::by_hour(tx, days, scope, heat.as_str())?,
        by_number: analytics::by_number(tx, days, scope, direction)?,
        by_list: analytics::by_list(tx, days, scope, direction)?,
        talks: analytics::talks(tx, days, scope, direction)?,
        attempts,
    };
    Ok(CallAnalyticsView::of(asked, previous, parts))
}
