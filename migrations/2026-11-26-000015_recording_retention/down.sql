DROP FUNCTION expired_recordings;
DROP INDEX recordings_kept;
ALTER TABLE recordings
    DROP CONSTRAINT deleted_in_both_places,
    DROP COLUMN deletion_due_at,
    DROP COLUMN deletion_error,
    DROP COLUMN deletion_attempts,
    DROP COLUMN media_deleted_at,
    DROP COLUMN carrier_deleted_at;
COMMENT ON COLUMN recordings.state IS NULL;
COMMENT ON COLUMN call_log.recording_url IS NULL;
COMMENT ON COLUMN call_log.recording_sid IS NULL;
ALTER TABLE business_settings DROP COLUMN recording_retention_days;
