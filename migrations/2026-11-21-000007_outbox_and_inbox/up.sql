-- Events. A state change and its event are one transaction (outbox); a relay of the same service publishes the row and
-- marks it once the broker has confirmed. A consumer writes the event's id in the transaction of its effect (inbox), so a
-- second delivery has none.
CREATE TABLE outbox_events (
    business_id  bigint NOT NULL,
    id           bigint GENERATED ALWAYS AS IDENTITY,
    producer     text NOT NULL DEFAULT current_user,
    event_id     uuid NOT NULL,
    type         text NOT NULL,
    body         jsonb NOT NULL,
    created_at    timestamptz NOT NULL DEFAULT now(),
    claimed_until timestamptz,
    published_at  timestamptz,
    PRIMARY KEY (business_id, id)
);
COMMENT ON TABLE outbox_events IS 'Events of committed state changes; kept for a while after publishing so that they can be published again';
COMMENT ON COLUMN outbox_events.producer IS 'The role that raised it; each service''s relay sees and publishes its own rows only';
COMMENT ON COLUMN outbox_events.claimed_until IS 'A relay is publishing it until then; a lease only, so a second publication is possible and harmless';
COMMENT ON COLUMN outbox_events.body IS 'The CloudEvents 1.0 document as published';
CREATE INDEX outbox_events_unpublished ON outbox_events (producer, id) WHERE published_at IS NULL;
CREATE INDEX outbox_events_published ON outbox_events (published_at) WHERE published_at IS NOT NULL;

CREATE TABLE inbox_events (
    business_id bigint NOT NULL REFERENCES business (id),
    consumer    text NOT NULL,
    event_id    uuid NOT NULL,
    received_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (business_id, consumer, event_id)
);
COMMENT ON TABLE inbox_events IS 'Events whose effect is committed, per consumer';
CREATE INDEX inbox_events_received ON inbox_events (received_at);
