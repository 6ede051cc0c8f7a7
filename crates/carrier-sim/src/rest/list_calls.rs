//! `GET …/Calls.json`: newest first, filtered and paged.

use actix_web::{HttpRequest, HttpResponse, web};
use chrono::{DateTime, NaiveDate, Utc};
use serde_json::Value;

use super::json::{call_json, page};
use super::params::Params;
use super::reply::{ApiError, authorise, ok};
use crate::calls::{CallRecord, View};
use crate::state::Sim;

const DEFAULT_PAGE_SIZE: usize = 50;
const MAX_PAGE_SIZE: usize = 1000;

pub(super) async fn list(request: HttpRequest, sim: web::Data<Sim>) -> HttpResponse {
    if let Err(refused) = authorise(&sim, &request) {
        return refused.response();
    }
    let params = Params::read(request.query_string().as_bytes());
    let filter = match Filter::read(&params) {
        Ok(filter) => filter,
        Err(error) => return error.response(),
    };
    let (number, size) = paging(&params);
    let state = sim.state();
    let seen = sim.clock.now() - state.faults.lag_seconds;
    let mut found: Vec<Value> = state
        .order
        .iter()
        .rev()
        .filter_map(|sid| state.calls.get(sid))
        .filter_map(|call| call.seen_at(seen).map(|view| (call, view)))
        .filter(|(call, view)| filter.admits(&sim, call, view))
        .skip(number * size)
        .take(size + 1)
        .map(|(call, view)| call_json(&sim, call, view))
        .collect();
    let more = found.len() > size;
    found.truncate(size);
    ok(
        200,
        &page(
            "calls",
            request.path(),
            request.query_string(),
            found,
            number,
            size,
            more,
        ),
    )
}

/// Page number and size.
pub(super) fn paging(params: &Params) -> (usize, usize) {
    let number = |name| params.get(name).and_then(|text| text.parse().ok());
    let size = number("PageSize").unwrap_or(DEFAULT_PAGE_SIZE);
    (number("Page").unwrap_or(0), size.clamp(1, MAX_PAGE_SIZE))
}

struct Filter {
    to: Option<String>,
    from: Option<String>,
    status: Option<String>,
    on: Option<NaiveDate>,
    not_before: Option<DateTime<Utc>>,
    not_after: Option<DateTime<Utc>>,
}

impl Filter {
    fn read(params: &Params) -> Result<Self, ApiError> {
        let text = |name| params.get(name).map(str::to_owned);
        let day = |name: &str| match params.get(name) {
            None => Ok(None),
            Some(text) => moment(text).map(Some).ok_or_else(|| {
                ApiError::bad_request(20001, format!("{name} is not a date: {text}"))
            }),
        };
        // "On or before a day" includes that day.
        let whole_day = |at: DateTime<Utc>| at + chrono::TimeDelta::days(1);
        Ok(Self {
            to: text("To"),
            from: text("From"),
            status: text("Status"),
            on: day("StartTime")?.map(|at| at.date_naive()),
            not_before: day("StartTime>")?,
            not_after: day("StartTime<")?.map(whole_day),
        })
    }

    fn admits(&self, sim: &Sim, call: &CallRecord, view: &View) -> bool {
        let same = |wanted: &Option<String>, actual: &str| {
            wanted.as_deref().is_none_or(|wanted| wanted == actual)
        };
        if !(same(&self.to, &call.plan.to)
            && same(&self.from, &call.plan.from)
            && same(&self.status, view.status.as_str()))
        {
            return false;
        }
        if self.on.is_none() && self.not_before.is_none() && self.not_after.is_none() {
            return true;
        }
        // A call that has not been dialled has no start time and no filter on it finds the call.
        view.start
            .map(|at| sim.clock.date(at))
            .is_some_and(|start| {
                self.on.is_none_or(|day| start.date_naive() == day)
                    && self.not_before.is_none_or(|limit| start >= limit)
                    && self.not_after.is_none_or(|limit| start < limit)
            })
    }
}

/// A day or a date with a time.
fn moment(text: &str) -> Option<DateTime<Utc>> {
    if let Ok(day) = text.parse::<NaiveDate>() {
        return Some(day.and_time(chrono::NaiveTime::MIN).and_utc());
    }
    DateTime::parse_from_rfc3339(text)
        .ok()
        .map(|at| at.with_timezone(&Utc))
}
