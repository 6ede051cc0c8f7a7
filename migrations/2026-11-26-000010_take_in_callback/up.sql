-- A webhook of the carrier, kept once as it came, together with the event that it raises: one journey, one commit. Runs with
-- the rights of who calls it, and within one tenant, as any other statement of a service does.
CREATE FUNCTION take_in_callback(
    of_attempt uuid, of_kind text, dedupe text, of_call_sid text, fields jsonb, received timestamptz,
    -- The event, null for none; `business_id` and `callback_id` in its data are filled in here.
    raised uuid, raised_type text, raised_body jsonb
) RETURNS text
    LANGUAGE plpgsql
    AS $$
DECLARE
    whose bigint := business_of_attempt(of_attempt);
    kept bigint;
    ids jsonb;
BEGIN
    IF whose IS NULL THEN
        RETURN 'of_nobody';
    END IF;
    PERFORM set_config('app.business_id', whose::text, true);
    INSERT INTO carrier_callbacks (business_id, kind, dedupe_key, attempt_id, call_sid, params, received_at)
    VALUES (whose, of_kind, dedupe, of_attempt, of_call_sid, fields, received)
    ON CONFLICT DO NOTHING
    RETURNING id INTO kept;
    IF kept IS NULL THEN
        RETURN 'again';
    END IF;
    IF raised IS NOT NULL THEN
        ids := jsonb_build_object('business_id', whose);
        IF raised_body -> 'data' ? 'callback_id' THEN
            ids := ids || jsonb_build_object('callback_id', kept);
        END IF;
        INSERT INTO outbox_events (business_id, event_id, type, body)
        VALUES (whose, raised, raised_type, jsonb_set(raised_body, '{data}', (raised_body -> 'data') || ids));
    END IF;
    RETURN 'first';
END
$$;
COMMENT ON FUNCTION take_in_callback IS 'Keeps a callback and raises its event: first, again (kept before, nothing was written) or of_nobody';
REVOKE EXECUTE ON FUNCTION take_in_callback FROM PUBLIC;
GRANT EXECUTE ON FUNCTION take_in_callback TO callboard_api_gateway;
