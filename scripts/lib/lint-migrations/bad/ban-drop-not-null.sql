SET LOCAL lock_timeout = '5s';
ALTER TABLE leads ALTER COLUMN full_name DROP NOT NULL;
