REVOKE USAGE ON SEQUENCE business_id_seq FROM callboard_api_gateway, callboard_operator;
REVOKE UPDATE (name, language, time_zone, suspended_at, suspension_reason) ON business FROM callboard_api_gateway;
REVOKE INSERT ON business, business_settings FROM callboard_api_gateway;
DROP FUNCTION list_businesses;
DROP TABLE administrator_accesses;

DROP FUNCTION api_key_of_prefix;
CREATE FUNCTION api_key_of_prefix(wanted_prefix text)
    RETURNS TABLE (business_id bigint, key_id bigint, role text, key_hash bytea, last_used_at timestamptz)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
    AS $$ SELECT k.business_id, k.id, k.role, k.key_hash, k.last_used_at FROM api_keys k
          WHERE k.prefix = wanted_prefix AND k.revoked_at IS NULL $$;
COMMENT ON FUNCTION api_key_of_prefix IS 'The key with this public prefix; its hash is compared by the caller';
ALTER TABLE api_keys DROP COLUMN scopes;

DROP FUNCTION user_of_session;
CREATE FUNCTION user_of_session(wanted_hash bytea, at timestamptz)
    RETURNS TABLE (business_id bigint, user_id bigint, role text, expires_at timestamptz)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
    AS $$ SELECT u.business_id, u.id, u.role, s.expires_at FROM sessions s JOIN users u ON u.id = s.user_id
          WHERE s.token_hash = wanted_hash AND s.expires_at > at AND u.disabled_at IS NULL $$;
COMMENT ON FUNCTION user_of_session IS 'Who holds this session token';
DROP FUNCTION sign_in_user;
CREATE FUNCTION sign_in_user(wanted_email text)
    RETURNS TABLE (business_id bigint, user_id bigint, role text, password_hash text)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
    AS $$ SELECT u.business_id, u.id, u.role, u.password_hash FROM users u
          WHERE u.email = wanted_email AND u.disabled_at IS NULL $$;
COMMENT ON FUNCTION sign_in_user IS 'The user of an address, for checking a password';
REVOKE EXECUTE ON FUNCTION sign_in_user, user_of_session, api_key_of_prefix FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sign_in_user, user_of_session, api_key_of_prefix TO callboard_api_gateway;
DROP TABLE session_tokens, sign_in_throttles;

DROP TRIGGER call_slots_follow_suspension ON business;
DROP FUNCTION call_slots_follow_suspension;
CREATE OR REPLACE FUNCTION call_slots_follow_limits() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
    AS $$
BEGIN
    INSERT INTO call_slots (business_id, line, serves_outbound)
    SELECT NEW.business_id, n, n <= NEW.max_outbound FROM generate_series(1, NEW.max_total) AS n
    ON CONFLICT DO NOTHING;
    UPDATE call_slots SET is_open = line <= NEW.max_total, serves_outbound = line <= NEW.max_outbound
    WHERE business_id = NEW.business_id
      AND (is_open, serves_outbound) <> (line <= NEW.max_total, line <= NEW.max_outbound);
    RETURN NULL;
END
$$;
UPDATE call_slots s SET is_open = s.line <= b.max_total FROM business_settings b
WHERE b.business_id = s.business_id AND s.is_open <> (s.line <= b.max_total);
COMMENT ON COLUMN call_slots.is_open IS 'False once the limit was lowered below this line; a call that holds it may end in peace';
ALTER TABLE business DROP COLUMN suspended_at, DROP COLUMN suspension_reason;
