//! What is measured here and nowhere else.

use std::sync::Arc;
use std::time::Duration;

use observe::{Label, Metric};
use storage::load;
use tracing::warn;

use crate::Processor;

/// How often what waits is measured.
const TICK: Duration = Duration::from_secs(15);

const STATES: [&str; 4] = [
    "awaiting_recording",
    "recorded",
    "transcribed",
    "summarised",
];
const SERVER: Label = Label::of("server", &["stt", "llm"]);

const WAITING: Metric = Metric::shared(
    "callboard_conversations_waiting",
    "Conversations on their way to a suggestion, by the step behind them",
    &[Label::of("state", &STATES)],
);
const OVERDUE: Metric = Metric::shared(
    "callboard_conversations_oldest_due_seconds",
    "For how long the most overdue step of a conversation has been due",
    &[],
);
pub(crate) const STORED: Metric = Metric::counter(
    "callboard_recordings_stored_total",
    "Recordings fetched from the carrier",
    &[],
);
pub(crate) const DELETED: Metric = Metric::counter(
    "callboard_recordings_deleted_total",
    "Recordings deleted everywhere after their days",
    &[],
);
pub(crate) const DELETIONS_FAILED: Metric = Metric::counter(
    "callboard_recording_deletions_failed_total",
    "Deletions of recordings that have to be tried again",
    &[Label::of("place", &["carrier", "store"])],
);
pub(crate) const TRANSCRIBED: Metric = Metric::counter(
    "callboard_transcribed_seconds_total",
    "Seconds of speech that were transcribed",
    &[],
);
pub(crate) const SPEECH_REQUESTS: Metric = Metric::seconds(
    "callboard_speech_request_seconds",
    "How long the speech servers took to answer",
    &[SERVER],
);
pub(crate) const SPEECH_FAILURES: Metric = Metric::counter(
    "callboard_speech_failures_total",
    "Requests to the speech servers that failed",
    &[
        SERVER,
        Label::of(
            "kind",
            &[
                "unauthorised",
                "rejected",
                "busy",
                "unavailable",
                "no_answer",
                "resting",
                "too_large",
                "malformed",
            ],
        ),
    ],
);
pub(crate) const BREAKER_OPEN: Metric = Metric::gauge(
    "callboard_speech_breaker_open",
    "1 while a speech server is left alone",
    &[SERVER],
);
pub(crate) const LABELS_DROPPED: Metric = Metric::counter(
    "callboard_labels_dropped_total",
    "Recommended labels that the board does not have",
    &[],
);
pub(crate) const SUGGESTIONS: Metric = Metric::counter(
    "callboard_suggestions_raised_total",
    "Suggestions raised",
    &[],
);

/// All of them.
pub const METRICS: [Metric; 11] = [
    WAITING,
    OVERDUE,
    STORED,
    DELETED,
    DELETIONS_FAILED,
    TRANSCRIBED,
    SPEECH_REQUESTS,
    SPEECH_FAILURES,
    BREAKER_OPEN,
    LABELS_DROPPED,
    SUGGESTIONS,
];

/// Measures what waits until the process stops.
pub(crate) async fn run(processor: Arc<Processor>) {
    let shutdown = processor.lifecycle.shutdown_token();
    loop {
        let now = processor.clock.now();
        let measured = processor
            .db
            .system(move |tx| load::conversations(tx, now))
            .await;
        match measured {
            Ok(waiting) => {
                for state in STATES {
                    let found = waiting.iter().find(|found| found.state == state);
                    let waiting = found.map_or(0, |found| found.waiting);
                    WAITING.level(&[("state", state)]).set(waiting as f64);
                }
                let overdue = waiting.iter().map(|found| found.overdue_seconds);
                OVERDUE.level(&[]).set(overdue.fold(0.0, f64::max));
            }
            Err(error) => warn!(
                error = &error as &dyn std::error::Error,
                "what waits could not be measured"
            ),
        }
        let pause = tokio::time::sleep(chassis::backoff::jittered(TICK));
        if shutdown.run_until_cancelled(pause).await.is_none() {
            return;
        }
    }
}
