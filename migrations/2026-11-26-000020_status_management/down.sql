DROP INDEX lead_status_events_recommended;
ALTER TABLE lead_status_events
    DROP CONSTRAINT lead_status_events_business_id_recommended_status_id_fkey,
    ADD CONSTRAINT lead_status_events_business_id_recommended_status_id_fkey
        FOREIGN KEY (business_id, recommended_status_id) REFERENCES lead_statuses (business_id, id);
