//! What happened with a lead, for people to read: its activities, its calls with what was said, and the decisions that
//! followed with their evidence. Reads only.

use chrono::{DateTime, Utc};
use diesel::dsl::exists;
use diesel::prelude::*;
use domain::ids::{DecisionId, LeadId};
use serde::Serialize;
use serde_json::Value;

use crate::listening::{self, Recorded};
use crate::schema::{call_log, lead_activities, lead_status_events, leads};
use crate::{Result, TenantTx};

/// A place in a list that is ordered by time, newest first: what comes next is older.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The time of the entry.
    pub at: DateTime<Utc>,
    /// Its id, for entries of the same moment.
    pub id: i64,
}

/// An entry of a lead's timeline.
#[derive(Debug, Clone, PartialEq, Serialize, Queryable, Selectable)]
#[diesel(table_name = lead_activities)]
pub struct Activity {
    /// Its id.
    pub id: i64,
    /// `status_change`, `call`, `whatsapp`, `note`, `suppression`, …
    #[diesel(column_name = type_)]
    pub kind: String,
    /// The particulars, by type.
    pub payload: Value,
    /// When it happened.
    pub at: DateTime<Utc>,
    /// The person who did it.
    pub created_by: Option<i64>,
}

/// The activities of a lead, newest first: at most `most` of them older than `before`.
///
/// # Errors
/// [`crate::StorageError::NotFound`] when the business has no such lead.
pub fn activities(
    tx: &mut TenantTx<'_>,
    lead: LeadId,
    before: Option<Place>,
    most: i64,
) -> Result<Vec<Activity>> {
    use lead_activities as t;
    let its_lead = leads::table
        .filter(leads::tenant_id.eq(tx.business.0))
        .filter(leads::id.eq(lead.0))
        .filter(leads::deleted_at.is_null());
    let mut query = t::table
        .filter(t::business_id.eq(tx.business.0))
        .filter(t::lead_id.eq(lead.0))
        .filter(exists(its_lead))
        .order((t::at.desc(), t::id.desc()))
        .limit(most)
        .select(Activity::as_select())
        .into_boxed();
    if let Some(Place { at, id }) = before {
        query = query.filter(t::at.lt(at).or(t::at.eq(at).and(t::id.lt(id))));
    }
    let found = query.load(tx.conn)?;
    if found.is_empty() {
        crate::leads::get(tx, lead)?;
    }
    Ok(found)
}

/// A call as people see it.
#[derive(Debug, Clone, PartialEq, Serialize, Queryable, Selectable)]
#[diesel(table_name = call_log)]
pub struct Call {
    /// Its id.
    pub id: i64,
    /// The carrier's id of the call, once it has one.
    pub call_sid: Option<String>,
    /// The lead.
    pub lead_id: i64,
    /// The run.
    pub run_id: Option<i64>,
    /// The job.
    pub job_id: Option<i64>,
    /// `inbound` or `outbound`.
    pub direction: String,
    /// Where it stands, in the carrier's words.
    pub status: String,
    /// E.164.
    pub from_number: String,
    /// E.164.
    pub to_number: String,
    /// Who picked up.
    pub answered_by: Option<String>,
    /// Length in seconds.
    #[diesel(column_name = duration)]
    pub duration_seconds: Option<i32>,
    /// Why it failed.
    pub error_message: Option<String>,
    /// The carrier's id of the recording.
    pub recording_sid: Option<String>,
    /// What was said, with speakers.
    #[diesel(column_name = final_transcript)]
    pub transcript: Option<String>,
    /// What it was about.
    pub summary: Option<String>,
    /// What the person wants.
    pub extracted_service: Option<String>,
    /// Where the person lives.
    pub extracted_city: Option<String>,
    /// How sure that is, 0 to 1.
    pub extraction_confidence: Option<f64>,
    /// When it began.
    pub created_at: DateTime<Utc>,
    /// When it was answered.
    pub answered_at: Option<DateTime<Utc>>,
    /// When it ended.
    pub ended_at: Option<DateTime<Utc>>,
}

/// A call, and what was recorded of it.
#[derive(Debug, Clone, PartialEq)]
pub struct RecordedCall {
    /// The call.
    pub call: Call,
    /// The recording that people listen to; none when the call was not recorded.
    pub recording: Option<Recorded>,
}

/// Calls, newest first, of one lead or of all: at most `most` of them older than `before`.
///
/// # Errors
/// When the statement fails.
pub fn calls(
    tx: &mut TenantTx<'_>,
    lead: Option<LeadId>,
    before: Option<Place>,
    most: i64,
) -> Result<Vec<RecordedCall>> {
    use call_log as t;
    let mut query = t::table
        .filter(t::business_id.eq(tx.business.0))
        .order((t::created_at.desc(), t::id.desc()))
        .limit(most)
        .select(Call::as_select())
        .into_boxed();
    if let Some(lead) = lead {
        query = query.filter(t::lead_id.eq(lead.0));
    }
    if let Some(Place { at, id }) = before {
        query = query.filter(
            t::created_at
                .lt(at)
                .or(t::created_at.eq(at).and(t::id.lt(id))),
        );
    }
    let calls = query.load(tx.conn)?;
    recorded(tx, calls)
}

/// One call by the carrier's id.
///
/// # Errors
/// [`crate::StorageError::NotFound`] when the business has no such call.
pub fn call(tx: &mut TenantTx<'_>, call_sid: &str) -> Result<RecordedCall> {
    use call_log as t;
    let call = t::table
        .filter(t::business_id.eq(tx.business.0))
        .filter(t::call_sid.eq(call_sid))
        .select(Call::as_select())
        .first(tx.conn)?;
    let recording = listening::of_calls(tx, &[call_sid])?.remove(call_sid);
    Ok(RecordedCall { call, recording })
}

fn recorded(tx: &mut TenantTx<'_>, calls: Vec<Call>) -> Result<Vec<RecordedCall>> {
    let call_sids: Vec<&str> = calls
        .iter()
        .filter_map(|call| call.call_sid.as_deref())
        .collect();
    let mut recordings = listening::of_calls(tx, &call_sids)?;
    Ok(calls
        .into_iter()
        .map(|call| {
            let recording = call
                .call_sid
                .as_ref()
                .and_then(|call_sid| recordings.remove(call_sid));
            RecordedCall { call, recording }
        })
        .collect())
}

/// A decision with its evidence.
#[derive(Debug, Clone, PartialEq, Serialize, Queryable, Selectable)]
#[diesel(table_name = lead_status_events)]
pub struct Decision {
    /// Its id.
    pub id: i64,
    /// `call_summary` or `whatsapp_summary`.
    pub source: String,
    /// The call's SID or the session's key.
    pub source_event_id: String,
    /// The label that was recommended, as it stood in the summary.
    pub recommended_status_label: Option<String>,
    /// 0 to 1.
    pub confidence: Option<f64>,
    /// What was decided and why.
    pub reason: String,
    /// The gate that stopped the change; none when it was applied.
    pub gate: Option<String>,
    /// `tag`, `keywords` or `outcome`.
    pub decided_by: Option<String>,
    /// The summary that it was made from.
    pub summary: Option<String>,
    /// Matched words with offsets, candidates, settings in force.
    pub evidence: Value,
    /// The status before.
    pub from_status: Option<String>,
    /// The status that it led or would have led to.
    pub to_status: Option<String>,
    /// Whether the lead moved.
    pub applied: bool,
    /// When the conversation took place.
    pub occurred_at: DateTime<Utc>,
    /// When it was decided.
    pub created_at: DateTime<Utc>,
    /// When a person took it back.
    pub undone_at: Option<DateTime<Utc>>,
    /// Who did.
    pub undone_by_user_id: Option<i64>,
}

/// One decision, and the lead that it is about.
///
/// # Errors
/// [`crate::StorageError::NotFound`] when the business has no such decision.
pub fn decision(tx: &mut TenantTx<'_>, id: DecisionId) -> Result<(Decision, LeadId)> {
    use lead_status_events as t;
    let (decision, lead): (Decision, i64) = t::table
        .filter(t::business_id.eq(tx.business.0))
        .filter(t::id.eq(id.0))
        .select((Decision::as_select(), t::lead_id))
        .first(tx.conn)?;
    Ok((decision, LeadId(lead)))
}

/// The decisions on a lead, newest conversation first: at most `most` of them older than `before`.
///
/// # Errors
/// When the statement fails.
pub fn decisions(
    tx: &mut TenantTx<'_>,
    lead: LeadId,
    before: Option<Place>,
    most: i64,
) -> Result<Vec<Decision>> {
    use lead_status_events as t;
    let mut query = t::table
        .filter(t::business_id.eq(tx.business.0))
        .filter(t::lead_id.eq(lead.0))
        .order((t::occurred_at.desc(), t::id.desc()))
        .limit(most)
        .select(Decision::as_select())
        .into_boxed();
    if let Some(Place { at, id }) = before {
        query = query.filter(
            t::occurred_at
                .lt(at)
                .or(t::occurred_at.eq(at).and(t::id.lt(id))),
        );
    }
    Ok(query.load(tx.conn)?)
}
