DROP TABLE notifications;
DROP TABLE lead_status_history;
DROP TABLE lead_status_events;
