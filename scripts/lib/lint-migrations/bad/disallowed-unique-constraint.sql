SET LOCAL lock_timeout = '5s';
ALTER TABLE leads ADD CONSTRAINT one_per_city UNIQUE (tenant_id, city);
