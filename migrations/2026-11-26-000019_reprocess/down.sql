DROP POLICY conversations_only ON lead_activities;
DROP POLICY applied_stands ON lead_status_events;
REVOKE USAGE ON SEQUENCE lead_status_events_id_seq FROM callboard_status_engine;
REVOKE UPDATE (recommended_status_label, recommended_status_id, confidence, reason, gate, decided_by, summary, evidence, from_status,
    to_status, applied, applied_at, turn) ON lead_status_events FROM callboard_status_engine;
REVOKE UPDATE (payload) ON lead_activities FROM callboard_status_engine;
REVOKE UPDATE (state, attempts, last_error) ON recordings FROM callboard_operator;
REVOKE UPDATE (state, due_at, attempts, last_error, suggested_at) ON conversations FROM callboard_operator;
ALTER TABLE lead_status_events DROP COLUMN turn;
ALTER TABLE conversations DROP COLUMN dropped_label;
