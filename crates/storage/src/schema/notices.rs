// @generated automatically by Diesel CLI.

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

diesel::allow_tables_to_appear_in_same_query!(
    mail_digests,
    mail_refusals,
    notification_preferences,
    notifications,
    push_deliveries,
    push_subscriptions,
    webhook_deliveries,
    webhook_endpoint_changes,
    webhook_endpoints,
    webhook_secrets,
);
