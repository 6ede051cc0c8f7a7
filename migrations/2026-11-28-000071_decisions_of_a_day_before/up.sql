-- The one that no service could use.
DROP INDEX CONCURRENTLY lead_status_events_at;
