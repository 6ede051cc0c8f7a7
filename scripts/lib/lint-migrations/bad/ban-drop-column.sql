SET LOCAL lock_timeout = '5s';
ALTER TABLE leads DROP COLUMN city;
