SET LOCAL lock_timeout = '5s';
ALTER TABLE leads ADD COLUMN country text NOT NULL;
