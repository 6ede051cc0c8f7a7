-- A status that decisions once recommended may be deleted: they keep its label as text.
ALTER TABLE lead_status_events
    DROP CONSTRAINT lead_status_events_business_id_recommended_status_id_fkey,
    ADD CONSTRAINT lead_status_events_business_id_recommended_status_id_fkey
        FOREIGN KEY (business_id, recommended_status_id) REFERENCES lead_statuses (business_id, id)
        ON DELETE SET NULL (recommended_status_id);
-- Asked for each status that is deleted.
CREATE INDEX lead_status_events_recommended ON lead_status_events (business_id, recommended_status_id)
    WHERE recommended_status_id IS NOT NULL;
