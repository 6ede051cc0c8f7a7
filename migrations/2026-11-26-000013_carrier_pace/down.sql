ALTER TABLE carrier_pace DROP COLUMN calls_per_second;
DROP DOMAIN calls_per_second;
