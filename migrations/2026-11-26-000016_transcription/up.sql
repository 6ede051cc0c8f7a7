-- Transcription piece by piece. A recording is heard in pieces of some minutes of one channel, each paid for apart, so each
-- answer is kept before the next piece is asked for: whoever goes on after a crash asks for the missing ones only. How much a
-- business may have transcribed in a day is reserved before it is asked for, so that replicas together do not overspend.
ALTER TABLE business_settings
    ADD COLUMN transcription_language text NOT NULL DEFAULT 'business'
        CHECK (transcription_language IN ('business', 'auto', 'he', 'en')),
    ADD COLUMN transcription_minutes_per_day integer DEFAULT 1200
        CHECK (transcription_minutes_per_day BETWEEN 0 AND 1000000);
COMMENT ON COLUMN business_settings.transcription_language IS 'What the speech server is told to expect: business (its own language), auto (nothing; it finds out), or a language';
COMMENT ON COLUMN business_settings.transcription_minutes_per_day IS 'Minutes of audio that may be transcribed in a day of its time zone, each channel counted; null is no limit';

ALTER TABLE conversations
    ADD COLUMN transcription_error text,
    ADD COLUMN held_since timestamptz;
COMMENT ON COLUMN conversations.transcription_error IS 'Why there is no transcript, for operators: what the speech server or the store said';
COMMENT ON COLUMN conversations.held_since IS 'Since when its step waits for a server that is out of order; null when it does not';

CREATE TABLE transcript_pieces (
    business_id  bigint NOT NULL,
    recording_id bigint NOT NULL,
    channel      smallint NOT NULL CHECK (channel >= 0),
    starts_at_ms integer NOT NULL CHECK (starts_at_ms >= 0),
    ends_at_ms   integer NOT NULL,
    transcript   jsonb,
    heard_at     timestamptz NOT NULL,
    PRIMARY KEY (business_id, recording_id, channel, starts_at_ms),
    FOREIGN KEY (business_id, recording_id) REFERENCES recordings (business_id, id) ON DELETE CASCADE,
    CONSTRAINT a_piece_is_not_empty CHECK (ends_at_ms > starts_at_ms)
);
COMMENT ON TABLE transcript_pieces IS 'Pieces of a recording that were transcribed, until the whole of it is: then they are deleted';
COMMENT ON COLUMN transcript_pieces.transcript IS 'As the speech server gave it, times from the start of the piece; null when the piece is silent and nobody was asked';

CREATE TABLE transcription_days (
    business_id bigint NOT NULL REFERENCES business (id),
    day         date NOT NULL,
    used_ms     bigint NOT NULL CHECK (used_ms >= 0),
    PRIMARY KEY (business_id, day)
);
COMMENT ON TABLE transcription_days IS 'How much audio of a business was sent to the speech server in a day of its time zone';

DO $$
DECLARE
    t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['transcript_pieces', 'transcription_days'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('CREATE POLICY operator ON %I TO callboard_operator USING (true)', t);
        EXECUTE format(
            'CREATE POLICY tenant ON %I TO callboard_recording_processor USING (business_id = app_business_id())', t);
    END LOOP;
END
$$;
GRANT SELECT, INSERT, DELETE ON transcript_pieces TO callboard_recording_processor;
GRANT SELECT, INSERT, UPDATE (used_ms) ON transcription_days TO callboard_recording_processor;
GRANT SELECT ON transcript_pieces, transcription_days TO callboard_operator;
