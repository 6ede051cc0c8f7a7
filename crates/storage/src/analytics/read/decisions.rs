use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Date, Nullable, SmallInt, Text, Timestamptz};
use domain::decision::correction;

use super::of_days;
use crate::analytics::rollup::{ON_DAY, SOURCE};
use crate::analytics::{Days, Scope};
use crate::{Result, TenantTx};

/// Automatic decisions of one kind.
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
pub struct DecisionCount {
    /// `auto_inbound`, `auto_outbound` or `auto_whatsapp`.
    #[diesel(sql_type = Text)]
    pub source: String,
    /// Where the band of confidence begins, in twentieths; -1 where none was stated.
    #[diesel(sql_type = SmallInt)]
    pub step: i16,
    /// `moved`, `same`, `nothing`, or the gate that held the change back.
    #[diesel(sql_type = Text)]
    pub outcome: String,
    /// Decisions.
    #[diesel(sql_type = BigInt)]
    pub decisions: i64,
}

/// The decisions of the days.
///
/// # Errors
/// When the statement fails.
pub fn decisions(
    tx: &mut TenantTx<'_>,
    days: Days,
    scope: Scope,
    source: Option<&str>,
) -> Result<Vec<DecisionCount>> {
    of_days(
        tx,
        "SELECT source, step, outcome, sum(decisions)::bigint AS decisions FROM analytics_decision_days
         WHERE business_id = $1 AND scope = $2 AND scope_id = $3 AND day BETWEEN $4 AND $5
           AND ($6 IS NULL OR source = $6)
         GROUP BY 1, 2, 3 ORDER BY 1, 2, 3",
        days,
        scope,
        source,
    )
}

/// How many of the decisions that moved a lead were corrected.
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
pub struct Correction {
    /// `auto_inbound`, `auto_outbound` or `auto_whatsapp`.
    #[diesel(sql_type = Text)]
    pub source: String,
    /// `tag`, `keywords` or `outcome`.
    #[diesel(sql_type = Text)]
    pub decided_by: String,
    /// Decisions that moved a lead.
    #[diesel(sql_type = BigInt)]
    pub moved: i64,
    /// Those that are corrected, or old enough that they will not be, as in [`crate::corrections`].
    #[diesel(sql_type = BigInt)]
    pub judged: i64,
    /// Those that a person took back.
    #[diesel(sql_type = BigInt)]
    pub undone: i64,
    /// Those after which a person soon moved the lead elsewhere.
    #[diesel(sql_type = BigInt)]
    pub overruled: i64,
}

/// Of days before the one on which the window began all decisions are judged, of later ones those that are corrected. Of that
/// one day each decision is looked at.
fn statement() -> String {
    let on_day = ON_DAY.replace("$2", "$7").replace("$3", "$8");
    format!(
        "WITH told AS (
             SELECT source, decided_by, decisions AS moved, undone, overruled,
                    CASE WHEN day < $7 THEN decisions WHEN day > $7 THEN undone + overruled ELSE 0 END AS judged
             FROM analytics_decision_days
             WHERE business_id = $1 AND scope = $2 AND scope_id = $3 AND day BETWEEN $4 AND $5 AND outcome = 'moved'
             UNION ALL
             SELECT {SOURCE}, coalesce(d.decided_by, 'none'), 0, 0, 0, 1
             FROM lead_status_events d
             JOIN leads l ON l.tenant_id = d.business_id AND l.id = d.lead_id
             LEFT JOIN decision_corrections c ON c.business_id = d.business_id AND c.decision_id = d.id
             WHERE d.business_id = $1 AND $7 BETWEEN $4 AND $5 AND {on_day}
               AND d.applied AND d.from_status IS DISTINCT FROM d.to_status
               AND (c.id IS NOT NULL OR d.applied_at < $9)
               AND ($2 = 'all' OR ($2 = 'list' AND l.outbound_list_id = $3) OR ($2 = 'owner' AND l.owner_user_id = $3))
         )
         SELECT source, decided_by, sum(moved)::bigint AS moved, sum(judged)::bigint AS judged,
                sum(undone)::bigint AS undone, sum(overruled)::bigint AS overruled
         FROM told WHERE $6 IS NULL OR source = $6 GROUP BY 1, 2 ORDER BY 1, 2"
    )
}

/// The corrections of the days' decisions, as they stand at `now`; `zone` is the clock of the days.
///
/// # Errors
/// When the statement fails.
pub fn corrections(
    tx: &mut TenantTx<'_>,
    days: Days,
    scope: Scope,
    source: Option<&str>,
    now: DateTime<Utc>,
    zone: Tz,
) -> Result<Vec<Correction>> {
    let (kind, id) = scope.key();
    let window_began = now - correction::WINDOW;
    let day: NaiveDate = window_began.with_timezone(&zone).date_naive();
    Ok(diesel::sql_query(statement())
        .bind::<BigInt, _>(tx.business.0)
        .bind::<Text, _>(kind)
        .bind::<BigInt, _>(id)
        .bind::<Date, _>(days.from)
        .bind::<Date, _>(days.to)
        .bind::<Nullable<Text>, _>(source)
        .bind::<Date, _>(day)
        .bind::<Text, _>(zone.name())
        .bind::<Timestamptz, _>(window_began)
        .load(tx.conn)?)
}
