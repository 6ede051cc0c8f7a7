DROP TABLE lead_activities;
DROP TABLE suppressions;
DROP TABLE leads;
DROP FUNCTION leads_tell_zones();
DROP FUNCTION business_settings_know_zone(bigint, text[]);
DROP TABLE outbound_lead_lists;
DROP TABLE lead_statuses;
