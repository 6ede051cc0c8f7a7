-- Undo, and learning from corrections: a decision can be taken back, what people made of decisions is kept, and a business
-- may have its threshold follow. Suppressions by hand say why.
GRANT UPDATE (undone_at, undone_by_user_id) ON lead_status_events TO callboard_api_gateway;

CREATE TABLE decision_corrections (
    business_id bigint NOT NULL REFERENCES business (id),
    id          bigint GENERATED ALWAYS AS IDENTITY,
    decision_id bigint NOT NULL,
    lead_id     bigint NOT NULL,
    kind        text NOT NULL CHECK (kind IN ('undone', 'moved')),
    from_status text NOT NULL,
    to_status   text NOT NULL,
    user_id     bigint,
    at          timestamptz NOT NULL,
    PRIMARY KEY (business_id, id),
    CONSTRAINT decision_corrections_once UNIQUE (business_id, decision_id),
    CONSTRAINT a_correction_moves CHECK (from_status <> to_status),
    FOREIGN KEY (business_id, decision_id) REFERENCES lead_status_events (business_id, id),
    FOREIGN KEY (business_id, lead_id) REFERENCES leads (tenant_id, id),
    FOREIGN KEY (business_id, user_id) REFERENCES users (business_id, id)
);
COMMENT ON TABLE decision_corrections IS 'A decision that a person did not let stand; append-only by grant';
COMMENT ON COLUMN decision_corrections.kind IS 'undone: taken back; moved: the person chose another status soon after';
COMMENT ON COLUMN decision_corrections.from_status IS 'What automation chose';
COMMENT ON COLUMN decision_corrections.to_status IS 'What the person chose';

ALTER TABLE business_settings ADD COLUMN auto_threshold boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN business_settings.auto_threshold IS 'The confidence threshold follows the corrections; only an owner switches that on';

CREATE TABLE threshold_changes (
    business_id bigint NOT NULL REFERENCES business (id),
    id          bigint GENERATED ALWAYS AS IDENTITY,
    old         double precision NOT NULL CHECK (old BETWEEN 0 AND 1),
    new         double precision NOT NULL CHECK (new BETWEEN 0 AND 1),
    evidence    jsonb NOT NULL,
    at          timestamptz NOT NULL,
    PRIMARY KEY (business_id, id),
    CONSTRAINT a_threshold_change_changes CHECK (old <> new)
);
COMMENT ON TABLE threshold_changes IS 'A confidence threshold that followed the corrections; append-only by grant';
COMMENT ON COLUMN threshold_changes.evidence IS 'The decisions and corrections that it was computed from';

ALTER TABLE suppressions ADD COLUMN reason text CHECK (length(reason) BETWEEN 1 AND 500);
COMMENT ON COLUMN suppressions.reason IS 'Why, in the words of the person who entered it';

DO $$
DECLARE
    t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['decision_corrections', 'threshold_changes'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('CREATE POLICY operator ON %I TO callboard_operator USING (true)', t);
        EXECUTE format(
            'CREATE POLICY tenant ON %I TO callboard_api_gateway, callboard_recording_processor, callboard_status_engine
             USING (business_id = app_business_id())', t);
    END LOOP;
END
$$;
GRANT SELECT, INSERT ON decision_corrections, threshold_changes TO callboard_api_gateway;
GRANT SELECT ON decision_corrections, threshold_changes TO callboard_operator;
