-- People and keys over the API: a user has a version, a key tells when it was last used, and the gateway may change of
-- both what its endpoints change and nothing else. Nobody moves to another business or takes another's address.
ALTER TABLE users ADD COLUMN version bigint NOT NULL DEFAULT 1;
COMMENT ON COLUMN users.version IS 'Grows with each change; two people who edit at once get a conflict';
COMMENT ON COLUMN api_keys.last_used_at IS 'To the minute: written at most once in one';

REVOKE UPDATE ON users, api_keys FROM callboard_api_gateway;
GRANT UPDATE (full_name, role, password_hash, disabled_at, version) ON users TO callboard_api_gateway;
GRANT UPDATE (last_used_at, revoked_at) ON api_keys TO callboard_api_gateway;

DROP FUNCTION api_key_of_prefix;
CREATE FUNCTION api_key_of_prefix(wanted_prefix text)
    RETURNS TABLE (business_id bigint, key_id bigint, role text, key_hash bytea, last_used_at timestamptz)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
    AS $$ SELECT k.business_id, k.id, k.role, k.key_hash, k.last_used_at FROM api_keys k
          WHERE k.prefix = wanted_prefix AND k.revoked_at IS NULL $$;
COMMENT ON FUNCTION api_key_of_prefix IS 'The key with this public prefix; its hash is compared by the caller';
REVOKE EXECUTE ON FUNCTION api_key_of_prefix FROM PUBLIC;
GRANT EXECUTE ON FUNCTION api_key_of_prefix TO callboard_api_gateway;
