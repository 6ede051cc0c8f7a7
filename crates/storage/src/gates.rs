//! What the gates of [`domain::gates`] look at, for one lead and for the sets of a claim. Each look-up is written once,
//! here, over a lead `l`; the claim, the request of a run, its preflight and `why` are made of these.

mod facts;
mod rules;

pub use facts::facts;
pub use rules::{BusinessRules, rules};
pub(crate) use rules::{RuleNow, TurnRule, TurnRuleRow, closed};

/// The gate that keeps the lead out for good, in the order and the words of [`domain::gates::Gate`]; null when none does.
pub(crate) const LASTING: &str = "CASE WHEN l.deleted_at IS NOT NULL THEN 'deleted'
          WHEN l.phone_e164 IS NULL THEN 'no_phone_number'
          WHEN EXISTS (SELECT FROM suppressions s WHERE s.business_id = l.tenant_id AND s.phone_e164 = l.phone_e164
                       AND s.lifted_at IS NULL) THEN 'suppressed' END";

/// Whether the phone is in a call that we made.
pub(crate) const IN_A_CALL: &str =
    "EXISTS (SELECT FROM call_log c WHERE c.business_id = l.tenant_id
          AND c.to_number = l.phone_e164 AND c.direction = 'outbound'
          AND c.ended_at IS NULL)";

/// Calls to the number that could make it ring, over all runs.
pub(crate) const COULD_RING: &str =
    "FROM call_log c WHERE c.business_id = l.tenant_id AND c.to_number = l.phone_e164
          AND c.direction = 'outbound' AND c.dial_state NOT IN ('rejected', 'absent')";

/// How many of them began at the instant that `instant` names, or later.
pub(crate) fn calls_since(instant: &str) -> String {
    format!("SELECT count(*) {COULD_RING} AND c.created_at >= {instant}")
}

/// When the last of them began.
fn last_call() -> String {
    format!("SELECT max(c.created_at) {COULD_RING}")
}
