// @generated automatically by Diesel CLI.

diesel::table! {
    /// The answer that a write with this Idempotency-Key got, stored in the same transaction as its effect
    idempotency_keys (business_id, key) {
        business_id -> Int8,
        key -> Text,
        request_hash -> Bytea,
        status -> Int2,
        body -> Jsonb,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    /// Events whose effect is committed, per consumer
    inbox_events (business_id, consumer, event_id) {
        business_id -> Int8,
        consumer -> Text,
        event_id -> Uuid,
        received_at -> Timestamptz,
    }
}

diesel::table! {
    /// Events of committed state changes; kept for a while after publishing so that they can be published again
    outbox_events (business_id, id) {
        business_id -> Int8,
        id -> Int8,
        /// The role that raised it; each service's relay sees and publishes its own rows only
        producer -> Text,
        event_id -> Uuid,
        #[sql_name = "type"]
        type_ -> Text,
        /// The CloudEvents 1.0 document as published
        body -> Jsonb,
        created_at -> Timestamptz,
        /// A relay is publishing it until then; a lease only, so a second publication is possible and harmless
        claimed_until -> Nullable<Timestamptz>,
        published_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    /// Which trace a run, an attempt or a conversation belongs to; empty while no traces are exported
    trace_contexts (business_id, subject) {
        business_id -> Int8,
        /// run:<id>, attempt:<uuid> or conversation:<source event>
        subject -> Text,
        /// W3C Trace Context of the latest span that moved it
        traceparent -> Text,
        created_at -> Timestamptz,
    }
}

diesel::allow_tables_to_appear_in_same_query!(
    idempotency_keys,
    inbox_events,
    outbox_events,
    trace_contexts,
);
