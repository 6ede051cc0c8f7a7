SET LOCAL lock_timeout = '5s';
ALTER TABLE leads ADD CONSTRAINT city_is_short CHECK (length(city) < 80);
