-- From the end of a call to a suggestion: what the carrier told us (raw), the recordings, and one row of work per
-- conversation whose state says which paid step is already behind it.
-- A domain, since what a column checks is read anew by every statement that writes the table, and this one is written six
-- times for each call. Whose a callback is comes from its attempt, so there is no key to the business either.
CREATE DOMAIN callback_kind AS text CHECK (VALUE IN ('status', 'answer', 'recording', 'amd', 'inbound', 'whatsapp'));

CREATE TABLE carrier_callbacks (
    business_id bigint NOT NULL,
    id          bigint GENERATED ALWAYS AS IDENTITY,
    kind        callback_kind NOT NULL,
    dedupe_key  text NOT NULL,
    attempt_id  uuid,
    call_sid    text,
    params      jsonb NOT NULL,
    received_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (business_id, id),
    CONSTRAINT carrier_callbacks_once UNIQUE (business_id, dedupe_key)
);
COMMENT ON TABLE carrier_callbacks IS 'Webhooks of the carrier whose signature was good, each kept once as it came';
COMMENT ON COLUMN carrier_callbacks.dedupe_key IS 'What makes two deliveries the same callback';
CREATE INDEX carrier_callbacks_received ON carrier_callbacks (received_at);

CREATE TABLE recordings (
    business_id      bigint NOT NULL REFERENCES business (id),
    id               bigint GENERATED ALWAYS AS IDENTITY,
    call_sid         text NOT NULL,
    recording_sid    text NOT NULL,
    source_url       text NOT NULL,
    state            text NOT NULL DEFAULT 'announced' CHECK (state IN ('announced', 'stored', 'failed', 'deleted')),
    object_key       text,
    bytes            bigint CHECK (bytes >= 0),
    duration_seconds double precision CHECK (duration_seconds >= 0),
    channels         smallint,
    attempts         smallint NOT NULL DEFAULT 0,
    last_error       text,
    created_at       timestamptz NOT NULL DEFAULT now(),
    stored_at        timestamptz,
    deleted_at       timestamptz,
    PRIMARY KEY (business_id, id),
    CONSTRAINT recordings_sid UNIQUE (business_id, recording_sid),
    CONSTRAINT stored_has_a_key CHECK (state <> 'stored' OR (object_key IS NOT NULL AND stored_at IS NOT NULL)),
    CONSTRAINT deleted_iff_deleted_at CHECK ((state = 'deleted') = (deleted_at IS NOT NULL))
);
COMMENT ON TABLE recordings IS 'A recording of a call, from the announcement by the carrier to its deletion';
CREATE INDEX recordings_call ON recordings (business_id, call_sid);

CREATE TABLE conversations (
    business_id      bigint NOT NULL REFERENCES business (id),
    id               bigint GENERATED ALWAYS AS IDENTITY,
    source           text NOT NULL CHECK (source IN ('call_summary', 'whatsapp_summary')),
    source_event_id  text NOT NULL,
    lead_id          bigint NOT NULL,
    direction        text CHECK (direction IN ('inbound', 'outbound')),
    outcome          text NOT NULL,
    answered_by      text,
    duration_seconds integer,
    occurred_at      timestamptz NOT NULL,
    state            text NOT NULL CHECK (state IN ('awaiting_recording', 'recorded', 'transcribed', 'summarised', 'suggested')),
    transcript       text,
    language         text,
    summary          text,
    recommendation   text,
    confidence       double precision CHECK (confidence BETWEEN 0 AND 1),
    service          text,
    city             text,
    attempts         smallint NOT NULL DEFAULT 0,
    last_error       text,
    due_at           timestamptz,
    locked_by_worker text,
    lock_ts          timestamptz,
    created_at       timestamptz NOT NULL DEFAULT now(),
    suggested_at     timestamptz,
    PRIMARY KEY (business_id, id),
    CONSTRAINT conversations_once UNIQUE (business_id, source, source_event_id),
    FOREIGN KEY (business_id, lead_id) REFERENCES leads (tenant_id, id),
    CONSTRAINT suggested_iff_done CHECK ((state = 'suggested') = (suggested_at IS NOT NULL)),
    CONSTRAINT due_until_done CHECK ((state = 'suggested') = (due_at IS NULL))
);
COMMENT ON TABLE conversations IS 'The work on one ended call or WhatsApp session: fetched, transcribed, summarised, suggested, each step saved before the next';
COMMENT ON COLUMN conversations.due_at IS 'When the next step is tried';
COMMENT ON COLUMN conversations.outcome IS 'How the call ended at the carrier: completed, busy, no-answer, failed, canceled';
CREATE INDEX conversations_due ON conversations (due_at) WHERE due_at IS NOT NULL;
