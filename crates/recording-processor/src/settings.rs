use std::time::Duration;

use chassis::settings::{BrokerSettings, DatabaseSettings, Environment, ProbeSettings};
use secrecy::SecretString;
use serde::Deserialize;
use url::Url;

/// What the recording processor runs with when nothing else is said.
pub const DEFAULTS: &str = r#"
environment = "development"

[database]
pool_size = 8

[broker]

[probes]
bind = "0.0.0.0:9082"

[carrier]
api_base = "https://api.twilio.com"

[speech.stt]
model = "whisper-1"

[speech.llm]
model = "gpt-4o-mini"

[work]
concurrency = 4
tick_seconds = 2.0
lease_seconds = 600.0
recording_wait_seconds = 60.0
attempts = 7
retry_base_seconds = 5.0
retry_cap_seconds = 300.0
max_recording_bytes = 200_000_000
stop_grace_seconds = 12.0
piece_seconds = 300.0
breaker_failures = 5
breaker_rest_seconds = 60.0
stt_outage_seconds = 21600.0
llm_outage_seconds = 900.0

[retention]
tick_seconds = 60.0
batch = 20
lease_seconds = 120.0
transcription_wait_seconds = 259_200.0
retry_base_seconds = 60.0
retry_cap_seconds = 3600.0
"#;

/// A recording that is not there after so many times the wait for it does not come any more.
const RECORDING_WAITS: i32 = 5;

/// The recording processor's settings.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// How logs look.
    #[serde(default)]
    pub environment: Environment,
    /// PostgreSQL.
    pub database: DatabaseSettings,
    /// RabbitMQ.
    pub broker: BrokerSettings,
    /// Probes and metrics.
    pub probes: ProbeSettings,
    /// The carrier account, whose recordings are fetched.
    pub carrier: CarrierSettings,
    /// Where speech is understood.
    pub speech: SpeechSettings,
    /// Where audio is kept: `file:///var/lib/callboard/media` or `s3://bucket/prefix`.
    pub media_url: Url,
    /// Pace.
    pub work: Work,
    /// The pace at which recordings that have had their days are deleted.
    pub retention: Retention,
}

/// The carrier account.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CarrierSettings {
    /// `AC…`.
    pub account_sid: String,
    /// The account's primary token.
    pub auth_token: SecretString,
    /// Another region, a compatible carrier, or the simulator.
    pub api_base: Url,
}

/// Where speech is understood.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SpeechSettings {
    /// Transcription; without a `base_url` calls have no transcript.
    pub stt: ModelSettings,
    /// Summaries; without a `base_url` they are made offline.
    pub llm: ModelSettings,
}

/// One OpenAI-compatible endpoint.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelSettings {
    /// For example `https://api.openai.com/v1`; none switches it off.
    #[serde(default)]
    pub base_url: Option<Url>,
    /// Its key; servers on one's own machines need none.
    #[serde(default)]
    pub api_key: Option<SecretString>,
    /// The model's name there.
    pub model: String,
}

/// How much is done at once, and how long it waits for others. Times in seconds.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Work {
    /// Conversations worked on at once by this replica.
    pub concurrency: usize,
    /// Between looks for what no message announced.
    pub tick_seconds: f64,
    /// How long a worker may take over one step. Longer than the longest download and the transcription of a piece, or two
    /// workers pay for the same step; what is left undone by a crash waits that long.
    pub lease_seconds: f64,
    /// How long the carrier has to announce a recording before it is asked.
    pub recording_wait_seconds: f64,
    /// How often one step is tried before it is given up.
    pub attempts: u16,
    /// After the first failure of a step; doubles with each.
    pub retry_base_seconds: f64,
    /// The longest wait between two attempts.
    pub retry_cap_seconds: f64,
    /// A larger recording is refused: an hour of telephone audio in stereo is 115 MB.
    pub max_recording_bytes: u64,
    /// How long a step in progress may go on when the process stops.
    pub stop_grace_seconds: f64,
    /// How much of one channel is transcribed at once: 5 minutes of telephone audio are 4.8 MB, and each conversation that
    /// is worked on holds one piece in memory. A slow server must have answered within 8 minutes.
    pub piece_seconds: f64,
    /// A speech server or language model that fails so often in a row is left alone for a while.
    pub breaker_failures: u32,
    /// For how long; then one request finds out whether it is back.
    pub breaker_rest_seconds: f64,
    /// How long a conversation waits for a speech server that is out of order; then it goes on without a transcript.
    pub stt_outage_seconds: f64,
    /// How long it waits for a language model that is; then the summary is made offline.
    pub llm_outage_seconds: f64,
}

impl Work {
    pub(crate) fn tick(&self) -> Duration {
        Duration::from_secs_f64(self.tick_seconds)
    }

    pub(crate) fn lease(&self) -> chrono::Duration {
        seconds(self.lease_seconds)
    }

    /// A step ends before its lease does.
    pub(crate) fn step_timeout(&self) -> Duration {
        Duration::from_secs_f64(self.lease_seconds * 0.9)
    }

    pub(crate) fn recording_wait(&self) -> chrono::Duration {
        seconds(self.recording_wait_seconds)
    }

    /// After the end of a call. A carrier without a recording of an older one, as is found after an outage, has none.
    pub(crate) fn recording_may_come_within(&self) -> chrono::Duration {
        self.recording_wait() * RECORDING_WAITS
    }

    pub(crate) fn stop_grace(&self) -> Duration {
        Duration::from_secs_f64(self.stop_grace_seconds)
    }

    pub(crate) fn piece_ms(&self) -> u32 {
        // A piece has to get on, and a frame is 20 ms.
        let whole = (self.piece_seconds.max(1.0) * 1000.0).round();
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "it is positive, and what does not fit is as long as any recording"
        )]
        let ms = whole as u32;
        ms
    }

    pub(crate) fn breaker_rest(&self) -> chrono::Duration {
        seconds(self.breaker_rest_seconds)
    }

    pub(crate) fn stt_outage(&self) -> chrono::Duration {
        seconds(self.stt_outage_seconds)
    }

    pub(crate) fn llm_outage(&self) -> chrono::Duration {
        seconds(self.llm_outage_seconds)
    }

    /// Whether a step that has failed `failed` times before and now again is given up.
    pub(crate) fn is_last_attempt(&self, failed: i16) -> bool {
        u16::try_from(failed).unwrap_or(u16::MAX).saturating_add(1) >= self.attempts
    }

    /// The wait after a step has failed once more, having failed `failed` times before: doubling, between half and the
    /// whole of it.
    pub(crate) fn retry_after(&self, failed: i16) -> chrono::Duration {
        doubled(
            self.retry_base_seconds,
            self.retry_cap_seconds,
            failed.into(),
        )
    }
}

/// The pace at which recordings are deleted, and how long it waits for others. How long a recording is kept, each business
/// sets. Times in seconds.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Retention {
    /// Between looks for recordings that have had their days.
    pub tick_seconds: f64,
    /// Recordings that are looked up at once; they are deleted one after the other.
    pub batch: u16,
    /// How long a worker may take over one recording; what is left undone by a crash waits that long.
    pub lease_seconds: f64,
    /// How much longer a recording is kept that is still to be transcribed.
    pub transcription_wait_seconds: f64,
    /// After the first failure to delete a recording; doubles with each.
    pub retry_base_seconds: f64,
    /// The longest wait between two attempts. There is no last one.
    pub retry_cap_seconds: f64,
}

impl Retention {
    pub(crate) fn tick(&self) -> Duration {
        Duration::from_secs_f64(self.tick_seconds)
    }

    pub(crate) fn lease(&self) -> chrono::Duration {
        seconds(self.lease_seconds)
    }

    pub(crate) fn transcription_wait(&self) -> chrono::Duration {
        seconds(self.transcription_wait_seconds)
    }

    /// The wait after a deletion has failed once more, having failed `failed` times before.
    pub(crate) fn retry_after(&self, failed: i32) -> chrono::Duration {
        doubled(self.retry_base_seconds, self.retry_cap_seconds, failed)
    }
}

/// `base` doubled so many times, up to `cap`: between half and the whole of it.
fn doubled(base: f64, cap: f64, times: i32) -> chrono::Duration {
    seconds(full(base, cap, times) * rand::random_range(0.5..=1.0))
}

fn full(base: f64, cap: f64, times: i32) -> f64 {
    (base * 2_f64.powi(times.clamp(0, 30))).min(cap)
}

fn seconds(seconds: f64) -> chrono::Duration {
    chrono::Duration::from_std(Duration::from_secs_f64(seconds)).unwrap_or(chrono::Duration::MAX)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn work() -> Work {
        let environment: BTreeMap<String, String> = [
            ("DATABASE_URL", "postgres://localhost/x"),
            ("AMQP_URL", "amqp://localhost"),
            ("TWILIO_ACCOUNT_SID", "AC0"),
            ("TWILIO_AUTH_TOKEN", "t"),
            ("MEDIA_URL", "file:///var/lib/callboard/media"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
        let settings: Settings =
            chassis::settings::load_from(DEFAULTS, &environment).expect("the defaults work");
        assert!(settings.speech.stt.base_url.is_none());
        settings.work
    }

    #[test]
    fn waits_double_up_to_the_cap_and_stay_within_their_half() {
        let work = work();
        for (failed, full) in [
            (0, 5.0),
            (1, 10.0),
            (3, 40.0),
            (6, 300.0),
            (i16::MAX, 300.0),
        ] {
            let wait = work.retry_after(failed).as_seconds_f64();
            assert!((full / 2.0..=full).contains(&wait), "{failed}: {wait}");
        }
    }

    #[test]
    fn a_recording_may_be_missing_for_two_minutes_and_more() {
        let work = work();
        let attempts = i32::from(work.attempts);
        let (base, cap) = (work.retry_base_seconds, work.retry_cap_seconds);
        let shortest: f64 = (0..attempts - 1)
            .map(|failed| full(base, cap, failed) / 2.0)
            .sum();
        assert!(shortest > 150.0, "{shortest} seconds");
    }

    #[test]
    fn the_seventh_failure_is_the_last() {
        let work = work();
        assert!(!work.is_last_attempt(5));
        assert!(work.is_last_attempt(6));
        assert!(work.is_last_attempt(i16::MAX));
    }
}
