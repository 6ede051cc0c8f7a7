ALTER TABLE suppressions DROP COLUMN reason;
DROP TABLE threshold_changes;
ALTER TABLE business_settings DROP COLUMN auto_threshold;
DROP TABLE decision_corrections;
REVOKE UPDATE (undone_at, undone_by_user_id) ON lead_status_events FROM callboard_api_gateway;
