CREATE INDEX lead_status_events_at ON lead_status_events (business_id, (coalesce(applied_at, created_at)));
