//! Stored history read back for "what if": a business's leads with their decisions and what people did, page by page.
//! Reads only, and says so to the database.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Double, Nullable, Text, Timestamptz};
use domain::decision::replay::{LeadHistory, ManualChange, Rules, StoredDecision};
use domain::decision::what_if::{RuleChanges, Tally, WhatIf, WrongRule};
use domain::ids::{BusinessId, DecisionId, LeadId};
use domain::text::{Classifier, Lexicon};

use crate::{Db, Result, StorageError, TenantTx, decisions};

/// How many leads are read at a time.
const PAGE: u64 = 500;

/// How long one statement may take.
const STATEMENT_TIMEOUT: &str = "10s";

/// What is asked.
#[derive(Debug, Clone, Default)]
pub struct Question {
    /// What differs from the business's rules of today.
    pub changes: RuleChanges,
    /// Another lexicon than the crate's own.
    pub lexicon: Option<Lexicon>,
    /// Only what was decided from here on is decided again; what was decided before stands.
    pub since: Option<DateTime<Utc>>,
    /// Read no more leads than this, the newest first.
    pub most_leads: Option<u64>,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// The changes make no sense.
    #[error("the rules make no sense")]
    Rules(Vec<WrongRule>),
    /// The history could not be read.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// Makes the decisions of a business again by other rules, and tells what would differ. Changes nothing. `progress` hears how
/// many leads have been counted, of how many.
///
/// # Errors
/// [`ReplayError::Rules`] when the changes make no sense, [`StorageError::NotFound`] when there is no such business;
/// otherwise when a statement fails or takes too long.
pub async fn what_if(
    db: &Db,
    business: BusinessId,
    question: Question,
    mut progress: impl FnMut(u64, u64),
) -> Result<WhatIf, ReplayError> {
    let Question {
        changes,
        lexicon,
        since,
        most_leads,
    } = question;
    let (context, all) = db
        .tenant(business, move |tx| {
            let context = read_only(tx).and_then(|()| decisions::context(tx))?;
            Ok::<_, StorageError>((context, count(tx, since)?))
        })
        .await?;
    let (mut settings, mut board) = (context.settings, context.board);
    changes
        .apply(&mut settings, &mut board)
        .map_err(ReplayError::Rules)?;
    let total = most_leads.map_or(all, |most| most.min(all));
    let mut judge = Judge {
        // The words may be compiled anew here, and only here.
        classifier: (lexicon.is_some() || !settings.words.is_empty())
            .then(|| Classifier::compile(&lexicon.unwrap_or_default(), &settings.words)),
        settings,
        board,
        since,
        tally: Tally::default(),
    };
    let mut before = None;
    loop {
        let left = most_leads.map_or(PAGE, |most| most - judge.tally.leads().min(most));
        // One more than there is room for tells whether older leads are left out.
        let wanted = PAGE.min(left + 1);
        let (judged, last, is_full) = db
            .tenant(business, move |tx| {
                let Page { leads, last } = page(tx, before, since, wanted)?;
                for lead in leads
                    .iter()
                    .take(usize::try_from(left).unwrap_or(usize::MAX))
                {
                    judge.add(lead);
                }
                let is_full = u64::try_from(leads.len()).unwrap_or(u64::MAX) > left;
                Ok::<_, StorageError>((judge, last, is_full))
            })
            .await?;
        judge = judged;
        progress(judge.tally.leads(), total);
        if is_full || last.is_none() {
            return Ok(judge.tally.finish(is_full));
        }
        before = last;
    }
}

/// The rules that are tried, and what has come of them so far.
struct Judge {
    settings: domain::decision::DecisionSettings,
    board: Vec<domain::decision::Column>,
    classifier: Option<Classifier>,
    since: Option<DateTime<Utc>>,
    tally: Tally,
}

impl Judge {
    fn add(&mut self, lead: &LeadHistory) {
        let rules = Rules {
            settings: &self.settings,
            board: &self.board,
            classifier: match &self.classifier {
                Some(own) => own,
                None => Classifier::standard(),
            },
        };
        self.tally.add(lead, &rules, self.since);
    }
}

fn read_only(tx: &mut TenantTx<'_>) -> Result<()> {
    diesel::sql_query("SET TRANSACTION READ ONLY").execute(tx.conn)?;
    diesel::sql_query(format!(
        "SET LOCAL statement_timeout = '{STATEMENT_TIMEOUT}'"
    ))
    .execute(tx.conn)?;
    Ok(())
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    leads: i64,
}

/// How many leads have decisions (made since `since`).
fn count(tx: &mut TenantTx<'_>, since: Option<DateTime<Utc>>) -> Result<u64> {
    let row: Count = diesel::sql_query(
        "SELECT count(DISTINCT lead_id) AS leads FROM lead_status_events
         WHERE business_id = $1 AND ($2 IS NULL OR created_at >= $2)",
    )
    .bind::<BigInt, _>(tx.business.0)
    .bind::<Nullable<Timestamptz>, _>(since)
    .get_result(tx.conn)?;
    Ok(u64::try_from(row.leads).unwrap_or_default())
}

/// Some leads, the newest first.
struct Page {
    /// Those that have not been deleted.
    leads: Vec<LeadHistory>,
    /// The last one that was read, deleted or not; none at the end.
    last: Option<LeadId>,
}

/// One statement, and so one moment for a lead, its decisions and what people did. The leads of the page are read off the
/// index of the decisions by lead, and each lead's history is found by its index, whatever the planner knows of the tables.
/// $1 business, $2 leads before this one, $3 with decisions since, $4 so many.
const PAGE_OF_HISTORY: &str = "
WITH page AS MATERIALIZED (
    SELECT DISTINCT e.lead_id FROM lead_status_events e
    WHERE e.business_id = $1 AND e.lead_id < $2 AND ($3 IS NULL OR e.created_at >= $3)
    ORDER BY e.lead_id DESC LIMIT $4
)
SELECT l.id AS lead, l.full_name AS name, l.status AS stands, l.deleted_at IS NOT NULL AS is_deleted, true AS is_decision, e.id,
       e.summary, e.evidence -> 'input' ->> 'recommendation' AS recommendation,
       (e.evidence -> 'input' ->> 'confidence')::float8 AS confidence, e.evidence -> 'input' ->> 'outcome' AS outcome,
       e.occurred_at, coalesce(e.applied_at, e.created_at) AS at, e.from_status AS before, e.to_status AS after, e.reason,
       e.undone_at, coalesce(e.turn, e.id) AS turn
FROM page JOIN leads l ON l.tenant_id = $1 AND l.id = page.lead_id
JOIN lead_status_events e ON e.business_id = $1 AND e.lead_id = page.lead_id
UNION ALL
SELECT page.lead_id, NULL, NULL, false, false, h.id, NULL, NULL, NULL, NULL, NULL, h.created_at, h.old_status, h.new_status,
       NULL, NULL, h.id
FROM page CROSS JOIN LATERAL (
    SELECT h.* FROM lead_status_history h WHERE h.tenant_id = $1 AND h.lead_id = page.lead_id AND h.channel = 'manual' OFFSET 0) h
ORDER BY lead DESC, is_decision DESC, turn";

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = BigInt)]
    lead: i64,
    #[diesel(sql_type = Nullable<Text>)]
    name: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    stands: Option<String>,
    #[diesel(sql_type = Bool)]
    is_deleted: bool,
    #[diesel(sql_type = Bool)]
    is_decision: bool,
    #[diesel(sql_type = BigInt)]
    id: i64,
    #[diesel(sql_type = Nullable<Text>)]
    summary: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    recommendation: Option<String>,
    #[diesel(sql_type = Nullable<Double>)]
    confidence: Option<f64>,
    #[diesel(sql_type = Nullable<Text>)]
    outcome: Option<String>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    occurred_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = Timestamptz)]
    at: DateTime<Utc>,
    #[diesel(sql_type = Nullable<Text>)]
    before: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    after: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    reason: Option<String>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    undone_at: Option<DateTime<Utc>>,
}

/// The newest leads with decisions (made since `since`) before `before`, with all that is kept of them.
fn page(
    tx: &mut TenantTx<'_>,
    before: Option<LeadId>,
    since: Option<DateTime<Utc>>,
    most: u64,
) -> Result<Page> {
    read_only(tx)?;
    let rows: Vec<Row> = diesel::sql_query(PAGE_OF_HISTORY)
        .bind::<BigInt, _>(tx.business.0)
        .bind::<BigInt, _>(before.map_or(i64::MAX, |lead| lead.0))
        .bind::<Nullable<Timestamptz>, _>(since)
        .bind::<BigInt, _>(i64::try_from(most).unwrap_or(i64::MAX))
        .load(tx.conn)?;
    let last = rows.last().map(|row| LeadId(row.lead));
    let mut leads: Vec<(LeadHistory, bool)> = Vec::new();
    for row in rows {
        // The first row of a lead is a decision: it has one.
        if leads.last().is_none_or(|(lead, _)| lead.lead.0 != row.lead) {
            let lead = LeadHistory {
                lead: LeadId(row.lead),
                name: row.name.clone().unwrap_or_default(),
                stands: row.stands.clone(),
                decisions: Vec::new(),
                manual_changes: Vec::new(),
            };
            leads.push((lead, row.is_deleted));
        }
        if let Some((lead, _)) = leads.last_mut() {
            row.add_to(lead);
        }
    }
    let leads = leads
        .into_iter()
        .filter(|(_, is_deleted)| !is_deleted)
        .map(|(lead, _)| lead)
        .collect();
    Ok(Page { leads, last })
}

impl Row {
    fn add_to(self, lead: &mut LeadHistory) {
        if self.is_decision {
            lead.decisions.push(StoredDecision {
                id: DecisionId(self.id),
                summary: self.summary.unwrap_or_default(),
                recommendation: self.recommendation,
                confidence: self.confidence,
                outcome: self.outcome,
                occurred_at: self.occurred_at.unwrap_or(self.at),
                created_at: self.at,
                from: self.before,
                to: self.after,
                reason: self.reason.unwrap_or_default(),
                undone_at: self.undone_at,
            });
        } else {
            lead.manual_changes.push(ManualChange {
                at: self.at,
                from: self.before,
                to: self.after.unwrap_or_default(),
            });
        }
    }
}
