use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chassis::clock::Clock;
use domain::ids::{BusinessId, UserId};
use futures::Stream;
use messaging::Watched;
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::authority::{Credential, Guests};
use super::news::{Kind, Kinds, News};
use super::place::Place;
use super::ring::{Ear, Found, Ring};
use super::stream::{Chunk, Listener};

/// Events that wait to be completed, at most; should there be more, every stream reads everything again.
const WAITING: usize = 4_096;
/// How long a business is remembered that has no stream here: time to come back.
const LINGER: Duration = Duration::from_secs(120);

/// The streams of all businesses on this replica. Clones are the same.
#[derive(Clone)]
pub(crate) struct Hub(Arc<Inner>);

struct Inner {
    replica: u32,
    clock: Clock,
    /// The place of the newest event of any business.
    seq: AtomicU64,
    channels: Mutex<HashMap<BusinessId, Arc<Channel>>>,
    heard: mpsc::Sender<Heard>,
    /// More was heard than could wait.
    overflown: AtomicBool,
    guests: Guests,
    heartbeat: Duration,
}

/// What one business hears.
struct Channel {
    ring: Mutex<Ring>,
    /// The newest place; its receivers are the streams.
    newest: watch::Sender<u64>,
    /// Since when it has no stream.
    alone_since: Mutex<Option<Instant>>,
}

/// What is heard, for [`super::run`] to work on.
pub(crate) struct Receiver(pub(super) mpsc::Receiver<Heard>);

/// What the pump works on.
pub(super) enum Heard {
    News(Box<News>),
    /// From here on everything is heard; something before may not have been.
    Began,
}

/// How a stream begins.
pub(crate) struct Opening {
    pub(crate) business: BusinessId,
    pub(crate) user: Option<UserId>,
    pub(crate) credential: Credential,
    pub(crate) kinds: Kinds,
    /// What the client says that it heard last (`Last-Event-ID`).
    pub(crate) last: Option<String>,
    /// After this the client connects anew.
    pub(crate) longest: Duration,
}

/// A hub, and what is heard for [`super::run`] to work on. Each stream gives a sign of life once per `heartbeat`; one caller has
/// at most `streams_per_caller`, 0 is no limit.
pub(crate) fn channel(
    clock: Clock,
    heartbeat: Duration,
    streams_per_caller: usize,
) -> (Hub, Receiver) {
    let (sender, receiver) = mpsc::channel(WAITING);
    let hub = Hub(Arc::new(Inner {
        replica: rand::random(),
        clock,
        seq: AtomicU64::new(0),
        channels: Mutex::default(),
        heard: sender,
        overflown: AtomicBool::new(false),
        guests: Guests::new(streams_per_caller),
        heartbeat,
    }));
    (hub, Receiver(receiver))
}

impl Hub {
    /// The routing patterns to watch.
    pub(crate) fn patterns() -> Vec<String> {
        Kind::ALL.into_iter().map(Kind::pattern).collect()
    }

    /// Takes in what the broker says.
    pub(crate) fn hear(&self, watched: &Watched) {
        let heard = match watched {
            Watched::Began => Heard::Began,
            Watched::Event(event) => match News::read(event) {
                Some(news) if self.channel(news.business).is_some() => Heard::News(Box::new(news)),
                _ => return,
            },
        };
        if self.0.heard.try_send(heard).is_err() {
            self.0.overflown.store(true, Ordering::Release);
        }
    }

    /// Whether something was lost on the way since this was last asked.
    pub(super) fn has_overflown(&self) -> bool {
        self.0.overflown.swap(false, Ordering::AcqRel)
    }

    /// A stream of what happens in a business, as Server-Sent Events, until `shutdown`. None when who asks has as many as they
    /// may.
    pub(crate) fn open(
        &self,
        opening: Opening,
        shutdown: CancellationToken,
    ) -> Option<impl Stream<Item = Chunk> + 'static> {
        let Opening {
            business,
            user,
            credential,
            kinds,
            last,
            longest,
        } = opening;
        let pass = self.0.guests.admit(credential)?;
        let (channel, newest) = self.join(business);
        let (seq, resync) = {
            let ring = lock(&channel.ring);
            let place = last.as_deref().map(str::parse::<Place>);
            match place {
                None => (ring.newest(), false),
                Some(place) => match place
                    .ok()
                    .and_then(|place| ring.resume(place, self.now_ms()))
                {
                    Some(seq) => (seq, false),
                    None => (ring.newest(), true),
                },
            }
        };
        let source = Source {
            hub: self.clone(),
            channel,
            ear: Ear { user, kinds },
        };
        let listener = Listener::new(source, newest, pass, shutdown, self.0.heartbeat, longest);
        Some(listener.stream(seq, resync))
    }

    /// The channel of a business, made where there is none.
    fn join(&self, business: BusinessId) -> (Arc<Channel>, watch::Receiver<u64>) {
        let mut channels = lock(&self.0.channels);
        let channel = channels.entry(business).or_insert_with(|| {
            // A place of its own: what was heard while nobody remembered is after every place that was given out before.
            let newest = self.next_seq();
            Arc::new(Channel {
                ring: Mutex::new(Ring::new(self.0.replica, newest, self.now_ms())),
                newest: watch::Sender::new(newest),
                alone_since: Mutex::default(),
            })
        });
        (Arc::clone(channel), channel.newest.subscribe())
    }

    fn channel(&self, business: BusinessId) -> Option<Arc<Channel>> {
        lock(&self.0.channels).get(&business).cloned()
    }

    /// Tells the streams of a business of an event, whose `data` is complete.
    pub(super) fn tell(&self, news: News, data: &str) {
        let Some(channel) = self.channel(news.business) else {
            return;
        };
        let seq = {
            let mut ring = lock(&channel.ring);
            let seq = self.next_seq();
            ring.push(seq, self.now_ms(), news.kind, news.audience, data);
            seq
        };
        channel.newest.send_replace(seq);
    }

    /// Tells the streams of a business, or all, to read everything again: something was missed on the way here.
    pub(super) fn resync(&self, business: Option<BusinessId>) {
        let channels: Vec<_> = match business {
            Some(business) => self.channel(business).into_iter().collect(),
            None => lock(&self.0.channels).values().cloned().collect(),
        };
        for channel in channels {
            // A place of its own: one that has heard everything so far is told all the same.
            let seq = {
                let mut ring = lock(&channel.ring);
                let seq = self.next_seq();
                ring.forget(seq, self.now_ms());
                seq
            };
            channel.newest.send_replace(seq);
        }
    }

    /// Forgets the businesses that have had no stream for a while. Answers how many streams there are.
    pub(super) fn tidy(&self) -> usize {
        let mut streams = 0;
        lock(&self.0.channels).retain(|_, channel| {
            let listening = channel.newest.receiver_count();
            streams += listening;
            let mut alone_since = lock(&channel.alone_since);
            if listening > 0 {
                *alone_since = None;
                return true;
            }
            alone_since.get_or_insert_with(Instant::now).elapsed() < LINGER
        });
        streams
    }

    pub(super) fn guests(&self) -> &Guests {
        &self.0.guests
    }

    pub(super) fn clock(&self) -> &Clock {
        &self.0.clock
    }

    fn next_seq(&self) -> u64 {
        self.0.seq.fetch_add(1, Ordering::AcqRel) + 1
    }

    fn now_ms(&self) -> i64 {
        self.0.clock.now().timestamp_millis()
    }
}

/// Where a stream reads from.
pub(super) struct Source {
    hub: Hub,
    channel: Arc<Channel>,
    ear: Ear,
}

impl Source {
    /// What comes after a place.
    pub(super) fn after(&self, seq: u64) -> Found {
        lock(&self.channel.ring).after(seq, self.ear)
    }

    /// A place, now, as an id.
    pub(super) fn place(&self, seq: u64) -> Place {
        Place {
            at_ms: self.hub.now_ms(),
            replica: self.hub.0.replica,
            seq,
        }
    }
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
