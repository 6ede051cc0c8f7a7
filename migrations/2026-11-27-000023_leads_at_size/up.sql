-- Leads at size: pages, searches and counts that cost as much at a million leads of a business as at a thousand.
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE EXTENSION IF NOT EXISTS btree_gin;

-- 1. The order of the board, and what a search looks through. Cut, since a page of an index holds no longer ones; nobody
-- searches by the end of such a name.
ALTER TABLE leads
    ADD COLUMN board_at timestamptz NOT NULL GENERATED ALWAYS AS (coalesce(last_contact_at, created_at)) STORED,
    ADD COLUMN search_text text NOT NULL GENERATED ALWAYS AS (
        left(lower(trim(first_name || ' ' || last_name)), 300) || ' ' || coalesce(phone_e164, '')) STORED;
COMMENT ON COLUMN leads.board_at IS 'Its place on the board, newest first: the last contact, or when it came while there was none';
COMMENT ON COLUMN leads.search_text IS 'Name in small letters, and number';

-- A page is walked along the order of the board in an index that also holds what filters look at, so that no row is read
-- for one that does not pass; that needs pages known to be visible to all, hence the vacuum.
CREATE INDEX leads_board_order ON leads (tenant_id, board_at, id)
    INCLUDE (status, outbound_list_id, owner_user_id, last_contact_at, search_text) WHERE deleted_at IS NULL;
CREATE INDEX leads_of_status ON leads (tenant_id, status, board_at, id) WHERE deleted_at IS NULL;
CREATE INDEX leads_of_list ON leads (tenant_id, outbound_list_id, board_at, id)
    WHERE deleted_at IS NULL AND outbound_list_id IS NOT NULL;
CREATE INDEX leads_of_owner ON leads (tenant_id, owner_user_id, board_at, id)
    WHERE deleted_at IS NULL AND owner_user_id IS NOT NULL;
CREATE INDEX leads_never_contacted ON leads (tenant_id, board_at, id)
    WHERE deleted_at IS NULL AND last_contact_at IS NULL;
-- What few leads have is found here, among the leads of one business only. What waits to be sorted in is looked through by
-- each search, so it must be little.
CREATE INDEX leads_search ON leads USING gin (tenant_id, search_text gin_trgm_ops, tags)
    WITH (gin_pending_list_limit = 256) WHERE deleted_at IS NULL;
-- A wall keeps what is not leakproof, as LIKE is, from an index: the search goes past it, and names the business by itself. As
-- text, so that it is planned for what is looked for. The business is looked up in the index too, unless a good part of all
-- leads are its own: then it is cheaper to throw away what is others'.
CREATE FUNCTION leads_found(pattern text, tag text) RETURNS SETOF leads
    LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 100 SET search_path = public, pg_temp
    AS $$
DECLARE
    of_business text := 'tenant_id';
BEGIN
    IF (SELECT sum(leads) FROM lead_counts WHERE business_id = app_business_id())
       > (SELECT reltuples / 4 FROM pg_class WHERE oid = 'leads'::regclass) THEN
        of_business := 'tenant_id + 0';
    END IF;
    RETURN QUERY EXECUTE format(
        'SELECT * FROM leads WHERE %s = $1 AND deleted_at IS NULL
         AND ($2 IS NULL OR search_text LIKE $2) AND ($3 IS NULL OR tags @> ARRAY[$3])', of_business)
        USING app_business_id(), pattern, tag;
END
$$;
COMMENT ON FUNCTION leads_found IS 'The leads of the running transaction''s business whose search_text is like the pattern and who have the tag; null is any';
REVOKE EXECUTE ON FUNCTION leads_found FROM PUBLIC;
GRANT EXECUTE ON FUNCTION leads_found TO callboard_api_gateway;
-- Both are the beginning of one above.
DROP INDEX leads_board;
DROP INDEX leads_list;
ALTER TABLE leads SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.02);

-- 2. How many leads stand in each column. What a statement changes is a row more, so that nobody waits for anybody: one row
-- per column would be held by an import or a bulk change until its end, and every conversation of the business would wait.
-- The count is the sum; now and then the rows that are there are put together. Whose they are is said by the leads.
CREATE TABLE lead_counts (
    business_id bigint NOT NULL,
    id          bigint GENERATED ALWAYS AS IDENTITY,
    status      text NOT NULL,
    leads       bigint NOT NULL,
    PRIMARY KEY (business_id, id)
) WITH (autovacuum_vacuum_scale_factor = 0.05);
COMMENT ON TABLE lead_counts IS 'How many leads stand in each column: the sum over its rows. Written by the triggers of leads, in the transaction of what they count';

INSERT INTO lead_counts (business_id, status, leads)
SELECT tenant_id, status, count(*) FROM leads WHERE deleted_at IS NULL AND status IS NOT NULL GROUP BY 1, 2;

-- Rows that another transaction is putting together at this moment are passed over.
CREATE FUNCTION lead_counts_fold(of_business bigint) RETURNS void
    LANGUAGE sql SET search_path = public, pg_temp
    AS $$
    WITH gone AS (
        DELETE FROM lead_counts WHERE business_id = of_business AND id IN (
            SELECT id FROM lead_counts WHERE business_id = of_business FOR UPDATE SKIP LOCKED)
        RETURNING status, leads)
    INSERT INTO lead_counts (business_id, status, leads)
    SELECT of_business, status, sum(leads) FROM gone GROUP BY status HAVING sum(leads) <> 0;
$$;

CREATE FUNCTION leads_count() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
    AS $$
DECLARE
    to_fold bigint[];
BEGIN
    -- A trigger has only the tables of its own verb.
    IF TG_OP = 'INSERT' THEN
        WITH written AS (
            INSERT INTO lead_counts (business_id, status, leads)
            SELECT tenant_id, status, count(*) FROM after_it
            WHERE deleted_at IS NULL AND status IS NOT NULL GROUP BY 1, 2 RETURNING business_id, id)
        SELECT array_agg(DISTINCT business_id) FILTER (WHERE id % 64 = 0) INTO to_fold FROM written;
    ELSIF TG_OP = 'UPDATE' THEN
        WITH written AS (
            INSERT INTO lead_counts (business_id, status, leads)
            SELECT tenant_id, status, sum(n) FROM (
                SELECT tenant_id, status, 1 AS n FROM after_it WHERE deleted_at IS NULL AND status IS NOT NULL
                UNION ALL
                SELECT tenant_id, status, -1 FROM before_it WHERE deleted_at IS NULL AND status IS NOT NULL) moved
            GROUP BY 1, 2 HAVING sum(n) <> 0 RETURNING business_id, id)
        SELECT array_agg(DISTINCT business_id) FILTER (WHERE id % 64 = 0) INTO to_fold FROM written;
    ELSE
        INSERT INTO lead_counts (business_id, status, leads)
        SELECT tenant_id, status, -count(*) FROM before_it
        WHERE deleted_at IS NULL AND status IS NOT NULL GROUP BY 1, 2;
    END IF;
    IF to_fold IS NOT NULL THEN
        PERFORM lead_counts_fold(b) FROM unnest(to_fold) AS b;
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER leads_count_added AFTER INSERT ON leads
    REFERENCING NEW TABLE AS after_it FOR EACH STATEMENT EXECUTE FUNCTION leads_count();
CREATE TRIGGER leads_count_changed AFTER UPDATE ON leads
    REFERENCING OLD TABLE AS before_it NEW TABLE AS after_it FOR EACH STATEMENT EXECUTE FUNCTION leads_count();
CREATE TRIGGER leads_count_deleted AFTER DELETE ON leads
    REFERENCING OLD TABLE AS before_it FOR EACH STATEMENT EXECUTE FUNCTION leads_count();

ALTER TABLE lead_counts ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant ON lead_counts TO callboard_api_gateway USING (business_id = app_business_id());
CREATE POLICY operator ON lead_counts TO callboard_operator USING (true);
GRANT SELECT ON lead_counts TO callboard_api_gateway, callboard_operator;

-- 3. Whoever deletes a lead empties what is said of the person in it.
GRANT UPDATE (summary, service, city) ON leads TO callboard_api_gateway;
-- Asked before a lead is deleted.
CREATE INDEX call_log_live_lead ON call_log (business_id, lead_id) WHERE ended_at IS NULL;
