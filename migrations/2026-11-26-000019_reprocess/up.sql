-- A call that was worked on may be worked on again: an operator opens it, the recording-processor suggests anew, and the
-- status-engine refreshes what the conversation left and decides again where the first time decided nothing.
ALTER TABLE conversations ADD COLUMN dropped_label text;
COMMENT ON COLUMN conversations.dropped_label IS 'What the model recommended, where no active status of the business is called so';

ALTER TABLE lead_status_events ADD COLUMN turn bigint;
COMMENT ON COLUMN lead_status_events.turn IS 'Its place among the ids in the order in which decisions were made, since it was decided again; null: its own id';

GRANT UPDATE (state, due_at, attempts, last_error, suggested_at) ON conversations TO callboard_operator;
GRANT UPDATE (state, attempts, last_error) ON recordings TO callboard_operator;

GRANT UPDATE (payload) ON lead_activities TO callboard_status_engine;
GRANT UPDATE (recommended_status_label, recommended_status_id, confidence, reason, gate, decided_by, summary, evidence, from_status,
    to_status, applied, applied_at, turn) ON lead_status_events TO callboard_status_engine;
GRANT USAGE ON SEQUENCE lead_status_events_id_seq TO callboard_status_engine;
-- What moved a lead stays as it was decided, and of a timeline only conversations are told anew.
CREATE POLICY applied_stands ON lead_status_events AS RESTRICTIVE FOR UPDATE TO callboard_status_engine
    USING (NOT applied) WITH CHECK (true);
CREATE POLICY conversations_only ON lead_activities AS RESTRICTIVE FOR UPDATE TO callboard_status_engine
    USING (type IN ('call', 'whatsapp'));
