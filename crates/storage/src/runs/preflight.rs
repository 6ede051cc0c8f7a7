//! What a run would do, before it is started.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Bool, Nullable, SmallInt, Text, Timestamptz};
use domain::gates::{Gate, Waiting};
use domain::ids::{BusinessId, LeadId};

use super::request::{Choice, FOREIGN, Skipped, Target, chosen};
use crate::gates::{BusinessRules, COULD_RING, IN_A_CALL, RuleNow, rules};
use crate::{Result, StorageError, Tx};

/// What a run would do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preflight {
    /// How many leads it would call, those that would wait included.
    pub would_call: i64,
    /// Who would not be called.
    pub skipped: Vec<Skipped>,
    /// Who would wait before, in the order of the gates.
    pub waiting: Vec<Waiting>,
    /// The business's clock.
    pub time_zone: Tz,
}

/// Chooses and judges, and writes nothing: the leads that are left out, each by itself, and the others counted by what they
/// wait for. After those of [`Choice::bind`]: $11 the business is closed, $12 zones in which persons are not called, $13 it
/// starts now, $14 a call after this begins a gap, $15 when the day began, $16 calls per day, $17 older calls do not matter.
/// Each number's calls are found by their index: 100,000 leads take a second or two, whatever the planner knows of the tables.
fn statement(chosen_from: &str) -> String {
    let chosen = chosen(
        chosen_from,
        ", l.tenant_id, l.phone_e164, coalesce(l.time_zone, l.phone_zone) AS zone",
    );
    format!(
        "
{chosen}, judged AS (
    SELECT CASE WHEN $11 OR l.zone = ANY ($12) THEN 'calling_window'
                WHEN $13 AND {IN_A_CALL} THEN 'in_a_call'
                WHEN called.last_at > $14 THEN 'gap'
                WHEN called.today >= $16 THEN 'daily_cap' END AS gate, l.zone, called.last_at
    FROM chosen l CROSS JOIN LATERAL (
        SELECT max(c.created_at) AS last_at, count(*) FILTER (WHERE c.created_at >= $15) AS today
        {COULD_RING} AND c.created_at >= $17) called
    WHERE l.reason IS NULL
)
SELECT NULL::bigint AS lead_id, NULL::text AS reason, gate, CASE WHEN gate = 'calling_window' THEN zone END AS zone,
       count(*) AS leads, min(last_at) AS last_call
FROM judged GROUP BY 3, 4
UNION ALL
SELECT chosen.id, chosen.reason, NULL, NULL, 0, NULL FROM chosen WHERE chosen.reason IS NOT NULL
ORDER BY lead_id NULLS FIRST"
    )
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Nullable<BigInt>)]
    lead_id: Option<i64>,
    #[diesel(sql_type = Nullable<Text>)]
    reason: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    gate: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    zone: Option<String>,
    #[diesel(sql_type = BigInt)]
    leads: i64,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    last_call: Option<DateTime<Utc>>,
}

/// What a run over `target` would call, who would be skipped, judged as [`super::request`] does, and who would wait, judged
/// as the dialer does at `start_at`, or at `now` when that is absent or over. Nothing is written. A call in the air keeps
/// nobody waiting for a later start: it will have ended.
///
/// # Errors
/// [`StorageError::NotFound`] when a named lead or the list is not the business's.
pub fn preflight(
    tx: &mut Tx<'_>,
    business: BusinessId,
    target: &Target,
    now: DateTime<Utc>,
    start_at: Option<DateTime<Utc>>,
) -> Result<Preflight> {
    let choice = Choice::of(tx, business, target)?;
    let of_business = rules(tx, &[business])?.remove(&business);
    let rules = of_business.ok_or(StorageError::NotFound)?;
    let at = start_at.map_or(now, |start| start.max(now));
    let rule = rules.at(at, None);
    let gap_began = rule.as_ref().and_then(RuleNow::gap_began);
    let day_began = rule.as_ref().and_then(RuleNow::day_began);
    let rows: Vec<Row> = choice
        .bind(business, statement(&choice.chosen_from()))
        .bind::<Bool, _>(rule.is_none())
        .bind::<Nullable<Array<Text>>, _>(rule.as_ref().and_then(RuleNow::closed_zones))
        .bind::<Bool, _>(at == now)
        .bind::<Nullable<Timestamptz>, _>(gap_began)
        .bind::<Nullable<Timestamptz>, _>(day_began)
        .bind::<Nullable<SmallInt>, _>(rule.as_ref().and_then(RuleNow::calls_per_day))
        .bind::<Nullable<Timestamptz>, _>([gap_began, day_began].into_iter().flatten().min())
        .load(tx.conn)?;
    if rows
        .iter()
        .any(|row| row.reason.as_deref() == Some(FOREIGN))
    {
        return Err(StorageError::NotFound);
    }
    let skipped = |row: &Row| Some(Skipped::of(LeadId(row.lead_id?), row.reason.as_deref()?));
    Ok(Preflight {
        would_call: rows.iter().map(|row| row.leads).sum(),
        skipped: rows.iter().filter_map(skipped).collect(),
        waiting: waiting(&rows, &rules, at),
        time_zone: rules.time_zone(),
    })
}

/// The gates that keep leads waiting, in order, each with the first time at which it opens for one of them.
fn waiting(rows: &[Row], rules: &BusinessRules, at: DateTime<Utc>) -> Vec<Waiting> {
    let of_gate = |gate: Gate| {
        let is_its = |row: &&Row| row.gate.as_deref() == Some(gate.code());
        let its = || rows.iter().filter(is_its);
        let opens = |row: &Row| rules.opens(gate, at, row.zone.as_deref(), row.last_call);
        its().next()?;
        Some(Waiting {
            gate,
            count: its().map(|row| row.leads).sum(),
            until: its().filter_map(opens).min(),
        })
    };
    Gate::ALL.into_iter().filter_map(of_gate).collect()
}
