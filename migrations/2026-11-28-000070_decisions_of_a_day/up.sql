-- By which a day of decisions is read. COALESCE keeps a condition out of an index behind row-level security (PostgreSQL does not
-- know that it gives nothing away), so the index that was there was never used, and each day was a walk through all decisions. Of
-- CASE it knows.
-- contract: only a statement that stands alone is concurrent, and nobody who works is held up while it waits.
-- squawk-ignore require-lock-timeout
CREATE INDEX CONCURRENTLY lead_status_events_decided ON lead_status_events
    (business_id, (CASE WHEN applied_at IS NULL THEN created_at ELSE applied_at END));
