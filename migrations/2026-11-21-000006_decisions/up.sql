-- Decisions, the history of the status, and who is told. One decision per source event, whatever is delivered how often.
CREATE TABLE lead_status_events (
    business_id              bigint NOT NULL REFERENCES business (id),
    id                       bigint GENERATED ALWAYS AS IDENTITY,
    lead_id                  bigint NOT NULL,
    source                   text NOT NULL CHECK (source IN ('call_summary', 'whatsapp_summary')),
    source_event_id          text NOT NULL,
    recommended_status_label text,
    recommended_status_id    bigint,
    confidence               double precision CHECK (confidence BETWEEN 0 AND 1),
    reason                   text NOT NULL,
    gate                     text,
    decided_by               text CHECK (decided_by IN ('tag', 'keywords', 'outcome')),
    summary                  text,
    evidence                 jsonb NOT NULL DEFAULT '{}',
    from_status              text,
    to_status                text,
    applied                  boolean NOT NULL,
    applied_at               timestamptz,
    occurred_at              timestamptz NOT NULL,
    created_at               timestamptz NOT NULL DEFAULT now(),
    undone_at                timestamptz,
    undone_by_user_id        bigint,
    PRIMARY KEY (business_id, id),
    FOREIGN KEY (business_id, lead_id) REFERENCES leads (tenant_id, id),
    FOREIGN KEY (business_id, recommended_status_id) REFERENCES lead_statuses (business_id, id),
    FOREIGN KEY (business_id, undone_by_user_id) REFERENCES users (business_id, id),
    CONSTRAINT applied_iff_applied_at CHECK (applied = (applied_at IS NOT NULL)),
    CONSTRAINT undone_was_applied CHECK (undone_at IS NULL OR applied)
);
COMMENT ON TABLE lead_status_events IS 'A decision: what a conversation suggested and what became of it, with the evidence';
COMMENT ON COLUMN lead_status_events.gate IS 'The gate that stopped the change; NULL when applied';
COMMENT ON COLUMN lead_status_events.evidence IS 'Matched words with offsets, candidates, settings in force';
COMMENT ON COLUMN lead_status_events.occurred_at IS 'When the conversation took place; a late suggestion never outranks a newer one';
CREATE UNIQUE INDEX idx_lead_status_events_idempotency ON lead_status_events (business_id, source, source_event_id);
CREATE INDEX lead_status_events_lead ON lead_status_events (business_id, lead_id, occurred_at DESC);
CREATE INDEX lead_status_events_recent ON lead_status_events (created_at);

CREATE TABLE lead_status_history (
    tenant_id        bigint NOT NULL REFERENCES business (id),
    id               bigint GENERATED ALWAYS AS IDENTITY,
    lead_id          bigint NOT NULL,
    old_status       text,
    new_status       text NOT NULL,
    changed_by       bigint,
    change_reason    text,
    confidence_score double precision CHECK (confidence_score BETWEEN 0 AND 1),
    channel          text NOT NULL CHECK (channel IN ('auto_inbound', 'auto_outbound', 'auto_whatsapp', 'manual')),
    decision_id      bigint,
    metadata_json    jsonb NOT NULL DEFAULT '{}',
    created_at       timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, lead_id) REFERENCES leads (tenant_id, id),
    FOREIGN KEY (tenant_id, changed_by) REFERENCES users (business_id, id),
    FOREIGN KEY (tenant_id, decision_id) REFERENCES lead_status_events (business_id, id)
);
COMMENT ON TABLE lead_status_history IS 'Every change of a lead''s status; append-only by grant';
CREATE INDEX lead_status_history_lead ON lead_status_history (tenant_id, lead_id, created_at DESC, id DESC);

CREATE TABLE notifications (
    business_id bigint NOT NULL REFERENCES business (id),
    id          bigint GENERATED ALWAYS AS IDENTITY,
    user_id     bigint NOT NULL,
    lead_id     bigint,
    title       text NOT NULL,
    body        text NOT NULL,
    url         text NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT now(),
    read_at     timestamptz,
    PRIMARY KEY (business_id, id),
    FOREIGN KEY (business_id, user_id) REFERENCES users (business_id, id),
    FOREIGN KEY (business_id, lead_id) REFERENCES leads (tenant_id, id)
);
COMMENT ON TABLE notifications IS 'What a user''s bell shows';
CREATE INDEX notifications_unread ON notifications (business_id, user_id, id DESC) WHERE read_at IS NULL;
