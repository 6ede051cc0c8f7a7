-- WhatsApp: what a customer writes is gathered into sessions, one open per lead; after a silence, or when somebody asks for
-- it, a session is closed and becomes a conversation like a call.
ALTER TABLE business_settings ADD COLUMN whatsapp_number text CHECK (whatsapp_number ~ '^\+[1-9][0-9]{6,14}$');
ALTER TABLE business_settings ADD COLUMN whatsapp_silence_minutes integer NOT NULL DEFAULT 15
    CHECK (whatsapp_silence_minutes BETWEEN 1 AND 1440);
COMMENT ON COLUMN business_settings.whatsapp_number IS 'The number that customers write to (E.164); null is the caller number';
COMMENT ON COLUMN business_settings.whatsapp_silence_minutes IS 'A WhatsApp session ends when the customer has not written for so long';
-- No business can take the messages to another's calling number by naming it here.
CREATE UNIQUE INDEX business_settings_whatsapp_number ON business_settings (coalesce(whatsapp_number, caller_number));

CREATE TABLE whatsapp_sessions (
    business_id     bigint NOT NULL REFERENCES business (id),
    id              bigint GENERATED ALWAYS AS IDENTITY,
    lead_id         bigint NOT NULL,
    canonical_key   text NOT NULL CHECK (length(canonical_key) BETWEEN 1 AND 64),
    state           text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'closed')),
    opened_at       timestamptz NOT NULL,
    last_message_at timestamptz NOT NULL,
    closes_at       timestamptz NOT NULL,
    closed_at       timestamptz,
    close_reason    text CHECK (close_reason IN ('silence', 'asked')),
    PRIMARY KEY (business_id, id),
    CONSTRAINT whatsapp_sessions_key UNIQUE (business_id, canonical_key),
    FOREIGN KEY (business_id, lead_id) REFERENCES leads (tenant_id, id),
    CONSTRAINT closed_iff_closed_at CHECK ((state = 'closed') = (closed_at IS NOT NULL)),
    CONSTRAINT closed_for_a_reason CHECK ((state = 'closed') = (close_reason IS NOT NULL))
);
COMMENT ON TABLE whatsapp_sessions IS 'A talk with a lead on WhatsApp, from its first message to a silence';
COMMENT ON COLUMN whatsapp_sessions.canonical_key IS 'The carrier''s id of the message that opened it: names it for good and nobody''s number';
COMMENT ON COLUMN whatsapp_sessions.closes_at IS 'When it is closed if nothing more is written; at its last message when that asks to be left alone';
CREATE UNIQUE INDEX whatsapp_sessions_one_open ON whatsapp_sessions (business_id, lead_id) WHERE state = 'open';
CREATE INDEX whatsapp_sessions_due ON whatsapp_sessions (closes_at) WHERE state = 'open';
CREATE INDEX whatsapp_sessions_lead ON whatsapp_sessions (business_id, lead_id, id);

CREATE TABLE whatsapp_messages (
    business_id bigint NOT NULL,
    id          bigint GENERATED ALWAYS AS IDENTITY,
    session_id  bigint NOT NULL,
    message_sid text NOT NULL,
    direction   text NOT NULL DEFAULT 'inbound' CHECK (direction IN ('inbound', 'outbound')),
    body        text NOT NULL,
    media       text[] NOT NULL DEFAULT '{}' CHECK (media <@ ARRAY['image', 'audio', 'video', 'file']),
    at          timestamptz NOT NULL,
    PRIMARY KEY (business_id, id),
    CONSTRAINT whatsapp_messages_once UNIQUE (business_id, message_sid),
    FOREIGN KEY (business_id, session_id) REFERENCES whatsapp_sessions (business_id, id)
);
COMMENT ON TABLE whatsapp_messages IS 'What was written in a session; never changed once written';
COMMENT ON COLUMN whatsapp_messages.media IS 'What kind of thing each attachment is; where they are, the raw callback tells';
CREATE INDEX whatsapp_messages_session ON whatsapp_messages (business_id, session_id, id);

DO $$
DECLARE
    t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['whatsapp_sessions', 'whatsapp_messages'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('CREATE POLICY operator ON %I TO callboard_operator USING (true)', t);
        EXECUTE format(
            'CREATE POLICY tenant ON %I TO callboard_api_gateway, callboard_recording_processor
             USING (business_id = app_business_id())', t);
    END LOOP;
END
$$;
GRANT SELECT, INSERT ON whatsapp_sessions, whatsapp_messages TO callboard_api_gateway;
GRANT UPDATE (state, last_message_at, closes_at, closed_at, close_reason) ON whatsapp_sessions TO callboard_api_gateway;
GRANT SELECT ON whatsapp_sessions, whatsapp_messages TO callboard_recording_processor, callboard_operator;
-- Whether somebody asked to be left alone is read from what was written, as it is from what was said in a call.
GRANT SELECT (business_id, source, source_event_id, transcript) ON conversations TO callboard_status_engine;

CREATE FUNCTION business_of_whatsapp_number(wanted_number text) RETURNS bigint
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
    AS $$ SELECT s.business_id FROM business_settings s
          WHERE coalesce(s.whatsapp_number, s.caller_number) = wanted_number $$;
COMMENT ON FUNCTION business_of_whatsapp_number IS 'Whose number was written to';

-- One that is being written to or closed at this moment is passed over: whoever holds it decides.
CREATE FUNCTION due_whatsapp_sessions(now_is timestamptz, most integer)
    RETURNS TABLE (business_id bigint, id bigint)
    LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp
    AS $$ SELECT s.business_id, s.id FROM whatsapp_sessions s WHERE s.state = 'open' AND s.closes_at <= now_is
          ORDER BY s.closes_at LIMIT most FOR UPDATE SKIP LOCKED $$;
COMMENT ON FUNCTION due_whatsapp_sessions IS 'Which WhatsApp sessions have been silent for long enough, over all tenants';

REVOKE EXECUTE ON FUNCTION business_of_whatsapp_number, due_whatsapp_sessions FROM PUBLIC;
GRANT EXECUTE ON FUNCTION business_of_whatsapp_number, due_whatsapp_sessions TO callboard_api_gateway;
