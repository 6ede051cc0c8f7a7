-- Who asks why a lead is not dialled is answered from the carrier's pace too; how fast that is, only the dialer is told. It
-- says so here when it starts. A domain, because every call writes the table and a check of its own would be read each time.
CREATE DOMAIN calls_per_second AS double precision CHECK (VALUE > 0);
ALTER TABLE carrier_pace ADD COLUMN calls_per_second calls_per_second;
COMMENT ON COLUMN carrier_pace.calls_per_second IS 'As the dialer that started last was told; null until one has said so';
GRANT UPDATE (calls_per_second) ON carrier_pace TO callboard_dialer;
