-- What stands between the schema and a distribution by business: uniqueness over all businesses of what a table on many
-- machines can only keep unique within one. Plain PostgreSQL, run by the owner after `callboard migrate`, before distribute.sql.
-- Why it is not a migration: on one database the wider promise costs nothing, and is kept.
BEGIN;

-- The carrier's call ids and our attempt ids are random (122 bits and more): the same one in two businesses does not happen.
DROP INDEX call_log_call_sid_key;
CREATE UNIQUE INDEX call_log_call_sid_key ON call_log (business_id, call_sid) WHERE call_sid IS NOT NULL;
CREATE INDEX call_log_call_sid ON call_log (call_sid) WHERE call_sid IS NOT NULL;
DROP INDEX call_log_attempt_id;
CREATE UNIQUE INDEX call_log_attempt_id ON call_log (business_id, attempt_id);
CREATE INDEX call_log_attempt ON call_log (attempt_id);

-- A run belongs to one business, so that a lead is in it once either way; the ids of runs come from one sequence.
ALTER TABLE outbound_call_jobs DROP CONSTRAINT unique_run_lead;
ALTER TABLE outbound_call_jobs ADD CONSTRAINT unique_run_lead UNIQUE (business_id, run_id, lead_id);
ALTER TABLE outbound_call_runs DROP CONSTRAINT outbound_call_runs_id_key;

COMMIT;
