-- Who asks why a lead is not dialled is answered from the carrier's pace too; how fast that is, only the dialer is told. It
-- says so here when it starts.
ALTER TABLE carrier_pace ADD COLUMN calls_per_second double precision CHECK (calls_per_second > 0);
COMMENT ON COLUMN carrier_pace.calls_per_second IS 'As the dialer that started last was told; null until one has said so';
GRANT UPDATE (calls_per_second) ON carrier_pace TO callboard_dialer;
