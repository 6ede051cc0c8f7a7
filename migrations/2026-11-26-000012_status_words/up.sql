-- A business's own words: phrases that speak for one of the five groups, besides the lexicon's. Who writes them has judged
-- each; here it is only seen to that they are an object. The grants and walls of the table hold for the column.
ALTER TABLE business_settings ADD COLUMN status_words jsonb CHECK (jsonb_typeof(status_words) = 'object');
COMMENT ON COLUMN business_settings.status_words IS 'Its own phrases by group, {"HOT_INTERESTED": ["…"]}; null is none';
