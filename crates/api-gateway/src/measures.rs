//! What is measured here and nowhere else.

use observe::{Label, Metric};

pub(crate) const REQUESTS: Metric = Metric::seconds(
    "callboard_http_request_duration_seconds",
    "How long requests took, by their route's pattern",
    &[
        Label::open("method"),
        Label::open("route"),
        Label::open("status"),
    ],
);
pub(crate) const LIVE_STREAMS: Metric =
    Metric::gauge("callboard_live_streams", "Open live views", &[]);
pub(crate) const LIVE_RESYNCS: Metric = Metric::counter(
    "callboard_live_resyncs_total",
    "Live views that were told to read everything again",
    &[],
);
pub(crate) const SIGN_INS: Metric = Metric::counter(
    "callboard_sign_ins_total",
    "Attempts to sign in with a password",
    &[Label::of("outcome", &["signed_in", "refused"])],
);
pub(crate) const SIGN_INS_LOCKED: Metric = Metric::counter(
    "callboard_sign_ins_locked_total",
    "Attempts to sign in that were turned away after too many failures",
    &[],
);
pub(crate) const PASSWORDS_CHECKED: Metric = Metric::counter(
    "callboard_passwords_checked_total",
    "Password hashes computed",
    &[],
);
pub(crate) const REFRESH_TOKENS_REUSED: Metric = Metric::counter(
    "callboard_refresh_tokens_reused_total",
    "Refresh tokens that were shown a second time; their sessions end",
    &[],
);
pub(crate) const CALLBACKS: Metric = Metric::counter(
    "callboard_carrier_callbacks_total",
    "Callbacks of the carrier that were taken in",
    &[
        Label::of(
            "kind",
            &["status", "recording", "amd", "inbound", "whatsapp"],
        ),
        Label::of("delivery", &["first", "again"]),
    ],
);
pub(crate) const CALLBACKS_REFUSED: Metric = Metric::counter(
    "callboard_carrier_callbacks_refused_total",
    "Callbacks with a wrong signature",
    &[],
);
pub(crate) const INBOUND_CALLS: Metric = Metric::counter(
    "callboard_inbound_calls_total",
    "Calls that came in, by what they were told",
    &[Label::of("answer", &["admitted", "busy"])],
);
pub(crate) const SESSIONS_CLOSED: Metric = Metric::counter(
    "callboard_whatsapp_sessions_closed_total",
    "WhatsApp sessions that were closed, and why",
    &[Label::of("reason", &["asked", "silence"])],
);
pub(crate) const RAW_DELETED: Metric = Metric::counter(
    "callboard_raw_deleted_total",
    "WhatsApp messages and callbacks of the carrier that have had their days",
    &[Label::of("kind", &["message", "callback"])],
);

/// All of them.
pub const METRICS: [Metric; 12] = [
    REQUESTS,
    LIVE_STREAMS,
    LIVE_RESYNCS,
    SIGN_INS,
    SIGN_INS_LOCKED,
    PASSWORDS_CHECKED,
    REFRESH_TOKENS_REUSED,
    CALLBACKS,
    CALLBACKS_REFUSED,
    INBOUND_CALLS,
    SESSIONS_CLOSED,
    RAW_DELETED,
];
