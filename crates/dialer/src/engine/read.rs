//! The pieces of a turn, read: the callbacks that are only named lie in the database.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use domain::ids::{AttemptId, BusinessId};
use storage::calls::{self, Applied, Heard, News, StoredCallback};
use storage::{Lane, StorageError};
use uuid::Uuid;

use super::lane::{Piece, StoredNews};
use crate::on_call_reported;

/// The pieces, read: the news among them with the place of each, and the answers to what is none.
pub(super) struct Read {
    pub(super) news: Vec<News>,
    pub(super) places: Vec<usize>,
    pub(super) events: Vec<(BusinessId, Uuid)>,
    pub(super) answers: Vec<Result<Applied, anyhow::Error>>,
    /// When the callbacks of an attempt were taken in, the first of them.
    pub(super) since: HashMap<AttemptId, DateTime<Utc>>,
}

/// Reads the callbacks that are only named. What cannot be read is answered; of two deliveries of an event the first
/// counts.
pub(super) fn read(lane: &mut Lane, pieces: &[Piece]) -> Result<Read, StorageError> {
    let stored: Vec<&StoredNews> = pieces
        .iter()
        .filter_map(|piece| match piece {
            Piece::Callback(stored) => Some(stored),
            Piece::News(_) => None,
        })
        .collect();
    let wanted: Vec<_> = stored
        .iter()
        .map(|stored| (stored.business, stored.callback))
        .collect();
    let mut callbacks: HashMap<_, StoredCallback> = if wanted.is_empty() {
        HashMap::new()
    } else {
        lane.run(|tx| calls::callbacks(tx, &wanted))?
            .into_iter()
            .map(|callback| (callback.key(), callback))
            .collect()
    };
    let mut read = Read {
        news: Vec::with_capacity(pieces.len()),
        places: Vec::with_capacity(pieces.len()),
        events: Vec::with_capacity(stored.len()),
        answers: pieces.iter().map(|_| Ok(Applied::Unchanged)).collect(),
        since: HashMap::new(),
    };
    let mut seen = HashSet::new();
    for (place, piece) in pieces.iter().enumerate() {
        let news = match piece {
            Piece::News(news) => news.clone(),
            Piece::Callback(stored) if !seen.insert(stored.event) => continue,
            Piece::Callback(stored) => {
                let report = match callbacks.remove(&(stored.business, stored.callback)) {
                    Some(callback) => on_call_reported::read(&callback.kind, callback.params),
                    None => Err(anyhow::anyhow!("there is no such callback")),
                };
                match report {
                    Ok(report) => {
                        read.events.push((stored.business, stored.event));
                        read.since.entry(stored.attempt).or_insert(stored.raised);
                        News {
                            attempt: stored.attempt,
                            heard: Heard::Report(report),
                            asked: false,
                            traceparent: stored.traceparent.clone(),
                        }
                    }
                    Err(error) => {
                        read.answers[place] = Err(error);
                        continue;
                    }
                }
            }
        };
        read.news.push(news);
        read.places.push(place);
    }
    Ok(read)
}
