-- The one that no service could use.
-- contract: only a statement that stands alone is concurrent, and nobody who works is held up while it waits.
-- squawk-ignore require-lock-timeout
DROP INDEX CONCURRENTLY lead_status_events_at;
