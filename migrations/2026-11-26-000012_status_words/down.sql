ALTER TABLE business_settings DROP COLUMN status_words;
