DROP TABLE conversations;
DROP TABLE recordings;
DROP TABLE carrier_callbacks;
DROP DOMAIN callback_kind;
