use chrono::NaiveDate;
use domain::spread::Spread;
use serde::Serialize;
use storage::analytics::{
    CallCount, DayCalls, HourCalls, ListCalls, NumberCalls, Placed, SpreadOf,
};
use utoipa::ToSchema;

use super::days::Asked;
use super::{DaysView, TookView, share};

/// Calls that a person, or something that was not told from one, picked up.
const REACHED: &str = "reached";
/// Calls that a machine picked up.
const VOICEMAIL: &str = "voicemail";
/// Calls that the carrier did not take, so that no phone rang.
const NOT_PLACED: &str = "not_placed";

/// How calls ended.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CallAnalyticsView {
    #[serde(flatten)]
    days: DaysView,
    summary: CallSummaryView,
    /// Of as many days just before, where that is asked for.
    previous: Option<CallSummaryView>,
    /// Calls by direction and how they ended.
    outcomes: Vec<OutcomeView>,
    /// Outbound calls (inbound ones where only those are asked for) by the hour and weekday in which they began, all 168.
    heat_map: Vec<HourView>,
    /// How long picked-up calls lasted.
    durations: Vec<DurationView>,
    /// By the business's own number; at most 100.
    by_number: Vec<NumberView>,
    /// By the list that the lead is in now; at most 100. None of an `owner`.
    by_list: Vec<ListView>,
    /// Days on which there were calls.
    per_day: Vec<DayView>,
    attempts_until_reached: AttemptsView,
}

/// The figures that are compared.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CallSummaryView {
    /// Ended calls that the carrier took.
    calls: i64,
    inbound: i64,
    outbound: i64,
    /// Calls that it did not take; they count nowhere else.
    not_placed: i64,
    /// Picked up, by a person or a machine.
    answered: i64,
    /// Picked up, and not known to be by a machine.
    reached: i64,
    /// Answered of calls, 0 to 1; null without calls.
    answer_rate: Option<f64>,
    /// Reached of calls.
    reach_rate: Option<f64>,
    /// Of all calls that were picked up.
    talk_seconds: i64,
    /// How long calls lasted in which somebody was reached.
    talk: TookView,
}

/// Calls that ended in one way.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OutcomeView {
    /// `inbound` or `outbound`.
    direction: String,
    /// `reached`, `voicemail`, `busy`, `no-answer`, `failed`, `canceled`, or `not_placed`.
    outcome: String,
    calls: i64,
}

/// One hour of the week.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct HourView {
    /// 1 for Monday to 7 for Sunday (ISO 8601).
    weekday: i16,
    /// 0 to 23, of the wall clock: when it is set back, the hour that comes twice is one.
    hour: i16,
    calls: i64,
    answered: i64,
    reached: i64,
    /// Answered of calls, 0 to 1; null without calls.
    answer_rate: Option<f64>,
}

/// How long calls lasted that ended in one way.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DurationView {
    direction: String,
    /// `reached` or `voicemail`.
    outcome: String,
    #[serde(flatten)]
    took: TookView,
}

/// Calls of one number of the business.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct NumberView {
    number: String,
    direction: String,
    calls: i64,
    answered: i64,
    reached: i64,
    answer_rate: Option<f64>,
}

/// Calls of one list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ListView {
    list_id: i64,
    name: String,
    calls: i64,
    answered: i64,
    reached: i64,
    answer_rate: Option<f64>,
}

/// Calls of one day.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DayView {
    date: NaiveDate,
    calls: i64,
    inbound: i64,
    answered: i64,
    reached: i64,
}

/// How many outbound calls it took to reach leads who were reached for the first time.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AttemptsView {
    /// Leads.
    leads: u64,
    /// Half were reached with no more calls; null without any.
    median: Option<i16>,
    /// Nine in ten were.
    p90: Option<i16>,
    /// Leads by the number of calls.
    histogram: Vec<AttemptView>,
}

/// Leads who were reached with so many calls.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AttemptView {
    attempts: i16,
    leads: u64,
}

/// What the figures are made of.
pub(super) struct Parts {
    pub(super) counts: Vec<CallCount>,
    pub(super) by_day: Vec<DayCalls>,
    pub(super) by_hour: Vec<HourCalls>,
    pub(super) by_number: Vec<NumberCalls>,
    pub(super) by_list: Vec<ListCalls>,
    pub(super) talks: Vec<SpreadOf>,
    pub(super) attempts: Vec<SpreadOf>,
}

impl CallSummaryView {
    pub(super) fn of(counts: &[CallCount], talks: &[SpreadOf]) -> Self {
        let sum = |wanted: &dyn Fn(&CallCount) -> bool| {
            let found = counts.iter().filter(|row| wanted(row));
            found.map(|row| row.calls).sum::<i64>()
        };
        let calls = sum(&|row| row.outcome != NOT_PLACED);
        let inbound = sum(&|row| row.direction == "inbound" && row.outcome != NOT_PLACED);
        let reached = sum(&|row| row.outcome == REACHED);
        let answered = reached + sum(&|row| row.outcome == VOICEMAIL);
        let mut talk = Spread::default();
        for row in talks.iter().filter(|row| row.of.1 == REACHED) {
            talk.merge(&row.spread);
        }
        Self {
            calls,
            inbound,
            outbound: calls - inbound,
            not_placed: sum(&|row| row.outcome == NOT_PLACED),
            answered,
            reached,
            answer_rate: share(answered, calls),
            reach_rate: share(reached, calls),
            talk_seconds: counts.iter().map(|row| row.talk_seconds).sum(),
            talk: TookView::of(&talk),
        }
    }
}

impl CallAnalyticsView {
    pub(super) fn of(asked: &Asked, previous: Option<CallSummaryView>, parts: Parts) -> Self {
        Self {
            days: DaysView::of(asked),
            summary: CallSummaryView::of(&parts.counts, &parts.talks),
            previous,
            outcomes: parts.counts.into_iter().map(OutcomeView::from).collect(),
            heat_map: heat_map(&parts.by_hour),
            durations: parts.talks.into_iter().map(DurationView::from).collect(),
            by_number: parts.by_number.into_iter().map(NumberView::from).collect(),
            by_list: parts.by_list.into_iter().map(ListView::from).collect(),
            per_day: parts.by_day.into_iter().map(DayView::from).collect(),
            attempts_until_reached: AttemptsView::of(&parts.attempts),
        }
    }
}

fn heat_map(rows: &[HourCalls]) -> Vec<HourView> {
    let hours = (1..=7).flat_map(|weekday| (0..24).map(move |hour| (weekday, hour)));
    hours
        .map(|(weekday, hour)| {
            let found = rows
                .iter()
                .find(|row| (row.weekday, row.hour) == (weekday, hour));
            let placed = found.map_or_else(Placed::default, |row| row.placed);
            HourView {
                weekday,
                hour,
                calls: placed.calls,
                answered: placed.answered,
                reached: placed.reached,
                answer_rate: share(placed.answered, placed.calls),
            }
        })
        .collect()
}

impl AttemptsView {
    fn of(rows: &[SpreadOf]) -> Self {
        let mut spread = Spread::default();
        for row in rows {
            spread.merge(&row.spread);
        }
        Self {
            leads: spread.count(),
            median: spread.place_at(50),
            p90: spread.place_at(90),
            histogram: spread
                .places()
                .map(|(attempts, leads)| AttemptView { attempts, leads })
                .collect(),
        }
    }
}

impl From<CallCount> for OutcomeView {
    fn from(row: CallCount) -> Self {
        Self {
            direction: row.direction,
            outcome: row.outcome,
            calls: row.calls,
        }
    }
}

impl From<SpreadOf> for DurationView {
    fn from(row: SpreadOf) -> Self {
        Self {
            took: TookView::of(&row.spread),
            direction: row.of.0,
            outcome: row.of.1,
        }
    }
}

impl From<NumberCalls> for NumberView {
    fn from(row: NumberCalls) -> Self {
        Self {
            answer_rate: share(row.placed.answered, row.placed.calls),
            number: row.number,
            direction: row.direction,
            calls: row.placed.calls,
            answered: row.placed.answered,
            reached: row.placed.reached,
        }
    }
}

impl From<ListCalls> for ListView {
    fn from(row: ListCalls) -> Self {
        Self {
            answer_rate: share(row.placed.answered, row.placed.calls),
            list_id: row.list_id,
            name: row.name,
            calls: row.placed.calls,
            answered: row.placed.answered,
            reached: row.placed.reached,
        }
    }
}

impl From<DayCalls> for DayView {
    fn from(row: DayCalls) -> Self {
        Self {
            date: row.day,
            calls: row.placed.calls,
            inbound: row.inbound,
            answered: row.placed.answered,
            reached: row.placed.reached,
        }
    }
}
