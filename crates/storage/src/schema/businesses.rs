// @generated automatically by Diesel CLI.

diesel::table! {
    /// What system administrators asked for in the name of a business, written before they were answered; append-only by grant
    administrator_accesses (business_id, id) {
        business_id -> Int8,
        id -> Int8,
        user_id -> Int8,
        method -> Text,
        /// Without its query, in which names and numbers stand
        path -> Text,
        at -> Timestamptz,
    }
}

diesel::table! {
    /// A tenant: one small business
    business (id) {
        id -> Int8,
        name -> Text,
        /// Language of its notes, summaries and notifications
        language -> Text,
        /// IANA name; calling windows and follow-ups are read in it
        time_zone -> Text,
        /// ISO 3166 alpha-2; local phone numbers are read as of this country
        country -> Text,
        created_at -> Timestamptz,
        /// Since when it calls nobody and nobody signs in for it; null while it is active
        suspended_at -> Nullable<Timestamptz>,
        /// Why, as its people are told
        suspension_reason -> Nullable<Text>,
    }
}

diesel::table! {
    /// What a business has set; one row each
    business_settings (business_id) {
        business_id -> Int8,
        /// The number that the business calls from (E.164)
        caller_number -> Nullable<Text>,
        /// Most outbound calls in the air at once; call_slots has exactly this many open outbound lines
        max_outbound -> Int2,
        /// Most calls in the air at once, inbound ones included
        max_total -> Int2,
        /// A suggestion below this changes nothing
        confidence_threshold -> Float8,
        /// shadow: decisions are recorded, not applied
        automation -> Text,
        /// When it calls, in its time zone and in that of the person, where it is known; null is always
        calling_windows -> Nullable<Jsonb>,
        /// Time zones that its leads have, or once had (IANA): for these a dialer knows where it is too early or too late
        lead_zones -> Array<Nullable<Text>>,
        /// From one call to a person to the next, over all runs; null is no gap
        min_gap_minutes -> Nullable<Int4>,
        /// Calls to a person in one day of its time zone, over all runs; null is no limit
        max_calls_per_day -> Nullable<Int2>,
        quiet_hours -> Nullable<Jsonb>,
        transition_rules -> Nullable<Jsonb>,
        retry_policy -> Jsonb,
        call_flow -> Jsonb,
        /// What is done when a machine picks up: go_on, hang_up or leave_message
        voicemail -> Jsonb,
        ring_timeout_seconds -> Int2,
        time_limit_seconds -> Int4,
        /// Grows with each change; two people who edit at once get a conflict
        version -> Int8,
        updated_at -> Timestamptz,
        /// The confidence threshold follows the corrections; only an owner switches that on
        auto_threshold -> Bool,
        /// Its own phrases by group, {"HOT_INTERESTED": ["…"]}; null is none
        status_words -> Nullable<Jsonb>,
        /// Days after which the sources of a conversation are deleted: recordings, at the carrier and in the object store, and WhatsApp messages
        recording_retention_days -> Int2,
        /// What the speech server is told to expect: business (its own language), auto (nothing; it finds out), or a language
        transcription_language -> Text,
        /// Minutes of audio that may be transcribed in a day of its time zone, each channel counted; null is no limit
        transcription_minutes_per_day -> Nullable<Int4>,
        /// The number that customers write to (E.164); null is the caller number
        whatsapp_number -> Nullable<Text>,
        /// A WhatsApp session ends when the customer has not written for so long
        whatsapp_silence_minutes -> Int4,
    }
}

diesel::joinable!(administrator_accesses -> business (business_id));
diesel::joinable!(business_settings -> business (business_id));

diesel::allow_tables_to_appear_in_same_query!(administrator_accesses, business, business_settings,);
