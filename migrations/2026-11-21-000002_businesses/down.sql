DROP TABLE idempotency_keys;
DROP TABLE api_keys;
DROP TABLE sessions;
DROP TABLE users;
DROP TABLE business_settings;
DROP TABLE business;
