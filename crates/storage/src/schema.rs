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
    /// Ended calls by the day on which they began
    analytics_call_days (business_id, scope, scope_id, day, direction, number, outcome) {
        business_id -> Int8,
        day -> Date,
        scope -> Text,
        scope_id -> Int8,
        direction -> Text,
        /// The business's own number in them
        number -> Text,
        /// reached, voicemail, busy, no-answer, failed, canceled; not_placed: the carrier did not take it
        outcome -> Text,
        calls -> Int4,
        talk_seconds -> Int8,
        /// How long they held their lines
        line_seconds -> Float8,
    }
}

diesel::table! {
    /// Ended calls by the hour of the wall clock in which they began; calls that the carrier did not take are left out
    analytics_call_hours (business_id, scope, scope_id, day, direction, hour) {
        business_id -> Int8,
        day -> Date,
        scope -> Text,
        scope_id -> Int8,
        hour -> Int2,
        direction -> Text,
        calls -> Int4,
        answered -> Int4,
        reached -> Int4,
    }
}

diesel::table! {
    /// What the histories have been told since the days in question were computed; taken out when those days are marked
    analytics_changes (business_id, id) {
        business_id -> Int8,
        id -> Int8,
        /// Which history; lead: all days of a lead, whose list or owner is another one; everything: all days
        kind -> Text,
        /// A time of the day that it counts on
        at -> Timestamptz,
        /// Of a call or a lead: later calls of the lead count differently too
        lead_id -> Nullable<Int8>,
        noted_at -> Timestamptz,
    }
}

diesel::table! {
    /// Days (and months, named by their first day) that were computed or are to be
    analytics_days (business_id, kind, day) {
        business_id -> Int8,
        kind -> Text,
        day -> Date,
        /// When it is computed next; null when it is as the history is
        due_at -> Nullable<Timestamptz>,
        /// The oldest change that it does not count yet
        stale_since -> Nullable<Timestamptz>,
        /// How long computing it took last; the longer, the less often it is done
        took_ms -> Int4,
    }
}

diesel::table! {
    /// Automatic decisions of one day: of when they were applied, else made
    analytics_decision_days (business_id, scope, scope_id, day, source, decided_by, step, outcome) {
        business_id -> Int8,
        day -> Date,
        scope -> Text,
        scope_id -> Int8,
        source -> Text,
        /// tag, keywords, outcome; none: nothing was understood
        decided_by -> Text,
        /// Where the band of confidence begins, in twentieths, 0 to 19; -1: none was stated
        step -> Int2,
        /// moved, same (stood there already), nothing (nothing proposed), or the gate that held the change back
        outcome -> Text,
        decisions -> Int4,
        undone -> Int4,
        /// Those that a person corrected by moving the lead
        overruled -> Int4,
    }
}

diesel::table! {
    /// How values are spread, so that medians of any range can be told: histograms of one day, and of whole months
    analytics_spreads (business_id, scope, scope_id, what, grain, starts_on, source, one, other) {
        business_id -> Int8,
        grain -> Text,
        starts_on -> Date,
        scope -> Text,
        scope_id -> Int8,
        /// stay: seconds in a status until it was left (source, one → other); talk: seconds of picked-up calls (direction, outcome); attempts: calls until a lead was first reached
        what -> Text,
        source -> Text,
        one -> Text,
        other -> Text,
        /// Of attempts the number itself; of seconds n for 1.1^(n-1) and more but less than 1.1^n, 0 for less than one
        places -> Array<Nullable<Int2>>,
        counts -> Array<Nullable<Int4>>,
    }
}

diesel::table! {
    /// Of each business; the row is the lock that whoever computes holds
    analytics_state (business_id) {
        business_id -> Int8,
        /// The clock on which its days were computed (IANA); when the business changes its own, all are computed anew
        time_zone -> Text,
    }
}

diesel::table! {
    /// Changes of status of one day
    analytics_status_days (business_id, scope, scope_id, day, source, from_status, to_status) {
        business_id -> Int8,
        day -> Date,
        scope -> Text,
        scope_id -> Int8,
        /// auto_inbound, auto_outbound, auto_whatsapp, manual; created: leads that came to be
        source -> Text,
        /// Empty: the lead had none, or came to be
        from_status -> Text,
        to_status -> Text,
        changes -> Int4,
        /// Those by which a lead reached the status for the first time
        firsts -> Int4,
    }
}

diesel::table! {
    /// A key of a program that acts for a business; shown once, stored hashed
    api_keys (business_id, id) {
        business_id -> Int8,
        id -> Int8,
        name -> Text,
        prefix -> Text,
        /// SHA-256 of the key, which itself has 256 random bits
        key_hash -> Bytea,
        role -> Text,
        created_at -> Timestamptz,
        /// To the minute: written at most once in one
        last_used_at -> Nullable<Timestamptz>,
        revoked_at -> Nullable<Timestamptz>,
        /// Which operations it may ask for, as far as its role goes: full, read, leads, calls
        scopes -> Array<Nullable<Text>>,
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
    /// The timeline of a lead; never changed once written
    lead_activities (business_id, id) {
        business_id -> Int8,
        id -> Int8,
        lead_id -> Int8,
        /// status_change, call, whatsapp, note, suppression, …
        #[sql_name = "type"]
        type_ -> Text,
        payload -> Jsonb,
        at -> Timestamptz,
        created_by -> Nullable<Int8>,
    }
}

diesel::table! {
    /// How many leads stand in each column: the sum over its rows. Written by the triggers of leads, in the transaction of what they count
    lead_counts (business_id, id) {
        business_id -> Int8,
        id -> Int8,
        status -> Text,
        leads -> Int8,
    }
}

diesel::table! {
    /// A row of an imported file that did not become a lead; deleted after 30 days
    lead_import_rejects (business_id, lead_import_id, position) {
        business_id -> Int8,
        lead_import_id -> Int8,
        /// Its place among the rejects, from 1
        position -> Int8,
        /// Its line in the file, from 1
        line -> Int8,
        /// The code of the reason
        reason -> Text,
        /// What the sentence about the reason is filled in with
        about -> Jsonb,
        /// The row as it stood in the file
        fields -> Array<Nullable<Text>>,
    }
}

diesel::table! {
    /// A file of leads that was imported
    lead_imports (business_id, id) {
        business_id -> Int8,
        id -> Int8,
        outbound_list_id -> Nullable<Int8>,
        created_by_user_id -> Nullable<Int8>,
        created_at -> Timestamptz,
        /// How the file heads its columns; empty for a file without a header
        header -> Array<Nullable<Text>>,
        /// How many leads were created
        created -> Int8,
        /// How many rows of the file were not
        rejected -> Int8,
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
    /// A column of one business's board
    lead_statuses (business_id, id) {
        business_id -> Int8,
        id -> Int8,
        /// Stable key, never shown; the label is what people see
        name -> Text,
        label -> Text,
        color -> Text,
        order_index -> Int4,
        is_active -> Bool,
        is_default -> Bool,
        is_system -> Bool,
        /// Automation never moves a lead out of it (won, lost and what the business marks)
        is_protected -> Bool,
        version -> Int8,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    /// A person to call
    leads (tenant_id, id) {
        /// The business
        tenant_id -> Int8,
        id -> Int8,
        first_name -> Text,
        last_name -> Text,
        full_name -> Text,
        phone_e164 -> Nullable<Text>,
        status -> Nullable<Text>,
        /// Constant; lets the foreign key demand an active status
        status_active -> Bool,
        status_changed_at -> Nullable<Timestamptz>,
        /// Summary of the newest conversation
        summary -> Nullable<Text>,
        /// Newest line first; people write here too
        notes -> Nullable<Text>,
        last_contact_at -> Nullable<Timestamptz>,
        service -> Nullable<Text>,
        city -> Nullable<Text>,
        follow_up_at -> Nullable<Timestamptz>,
        /// Whose clock the person lives by, as somebody said it (IANA)
        time_zone -> Nullable<Text>,
        /// As the number tells it, for countries of one zone; counts where time_zone is null
        phone_zone -> Nullable<Text>,
        tags -> Array<Nullable<Text>>,
        owner_user_id -> Nullable<Int8>,
        outbound_list_id -> Nullable<Int8>,
        source -> Text,
        /// Grows with each change; the ETag of the lead
        version -> Int8,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        deleted_at -> Nullable<Timestamptz>,
        /// When follow_up_at was last spoken of: when the conversation took place, or a person set or emptied it
        follow_up_said_at -> Nullable<Timestamptz>,
        /// Its place on the board, newest first: the last contact, or when it came while there was none
        board_at -> Timestamptz,
        /// Name in small letters, and number
        search_text -> Text,
    }
}

diesel::table! {
    /// The e-mail digests of a user, one per period in which there was something to tell; written before anything is sent
    mail_digests (business_id, user_id, period) {
        business_id -> Int8,
        user_id -> Int8,
        /// hourly or daily, and which: so that a period has one digest whatever happens
        period -> Text,
        due_at -> Timestamptz,
        /// unknown: the process or the connection ended while it was being sent; it is not sent again, the next digest tells its content
        state -> Text,
        attempts -> Int2,
        claimed_until -> Nullable<Timestamptz>,
        /// The newest notification that it tells of
        through_id -> Nullable<Int8>,
        /// Why it was not sent, or is tried again
        reason -> Nullable<Text>,
        settled_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    /// Addresses that the mail server refuses; one that it takes has no row
    mail_refusals (business_id, user_id) {
        business_id -> Int8,
        user_id -> Int8,
        /// How often in a row; after three nothing is sent there any more until the user chooses e-mail anew
        times -> Int2,
        last_at -> Timestamptz,
        reason -> Text,
    }
}

diesel::table! {
    /// Of what a user is told, how and when; a user without a row has the defaults
    notification_preferences (business_id, user_id) {
        business_id -> Int8,
        user_id -> Int8,
        /// Names of the statuses whose leads they want to hear of; null is all
        statuses -> Nullable<Array<Nullable<Text>>>,
        /// Whose changes they want to hear of
        sources -> Array<Nullable<Text>>,
        push -> Text,
        email -> Text,
        /// When they last chose to get e-mail: earlier refusals of their address do not count any more
        email_chosen_at -> Nullable<Timestamptz>,
        /// Hour of the daily digest on the business's clock
        digest_hour -> Int2,
        /// When nothing is pushed or mailed, on the business's clock; what comes up is held until their end
        quiet_hours -> Nullable<Jsonb>,
        /// Days of rest on which nothing is, as in calling_windows
        quiet_days -> Array<Nullable<Text>>,
        /// Grows with each change; two devices that edit at once get a conflict
        version -> Int8,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    /// What a user's bell shows
    notifications (business_id, id) {
        business_id -> Int8,
        id -> Int8,
        user_id -> Int8,
        lead_id -> Nullable<Int8>,
        title -> Text,
        body -> Text,
        url -> Text,
        created_at -> Timestamptz,
        read_at -> Nullable<Timestamptz>,
        /// What happened, from which title and body are told in the reader's language; null in rows that only have their texts
        facts -> Nullable<Jsonb>,
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

diesel::table! {
    /// An import of leads
    outbound_lead_lists (business_id, id) {
        business_id -> Int8,
        id -> Int8,
        name -> Text,
        created_by_user_id -> Nullable<Int8>,
        created_at -> Timestamptz,
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
    /// What is still to be pushed to a browser: of each lead the newest only
    push_deliveries (business_id, subscription_id, lead_id) {
        business_id -> Int8,
        subscription_id -> Int8,
        lead_id -> Int8,
        notification_id -> Int8,
        /// Grows when a newer notification takes the place: what was sent meanwhile does not settle it
        revision -> Int4,
        attempts -> Int2,
        /// When it is sent, or tried again; the end of quiet hours or of a digest's period, where it waits for that
        due_at -> Timestamptz,
        /// After this it is not tried again
        give_up_at -> Timestamptz,
        /// Until then one process is at it
        claimed_until -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    /// A browser that notifications of a user are pushed to
    push_subscriptions (business_id, id) {
        business_id -> Int8,
        id -> Int8,
        user_id -> Int8,
        /// The session in which it was made; it goes when that ends
        session_hash -> Bytea,
        /// Where the browser's push service takes messages for it; who knows it can send there
        endpoint -> Text,
        /// The browser's public key (P-256, uncompressed), RFC 8291
        p256dh -> Bytea,
        /// The secret that the browser shares with us, RFC 8291
        auth -> Bytea,
        created_at -> Timestamptz,
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
    /// Tokens of a session for clients that keep no cookie; they end with it
    session_tokens (token_hash) {
        business_id -> Nullable<Int8>,
        /// HMAC-SHA256 of the token under SESSION_SECRET
        token_hash -> Bytea,
        session_hash -> Bytea,
        kind -> Text,
        created_at -> Timestamptz,
        expires_at -> Timestamptz,
        /// When a refresh token was exchanged; shown again it has been stolen, and the session ends
        used_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    /// A signed-in user; the token itself is never stored
    sessions (token_hash) {
        business_id -> Nullable<Int8>,
        /// HMAC-SHA256 of the token under SESSION_SECRET
        token_hash -> Bytea,
        user_id -> Int8,
        created_at -> Timestamptz,
        expires_at -> Timestamptz,
    }
}

diesel::table! {
    /// Failed sign-ins that count, over all replicas: per account, per client address and per known browser; of no tenant, as nobody is known yet
    sign_in_throttles (key) {
        /// HMAC-SHA256 under SESSION_SECRET of what is counted: neither e-mail addresses nor those of clients are stored
        key -> Bytea,
        /// Attempts that failed or are under way, since the last day without one
        failures -> Int4,
        last_at -> Timestamptz,
        locked_until -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    /// A number that the business must not call
    suppressions (business_id, id) {
        business_id -> Int8,
        id -> Int8,
        phone_e164 -> Text,
        lead_id -> Nullable<Int8>,
        origin -> Text,
        source_event_id -> Nullable<Text>,
        created_by_user_id -> Nullable<Int8>,
        created_at -> Timestamptz,
        lifted_at -> Nullable<Timestamptz>,
        lifted_by_user_id -> Nullable<Int8>,
        /// Why, in the words of the person who entered it
        reason -> Nullable<Text>,
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
    /// A person who signs in
    users (id) {
        business_id -> Nullable<Int8>,
        id -> Int8,
        email -> Text,
        full_name -> Text,
        role -> Text,
        /// Argon2id in PHC form
        password_hash -> Text,
        language -> Nullable<Text>,
        created_at -> Timestamptz,
        disabled_at -> Nullable<Timestamptz>,
        /// Grows with each change; two people who edit at once get a conflict
        version -> Int8,
    }
}

diesel::table! {
    /// One event on its way to one endpoint
    webhook_deliveries (business_id, id) {
        business_id -> Int8,
        id -> Int8,
        endpoint_id -> Int8,
        /// The id of the CloudEvents document, sent as webhook-id however often it is tried
        event_id -> Uuid,
        event_type -> Text,
        /// The bytes that are sent and signed, the same in every attempt
        body -> Text,
        state -> Text,
        /// Attempts since it was written or asked for again
        attempts -> Int4,
        /// When it is tried next; while an attempt is under way, when another worker may take it over
        due_at -> Nullable<Timestamptz>,
        /// Of the attempt that is under way: only who holds it may record its end
        lock_token -> Nullable<Uuid>,
        last_attempt_at -> Nullable<Timestamptz>,
        response_status -> Nullable<Int2>,
        /// The first part of the last answer
        response_excerpt -> Nullable<Text>,
        /// Why the last attempt was none that counts, in one word; null when it was accepted
        error -> Nullable<Text>,
        duration_ms -> Nullable<Int4>,
        created_at -> Timestamptz,
        finished_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    /// What was done to webhook endpoints, by whom; never changed once written
    webhook_endpoint_changes (business_id, id) {
        business_id -> Int8,
        id -> Int8,
        endpoint_id -> Int8,
        kind -> Text,
        reason -> Nullable<Text>,
        /// The signed-in person; null for a program's key and for the system itself
        user_id -> Nullable<Int8>,
        at -> Timestamptz,
    }
}

diesel::table! {
    /// Where a business is told of its events
    webhook_endpoints (business_id, id) {
        business_id -> Int8,
        id -> Int8,
        url -> Text,
        description -> Text,
        event_types -> Array<Nullable<Text>>,
        is_active -> Bool,
        disabled_at -> Nullable<Timestamptz>,
        /// by_hand; gone: it answered 410; failing: nothing was accepted for a day
        disabled_reason -> Nullable<Text>,
        /// The first failure since the last success; null when the last attempt was one
        failing_since -> Nullable<Timestamptz>,
        /// It asked to be left alone until then (Retry-After)
        rests_until -> Nullable<Timestamptz>,
        /// When it last had its turn: whoever waited longest is next
        served_at -> Timestamptz,
        version -> Int8,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    /// What deliveries are signed with: the current one, and for a while those before it
    webhook_secrets (business_id, id) {
        business_id -> Int8,
        id -> Int8,
        endpoint_id -> Int8,
        /// whsec_ and base64 of 32 random bytes. Only the status-engine can read it; the gateway writes it once
        secret -> Text,
        created_at -> Timestamptz,
        /// Until when it signs beside the current one; null for the current one
        expires_at -> Nullable<Timestamptz>,
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

diesel::joinable!(administrator_accesses -> business (business_id));
diesel::joinable!(administrator_accesses -> users (user_id));
diesel::joinable!(analytics_call_days -> business (business_id));
diesel::joinable!(analytics_call_hours -> business (business_id));
diesel::joinable!(analytics_days -> business (business_id));
diesel::joinable!(analytics_decision_days -> business (business_id));
diesel::joinable!(analytics_spreads -> business (business_id));
diesel::joinable!(analytics_state -> business (business_id));
diesel::joinable!(analytics_status_days -> business (business_id));
diesel::joinable!(api_keys -> business (business_id));
diesel::joinable!(business_settings -> business (business_id));
diesel::joinable!(call_reconciliations -> business (business_id));
diesel::joinable!(conversations -> business (business_id));
diesel::joinable!(decision_corrections -> business (business_id));
diesel::joinable!(idempotency_keys -> business (business_id));
diesel::joinable!(inbox_events -> business (business_id));
diesel::joinable!(lead_activities -> business (business_id));
diesel::joinable!(lead_imports -> business (business_id));
diesel::joinable!(lead_status_events -> business (business_id));
diesel::joinable!(lead_status_history -> business (tenant_id));
diesel::joinable!(lead_statuses -> business (business_id));
diesel::joinable!(leads -> business (tenant_id));
diesel::joinable!(notifications -> business (business_id));
diesel::joinable!(outbound_call_runs -> business (business_id));
diesel::joinable!(outbound_lead_lists -> business (business_id));
diesel::joinable!(recordings -> business (business_id));
diesel::joinable!(session_tokens -> business (business_id));
diesel::joinable!(session_tokens -> sessions (session_hash));
diesel::joinable!(suppressions -> business (business_id));
diesel::joinable!(threshold_changes -> business (business_id));
diesel::joinable!(trace_contexts -> business (business_id));
diesel::joinable!(transcription_days -> business (business_id));
diesel::joinable!(users -> business (business_id));
diesel::joinable!(webhook_endpoint_changes -> business (business_id));
diesel::joinable!(webhook_endpoints -> business (business_id));
diesel::joinable!(whatsapp_sessions -> business (business_id));

diesel::allow_tables_to_appear_in_same_query!(
    administrator_accesses,
    analytics_call_days,
    analytics_call_hours,
    analytics_changes,
    analytics_days,
    analytics_decision_days,
    analytics_spreads,
    analytics_state,
    analytics_status_days,
    api_keys,
    business,
    business_settings,
    call_log,
    call_reconciliations,
    call_slots,
    carrier_callbacks,
    carrier_pace,
    conversations,
    decision_corrections,
    idempotency_keys,
    inbox_events,
    lead_activities,
    lead_counts,
    lead_import_rejects,
    lead_imports,
    lead_status_events,
    lead_status_history,
    lead_statuses,
    leads,
    mail_digests,
    mail_refusals,
    notification_preferences,
    notifications,
    outbound_call_jobs,
    outbound_call_runs,
    outbound_lead_lists,
    outbox_events,
    push_deliveries,
    push_subscriptions,
    recordings,
    session_tokens,
    sessions,
    sign_in_throttles,
    suppressions,
    threshold_changes,
    trace_contexts,
    transcript_pieces,
    transcription_days,
    users,
    webhook_deliveries,
    webhook_endpoint_changes,
    webhook_endpoints,
    webhook_secrets,
    whatsapp_messages,
    whatsapp_sessions,
);
