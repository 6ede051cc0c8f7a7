// @generated automatically by Diesel CLI.

diesel::table! {
    /// One carrier call, one ring of a phone; its first state is the intent to dial, committed before the carrier is asked
    call_log (business_id, id) {
        business_id -> Int8,
        id -> Int8,
        /// Unguessable, minted before the carrier is asked; travels in every callback URL
        attempt_id -> Uuid,
        lead_id -> Int8,
        run_id -> Nullable<Int8>,
        job_id -> Nullable<Int8>,
        call_sid -> Nullable<Text>,
        from_number -> Text,
        to_number -> Text,
        direction -> Text,
        status -> Text,
        /// planned: intent only; accepted: the carrier gave a SID; rejected: never processed; unknown: being reconciled; absent: the carrier, asked, has no such call
        dial_state -> Text,
        /// The line that it was made on
        line -> Int2,
        /// The how-maniest call of its job that can make a phone ring
        attempt_number -> Int2,
        /// Grows with each thing heard of it; what was folded over an older one is not written
        revision -> Int4,
        lock_token -> Nullable<Uuid>,
        locked_by_worker -> Nullable<Text>,
        answered_by -> Nullable<Text>,
        error_code -> Nullable<Int4>,
        error_message -> Nullable<Text>,
        /// When the carrier is asked next if no callback has ended the call by then
        reconcile_at -> Nullable<Timestamptz>,
        reconcile_count -> Int2,
        created_at -> Timestamptz,
        answered_at -> Nullable<Timestamptz>,
        ended_at -> Nullable<Timestamptz>,
        duration -> Nullable<Int4>,
        /// Where the carrier had it; whether it is still kept, recordings.state says
        recording_url -> Nullable<Text>,
        /// The carrier's id of it; whether it is still kept, recordings.state says
        recording_sid -> Nullable<Text>,
        /// As the speech server gave it
        transcription -> Nullable<Text>,
        /// With speakers, as shown and classified
        final_transcript -> Nullable<Text>,
        summary -> Nullable<Text>,
        extracted_service -> Nullable<Text>,
        extracted_city -> Nullable<Text>,
        extraction_confidence -> Nullable<Float8>,
    }
}

diesel::table! {
    /// Calls of which nobody told, so that the carrier was asked: what its answer made of them. Append-only by grant
    call_reconciliations (business_id, id) {
        business_id -> Int8,
        id -> Int8,
        attempt_id -> Uuid,
        /// accepted: the carrier has the call; absent: it has no such call, so its line was given back
        dial_state -> Text,
        status -> Text,
        at -> Timestamptz,
    }
}

diesel::table! {
    /// The right of a business to have one more call in the air: one row per line; the call that holds it is the live one in call_log
    call_slots (business_id, line) {
        business_id -> Int8,
        line -> Int2,
        /// False once the limit was lowered below this line, and while the business is suspended; a call that holds it may end in peace
        is_open -> Bool,
        /// Whether an outbound call may take it; an inbound one takes such a line only when no other is free
        serves_outbound -> Bool,
    }
}

diesel::table! {
    /// Webhooks of the carrier whose signature was good, each kept once as it came, for its days
    carrier_callbacks (business_id, id) {
        business_id -> Int8,
        id -> Int8,
        kind -> Text,
        /// What makes two deliveries the same callback
        dedupe_key -> Text,
        attempt_id -> Nullable<Uuid>,
        call_sid -> Nullable<Text>,
        params -> Jsonb,
        received_at -> Timestamptz,
    }
}

diesel::table! {
    /// How fast an account at the carrier creates calls, over all replicas: one token bucket each
    carrier_pace (account) {
        account -> Text,
        /// When its next call would be on time (generic cell rate algorithm)
        next_at -> Timestamptz,
        /// As the dialer that started last was told; null until one has said so
        calls_per_second -> Nullable<Float8>,
    }
}

diesel::table! {
    /// One lead in one run
    outbound_call_jobs (business_id, id) {
        business_id -> Int8,
        id -> Int8,
        run_id -> Int8,
        lead_id -> Int8,
        status -> Text,
        /// Calls that could have made a phone ring
        attempts -> Int2,
        /// How often it left the queue
        dials -> Int2,
        /// Not before this; null waits for its first turn, in the order of the ids
        due_at -> Nullable<Timestamptz>,
        /// What it was put aside for until due_at: retry, carrier, gap, daily_cap, in_a_call, calling_window
        deferred_by -> Nullable<Text>,
        outcome -> Nullable<Text>,
        error_message -> Nullable<Text>,
        /// A person's wish, held by the next claim from its commit on
        cancel_requested -> Bool,
        twilio_call_sid -> Nullable<Text>,
        dial_started_at -> Nullable<Timestamptz>,
        /// Minted by the claim; only its holder may record what came of the dial
        dial_lock_token -> Nullable<Uuid>,
        locked_by_worker -> Nullable<Text>,
        lock_ts -> Nullable<Timestamptz>,
        created_at -> Timestamptz,
        started_at -> Nullable<Timestamptz>,
        completed_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    /// A bulk calling campaign over chosen leads; a direct call is a run of one to three with the highest priority
    outbound_call_runs (business_id, id) {
        business_id -> Int8,
        id -> Int8,
        outbound_list_id -> Nullable<Int8>,
        created_by_user_id -> Nullable<Int8>,
        kind -> Text,
        priority -> Int2,
        concurrency -> Int2,
        total_leads -> Int4,
        queued_count -> Int4,
        in_progress_count -> Int4,
        completed_count -> Int4,
        failed_count -> Int4,
        cancelled_count -> Int4,
        /// How many of its jobs have left the queue at least once
        cursor_position -> Int4,
        status -> Text,
        /// A person's wish, held by the next claim from its commit on
        cancel_requested -> Bool,
        hang_up_requested -> Bool,
        pause_requested -> Bool,
        last_error -> Nullable<Text>,
        retry_policy -> Nullable<Jsonb>,
        start_at -> Nullable<Timestamptz>,
        /// No job before this one still waits for its first turn: where the claim looks on
        next_job_id -> Int8,
        /// No job of the run is behind this one
        last_job_id -> Int8,
        /// What its last calls came to, newest last: a(nswered), v(oicemail), u(nanswered), f(ailed), r(efused)
        recent_outcomes -> Text,
        /// When run.progress was raised last: four times a second at most
        progress_at -> Nullable<Timestamptz>,
        /// Its counters changed since, and nobody was told yet
        progress_waits -> Bool,
        locked_by_worker -> Nullable<Text>,
        lock_ts -> Nullable<Timestamptz>,
        created_at -> Timestamptz,
        started_at -> Nullable<Timestamptz>,
        ended_at -> Nullable<Timestamptz>,
    }
}

diesel::allow_tables_to_appear_in_same_query!(
    call_log,
    call_reconciliations,
    call_slots,
    carrier_callbacks,
    carrier_pace,
    outbound_call_jobs,
    outbound_call_runs,
);
