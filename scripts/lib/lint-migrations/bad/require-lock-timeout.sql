ALTER TABLE leads ADD COLUMN country text;
