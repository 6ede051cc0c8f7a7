DROP FUNCTION sign_in_user, user_of_session, api_key_of_prefix, business_of_attempt, business_of_caller_number,
    attempt_of_inbound_call, due_conversations, prune_inbox;
DO $$
DECLARE
    p record;
    service text;
BEGIN
    FOR p IN SELECT policyname, tablename FROM pg_policies WHERE schemaname = current_schema() LOOP
        EXECUTE format('DROP POLICY %I ON %I', p.policyname, p.tablename);
        EXECUTE format('ALTER TABLE %I DISABLE ROW LEVEL SECURITY', p.tablename);
    END LOOP;
    FOREACH service IN ARRAY ARRAY[
        'callboard_api_gateway', 'callboard_dialer', 'callboard_recording_processor',
        'callboard_status_engine', 'callboard_operator'
    ] LOOP
        EXECUTE format('REVOKE ALL ON ALL TABLES IN SCHEMA %I FROM %I', current_schema(), service);
    END LOOP;
END
$$;
