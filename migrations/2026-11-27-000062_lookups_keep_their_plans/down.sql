-- As they were, in SQL.
SET LOCAL lock_timeout = '5s';
CREATE OR REPLACE FUNCTION user_of_session(wanted_hash bytea, at timestamptz)
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

CREATE OR REPLACE FUNCTION api_key_of_prefix(wanted_prefix text)
    RETURNS TABLE (business_id bigint, key_id bigint, role text, key_hash bytea, last_used_at timestamptz, scopes text[],
                   is_suspended boolean, suspension_reason text)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
    AS $$ SELECT k.business_id, k.id, k.role, k.key_hash, k.last_used_at, k.scopes, b.suspended_at IS NOT NULL,
                 b.suspension_reason
          FROM api_keys k JOIN business b ON b.id = k.business_id
          WHERE k.prefix = wanted_prefix AND k.revoked_at IS NULL $$;
