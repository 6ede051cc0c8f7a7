ALTER TABLE carrier_pace DROP COLUMN calls_per_second;
