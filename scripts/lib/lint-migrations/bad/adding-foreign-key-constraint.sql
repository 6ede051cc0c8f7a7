SET LOCAL lock_timeout = '5s';
ALTER TABLE leads ADD CONSTRAINT of_a_city FOREIGN KEY (city) REFERENCES cities (name);
