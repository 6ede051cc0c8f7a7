use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::Stream;
use rand::Rng as _;
use tokio::sync::watch;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::authority::Pass;
use super::hub::Source;
use super::ring::Found;
use crate::measures;

/// What a response body takes.
pub(super) type Chunk = Result<Bytes, Infallible>;

/// Milliseconds after which a client comes back by itself. Random, so that those of a replica that died come one by one.
const RETRY_MS: std::ops::Range<u32> = 1_000..3_000;
/// The same when the replica stops and says so.
const RETRY_AT_STOP_MS: std::ops::Range<u32> = 500..5_000;
/// Within this the streams of a replica that stops end, one by one. Shorter than the drain of the server.
const FAREWELL: Duration = Duration::from_secs(3);

/// A stream: a place in what its business hears.
pub(super) struct Listener {
    source: Source,
    newest: watch::Receiver<u64>,
    pass: Arc<Pass>,
    shutdown: CancellationToken,
    heartbeat: Duration,
    /// When the next sign of life is due.
    beat_at: Instant,
    until: Instant,
    at: At,
}

/// How far it has come.
enum At {
    /// It has said nothing yet; `resync` says whether what the client heard last is not known any more.
    Opening {
        seq: u64,
        resync: bool,
    },
    /// It has told everything up to a place.
    Place(u64),
    /// It has said when to come back, and ends then.
    Leaving(Instant),
    Over,
}

impl Listener {
    pub(super) fn new(
        source: Source,
        newest: watch::Receiver<u64>,
        pass: Arc<Pass>,
        shutdown: CancellationToken,
        heartbeat: Duration,
        longest: Duration,
    ) -> Self {
        let now = Instant::now();
        Self {
            source,
            newest,
            pass,
            shutdown,
            heartbeat,
            beat_at: now + heartbeat.mul_f64(rand::rng().random_range(0.5..=1.0)),
            until: now + longest,
            at: At::Over,
        }
    }

    /// What it sends, from a place on.
    pub(super) fn stream(self, seq: u64, resync: bool) -> impl Stream<Item = Chunk> + 'static {
        let listener = Self {
            at: At::Opening { seq, resync },
            ..self
        };
        futures::stream::unfold(listener, |mut listener| async move {
            let text = listener.next().await?;
            Some((Ok(text), listener))
        })
    }

    async fn next(&mut self) -> Option<Bytes> {
        match self.at {
            At::Opening { seq, resync } => {
                self.at = At::Place(seq);
                Some(self.greeting(seq, resync))
            }
            At::Place(seq) => self.next_after(seq).await,
            At::Leaving(when) => {
                tokio::time::sleep_until(when).await;
                self.at = At::Over;
                None
            }
            At::Over => None,
        }
    }

    /// Also a client that hears nothing before it loses the connection has a place to come back to.
    fn greeting(&self, seq: u64, resync: bool) -> Bytes {
        let retry = rand::rng().random_range(RETRY_MS);
        let place = self.source.place(seq);
        if resync {
            format!("retry: {retry}\nevent: resync\nid: {place}\ndata: {{}}\n\n").into()
        } else {
            format!("retry: {retry}\nid: {place}\n\n").into()
        }
    }

    async fn next_after(&mut self, mut seq: u64) -> Option<Bytes> {
        loop {
            // Seen before it is read, so that nothing is missed in between.
            self.newest.mark_unchanged();
            match self.source.after(seq) {
                Found::News(text, place) => {
                    self.at = At::Place(place);
                    return Some(text);
                }
                Found::Lost(place) => {
                    self.at = At::Place(place);
                    measures::LIVE_RESYNCS.count(&[]).increment(1);
                    let id = self.source.place(place);
                    return Some(format!("event: resync\nid: {id}\ndata: {{}}\n\n").into());
                }
                Found::Passed(place) => seq = place,
                Found::Nothing => {}
            }
            self.at = At::Place(seq);
            let deadline = self.beat_at.min(self.until);
            tokio::select! {
                biased;
                () = self.shutdown.cancelled() => return Some(self.farewell()),
                () = self.pass.revoked.cancelled() => return None,
                changed = self.newest.changed() => changed.ok()?,
                () = tokio::time::sleep_until(deadline) => return self.sign_of_life(seq),
            }
        }
    }

    /// Keeps proxies from closing the stream, finds out who has gone, and moves the client's place on.
    fn sign_of_life(&mut self, seq: u64) -> Option<Bytes> {
        let now = Instant::now();
        if now >= self.until {
            return None;
        }
        self.beat_at = now + self.heartbeat;
        Some(format!(": keep-alive\nid: {}\n\n", self.source.place(seq)).into())
    }

    /// Streams of a replica that stops neither end nor come back all at once.
    fn farewell(&mut self) -> Bytes {
        let mut random = rand::rng();
        self.at = At::Leaving(Instant::now() + FAREWELL.mul_f64(random.random_range(0.0..=1.0)));
        format!("retry: {}\n\n", random.random_range(RETRY_AT_STOP_MS)).into()
    }
}
