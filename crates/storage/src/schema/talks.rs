// @generated automatically by Diesel CLI.

diesel::table! {
    /// The work on one ended call or WhatsApp session: fetched, transcribed, summarised, suggested, each step saved before the next
    conversations (business_id, id) {
        business_id -> Int8,
        id -> Int8,
        source -> Text,
        source_event_id -> Text,
        lead_id -> Int8,
        direction -> Nullable<Text>,
        /// How the call ended at the carrier: completed, busy, no-answer, failed, canceled
        outcome -> Text,
        answered_by -> Nullable<Text>,
        duration_seconds -> Nullable<Int4>,
        occurred_at -> Timestamptz,
        state -> Text,
        transcript -> Nullable<Text>,
        language -> Nullable<Text>,
        summary -> Nullable<Text>,
        recommendation -> Nullable<Text>,
        confidence -> Nullable<Float8>,
        service -> Nullable<Text>,
        city -> Nullable<Text>,
        attempts -> Int2,
        last_error -> Nullable<Text>,
        /// When the next step is tried
        due_at -> Nullable<Timestamptz>,
        locked_by_worker -> Nullable<Text>,
        lock_ts -> Nullable<Timestamptz>,
        created_at -> Timestamptz,
        suggested_at -> Nullable<Timestamptz>,
        /// Why there is no transcript, for operators: what the speech server or the store said
        transcription_error -> Nullable<Text>,
        /// Since when its step waits for a server that is out of order; null when it does not
        held_since -> Nullable<Timestamptz>,
        /// When somebody promised in it to be in touch again
        follow_up_at -> Nullable<Timestamptz>,
        /// What the model recommended, where no active status of the business is called so
        dropped_label -> Nullable<Text>,
    }
}

diesel::table! {
    /// A recording of a call, from the announcement by the carrier to its deletion
    recordings (business_id, id) {
        business_id -> Int8,
        id -> Int8,
        call_sid -> Text,
        recording_sid -> Text,
        source_url -> Text,
        /// deleted: neither the carrier nor the object store has the audio any more; the rest of the row, and what call_log says of it, is history
        state -> Text,
        object_key -> Nullable<Text>,
        bytes -> Nullable<Int8>,
        duration_seconds -> Nullable<Float8>,
        channels -> Nullable<Int2>,
        attempts -> Int2,
        last_error -> Nullable<Text>,
        created_at -> Timestamptz,
        stored_at -> Nullable<Timestamptz>,
        deleted_at -> Nullable<Timestamptz>,
        /// Since when the carrier has no audio of it
        carrier_deleted_at -> Nullable<Timestamptz>,
        /// Since when the object store has no audio of it
        media_deleted_at -> Nullable<Timestamptz>,
        /// How often deleting it has failed
        deletion_attempts -> Int4,
        /// Why it failed last, by place
        deletion_error -> Nullable<Text>,
        /// When deleting it is tried again, by another worker too; null before the first attempt
        deletion_due_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    /// Pieces of a recording that were transcribed, until the whole of it is: then they are deleted
    transcript_pieces (business_id, recording_id, channel, starts_at_ms) {
        business_id -> Int8,
        recording_id -> Int8,
        channel -> Int2,
        starts_at_ms -> Int4,
        ends_at_ms -> Int4,
        /// As the speech server gave it, times from the start of the piece; null when the piece is silent and nobody was asked
        transcript -> Nullable<Jsonb>,
        heard_at -> Timestamptz,
    }
}

diesel::table! {
    /// How much audio of a business was sent to the speech server in a day of its time zone
    transcription_days (business_id, day) {
        business_id -> Int8,
        day -> Date,
        used_ms -> Int8,
    }
}

diesel::table! {
    /// What was written in a session; never changed once written, deleted after the days of the business
    whatsapp_messages (business_id, id) {
        business_id -> Int8,
        id -> Int8,
        session_id -> Int8,
        message_sid -> Text,
        direction -> Text,
        body -> Text,
        /// What kind of thing each attachment is; where they are, the raw callback tells
        media -> Array<Nullable<Text>>,
        at -> Timestamptz,
    }
}

diesel::table! {
    /// A talk with a lead on WhatsApp, from its first message to a silence
    whatsapp_sessions (business_id, id) {
        business_id -> Int8,
        id -> Int8,
        lead_id -> Int8,
        /// The carrier's id of the message that opened it: names it for good and nobody's number
        canonical_key -> Text,
        state -> Text,
        opened_at -> Timestamptz,
        last_message_at -> Timestamptz,
        /// When it is closed if nothing more is written; at its last message when that asks to be left alone
        closes_at -> Timestamptz,
        closed_at -> Nullable<Timestamptz>,
        close_reason -> Nullable<Text>,
    }
}

diesel::allow_tables_to_appear_in_same_query!(
    conversations,
    recordings,
    transcript_pieces,
    transcription_days,
    whatsapp_messages,
    whatsapp_sessions,
);
