//! `decision_corrections`: what people did not let stand of what automation decided, and how often that is.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Integer, Nullable, Text, Timestamptz};
use domain::decision::correction;
use domain::decision::threshold::Tally;
use domain::ids::DecisionId;

use crate::lead_status::{Author, StatusChange};
use crate::schema::decision_corrections as t;
use crate::threshold_changes::{self, Cause};
use crate::{Result, StorageError, TenantTx, decisions, history};

/// Notes that `change`, which moves the lead out of `from` and is not in the history yet, corrects a decision, where it
/// does. A business's threshold follows, where its owner wants that.
pub(crate) fn note(
    tx: &mut TenantTx<'_>,
    now: DateTime<Utc>,
    change: &StatusChange<'_>,
    from: Option<&str>,
) -> Result<()> {
    let Some(from) = from else {
        return Ok(());
    };
    let corrected = match change.author {
        Author::Automation { .. } => None,
        Author::Undo { decision, .. } => Some(("undone", decision)),
        Author::Person { .. } => moved_out_of(tx, now, change, from)?.map(|id| ("moved", id)),
    };
    let Some((kind, decision)) = corrected else {
        return Ok(());
    };
    let noted = diesel::insert_into(t::table)
        .values((
            t::business_id.eq(tx.business.0),
            t::decision_id.eq(decision.0),
            t::lead_id.eq(change.lead.0),
            t::kind.eq(kind),
            t::from_status.eq(from),
            t::to_status.eq(change.to),
            t::user_id.eq(change.author.user().map(|user| user.0)),
            t::at.eq(now),
        ))
        .on_conflict_do_nothing()
        .execute(tx.conn)?;
    if noted > 0 {
        threshold_changes::follow(tx, now, Cause::Correction(decision))?;
    }
    Ok(())
}

/// The decision that a person's move corrects: the lead's newest one, whose change is the newest of the lead's.
fn moved_out_of(
    tx: &mut TenantTx<'_>,
    now: DateTime<Utc>,
    change: &StatusChange<'_>,
    from: &str,
) -> Result<Option<DecisionId>> {
    let Some(standing) = history::standing(tx, change.lead)? else {
        return Ok(None);
    };
    let is_newest = decisions::newest_id(tx, change.lead)? == Some(standing.decision);
    let corrects = standing.to == from && correction::is_correction(standing.at, now, is_newest);
    Ok(corrects.then_some(standing.decision))
}

/// How often the decisions of one kind were corrected.
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
pub struct Rate {
    /// `call_summary` or `whatsapp_summary`.
    #[diesel(sql_type = Text)]
    pub source: String,
    /// The keyword group; where there is none, what the decision rests on.
    #[diesel(sql_type = Text)]
    pub group: String,
    /// Where the band of confidence begins, in steps; none for decisions without one.
    #[diesel(sql_type = Nullable<Integer>)]
    pub step: Option<i32>,
    /// Decisions that moved a lead.
    #[diesel(sql_type = BigInt)]
    pub applied: i64,
    /// Those that are corrected, or old enough that they will not be.
    #[diesel(sql_type = BigInt)]
    pub judged: i64,
    /// Those that are corrected.
    #[diesel(sql_type = BigInt)]
    pub corrected: i64,
}

/// The decisions of business $1 that moved a lead, with what corrected them.
const MOVED: &str = "FROM lead_status_events d
    LEFT JOIN decision_corrections c ON c.business_id = d.business_id AND c.decision_id = d.id
    WHERE d.business_id = $1 AND d.applied AND d.from_status IS DISTINCT FROM d.to_status";
/// The band of confidence. It is read as a decimal, as the threshold is written: in binary, 0.70 × 20 may end just below 14.
/// `least` alone would pass over a null.
pub(crate) const STEP: &str = "CASE WHEN d.confidence IS NOT NULL
    THEN least(floor(d.confidence::numeric * 20), 19)::integer END";
/// Whether enough time has passed ($2 is where the window began) or the correction is there already.
const JUDGED: &str = "(c.id IS NOT NULL OR d.applied_at < $2)";

/// The rates per source, group and band of confidence.
///
/// # Errors
/// When the statement fails.
pub fn rates(tx: &mut TenantTx<'_>, now: DateTime<Utc>) -> Result<Vec<Rate>> {
    let statement = format!(
        "SELECT d.source, coalesce(d.evidence ->> 'group', d.decided_by, 'none') AS \"group\", {STEP} AS step,
                count(*) AS applied, count(*) FILTER (WHERE {JUDGED}) AS judged, count(c.id) AS corrected
         {MOVED} GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"
    );
    Ok(diesel::sql_query(statement)
        .bind::<BigInt, _>(tx.business.0)
        .bind::<Timestamptz, _>(now - correction::WINDOW)
        .load(tx.conn)?)
}

#[derive(QueryableByName)]
struct Band {
    #[diesel(sql_type = Integer)]
    step: i32,
    #[diesel(sql_type = BigInt)]
    decisions: i64,
    #[diesel(sql_type = BigInt)]
    corrected: i64,
}

/// The judged decisions by confidence: what a threshold is computed from. Without those that state no confidence, which
/// no threshold stops, and without those on calls that nobody answered: the carrier says so itself, and its thousands of
/// sure answers would hide how well conversations are understood.
///
/// # Errors
/// When the statement fails.
pub fn tallies(tx: &mut TenantTx<'_>, now: DateTime<Utc>) -> Result<Vec<Tally>> {
    let statement = format!(
        "SELECT {STEP} AS step, count(*) AS decisions, count(c.id) AS corrected
         {MOVED} AND d.confidence IS NOT NULL AND d.decided_by IS DISTINCT FROM 'outcome' AND {JUDGED}
         GROUP BY 1"
    );
    let bands: Vec<Band> = diesel::sql_query(statement)
        .bind::<BigInt, _>(tx.business.0)
        .bind::<Timestamptz, _>(now - correction::WINDOW)
        .load(tx.conn)?;
    let read = |band: Band| {
        Ok(Tally {
            step: u8::try_from(band.step)?,
            decisions: u32::try_from(band.decisions)?,
            corrected: u32::try_from(band.corrected)?,
        })
    };
    bands
        .into_iter()
        .map(|band| {
            read(band).map_err(|error: std::num::TryFromIntError| {
                StorageError::Corrupt(format!("counts of decisions: {error}"))
            })
        })
        .collect()
}
