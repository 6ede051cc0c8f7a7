-- Sign-in that all replicas throttle together, short-lived tokens beside the session, keys with scopes, and businesses that
-- system administrators create, look into (on record) and suspend.

-- 1. A suspended business has no open line, so that no call of it can be stored; what is in the air ends in peace.
ALTER TABLE business
    ADD COLUMN suspended_at timestamptz,
    ADD COLUMN suspension_reason text CHECK (length(suspension_reason) BETWEEN 1 AND 500),
    ADD CONSTRAINT a_reason_has_its_suspension CHECK (suspension_reason IS NULL OR suspended_at IS NOT NULL);
COMMENT ON COLUMN business.suspended_at IS 'Since when it calls nobody and nobody signs in for it; null while it is active';
COMMENT ON COLUMN business.suspension_reason IS 'Why, as its people are told';

-- The business is held, so that a suspension and a change of the limits at once do not both look at what was before.
CREATE OR REPLACE FUNCTION call_slots_follow_limits() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
    AS $$
DECLARE
    is_active boolean;
BEGIN
    SELECT b.suspended_at IS NULL INTO is_active FROM business b WHERE b.id = NEW.business_id FOR SHARE;
    INSERT INTO call_slots (business_id, line, is_open, serves_outbound)
    SELECT NEW.business_id, n, is_active, n <= NEW.max_outbound FROM generate_series(1, NEW.max_total) AS n
    ON CONFLICT DO NOTHING;
    UPDATE call_slots SET is_open = is_active AND line <= NEW.max_total, serves_outbound = line <= NEW.max_outbound
    WHERE business_id = NEW.business_id
      AND (is_open, serves_outbound) <> (is_active AND line <= NEW.max_total, line <= NEW.max_outbound);
    RETURN NULL;
END
$$;

CREATE FUNCTION call_slots_follow_suspension() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
    AS $$
BEGIN
    UPDATE call_slots s SET is_open = NEW.suspended_at IS NULL AND s.line <= b.max_total
    FROM business_settings b
    WHERE b.business_id = NEW.id AND s.business_id = NEW.id
      AND s.is_open <> (NEW.suspended_at IS NULL AND s.line <= b.max_total);
    RETURN NULL;
END
$$;
CREATE TRIGGER call_slots_follow_suspension AFTER UPDATE OF suspended_at ON business
    FOR EACH ROW WHEN ((OLD.suspended_at IS NULL) <> (NEW.suspended_at IS NULL))
    EXECUTE FUNCTION call_slots_follow_suspension();
COMMENT ON COLUMN call_slots.is_open IS 'False once the limit was lowered below this line, and while the business is suspended; a call that holds it may end in peace';

-- 2. Sign-in.
CREATE TABLE sign_in_throttles (
    key          bytea PRIMARY KEY,
    failures     integer NOT NULL CHECK (failures >= 0),
    last_at      timestamptz NOT NULL,
    locked_until timestamptz
);
COMMENT ON TABLE sign_in_throttles IS 'Failed sign-ins that count, over all replicas: per account, per client address and per known browser; of no tenant, as nobody is known yet';
COMMENT ON COLUMN sign_in_throttles.key IS 'HMAC-SHA256 under SESSION_SECRET of what is counted: neither e-mail addresses nor those of clients are stored';
COMMENT ON COLUMN sign_in_throttles.failures IS 'Attempts that failed or are under way, since the last day without one';
CREATE INDEX sign_in_throttles_last_at ON sign_in_throttles (last_at);

CREATE TABLE session_tokens (
    business_id  bigint REFERENCES business (id),
    token_hash   bytea PRIMARY KEY,
    session_hash bytea NOT NULL REFERENCES sessions (token_hash) ON DELETE CASCADE,
    kind         text NOT NULL CHECK (kind IN ('access', 'refresh')),
    created_at   timestamptz NOT NULL,
    expires_at   timestamptz NOT NULL,
    used_at      timestamptz,
    CONSTRAINT only_refresh_tokens_are_used_up CHECK (used_at IS NULL OR kind = 'refresh')
);
COMMENT ON TABLE session_tokens IS 'Tokens of a session for clients that keep no cookie; they end with it';
COMMENT ON COLUMN session_tokens.token_hash IS 'HMAC-SHA256 of the token under SESSION_SECRET';
COMMENT ON COLUMN session_tokens.used_at IS 'When a refresh token was exchanged; shown again it has been stolen, and the session ends';
CREATE INDEX session_tokens_session ON session_tokens (session_hash);

-- Each answers more columns than before; whoever reads by name is served as before.
DROP FUNCTION sign_in_user;
CREATE FUNCTION sign_in_user(wanted_email text)
    RETURNS TABLE (business_id bigint, user_id bigint, role text, password_hash text, is_suspended boolean,
                   suspension_reason text)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
    AS $$ SELECT u.business_id, u.id, u.role, u.password_hash, b.suspended_at IS NOT NULL, b.suspension_reason
          FROM users u LEFT JOIN business b ON b.id = u.business_id
          WHERE u.email = wanted_email AND u.disabled_at IS NULL $$;
COMMENT ON FUNCTION sign_in_user IS 'The user of an address, for checking a password';

DROP FUNCTION user_of_session;
CREATE FUNCTION user_of_session(wanted_hash bytea, at timestamptz)
    RETURNS TABLE (business_id bigint, user_id bigint, role text, expires_at timestamptz, session_hash bytea, kind text,
                   is_suspended boolean, suspension_reason text)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
    AS $$ SELECT u.business_id, u.id, u.role, least(t.expires_at, s.expires_at), s.token_hash, t.kind,
                 b.suspended_at IS NOT NULL, b.suspension_reason
          FROM (SELECT o.token_hash AS session_hash, 'session' AS kind, o.expires_at
                FROM sessions o WHERE o.token_hash = wanted_hash
                UNION ALL
                SELECT o.session_hash, o.kind, o.expires_at
                FROM session_tokens o WHERE o.token_hash = wanted_hash) t
          JOIN sessions s ON s.token_hash = t.session_hash
          JOIN users u ON u.id = s.user_id
          LEFT JOIN business b ON b.id = u.business_id
          WHERE t.expires_at > at AND s.expires_at > at AND u.disabled_at IS NULL $$;
COMMENT ON FUNCTION user_of_session IS 'Who holds this token: a session''s own, or an access or refresh token of it';

-- 3. Keys.
ALTER TABLE api_keys ADD COLUMN scopes text[] NOT NULL DEFAULT '{full}'
    CHECK (cardinality(scopes) BETWEEN 1 AND 4 AND scopes <@ ARRAY['full', 'read', 'leads', 'calls']);
COMMENT ON COLUMN api_keys.scopes IS 'Which operations it may ask for, as far as its role goes: full, read, leads, calls';

DROP FUNCTION api_key_of_prefix;
CREATE FUNCTION api_key_of_prefix(wanted_prefix text)
    RETURNS TABLE (business_id bigint, key_id bigint, role text, key_hash bytea, last_used_at timestamptz, scopes text[],
                   is_suspended boolean, suspension_reason text)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
    AS $$ SELECT k.business_id, k.id, k.role, k.key_hash, k.last_used_at, k.scopes, b.suspended_at IS NOT NULL,
                 b.suspension_reason
          FROM api_keys k JOIN business b ON b.id = k.business_id
          WHERE k.prefix = wanted_prefix AND k.revoked_at IS NULL $$;
COMMENT ON FUNCTION api_key_of_prefix IS 'The key with this public prefix; its hash is compared by the caller';

-- 4. Administrators.
CREATE TABLE administrator_accesses (
    business_id bigint NOT NULL REFERENCES business (id),
    id          bigint GENERATED ALWAYS AS IDENTITY,
    user_id     bigint NOT NULL REFERENCES users (id),
    method      text NOT NULL,
    path        text NOT NULL,
    at          timestamptz NOT NULL,
    PRIMARY KEY (business_id, id)
);
COMMENT ON TABLE administrator_accesses IS 'What system administrators asked for in the name of a business, written before they were answered; append-only by grant';
COMMENT ON COLUMN administrator_accesses.path IS 'Without its query, in which names and numbers stand';

CREATE FUNCTION list_businesses(wanted text, after bigint, most bigint)
    RETURNS TABLE (id bigint, name text, language text, time_zone text, country text, created_at timestamptz,
                   suspended_at timestamptz, suspension_reason text, caller_number text, whatsapp_number text,
                   max_outbound smallint, max_total smallint, version bigint)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
    AS $$ SELECT b.id, b.name, b.language, b.time_zone, b.country, b.created_at, b.suspended_at, b.suspension_reason,
                 s.caller_number, s.whatsapp_number, s.max_outbound, s.max_total, s.version
          FROM business b JOIN business_settings s ON s.business_id = b.id
          WHERE b.id > after AND (wanted = '' OR strpos(lower(b.name), lower(wanted)) > 0 OR b.id::text = wanted)
          ORDER BY b.id LIMIT most $$;
COMMENT ON FUNCTION list_businesses IS 'The tenants by name or id, for those who stand above them';

-- 5. Walls.
DO $$
DECLARE
    t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['session_tokens', 'administrator_accesses'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('CREATE POLICY operator ON %I TO callboard_operator USING (true)', t);
        EXECUTE format(
            'CREATE POLICY tenant ON %I TO callboard_api_gateway, callboard_recording_processor, callboard_status_engine
             USING (business_id = app_business_id())', t);
    END LOOP;
END
$$;
CREATE POLICY above_businesses ON session_tokens TO callboard_api_gateway USING (business_id IS NULL);

-- 6. Pens.
GRANT SELECT, INSERT, UPDATE, DELETE ON sign_in_throttles TO callboard_api_gateway;
GRANT SELECT, INSERT, UPDATE (used_at), DELETE ON session_tokens TO callboard_api_gateway;
GRANT SELECT, INSERT ON administrator_accesses TO callboard_api_gateway;
GRANT INSERT ON business, business_settings TO callboard_api_gateway;
GRANT UPDATE (name, language, time_zone, suspended_at, suspension_reason) ON business TO callboard_api_gateway;
-- A business names itself as the tenant before it is written.
GRANT USAGE ON SEQUENCE business_id_seq TO callboard_api_gateway, callboard_operator;
GRANT SELECT ON session_tokens, administrator_accesses TO callboard_operator;
-- Operators let someone in at once by deleting what counts against them.
GRANT SELECT, DELETE ON sign_in_throttles TO callboard_operator;
REVOKE EXECUTE ON FUNCTION sign_in_user, user_of_session, api_key_of_prefix, list_businesses FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sign_in_user, user_of_session, api_key_of_prefix, list_businesses TO callboard_api_gateway;
