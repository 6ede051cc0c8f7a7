DROP TABLE transcription_days;
DROP TABLE transcript_pieces;
ALTER TABLE conversations
    DROP COLUMN held_since,
    DROP COLUMN transcription_error;
ALTER TABLE business_settings
    DROP COLUMN transcription_minutes_per_day,
    DROP COLUMN transcription_language;
