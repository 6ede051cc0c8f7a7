-- Pens (grants) and walls (row-level security). A service may write what the table of pens gives it and nothing else,
-- and sees one tenant at a time: the one that its transaction has named. Two exceptions, each its own policy: the dialer
-- schedules across tenants, on the scheduling tables only; operators' commands see all.
-- The owner of the tables is not a run-time role, hence ENABLE and not FORCE.

-- 1. Walls.
DO $$
DECLARE
    t record;
    scheduling text;
BEGIN
    FOR t IN
        SELECT c.table_name, c.column_name
        FROM information_schema.columns c
        JOIN information_schema.tables USING (table_schema, table_name)
        WHERE table_schema = current_schema() AND table_type = 'BASE TABLE'
          AND c.column_name IN ('business_id', 'tenant_id')
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t.table_name);
        EXECUTE format('CREATE POLICY operator ON %I TO callboard_operator USING (true)', t.table_name);
        CONTINUE WHEN t.table_name = 'outbox_events';
        EXECUTE format(
            'CREATE POLICY tenant ON %I TO callboard_api_gateway, callboard_recording_processor, callboard_status_engine
             USING (%I = app_business_id())', t.table_name, t.column_name);
    END LOOP;
    FOREACH scheduling IN ARRAY ARRAY[
        'business_settings', 'leads', 'suppressions', 'outbound_call_runs', 'outbound_call_jobs', 'call_log',
        'call_slots', 'call_reconciliations', 'carrier_callbacks', 'inbox_events'
    ] LOOP
        EXECUTE format('CREATE POLICY scheduler ON %I TO callboard_dialer USING (true)', scheduling);
    END LOOP;
END
$$;
ALTER TABLE business ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant ON business TO callboard_api_gateway, callboard_recording_processor, callboard_status_engine
    USING (id = app_business_id());
CREATE POLICY scheduler ON business TO callboard_dialer USING (true);
CREATE POLICY operator ON business TO callboard_operator USING (true);
-- A system administrator's session belongs to no business. Its token is 256 random bits, of which only a keyed hash is here.
CREATE POLICY above_businesses ON sessions TO callboard_api_gateway USING (business_id IS NULL);
-- A relay publishes the rows that its own service raised, of every tenant; the gateway's also those of operators' commands.
DO $$
DECLARE
    verb text;
BEGIN
    EXECUTE 'CREATE POLICY raises ON outbox_events FOR INSERT
        TO callboard_api_gateway, callboard_dialer, callboard_recording_processor, callboard_status_engine
        WITH CHECK (producer = current_user)';
    FOREACH verb IN ARRAY ARRAY['SELECT', 'UPDATE', 'DELETE'] LOOP
        EXECUTE format('CREATE POLICY publishes_%s ON outbox_events FOR %s
            TO callboard_api_gateway, callboard_dialer, callboard_recording_processor, callboard_status_engine
            USING (producer = current_user OR (current_user = ''callboard_api_gateway'' AND producer = ''callboard_operator''))',
            lower(verb), verb);
    END LOOP;
END
$$;

-- 2. Pens.
GRANT INSERT, SELECT ON inbox_events
    TO callboard_api_gateway, callboard_dialer, callboard_recording_processor, callboard_status_engine;
GRANT INSERT, SELECT, DELETE ON outbox_events
    TO callboard_api_gateway, callboard_dialer, callboard_recording_processor, callboard_status_engine;
GRANT UPDATE (claimed_until, published_at) ON outbox_events
    TO callboard_api_gateway, callboard_dialer, callboard_recording_processor, callboard_status_engine;

GRANT SELECT ON business, business_settings, users, sessions, api_keys, idempotency_keys, lead_statuses,
    outbound_lead_lists, leads, suppressions, lead_activities, outbound_call_runs, outbound_call_jobs, call_log,
    call_slots, carrier_callbacks, recordings, conversations, lead_status_events, lead_status_history, notifications
    TO callboard_api_gateway;
GRANT UPDATE ON business_settings TO callboard_api_gateway;
GRANT INSERT, UPDATE ON users, api_keys, outbound_lead_lists, suppressions TO callboard_api_gateway;
GRANT INSERT, UPDATE, DELETE ON sessions, lead_statuses TO callboard_api_gateway;
GRANT INSERT, DELETE ON idempotency_keys TO callboard_api_gateway;
GRANT INSERT ON leads, lead_activities, lead_status_history, outbound_call_runs, outbound_call_jobs, carrier_callbacks
    TO callboard_api_gateway;
GRANT UPDATE (first_name, last_name, phone_e164, status, status_changed_at, notes, follow_up_at, time_zone, phone_zone, tags,
    owner_user_id, outbound_list_id, version, updated_at, deleted_at) ON leads TO callboard_api_gateway;
GRANT UPDATE (cancel_requested, hang_up_requested, pause_requested) ON outbound_call_runs TO callboard_api_gateway;
GRANT UPDATE (cancel_requested) ON outbound_call_jobs TO callboard_api_gateway;
-- An inbound call must be answered at once, so the gateway admits it: it may add a call, on a free line, and no more.
GRANT INSERT ON call_log TO callboard_api_gateway;
GRANT UPDATE (read_at) ON notifications TO callboard_api_gateway;

GRANT SELECT ON business, business_settings, leads, suppressions, outbound_call_runs, outbound_call_jobs, call_log,
    call_slots, carrier_callbacks TO callboard_dialer;
GRANT UPDATE (status, queued_count, in_progress_count, completed_count, failed_count, cancelled_count, cursor_position,
    next_job_id, last_error, pause_requested, recent_outcomes, progress_at, progress_waits, locked_by_worker, lock_ts, started_at, ended_at)
    ON outbound_call_runs TO callboard_dialer;
GRANT UPDATE (status, attempts, dials, due_at, deferred_by, outcome, error_message, twilio_call_sid, dial_started_at, dial_lock_token,
    locked_by_worker, lock_ts, started_at, completed_at) ON outbound_call_jobs TO callboard_dialer;
GRANT INSERT ON call_log TO callboard_dialer;
GRANT UPDATE (call_sid, revision, line, status, dial_state, lock_token, locked_by_worker, answered_by, error_code, error_message,
    reconcile_at, reconcile_count, answered_at, ended_at, duration) ON call_log TO callboard_dialer;
GRANT SELECT, INSERT ON call_reconciliations TO callboard_dialer;
GRANT SELECT, INSERT, UPDATE (next_at) ON carrier_pace TO callboard_dialer;
GRANT SELECT ON call_reconciliations, carrier_pace TO callboard_api_gateway;

GRANT SELECT ON business, business_settings, leads, lead_statuses, call_log, recordings, conversations
    TO callboard_recording_processor;
GRANT INSERT, UPDATE ON recordings, conversations TO callboard_recording_processor;
GRANT UPDATE (recording_url, recording_sid, transcription, final_transcript, summary, extracted_service, extracted_city,
    extraction_confidence) ON call_log TO callboard_recording_processor;

GRANT SELECT ON business, business_settings, users, leads, lead_statuses, call_log, suppressions, lead_activities,
    lead_status_events, lead_status_history, notifications TO callboard_status_engine;
GRANT INSERT ON lead_status_events, lead_status_history, lead_activities, suppressions, notifications
    TO callboard_status_engine;
GRANT UPDATE (status, status_changed_at, summary, notes, last_contact_at, service, city, follow_up_at, version,
    updated_at) ON leads TO callboard_status_engine;

GRANT SELECT ON ALL TABLES IN SCHEMA public TO callboard_operator;
GRANT INSERT ON business, business_settings, users, api_keys, lead_statuses, outbound_lead_lists, leads, suppressions,
    outbound_call_runs, outbound_call_jobs, outbox_events TO callboard_operator;
GRANT UPDATE ON business, business_settings, users, api_keys TO callboard_operator;
GRANT UPDATE (cancel_requested, hang_up_requested, pause_requested) ON outbound_call_runs TO callboard_operator;

-- 3. Look-ups that must come before the tenant is known. Each answers one exact question and nothing more.
CREATE FUNCTION sign_in_user(wanted_email text)
    RETURNS TABLE (business_id bigint, user_id bigint, role text, password_hash text)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
    AS $$ SELECT u.business_id, u.id, u.role, u.password_hash FROM users u
          WHERE u.email = wanted_email AND u.disabled_at IS NULL $$;
COMMENT ON FUNCTION sign_in_user IS 'The user of an address, for checking a password';

CREATE FUNCTION user_of_session(wanted_hash bytea, at timestamptz)
    RETURNS TABLE (business_id bigint, user_id bigint, role text, expires_at timestamptz)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
    AS $$ SELECT u.business_id, u.id, u.role, s.expires_at FROM sessions s JOIN users u ON u.id = s.user_id
          WHERE s.token_hash = wanted_hash AND s.expires_at > at AND u.disabled_at IS NULL $$;
COMMENT ON FUNCTION user_of_session IS 'Who holds this session token';

CREATE FUNCTION api_key_of_prefix(wanted_prefix text)
    RETURNS TABLE (business_id bigint, key_id bigint, role text, key_hash bytea)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
    AS $$ SELECT k.business_id, k.id, k.role, k.key_hash FROM api_keys k
          WHERE k.prefix = wanted_prefix AND k.revoked_at IS NULL $$;
COMMENT ON FUNCTION api_key_of_prefix IS 'The key with this public prefix; its hash is compared by the caller';

-- Asked for every callback. In PL/pgSQL, which keeps its plan; a function in SQL that is not inlined is planned anew.
CREATE FUNCTION business_of_attempt(wanted_attempt uuid) RETURNS bigint
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp
    AS $$ BEGIN RETURN (SELECT c.business_id FROM call_log c WHERE c.attempt_id = wanted_attempt); END $$;
COMMENT ON FUNCTION business_of_attempt IS 'Whose attempt a callback is about';

CREATE FUNCTION business_of_caller_number(wanted_number text) RETURNS bigint
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
    AS $$ SELECT s.business_id FROM business_settings s WHERE s.caller_number = wanted_number $$;
COMMENT ON FUNCTION business_of_caller_number IS 'Whose number was called';

CREATE FUNCTION attempt_of_inbound_call(wanted_sid text)
    RETURNS TABLE (attempt_id uuid)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
    AS $$ SELECT c.attempt_id FROM call_log c
          WHERE c.call_sid = wanted_sid AND c.direction = 'inbound' $$;
COMMENT ON FUNCTION attempt_of_inbound_call IS 'Which admitted call a report is about that names no attempt';

CREATE FUNCTION due_conversations(at timestamptz, most integer)
    RETURNS TABLE (business_id bigint, id bigint)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
    AS $$ SELECT c.business_id, c.id FROM conversations c WHERE c.due_at <= at ORDER BY c.due_at LIMIT most $$;
COMMENT ON FUNCTION due_conversations IS 'Which conversations have a step that is due, over all tenants';

-- Housekeeping over all tenants, of one consumer at a time: a service sees one tenant's rows only.
CREATE FUNCTION prune_inbox(of_consumer text, keep interval, most integer) RETURNS bigint
    LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp
    AS $$ WITH gone AS (
              DELETE FROM inbox_events WHERE (business_id, consumer, event_id) IN (
                  SELECT business_id, consumer, event_id FROM inbox_events
                  WHERE consumer = of_consumer AND received_at < now() - keep ORDER BY received_at LIMIT most)
              RETURNING 1)
          SELECT count(*) FROM gone $$;
COMMENT ON FUNCTION prune_inbox IS 'Forgets events that this consumer handled longer ago than the broker can hold a message back';

REVOKE EXECUTE ON FUNCTION prune_inbox, sign_in_user, user_of_session, api_key_of_prefix, business_of_attempt,
    business_of_caller_number, attempt_of_inbound_call, due_conversations FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sign_in_user, user_of_session, api_key_of_prefix, business_of_attempt,
    business_of_caller_number, attempt_of_inbound_call TO callboard_api_gateway;
GRANT EXECUTE ON FUNCTION due_conversations TO callboard_recording_processor;
GRANT EXECUTE ON FUNCTION prune_inbox TO callboard_api_gateway, callboard_dialer, callboard_recording_processor,
    callboard_status_engine;
