-- How many leads are in each list, as lead_counts (000023) has it of columns, and for its reasons: whoever opens the board asks, and
-- to count them takes as long as there are leads.
SET LOCAL lock_timeout = '5s';

CREATE TABLE lead_list_counts (
    business_id bigint NOT NULL,
    list_id     bigint NOT NULL,
    id          bigint GENERATED ALWAYS AS IDENTITY,
    leads       bigint NOT NULL,
    PRIMARY KEY (business_id, list_id, id)
) WITH (autovacuum_vacuum_scale_factor = 0.05);
COMMENT ON TABLE lead_list_counts IS 'How many leads are in each list: the sum over its rows. Written by the triggers of leads, in the transaction of what they count';

-- Rows that another transaction is putting together at this moment are passed over.
CREATE FUNCTION lead_list_counts_fold(of_business bigint) RETURNS void
    LANGUAGE sql SET search_path = public, pg_temp
    AS $$
    WITH gone AS (
        DELETE FROM lead_list_counts WHERE (business_id, list_id, id) IN (
            SELECT business_id, list_id, id FROM lead_list_counts WHERE business_id = of_business FOR UPDATE SKIP LOCKED)
        RETURNING list_id, leads)
    INSERT INTO lead_list_counts (business_id, list_id, leads)
    SELECT of_business, list_id, sum(leads) FROM gone GROUP BY list_id HAVING sum(leads) <> 0;
$$;
REVOKE EXECUTE ON FUNCTION lead_list_counts_fold FROM PUBLIC;

CREATE FUNCTION leads_count_in_lists() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
    AS $$
DECLARE
    to_fold bigint[];
BEGIN
    -- A trigger has only the tables of its own verb.
    IF TG_OP = 'INSERT' THEN
        WITH written AS (
            INSERT INTO lead_list_counts (business_id, list_id, leads)
            SELECT tenant_id, outbound_list_id, count(*) FROM after_it
            WHERE deleted_at IS NULL AND outbound_list_id IS NOT NULL GROUP BY 1, 2 RETURNING business_id, id)
        SELECT array_agg(DISTINCT business_id) FILTER (WHERE id % 64 = 0) INTO to_fold FROM written;
    ELSIF TG_OP = 'UPDATE' THEN
        WITH written AS (
            INSERT INTO lead_list_counts (business_id, list_id, leads)
            SELECT tenant_id, outbound_list_id, sum(n) FROM (
                SELECT tenant_id, outbound_list_id, 1 AS n FROM after_it
                WHERE deleted_at IS NULL AND outbound_list_id IS NOT NULL
                UNION ALL
                SELECT tenant_id, outbound_list_id, -1 FROM before_it
                WHERE deleted_at IS NULL AND outbound_list_id IS NOT NULL) moved
            GROUP BY 1, 2 HAVING sum(n) <> 0 RETURNING business_id, id)
        SELECT array_agg(DISTINCT business_id) FILTER (WHERE id % 64 = 0) INTO to_fold FROM written;
    ELSE
        INSERT INTO lead_list_counts (business_id, list_id, leads)
        SELECT tenant_id, outbound_list_id, -count(*) FROM before_it
        WHERE deleted_at IS NULL AND outbound_list_id IS NOT NULL GROUP BY 1, 2;
    END IF;
    IF to_fold IS NOT NULL THEN
        PERFORM lead_list_counts_fold(b) FROM unnest(to_fold) AS b;
    END IF;
    RETURN NULL;
END
$$;

-- From here on nobody writes leads until all is counted.
CREATE TRIGGER leads_count_in_lists_added AFTER INSERT ON leads
    REFERENCING NEW TABLE AS after_it FOR EACH STATEMENT EXECUTE FUNCTION leads_count_in_lists();
CREATE TRIGGER leads_count_in_lists_changed AFTER UPDATE ON leads
    REFERENCING OLD TABLE AS before_it NEW TABLE AS after_it FOR EACH STATEMENT EXECUTE FUNCTION leads_count_in_lists();
CREATE TRIGGER leads_count_in_lists_deleted AFTER DELETE ON leads
    REFERENCING OLD TABLE AS before_it FOR EACH STATEMENT EXECUTE FUNCTION leads_count_in_lists();
INSERT INTO lead_list_counts (business_id, list_id, leads)
SELECT tenant_id, outbound_list_id, count(*) FROM leads
WHERE deleted_at IS NULL AND outbound_list_id IS NOT NULL GROUP BY 1, 2;

ALTER TABLE lead_list_counts ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant ON lead_list_counts TO callboard_api_gateway USING (business_id = app_business_id());
CREATE POLICY operator ON lead_list_counts TO callboard_operator USING (true);
GRANT SELECT ON lead_list_counts TO callboard_api_gateway, callboard_operator;
