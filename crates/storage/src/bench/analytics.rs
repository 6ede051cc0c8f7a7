//! Two years of one business's history, evenly, by the million.

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use domain::ids::BusinessId;

use super::connect;
use crate::Result;

/// How much.
#[derive(Debug, Clone, Copy)]
pub struct Past {
    /// Leads, in ten lists and of five owners.
    pub leads: u32,
    /// Changes of status; half as many decisions, half as many calls, and a run for every 5,000 calls.
    pub changes: u32,
}

#[derive(QueryableByName)]
struct Made {
    #[diesel(sql_type = BigInt)]
    id: i64,
}

/// Tables whose triggers note changes one by one: here all days are computed at once.
const NOTED: [&str; 5] = [
    "leads",
    "lead_status_history",
    "lead_status_events",
    "decision_corrections",
    "call_log",
];

fn people(past: Past) -> String {
    let Past { leads, .. } = past;
    format!(
        "INSERT INTO business (name, time_zone) VALUES ('past', 'Asia/Jerusalem');
         INSERT INTO business_settings (business_id, caller_number) SELECT id, '+972508888888' FROM business WHERE name = 'past';
         INSERT INTO lead_statuses (business_id, name, label, order_index, is_default)
         SELECT b.id, 's' || n, 'Status ' || n, n, n = 0 FROM (SELECT id FROM business WHERE name = 'past') b, generate_series(0, 7) n;
         INSERT INTO users (business_id, email, role, password_hash)
         SELECT b.id, 'agent' || n || '@example.com', 'agent', '' FROM (SELECT id FROM business WHERE name = 'past') b, generate_series(1, 5) n;
         INSERT INTO outbound_lead_lists (business_id, name)
         SELECT b.id, 'list ' || n FROM (SELECT id FROM business WHERE name = 'past') b, generate_series(1, 10) n;
         INSERT INTO leads (tenant_id, first_name, phone_e164, status, outbound_list_id, owner_user_id, created_at)
         SELECT b.id, 'lead ' || n, '+9725' || lpad(n::text, 8, '0'), 's0', (SELECT min(id) FROM outbound_lead_lists) + n % 10,
                (SELECT min(id) FROM users) + n % 5, now() - interval '730 days' * (1 - n::float8 / {leads})
         FROM (SELECT id FROM business WHERE name = 'past') b, generate_series(1, {leads}) n;"
    )
}

/// Every lead goes round the board, one status after the other.
fn conversations(past: Past) -> String {
    let Past { leads, changes } = past;
    let at = format!("now() - interval '700 days' * (1 - n::float8 / {changes})");
    let lead = format!("(SELECT min(id) FROM leads) + (n::bigint * 7919) % {leads}");
    format!(
        "INSERT INTO lead_status_events (business_id, lead_id, source, source_event_id, confidence, reason, gate, decided_by,
             from_status, to_status, applied, applied_at, occurred_at, created_at)
         SELECT b.id, {lead}, 'call_summary', 'CA' || n, (n % 101) / 100.0, 'by the bench',
             CASE WHEN n % 101 < 65 THEN 'low_confidence' END, 'keywords', 's0', 's' || 1 + n % 7, n % 101 >= 65,
             CASE WHEN n % 101 >= 65 THEN {at} END, {at}, {at}
         FROM (SELECT id FROM business WHERE name = 'past') b, generate_series(1, {changes}, 2) n;
         INSERT INTO decision_corrections (business_id, decision_id, lead_id, kind, from_status, to_status, at)
         SELECT business_id, id, lead_id, 'moved', to_status, 's0', created_at FROM lead_status_events
         WHERE applied AND id % 20 = 0;
         INSERT INTO lead_status_history (tenant_id, lead_id, old_status, new_status, channel, metadata_json, created_at)
         SELECT b.id, {lead}, 's' || (n / {leads}) % 8, 's' || (n / {leads} + 1) % 8,
             CASE n % 4 WHEN 0 THEN 'manual' WHEN 1 THEN 'auto_inbound' WHEN 2 THEN 'auto_whatsapp' ELSE 'auto_outbound' END,
             jsonb_build_object('source_event_id', 'CA' || n), {at}
         FROM (SELECT id FROM business WHERE name = 'past') b, generate_series(1, {changes}) n;"
    )
}

fn calls(past: Past) -> String {
    let Past { leads, changes } = past;
    let at = format!("now() - interval '700 days' * (1 - n::float8 / {changes})");
    format!(
        "INSERT INTO outbound_call_runs (business_id, status, concurrency, total_leads, completed_count, created_at, started_at,
             ended_at, outbound_list_id)
         SELECT b.id, 'completed', 3, 5000, 5000, {at}, {at}, {at} + interval '8 hours',
             (SELECT min(id) FROM outbound_lead_lists) + (n / 10000) % 10
         FROM (SELECT id FROM business WHERE name = 'past') b, generate_series(1, {changes}, 10000) n;
         INSERT INTO call_log (business_id, attempt_id, lead_id, run_id, job_id, call_sid, from_number, to_number, direction,
             status, dial_state, line, answered_by, created_at, ended_at, duration)
         SELECT b.id, gen_random_uuid(), l.id, r.id, n, 'CA' || n, '+972508888888', l.phone_e164, 'outbound',
             (ARRAY['completed', 'no-answer', 'completed', 'busy', 'failed'])[1 + (n / 2) % 5], 'accepted', 1,
             CASE WHEN n % 3 = 0 THEN 'machine' ELSE 'human' END, {at}, {at} + (n % 300) * interval '1 second', n % 300
         FROM (SELECT id FROM business WHERE name = 'past') b, generate_series(1, {changes}, 2) n
         JOIN leads l ON l.id = (SELECT min(id) FROM leads) + (n::bigint * 7919) % {leads}
         JOIN outbound_call_runs r ON r.id = (SELECT min(id) FROM outbound_call_runs WHERE outbound_list_id IS NOT NULL) + (n - 1) / 10000;"
    )
}

/// Gives a business such a past, in a migrated database where nobody has leads, and answers which; nothing of it is computed yet.
///
/// # Errors
/// When the database cannot be reached or a statement fails.
pub fn fill(url: &str, past: Past) -> Result<BusinessId> {
    let mut conn = connect(url)?;
    let switch =
        |verb: &str| NOTED.map(|table| format!("ALTER TABLE {table} {verb} TRIGGER USER;"));
    conn.batch_execute(&switch("DISABLE").concat())?;
    conn.batch_execute(&people(past))?;
    conn.batch_execute(&conversations(past))?;
    conn.batch_execute(&calls(past))?;
    conn.batch_execute(&switch("ENABLE").concat())?;
    conn.batch_execute("VACUUM ANALYZE")?;
    conn.batch_execute("CHECKPOINT")?;
    let made: Made =
        diesel::sql_query("SELECT id FROM business WHERE name = 'past'").get_result(&mut conn)?;
    Ok(BusinessId(made.id))
}

/// Notes what a change of a status, a decision and a call of this moment note.
///
/// # Errors
/// When the database cannot be reached or the statement fails.
pub fn note(url: &str, business: BusinessId) -> Result<()> {
    diesel::sql_query(
        "INSERT INTO analytics_changes (business_id, kind, at) SELECT $1, unnest(ARRAY['status', 'decisions', 'calls']), now()",
    )
    .bind::<BigInt, _>(business.0)
    .execute(&mut connect(url)?)?;
    Ok(())
}
