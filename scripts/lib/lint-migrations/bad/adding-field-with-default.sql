SET LOCAL lock_timeout = '5s';
ALTER TABLE leads ADD COLUMN mark uuid DEFAULT gen_random_uuid();
