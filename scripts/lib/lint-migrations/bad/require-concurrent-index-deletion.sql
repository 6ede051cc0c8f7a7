SET LOCAL lock_timeout = '5s';
DROP INDEX leads_city;
