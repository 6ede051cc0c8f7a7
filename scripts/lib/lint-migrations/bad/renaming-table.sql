SET LOCAL lock_timeout = '5s';
ALTER TABLE leads RENAME TO customers;
