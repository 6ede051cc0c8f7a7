use chrono::NaiveDate;
use domain::events::ChangeSource;
use serde::Serialize;
use storage::analytics::{Correction, DayMoves, DecisionCount, SpreadOf, Transition};
use storage::statuses::Status;
use utoipa::ToSchema;

use super::days::Asked;
use super::status_figures::{confidence, gates, sources, statuses, transitions, weeks};
use super::{DaysView, TookView, share};

/// What leads that came to be are counted under.
pub(super) const CREATED: &str = "created";
/// Decisions that moved a lead, that left it where it stood, and that proposed nothing; all others were held back by a gate.
pub(super) const MOVED: &str = "moved";
pub(super) const SAME: &str = "same";
pub(super) const NOTHING: &str = "nothing";

/// What the summary of some days is made of.
pub(super) struct Read {
    pub(super) transitions: Vec<Transition>,
    pub(super) decisions: Vec<DecisionCount>,
    pub(super) corrections: Vec<Correction>,
}

/// How leads moved.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct StatusAnalyticsView {
    #[serde(flatten)]
    days: DaysView,
    summary: StatusSummaryView,
    /// Of as many days just before, where that is asked for.
    previous: Option<StatusSummaryView>,
    /// Every status of the board in its order, then those that it no longer has.
    statuses: Vec<StatusMovesView>,
    /// Days on which leads entered or left a status.
    per_day: Vec<DayMovesView>,
    /// The same by week, which begins on Monday (ISO 8601).
    per_week: Vec<DayMovesView>,
    /// From which status to which, the most frequent first.
    transitions: Vec<TransitionView>,
    /// Which source made how many of the changes.
    automation: Vec<SourceView>,
    /// How sure automatic decisions were, and what became of them.
    confidence: Vec<ConfidenceView>,
    /// What held decisions back, the most frequent first.
    held_back: Vec<GateView>,
    /// How often people corrected what automation decided.
    corrections: Vec<CorrectionView>,
}

/// The figures that are compared.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct StatusSummaryView {
    /// Leads that came to be; none of a `source`.
    created: i64,
    /// Changes of status.
    changes: i64,
    /// Those that automation made.
    automatic: i64,
    /// Of all changes, 0 to 1; null without any.
    automatic_share: Option<f64>,
    /// Automatic decisions.
    decisions: i64,
    /// Those that moved a lead.
    moved: i64,
    /// Those that a gate held back.
    held_back: i64,
    /// Of those that moved a lead: corrected, or older than three days.
    judged: i64,
    /// Those of them that a person took back, or moved elsewhere within three days.
    corrected: i64,
    /// Of the judged ones, 0 to 1; null while there are none.
    correction_rate: Option<f64>,
}

/// One status.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct StatusMovesView {
    /// Its name.
    pub(super) status: String,
    /// What people see; the name where the board no longer has it.
    pub(super) label: String,
    /// Leads that entered it; those that came to be in it are among them.
    pub(super) entered: i64,
    /// Leads that left it.
    pub(super) left: i64,
    /// How long those that left had been in it.
    pub(super) stay: TookView,
    /// The funnel: leads that reached it for the first time.
    pub(super) reached_first: i64,
    /// Of the leads that came to be in the same days; above 1 where older leads reached it. Null without any.
    pub(super) reached_of_created: Option<f64>,
}

/// What moved in or out of a status on a day, or in a week.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct DayMovesView {
    /// The day; of a week its first.
    pub(super) date: NaiveDate,
    pub(super) status: String,
    pub(super) entered: i64,
    pub(super) left: i64,
}

/// From one status to another.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TransitionView {
    /// Null: the lead had none.
    pub(super) from: Option<String>,
    pub(super) to: String,
    pub(super) changes: i64,
    /// Those that automation made.
    pub(super) automatic: i64,
    /// How long leads had been in `from`.
    pub(super) stay: TookView,
}

/// Changes by one source.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SourceView {
    /// `auto_inbound`, `auto_outbound`, `auto_whatsapp` or `manual`.
    pub(super) source: String,
    pub(super) changes: i64,
    /// Of all changes, 0 to 1.
    pub(super) share: Option<f64>,
}

/// Decisions of one source and band of confidence.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(crate) struct ConfidenceView {
    /// `auto_inbound`, `auto_outbound` or `auto_whatsapp`.
    pub(super) source: String,
    /// The lower end of the band; null for decisions that state none.
    pub(super) confidence_from: Option<f64>,
    /// The upper end, which belongs to the next band (1 belongs to the last one).
    pub(super) confidence_to: Option<f64>,
    /// Applied: the lead moved.
    pub(super) moved: i64,
    /// Applied: the lead stood there already.
    pub(super) unchanged: i64,
    /// Held back by a gate.
    pub(super) held_back: i64,
    /// Nothing was proposed.
    pub(super) nothing: i64,
}

/// Decisions that one gate held back.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct GateView {
    pub(super) gate: String,
    pub(super) decisions: i64,
}

/// How often the decisions of one kind were corrected.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CorrectionView {
    /// `auto_inbound`, `auto_outbound` or `auto_whatsapp`.
    source: String,
    /// What they rest on: `tag`, `keywords`, or `outcome` for calls that nobody answered.
    decided_by: String,
    moved: i64,
    judged: i64,
    /// Taken back.
    undone: i64,
    /// Moved elsewhere soon after.
    overruled: i64,
    /// Corrected of judged, 0 to 1; null while none is judged.
    rate: Option<f64>,
}

impl StatusSummaryView {
    pub(super) fn of(read: &Read) -> Self {
        let changes = |wanted: fn(&Transition) -> bool| {
            let found = read.transitions.iter().filter(|row| wanted(row));
            found.map(|row| row.changes).sum::<i64>()
        };
        let decisions = |wanted: fn(&str) -> bool| {
            let found = read.decisions.iter().filter(|row| wanted(&row.outcome));
            found.map(|row| row.decisions).sum::<i64>()
        };
        let all = changes(|row| row.source != CREATED);
        let automatic = changes(is_automatic);
        let judged = read.corrections.iter().map(|row| row.judged).sum();
        let corrected = read.corrections.iter().map(corrected).sum();
        Self {
            created: changes(|row| row.source == CREATED),
            changes: all,
            automatic,
            automatic_share: share(automatic, all),
            decisions: decisions(|_| true),
            moved: decisions(|outcome| outcome == MOVED),
            held_back: decisions(is_gate),
            judged,
            corrected,
            correction_rate: share(corrected, judged),
        }
    }
}

pub(super) fn is_automatic(row: &Transition) -> bool {
    row.source != CREATED && row.source != ChangeSource::Manual.as_str()
}

pub(super) fn is_gate(outcome: &str) -> bool {
    ![MOVED, SAME, NOTHING].contains(&outcome)
}

const fn corrected(row: &Correction) -> i64 {
    row.undone + row.overruled
}

impl StatusAnalyticsView {
    pub(super) fn of(
        asked: &Asked,
        read: &Read,
        previous: Option<StatusSummaryView>,
        by_day: Vec<DayMoves>,
        stays: &[SpreadOf],
        board: &[Status],
    ) -> Self {
        let summary = StatusSummaryView::of(read);
        let per_day: Vec<DayMovesView> = by_day.into_iter().map(DayMovesView::from).collect();
        Self {
            days: DaysView::of(asked),
            statuses: statuses(&read.transitions, &per_day, stays, board, summary.created),
            per_week: weeks(&per_day),
            per_day,
            transitions: transitions(&read.transitions, stays),
            automation: sources(&read.transitions, summary.changes),
            confidence: confidence(&read.decisions),
            held_back: gates(&read.decisions),
            corrections: read.corrections.iter().map(CorrectionView::of).collect(),
            summary,
            previous,
        }
    }
}

impl From<DayMoves> for DayMovesView {
    fn from(row: DayMoves) -> Self {
        Self {
            date: row.day,
            status: row.status,
            entered: row.entered,
            left: row.left,
        }
    }
}

impl CorrectionView {
    fn of(row: &Correction) -> Self {
        Self {
            source: row.source.clone(),
            decided_by: row.decided_by.clone(),
            moved: row.moved,
            judged: row.judged,
            undone: row.undone,
            overruled: row.overruled,
            rate: share(corrected(row), row.judged),
        }
    }
}
