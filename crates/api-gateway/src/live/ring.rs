use std::collections::VecDeque;

use bytes::{Bytes, BytesMut};
use domain::ids::UserId;

use super::news::{Kind, Kinds};
use super::place::Place;

/// Events that are remembered of a business, at most.
const MOST: usize = 256;
/// Their bytes, at most; one larger event is remembered all the same.
const MOST_BYTES: usize = 1 << 20;
/// Bytes that a stream takes at a time, unless one event has more.
const CHUNK: usize = 32 << 10;
/// Two replicas hear an event within this of each other, their clocks' difference included: what came shortly before the
/// time of another replica's place is told again.
const OVERLAP_MS: i64 = 5_000;

/// Who listens, and to what.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ear {
    pub(super) user: Option<UserId>,
    pub(super) kinds: Kinds,
}

impl Ear {
    fn hears(self, event: &Remembered) -> bool {
        let addressed = match &event.audience {
            None => true,
            Some(audience) => self.user.is_some_and(|user| audience.contains(&user)),
        };
        addressed && self.kinds.has(event.kind)
    }
}

/// What a stream finds.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// Nothing new.
    Nothing,
    /// Something for it, and its place after that.
    News(Bytes, u64),
    /// Nothing for it up to this place.
    Passed(u64),
    /// What came next is not known any more; this is the newest place.
    Lost(u64),
}

/// An event as streams send it.
#[derive(Debug)]
struct Remembered {
    seq: u64,
    at_ms: i64,
    kind: Kind,
    audience: Option<Vec<UserId>>,
    text: Bytes,
}

/// The last events of a business, oldest first.
#[derive(Debug)]
pub(super) struct Ring {
    replica: u32,
    events: VecDeque<Remembered>,
    bytes: usize,
    /// Everything after this place is here.
    floor: u64,
    /// Everything heard after this time is here.
    floor_ms: i64,
    /// The place of the newest event, whether it is still here or not.
    newest: u64,
}

impl Ring {
    /// Begins to remember, after a place and a time.
    pub(super) const fn new(replica: u32, newest: u64, now_ms: i64) -> Self {
        Self {
            replica,
            events: VecDeque::new(),
            bytes: 0,
            floor: newest,
            floor_ms: now_ms,
            newest,
        }
    }

    /// Remembers an event, and forgets the oldest where there are too many.
    pub(super) fn push(
        &mut self,
        seq: u64,
        at_ms: i64,
        kind: Kind,
        audience: Option<Vec<UserId>>,
        data: &str,
    ) {
        let place = Place {
            at_ms,
            replica: self.replica,
            seq,
        };
        let text = format!("event: {}\nid: {place}\ndata: {data}\n\n", kind.as_str());
        self.bytes += text.len();
        self.newest = seq;
        self.events.push_back(Remembered {
            seq,
            at_ms,
            kind,
            audience,
            text: text.into(),
        });
        while self.events.len() > MOST || (self.bytes > MOST_BYTES && self.events.len() > 1) {
            let Some(oldest) = self.events.pop_front() else {
                break;
            };
            self.bytes -= oldest.text.len();
            (self.floor, self.floor_ms) = (oldest.seq, oldest.at_ms);
        }
    }

    /// Forgets everything up to a place and a time: some of it was never heard.
    pub(super) fn forget(&mut self, newest: u64, now_ms: i64) {
        *self = Self::new(self.replica, newest, now_ms);
    }

    /// The place of the newest event.
    pub(super) const fn newest(&self) -> u64 {
        self.newest
    }

    /// Where a stream goes on that has come as far as `last`; none when something between is not known.
    pub(super) fn resume(&self, last: Place, now_ms: i64) -> Option<u64> {
        if last.replica == self.replica {
            return (self.floor <= last.seq && last.seq <= self.newest).then_some(last.seq);
        }
        let from_ms = last.at_ms.checked_sub(OVERLAP_MS)?;
        // What its clock calls the future cannot be compared with ours.
        if from_ms < self.floor_ms || from_ms > now_ms {
            return None;
        }
        let told_again = self.events.iter().find(|event| event.at_ms >= from_ms);
        Some(told_again.map_or(self.newest, |event| event.seq - 1))
    }

    /// What comes after a place.
    pub(super) fn after(&self, seq: u64, ear: Ear) -> Found {
        if seq < self.floor {
            return Found::Lost(self.newest);
        }
        let first = self.events.partition_point(|event| event.seq <= seq);
        let (mut place, mut found): (u64, Vec<&Bytes>) = (seq, Vec::new());
        let mut bytes = 0;
        for event in self.events.range(first..) {
            let heard = ear.hears(event);
            if heard && bytes > 0 && bytes + event.text.len() > CHUNK {
                break;
            }
            place = event.seq;
            if heard {
                bytes += event.text.len();
                found.push(&event.text);
            }
        }
        match found.as_slice() {
            [] if place == seq => Found::Nothing,
            [] => Found::Passed(place),
            [one] => Found::News(Bytes::clone(one), place),
            some => {
                let mut chunk = BytesMut::with_capacity(bytes);
                some.iter().for_each(|text| chunk.extend_from_slice(text));
                Found::News(chunk.freeze(), place)
            }
        }
    }
}
