SET LOCAL lock_timeout = '5s';
ALTER TABLE leads RENAME COLUMN city TO town;
