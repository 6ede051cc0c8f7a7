-- Recordings are kept for as many days as their business says and then deleted in both places where the audio lies: at the
-- carrier and in the object store. What is done in one place is on record and not repeated for the sake of the other. When
-- a recording's time has come is read from the setting whenever somebody looks, so a changed setting holds for what is
-- there already. Who deletes one puts its next attempt off for a while first: that is the claim, and it runs out by itself.
ALTER TABLE business_settings ADD COLUMN recording_retention_days smallint NOT NULL DEFAULT 7
    CHECK (recording_retention_days BETWEEN 1 AND 3650);
COMMENT ON COLUMN business_settings.recording_retention_days IS 'Days after its announcement on which a recording is deleted, at the carrier and in the object store';

ALTER TABLE recordings
    ADD COLUMN carrier_deleted_at timestamptz,
    ADD COLUMN media_deleted_at timestamptz,
    ADD COLUMN deletion_attempts integer NOT NULL DEFAULT 0,
    ADD COLUMN deletion_error text,
    ADD COLUMN deletion_due_at timestamptz,
    ADD CONSTRAINT deleted_in_both_places CHECK (state <> 'deleted'
        OR (carrier_deleted_at IS NOT NULL AND media_deleted_at IS NOT NULL));
COMMENT ON COLUMN recordings.state IS 'deleted: neither the carrier nor the object store has the audio any more; the rest of the row, and what call_log says of it, is history';
COMMENT ON COLUMN recordings.carrier_deleted_at IS 'Since when the carrier has no audio of it';
COMMENT ON COLUMN recordings.media_deleted_at IS 'Since when the object store has no audio of it';
COMMENT ON COLUMN recordings.deletion_attempts IS 'How often deleting it has failed';
COMMENT ON COLUMN recordings.deletion_error IS 'Why it failed last, by place';
COMMENT ON COLUMN recordings.deletion_due_at IS 'When deleting it is tried again, by another worker too; null before the first attempt';
COMMENT ON COLUMN call_log.recording_url IS 'Where the carrier had it; whether it is still kept, recordings.state says';
COMMENT ON COLUMN call_log.recording_sid IS 'The carrier''s id of it; whether it is still kept, recordings.state says';
CREATE INDEX recordings_kept ON recordings (business_id, created_at) WHERE state <> 'deleted';

-- The same bound for each business keeps a business with many from being the only one that is served; of those that are
-- found, the longest overdue come first, and one that failed counts from its next attempt.
CREATE FUNCTION expired_recordings(at timestamptz, patience interval, most integer)
    RETURNS TABLE (business_id bigint, id bigint)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
    AS $$ SELECT s.business_id, r.id
          FROM business_settings s
          CROSS JOIN LATERAL (
              SELECT k.id, greatest(k.created_at + make_interval(days => s.recording_retention_days), k.deletion_due_at) AS due
              FROM recordings k
              WHERE k.business_id = s.business_id AND k.state <> 'deleted'
                AND k.created_at <= at - make_interval(days => s.recording_retention_days)
                AND (k.deletion_due_at IS NULL OR k.deletion_due_at <= at)
                AND (k.created_at <= at - make_interval(days => s.recording_retention_days) - patience
                     OR NOT EXISTS (SELECT FROM conversations c
                                    WHERE c.business_id = k.business_id AND c.source = 'call_summary'
                                      AND c.source_event_id = k.call_sid
                                      AND c.state IN ('awaiting_recording', 'recorded')))
              ORDER BY k.created_at LIMIT most) r
          ORDER BY r.due LIMIT most $$;
COMMENT ON FUNCTION expired_recordings IS 'Which recordings are to be deleted now, over all tenants; one whose conversation is not transcribed yet only after some patience';
REVOKE EXECUTE ON FUNCTION expired_recordings FROM PUBLIC;
GRANT EXECUTE ON FUNCTION expired_recordings TO callboard_recording_processor;
