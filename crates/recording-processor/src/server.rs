//! A speech server or language model behind its breaker: when it is out of order it is left alone, and what waits for it
//! spends no attempt.

use std::future::Future;
use std::time::Instant;

use chassis::clock::Clock;
use chrono::{DateTime, TimeDelta, Utc};
use speech::{Breaker, Resting, SpeechError};
use storage::conversations::Claimed;
use tracing::error;

use crate::measures;
use crate::settings::Work;

/// A server gave no usable answer.
#[derive(Debug, thiserror::Error)]
#[error("{error}")]
pub(crate) struct Refusal {
    /// What went wrong.
    pub error: SpeechError,
    /// The server is out of order; until when it is left alone.
    pub rests_until: Option<DateTime<Utc>>,
}

impl From<SpeechError> for Refusal {
    fn from(error: SpeechError) -> Self {
        Self {
            error,
            rests_until: None,
        }
    }
}

impl From<Resting> for Refusal {
    fn from(rest: Resting) -> Self {
        Self {
            error: SpeechError::Resting,
            rests_until: Some(rest.until),
        }
    }
}

impl Refusal {
    /// Whether nothing better is to be expected: the same request cannot succeed, or has been tried as often as it may be,
    /// or the server has been out of order for too long. While it is, attempts are not counted.
    pub(crate) fn is_final(
        &self,
        work: &Work,
        conversation: &Claimed,
        now: DateTime<Utc>,
        longest_outage: TimeDelta,
    ) -> bool {
        if !self.error.is_transient() {
            return true;
        }
        match (self.rests_until, conversation.held_since) {
            (Some(_), since) => since.is_some_and(|since| now - since >= longest_outage),
            (None, _) => work.is_last_attempt(conversation.attempts),
        }
    }

    /// When the same may be asked again at the earliest, where the server or its breaker says.
    pub(crate) fn not_before(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let asked = match &self.error {
            SpeechError::Busy { retry_after } => *retry_after,
            _ => None,
        };
        let asked = asked.and_then(|wait| now.checked_add_signed(TimeDelta::from_std(wait).ok()?));
        asked.max(self.rests_until)
    }
}

/// A server as the others see it.
pub(crate) struct Server {
    /// In metrics and logs.
    name: &'static str,
    breaker: Breaker,
    clock: Clock,
}

impl Server {
    pub(crate) fn new(name: &'static str, work: &Work, clock: Clock) -> Self {
        let breaker = Breaker::new(work.breaker_failures, work.breaker_rest());
        Self {
            name,
            breaker,
            clock,
        }
    }

    /// Whether it may be asked just now.
    pub(crate) fn is_up(&self) -> Result<(), Refusal> {
        match self.breaker.resting(self.clock.now()) {
            Some(rest) => Err(rest.into()),
            None => Ok(()),
        }
    }

    /// Asks, and notes how it went.
    pub(crate) async fn ask<T>(
        &self,
        request: impl Future<Output = Result<T, SpeechError>>,
    ) -> Result<T, Refusal> {
        self.breaker.pass(self.clock.now())?;
        let (server, asked) = ([("server", self.name)], Instant::now());
        let answer = request.await;
        measures::SPEECH_REQUESTS
            .timing(&server)
            .record(asked.elapsed());
        let rests_until = match &answer {
            Err(error) if error.is_transient() => {
                self.breaker.failed(self.clock.now()).map(|rest| rest.until)
            }
            _ => {
                self.breaker.answered();
                None
            }
        };
        let is_open = if self.breaker.is_open() { 1.0 } else { 0.0 };
        measures::BREAKER_OPEN.level(&server).set(is_open);
        answer.map_err(|error| {
            let labels = [("server", self.name), ("kind", error.kind())];
            measures::SPEECH_FAILURES.count(&labels).increment(1);
            if matches!(error, SpeechError::Unauthorised { .. }) {
                error!(server = self.name, %error, "the key of a speech server has to be put right");
            }
            Refusal { error, rests_until }
        })
    }
}
