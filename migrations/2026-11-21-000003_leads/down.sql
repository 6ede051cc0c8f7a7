DROP TABLE lead_activities;
DROP TABLE suppressions;
DROP TABLE leads;
DROP TABLE outbound_lead_lists;
DROP TABLE lead_statuses;
