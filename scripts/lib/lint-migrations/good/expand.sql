-- What an expanding migration looks like: new tables, new columns that may be empty or have a constant default, checks that are
-- validated later, functions beside the old ones.
SET LOCAL lock_timeout = '5s';
CREATE TABLE territories (
    business_id bigint NOT NULL REFERENCES business (id),
    id          bigint GENERATED ALWAYS AS IDENTITY,
    name        text NOT NULL,
    PRIMARY KEY (business_id, id)
);
CREATE INDEX territories_name ON territories (business_id, name);
ALTER TABLE leads ADD COLUMN territory_id bigint, ADD COLUMN is_local boolean NOT NULL DEFAULT false;
ALTER TABLE leads ADD CONSTRAINT city_is_short CHECK (length(city) < 80) NOT VALID;
GRANT SELECT ON territories TO callboard_api_gateway;
