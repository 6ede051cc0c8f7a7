-- What a contracting migration looks like: each step says why nobody needs what it takes away.
SET LOCAL lock_timeout = '5s';
-- contract: no version since 1.4 reads or writes it.
-- squawk-ignore ban-drop-column
ALTER TABLE leads DROP COLUMN city;
