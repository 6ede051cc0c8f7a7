SET LOCAL lock_timeout = '5s';
CREATE INDEX CONCURRENTLY leads_city ON leads (tenant_id, city);
