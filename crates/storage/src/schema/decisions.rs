// @generated automatically by Diesel CLI.

diesel::table! {
    /// A decision that a person did not let stand; append-only by grant
    decision_corrections (business_id, id) {
        business_id -> Int8,
        id -> Int8,
        decision_id -> Int8,
        lead_id -> Int8,
        /// undone: taken back; moved: the person chose another status soon after
        kind -> Text,
        /// What automation chose
        from_status -> Text,
        /// What the person chose
        to_status -> Text,
        user_id -> Nullable<Int8>,
        at -> Timestamptz,
    }
}

diesel::table! {
    /// A decision: what a conversation suggested and what became of it, with the evidence
    lead_status_events (business_id, id) {
        business_id -> Int8,
        id -> Int8,
        lead_id -> Int8,
        source -> Text,
        source_event_id -> Text,
        recommended_status_label -> Nullable<Text>,
        recommended_status_id -> Nullable<Int8>,
        confidence -> Nullable<Float8>,
        reason -> Text,
        /// The gate that stopped the change; NULL when applied
        gate -> Nullable<Text>,
        decided_by -> Nullable<Text>,
        summary -> Nullable<Text>,
        /// Matched words with offsets, candidates, settings in force
        evidence -> Jsonb,
        from_status -> Nullable<Text>,
        to_status -> Nullable<Text>,
        applied -> Bool,
        applied_at -> Nullable<Timestamptz>,
        /// When the conversation took place; a late suggestion never outranks a newer one
        occurred_at -> Timestamptz,
        created_at -> Timestamptz,
        undone_at -> Nullable<Timestamptz>,
        undone_by_user_id -> Nullable<Int8>,
        /// Its place among the ids in the order in which decisions were made, since it was decided again; null: its own id
        turn -> Nullable<Int8>,
    }
}

diesel::table! {
    /// Every change of a lead's status; append-only by grant
    lead_status_history (tenant_id, id) {
        tenant_id -> Int8,
        id -> Int8,
        lead_id -> Int8,
        old_status -> Nullable<Text>,
        new_status -> Text,
        changed_by -> Nullable<Int8>,
        change_reason -> Nullable<Text>,
        confidence_score -> Nullable<Float8>,
        channel -> Text,
        decision_id -> Nullable<Int8>,
        metadata_json -> Jsonb,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    /// A confidence threshold that followed the corrections; append-only by grant
    threshold_changes (business_id, id) {
        business_id -> Int8,
        id -> Int8,
        old -> Float8,
        new -> Float8,
        /// The decisions and corrections that it was computed from
        evidence -> Jsonb,
        at -> Timestamptz,
    }
}

diesel::allow_tables_to_appear_in_same_query!(
    decision_corrections,
    lead_status_events,
    lead_status_history,
    threshold_changes,
);
