-- What came of each file, and the rows that it was not: a person fetches them, mends them and imports them again. A row is
-- kept as it stood in the file and no longer than that takes.
CREATE TABLE lead_imports (
    business_id        bigint NOT NULL REFERENCES business (id),
    id                 bigint GENERATED ALWAYS AS IDENTITY,
    outbound_list_id   bigint,
    created_by_user_id bigint,
    created_at         timestamptz NOT NULL,
    header             text[] NOT NULL,
    created            bigint NOT NULL DEFAULT 0 CHECK (created >= 0),
    rejected           bigint NOT NULL DEFAULT 0 CHECK (rejected >= 0),
    PRIMARY KEY (business_id, id),
    FOREIGN KEY (business_id, outbound_list_id) REFERENCES outbound_lead_lists (business_id, id),
    FOREIGN KEY (business_id, created_by_user_id) REFERENCES users (business_id, id)
);
COMMENT ON TABLE lead_imports IS 'A file of leads that was imported';
COMMENT ON COLUMN lead_imports.header IS 'How the file heads its columns; empty for a file without a header';
COMMENT ON COLUMN lead_imports.created IS 'How many leads were created';
COMMENT ON COLUMN lead_imports.rejected IS 'How many rows of the file were not';

CREATE TABLE lead_import_rejects (
    business_id    bigint NOT NULL,
    lead_import_id bigint NOT NULL,
    position       bigint NOT NULL,
    line           bigint NOT NULL,
    reason         text NOT NULL,
    about          jsonb NOT NULL DEFAULT '{}',
    fields         text[] NOT NULL,
    PRIMARY KEY (business_id, lead_import_id, position),
    FOREIGN KEY (business_id, lead_import_id) REFERENCES lead_imports (business_id, id)
);
COMMENT ON TABLE lead_import_rejects IS 'A row of an imported file that did not become a lead; deleted after 30 days';
COMMENT ON COLUMN lead_import_rejects.position IS 'Its place among the rejects, from 1';
COMMENT ON COLUMN lead_import_rejects.line IS 'Its line in the file, from 1';
COMMENT ON COLUMN lead_import_rejects.reason IS 'The code of the reason';
COMMENT ON COLUMN lead_import_rejects.about IS 'What the sentence about the reason is filled in with';
COMMENT ON COLUMN lead_import_rejects.fields IS 'The row as it stood in the file';

DO $$
DECLARE
    t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['lead_imports', 'lead_import_rejects'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('CREATE POLICY operator ON %I TO callboard_operator USING (true)', t);
        EXECUTE format('CREATE POLICY tenant ON %I TO callboard_api_gateway USING (business_id = app_business_id())', t);
    END LOOP;
END
$$;
GRANT SELECT, INSERT, UPDATE (outbound_list_id, created, rejected) ON lead_imports TO callboard_api_gateway;
GRANT SELECT, INSERT, DELETE ON lead_import_rejects TO callboard_api_gateway;
GRANT SELECT ON lead_imports, lead_import_rejects TO callboard_operator;
