//! One day of automatic decisions.

use chrono::NaiveDate;

use super::{clear, on_day, run};
use crate::corrections::STEP;
use crate::{Result, TenantTx};

pub(super) fn compute(tx: &mut TenantTx<'_>, day: NaiveDate, zone: &str) -> Result<()> {
    clear(tx, "analytics_decision_days", day)?;
    let statement = format!(
        "INSERT INTO analytics_decision_days
             (business_id, day, scope, scope_id, source, decided_by, step, outcome, decisions, undone, overruled)
         SELECT $1, $2, s.scope, s.scope_id, source, decided_by, step, outcome, count(*),
                count(*) FILTER (WHERE correction = 'undone'), count(*) FILTER (WHERE correction = 'moved')
         FROM (
             SELECT {SOURCE} AS source, coalesce(d.decided_by, 'none') AS decided_by, coalesce({STEP}, -1) AS step,
                    CASE WHEN d.applied AND d.from_status IS DISTINCT FROM d.to_status THEN 'moved'
                         WHEN d.applied THEN 'same' ELSE coalesce(d.gate, 'nothing') END AS outcome,
                    c.kind AS correction, l.outbound_list_id AS list, l.owner_user_id AS owner
             FROM lead_status_events d
             JOIN leads l ON l.tenant_id = d.business_id AND l.id = d.lead_id
             LEFT JOIN decision_corrections c ON c.business_id = d.business_id AND c.decision_id = d.id
             WHERE d.business_id = $1 AND {ON_DAY}) e
         CROSS JOIN LATERAL (VALUES ('all', 0), ('list', e.list), ('owner', e.owner)) AS s (scope, scope_id)
         WHERE s.scope_id IS NOT NULL
         GROUP BY s.scope, s.scope_id, source, decided_by, step, outcome"
    );
    run(tx, day, zone, &statement)
}

/// The channel, as a change that the decision makes is recorded under it (`StatusSuggested::change_source`).
pub(in crate::analytics) const SOURCE: &str = "CASE WHEN d.source = 'whatsapp_summary' THEN 'auto_whatsapp'
    WHEN d.evidence #>> '{input,direction}' = 'inbound' THEN 'auto_inbound' ELSE 'auto_outbound' END";

/// When a decision `d` was applied, else made, in the words of the index `lead_status_events_decided`.
macro_rules! decided_at {
    () => {
        "CASE WHEN d.applied_at IS NULL THEN d.created_at ELSE d.applied_at END"
    };
}
pub(crate) use decided_at;

/// A decision counts on that day.
pub(in crate::analytics) const ON_DAY: &str = on_day!(decided_at!());
