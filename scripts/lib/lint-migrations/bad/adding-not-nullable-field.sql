SET LOCAL lock_timeout = '5s';
ALTER TABLE leads ALTER COLUMN city SET NOT NULL;
