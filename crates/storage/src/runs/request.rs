use std::collections::HashSet;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Jsonb, Nullable, SmallInt, Text, Timestamptz};
use domain::events::{RunCounts, RunRequested};
use domain::gates::Gate;
use domain::ids::{BusinessId, LeadId, ListId, RunId, UserId};
use domain::retry::RetryPolicy;
use serde::Serialize;

use crate::leads::{Bound, Filter, passes};
use crate::trace_contexts::{self, Subject};
use crate::{Result, StorageError, Tx, gates, lists, outbox};

/// Who is to be called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// These leads, in this order.
    Leads(Vec<LeadId>),
    /// The leads of an import.
    List(ListId),
    /// The leads that pass a filter.
    Filter(Filter),
}

/// What kind of run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Kind {
    /// A campaign.
    #[default]
    Bulk,
    /// A person calls one to three leads now.
    Direct,
}

/// A run to be.
#[derive(Debug, Clone, PartialEq)]
pub struct NewRun {
    /// Who is to be called.
    pub target: Target,
    /// What kind of run.
    pub kind: Kind,
    /// Most calls of the run in the air at once.
    pub concurrency: i16,
    /// Higher goes first among the runs of a business.
    pub priority: i16,
    /// Not before this.
    pub start_at: Option<DateTime<Utc>>,
    /// When a lead that was not reached is called again; none means as the business has set.
    pub retry: Option<RetryPolicy>,
    /// Who asked for it.
    pub created_by: Option<UserId>,
}

/// Why a lead is not called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SkipReason {
    /// It was deleted.
    Deleted,
    /// It has no number.
    NoPhoneNumber,
    /// Its number must not be called.
    Suppressed,
}

impl SkipReason {
    /// The word in the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Deleted => Gate::Deleted.code(),
            Self::NoPhoneNumber => Gate::NoPhoneNumber.code(),
            Self::Suppressed => Gate::Suppressed.code(),
        }
    }
}

/// A lead that was chosen and is not called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Skipped {
    /// The lead.
    pub lead_id: LeadId,
    /// Why.
    pub reason: SkipReason,
}

impl Skipped {
    /// A lead with the word of the gate that keeps it out.
    pub(super) fn of(lead_id: LeadId, reason: &str) -> Self {
        let reason = match reason {
            "deleted" => SkipReason::Deleted,
            "no_phone_number" => SkipReason::NoPhoneNumber,
            _ => SkipReason::Suppressed,
        };
        Self { lead_id, reason }
    }
}

/// What came of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Requested {
    /// The run is there and the dialer will hear of it.
    Started {
        /// The run.
        run: RunId,
        /// How many leads it calls.
        queued: i32,
        /// Who is not called.
        skipped: Vec<Skipped>,
    },
    /// Nobody is left to call; nothing was written.
    NothingToCall {
        /// Who is not called.
        skipped: Vec<Skipped>,
    },
}

/// Why a named lead is none of the business's; the whole request is refused then.
pub(super) const FOREIGN: &str = "foreign";

/// Named leads, deleted ones too, in the order in which they were named.
const NAMED: &str = "(
    SELECT l.*, n.position, n.id AS named_id
    FROM unnest($2) WITH ORDINALITY AS n(id, position) LEFT JOIN leads l ON l.tenant_id = $1 AND l.id = n.id) AS l";

/// The leads that pass a filter, oldest first.
fn filtered(filter: &Filter) -> String {
    format!(
        "(
    SELECT l.*, l.id AS position, l.id AS named_id FROM {}
    WHERE l.tenant_id = $1 AND l.deleted_at IS NULL AND {}) AS l",
        filter.source(3),
        passes(3)
    )
}

/// The chosen leads, each with the gate that keeps it out of the run, and with `more` columns of the lead `l`.
pub(super) fn chosen(chosen_from: &str, more: &str) -> String {
    let lasting = gates::LASTING;
    format!(
        "WITH chosen AS MATERIALIZED (
             SELECT l.named_id AS id, position, CASE WHEN l.id IS NULL THEN '{FOREIGN}' ELSE {lasting} END AS reason{more}
             FROM {chosen_from})"
    )
}

/// Chooses, judges and queues in one statement: either the run is there with all its jobs, or nothing is. $1 and what
/// follows it are those of [`Choice::bind`], of which $4 is the list.
fn queue(chosen_from: &str) -> String {
    let chosen = chosen(chosen_from, "");
    format!(
        "
{chosen}, run AS (
    INSERT INTO outbound_call_runs (business_id, outbound_list_id, created_by_user_id, kind, priority, concurrency,
                                    total_leads, queued_count, retry_policy, start_at, created_at)
    SELECT $1, $4, $11, $12, $13, $14, n, n, $15, $16, $17
    FROM (SELECT (count(*) FILTER (WHERE reason IS NULL))::integer AS n,
                 count(*) FILTER (WHERE reason = '{FOREIGN}') AS foreign_ones FROM chosen) AS callable
    WHERE n > 0 AND foreign_ones = 0
    RETURNING id, queued_count
), jobs AS (
    INSERT INTO outbound_call_jobs (business_id, run_id, lead_id, created_at)
    SELECT $1, run.id, chosen.id, $17
    FROM run, chosen WHERE chosen.reason IS NULL ORDER BY chosen.position, chosen.id
)
SELECT run.id AS run_id, run.queued_count AS queued, NULL::bigint AS lead_id, NULL::text AS reason FROM run
UNION ALL
SELECT NULL, NULL, chosen.id, chosen.reason FROM chosen WHERE chosen.reason IS NOT NULL
ORDER BY lead_id NULLS FIRST"
    )
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Nullable<BigInt>)]
    run_id: Option<i64>,
    #[diesel(sql_type = Nullable<diesel::sql_types::Integer>)]
    queued: Option<i32>,
    #[diesel(sql_type = Nullable<BigInt>)]
    lead_id: Option<i64>,
    #[diesel(sql_type = Nullable<Text>)]
    reason: Option<String>,
}

/// Creates a run with its jobs and tells the dialer.
///
/// # Errors
/// [`StorageError::NotFound`] when a named lead or the list is not the business's; then nothing was written.
pub fn request(
    tx: &mut Tx<'_>,
    business: BusinessId,
    now: DateTime<Utc>,
    new: &NewRun,
) -> Result<Requested> {
    let choice = Choice::of(tx, business, &new.target)?;
    let retry = new
        .retry
        .as_ref()
        .map(serde_json::to_value)
        .transpose()
        .map_err(|error| StorageError::Corrupt(error.to_string()))?;
    let kind = match new.kind {
        Kind::Bulk => "bulk",
        Kind::Direct => "direct",
    };
    let rows: Vec<Row> = choice
        .bind(business, queue(&choice.chosen_from()))
        .bind::<Nullable<BigInt>, _>(new.created_by.map(|user| user.0))
        .bind::<Text, _>(kind)
        .bind::<SmallInt, _>(new.priority)
        .bind::<SmallInt, _>(new.concurrency)
        .bind::<Nullable<Jsonb>, _>(retry)
        .bind::<Nullable<Timestamptz>, _>(new.start_at)
        .bind::<Timestamptz, _>(now)
        .load(tx.conn)?;
    own_only(&rows)?;
    let skipped = rows.iter().filter_map(Row::skipped).collect();
    let Some((run, queued)) = rows.iter().find_map(|row| row.run_id.zip(row.queued)) else {
        return Ok(Requested::NothingToCall { skipped });
    };
    let run = RunId(run);
    let counts = RunCounts {
        total_leads: queued,
        queued,
        ..RunCounts::default()
    };
    let event = RunRequested {
        business_id: business,
        run_id: run,
        status: "pending".to_owned(),
        counts,
    };
    outbox::stage(tx, now, event)?;
    trace_contexts::remember(tx, business, &Subject::Run(run))?;
    Ok(Requested::Started {
        run,
        queued,
        skipped,
    })
}

/// A target, whose list is checked to be the business's own; named leads are by the statement that takes them.
pub(super) struct Choice {
    named: Option<Vec<i64>>,
    filter: Filter,
}

impl Choice {
    pub(super) fn of(tx: &mut Tx<'_>, business: BusinessId, target: &Target) -> Result<Self> {
        let (named, filter) = match target {
            Target::Leads(named) => (Some(each_once(named)), Filter::default()),
            Target::List(list) => (None, Filter::of_list(*list)),
            Target::Filter(filter) => (None, filter.clone()),
        };
        if let Some(list) = filter.list
            && !lists::exists(tx, business, list)?
        {
            return Err(StorageError::NotFound);
        }
        Ok(Self { named, filter })
    }

    pub(super) fn chosen_from(&self) -> String {
        match self.named {
            Some(_) => NAMED.to_owned(),
            None => filtered(&self.filter),
        }
    }

    /// Binds the business ($1), the named leads ($2) and the filter ($3 to $10).
    pub(super) fn bind(&self, business: BusinessId, statement: String) -> Bound<'_> {
        let statement = diesel::sql_query(statement)
            .into_boxed()
            .bind::<BigInt, _>(business.0)
            .bind::<Nullable<Array<BigInt>>, _>(self.named.as_deref());
        self.filter.bind(statement)
    }
}

impl Row {
    fn skipped(&self) -> Option<Skipped> {
        Some(Skipped::of(LeadId(self.lead_id?), self.reason.as_deref()?))
    }
}

/// Refuses a request that names a lead of somebody else, or none at all; nothing was written then.
fn own_only(rows: &[Row]) -> Result<()> {
    let is_foreign = |row: &Row| row.reason.as_deref() == Some(FOREIGN);
    if rows.iter().any(is_foreign) {
        return Err(StorageError::NotFound);
    }
    Ok(())
}

/// The named leads, each once.
fn each_once(named: &[LeadId]) -> Vec<i64> {
    let mut seen = HashSet::with_capacity(named.len());
    named
        .iter()
        .map(|lead| lead.0)
        .filter(|id| seen.insert(*id))
        .collect()
}
