// @generated automatically by Diesel CLI.

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

diesel::allow_tables_to_appear_in_same_query!(
    analytics_call_days,
    analytics_call_hours,
    analytics_changes,
    analytics_days,
    analytics_decision_days,
    analytics_spreads,
    analytics_state,
    analytics_status_days,
);
