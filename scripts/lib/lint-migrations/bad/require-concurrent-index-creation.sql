SET LOCAL lock_timeout = '5s';
CREATE INDEX leads_city ON leads (tenant_id, city);
