//! What is measured here and nowhere else.

use domain::decision::{Gate, Silence};
use observe::{Label, Metric};

pub(crate) const DECISIONS: Metric = Metric::counter(
    "callboard_decisions_total",
    "Decisions, by what came of them and why",
    &[Label::open("result"), Label::open("reason")],
);
pub(crate) const REPEATED: Metric = Metric::counter(
    "callboard_suggestions_repeated_total",
    "Suggestions that were delivered again, without an effect",
    &[],
);
pub(crate) const RETOLD: Metric = Metric::counter(
    "callboard_suggestions_retold_total",
    "Conversations that were told anew while their decision stands",
    &[],
);
pub(crate) const SPOKEN_SUPPRESSIONS: Metric = Metric::counter(
    "callboard_spoken_suppressions_total",
    "People who asked not to be called any more",
    &[],
);
pub(crate) const PUSHES: Metric = Metric::counter(
    "callboard_pushes_total",
    "Web pushes, by what became of them",
    &[Label::of(
        "outcome",
        &["sent", "given_up", "gone", "held", "later"],
    )],
);
pub(crate) const MAIL_DIGESTS: Metric = Metric::counter(
    "callboard_mail_digests_total",
    "E-mail digests, by what became of them",
    &[Label::of(
        "outcome",
        &[
            "sent",
            "later",
            "refused",
            "unknown",
            "not_wanted",
            "nothing_new",
            "address_refused",
        ],
    )],
);
pub(crate) const WEBHOOKS_WRITTEN: Metric = Metric::counter(
    "callboard_webhook_deliveries_written_total",
    "Deliveries of webhooks that are to be made",
    &[Label::open("type")],
);
pub(crate) const WEBHOOK_ATTEMPTS: Metric = Metric::counter(
    "callboard_webhook_attempts_total",
    "Attempts at deliveries of webhooks, by what became of them",
    &[Label::of(
        "result",
        &["delivered", "retried", "given_up", "gone", "late"],
    )],
);
pub(crate) const WEBHOOK_ATTEMPT: Metric = Metric::seconds(
    "callboard_webhook_attempt_seconds",
    "How long receivers of webhooks took to answer",
    &[],
);
pub(crate) const WEBHOOK_AFTER: Metric = Metric::seconds(
    "callboard_webhook_delivered_after_seconds",
    "From an event to its acceptance by the receiver of a webhook",
    &[],
);
pub(crate) const WEBHOOKS_DUE: Metric = Metric::shared(
    "callboard_webhook_deliveries_due",
    "Deliveries of webhooks that are due",
    &[],
);
pub(crate) const WEBHOOKS_OLDEST: Metric = Metric::shared(
    "callboard_webhook_deliveries_oldest_due_seconds",
    "For how long the most overdue delivery of a webhook has been due",
    &[],
);
pub(crate) const ENDPOINTS_DISABLED: Metric = Metric::counter(
    "callboard_webhook_endpoints_disabled_total",
    "Webhook endpoints that were switched off",
    &[Label::of("reason", &["gone", "failing"])],
);
pub(crate) const ANALYTICS_DAYS: Metric = Metric::counter(
    "callboard_analytics_days_total",
    "Days of businesses that were added up anew",
    &[],
);

/// All of them.
pub const METRICS: [Metric; 14] = [
    DECISIONS,
    REPEATED,
    RETOLD,
    SPOKEN_SUPPRESSIONS,
    PUSHES,
    MAIL_DIGESTS,
    WEBHOOKS_WRITTEN,
    WEBHOOK_ATTEMPTS,
    WEBHOOK_ATTEMPT,
    WEBHOOK_AFTER,
    WEBHOOKS_DUE,
    WEBHOOKS_OLDEST,
    ENDPOINTS_DISABLED,
    ANALYTICS_DAYS,
];

/// Counts decisions for which `reason` is the word.
pub(crate) fn decided(reason: &'static str, by: u64) {
    let same = Gate::SameStatus.as_str();
    let result = match reason {
        "applied" => "applied",
        reason if reason == same => "unchanged",
        reason if Gate::ORDER.iter().any(|gate| gate.as_str() == reason) => "stopped",
        _ => "nothing",
    };
    let labels = [("result", result), ("reason", reason)];
    DECISIONS.count(&labels).increment(by);
}

/// Begins the series of every decision at zero.
pub(crate) fn begin() {
    let gates = Gate::ORDER.iter().map(|gate| gate.as_str());
    let silences = Silence::ALL.iter().map(|silence| silence.as_str());
    for reason in ["applied"].into_iter().chain(gates).chain(silences) {
        decided(reason, 0);
    }
}
