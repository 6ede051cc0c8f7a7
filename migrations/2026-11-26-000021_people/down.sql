DROP FUNCTION api_key_of_prefix;
CREATE FUNCTION api_key_of_prefix(wanted_prefix text)
    RETURNS TABLE (business_id bigint, key_id bigint, role text, key_hash bytea)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
    AS $$ SELECT k.business_id, k.id, k.role, k.key_hash FROM api_keys k
          WHERE k.prefix = wanted_prefix AND k.revoked_at IS NULL $$;
COMMENT ON FUNCTION api_key_of_prefix IS 'The key with this public prefix; its hash is compared by the caller';
REVOKE EXECUTE ON FUNCTION api_key_of_prefix FROM PUBLIC;
GRANT EXECUTE ON FUNCTION api_key_of_prefix TO callboard_api_gateway;

REVOKE UPDATE (last_used_at, revoked_at) ON api_keys FROM callboard_api_gateway;
REVOKE UPDATE (full_name, role, password_hash, disabled_at, version) ON users FROM callboard_api_gateway;
GRANT UPDATE ON users, api_keys TO callboard_api_gateway;

COMMENT ON COLUMN api_keys.last_used_at IS NULL;
ALTER TABLE users DROP COLUMN version;
