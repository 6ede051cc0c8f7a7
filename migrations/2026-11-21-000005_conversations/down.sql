DROP TABLE conversations;
DROP TABLE recordings;
DROP TABLE carrier_callbacks;
