-- One role per service, none of which owns a table: what a service may write is what the table of pens says, and the
-- database holds it. Roles belong to the whole cluster, so creating them must be safe to repeat in another database.
-- A process connects with a login of its own that is a member of exactly one of these, and does SET ROLE.
DO $$
DECLARE
    service text;
BEGIN
    FOREACH service IN ARRAY ARRAY[
        'callboard_api_gateway', 'callboard_dialer', 'callboard_recording_processor',
        'callboard_status_engine', 'callboard_operator'
    ] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = service) THEN
            BEGIN
                EXECUTE format('CREATE ROLE %I NOLOGIN NOSUPERUSER NOBYPASSRLS', service);
            EXCEPTION WHEN duplicate_object OR unique_violation THEN
                NULL; -- another database of this cluster was migrated at the same moment
            END;
        END IF;
        -- Whoever migrates may act as each service: the demo and the tests run on one login.
        IF NOT pg_has_role(current_user, service, 'MEMBER') THEN
            EXECUTE format('GRANT %I TO %I', service, current_user);
        END IF;
    END LOOP;
END
$$;

-- The tenant of the running transaction; NULL outside one. After SET LOCAL ends the setting is '' and not unset.
CREATE FUNCTION app_business_id() RETURNS bigint
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$ SELECT nullif(current_setting('app.business_id', true), '')::bigint $$;
COMMENT ON FUNCTION app_business_id() IS 'The business whose rows the running transaction may see; set with set_config(''app.business_id'', …, true)';
