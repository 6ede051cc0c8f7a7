//! One turn: a transaction for everything that was told and everyone who was woken.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use domain::ids::BusinessId;
use storage::calls::{self, Applied, Heard, News};
use storage::claims::Claim;
use storage::lines::{self, Turn, Turned};
use storage::{StorageError, Tx, inbox};
use tracing::warn;

use super::{Engine, Failure, Piece, Told};
use crate::{SERVICE, on_call_reported};

/// What a turn answers to each piece that it was told, in their order.
type Answers = Vec<Result<Applied, anyhow::Error>>;

/// Businesses that the carrier's pace kept waiting, and for how long.
type HeldBack = (Vec<BusinessId>, Duration);

impl Engine {
    /// Takes one turn and answers whoever told something. If the turn fails for a reason that lies in one piece, each is
    /// tried by itself, so that one does not stand in the way of the others.
    pub(super) async fn turn(
        &self,
        told: Vec<Told>,
        woken: Vec<BusinessId>,
        claiming: bool,
    ) -> (Vec<Claim>, Option<HeldBack>) {
        let (pieces, answers): (Vec<_>, Vec<_>) = told
            .into_iter()
            .map(|told| (told.piece, told.answer))
            .unzip();
        let pieces = Arc::new(pieces);
        let (mut claims, mut held_back) = (Vec::new(), None);
        match self.take(&pieces, 0..pieces.len(), woken, claiming).await {
            Ok((results, turned)) => {
                (claims, held_back) = (turned.claims, turned.paced);
                for (answer, result) in answers.into_iter().zip(results) {
                    let _ = answer.send(result.map_err(Failure::Unreadable));
                }
            }
            Err(error) if error.is_transient() || pieces.len() <= 1 => {
                warn!(error = %chassis::telemetry::chain(&error), "a turn failed");
                let mut errors = vec![error];
                for answer in answers {
                    let error = errors
                        .pop()
                        .unwrap_or_else(|| unavailable("the turn that it was in failed"));
                    let _ = answer.send(Err(Failure::Storage(error)));
                }
            }
            Err(error) => {
                warn!(error = %chassis::telemetry::chain(&error), "a turn failed; its pieces are tried one by one");
                for (place, answer) in answers.into_iter().enumerate() {
                    let alone = self
                        .take(&pieces, place..place + 1, Vec::new(), claiming)
                        .await;
                    let result = match alone {
                        Ok((mut results, turned)) => {
                            claims.extend(turned.claims);
                            results.pop().unwrap_or(Ok(Applied::Unchanged))
                        }
                        Err(error) => {
                            let _ = answer.send(Err(Failure::Storage(error)));
                            continue;
                        }
                    };
                    let _ = answer.send(result.map_err(Failure::Unreadable));
                }
            }
        }
        (claims, held_back)
    }

    async fn take(
        &self,
        pieces: &Arc<Vec<Piece>>,
        which: std::ops::Range<usize>,
        woken: Vec<BusinessId>,
        claiming: bool,
    ) -> Result<(Answers, Turned), StorageError> {
        let settings = &self.0.settings;
        let now = self.0.clock.now();
        let turn = Turn {
            worker: settings.worker.clone(),
            now,
            mine_until: now + settings.claim_lease,
            look_again_at: now + settings.look_again,
            pace: settings.pace.clone(),
            claiming,
        };
        let pieces = Arc::clone(pieces);
        self.0
            .db
            .system(move |tx| {
                let (news, places, mut answers) = read(tx, &pieces[which])?;
                let mut turned = lines::turn(tx, &news, &woken, &turn)?;
                for (place, applied) in places.into_iter().zip(turned.applied.drain(..)) {
                    answers[place] = Ok(applied);
                }
                if !turned.claims.is_empty() {
                    crate::failpoint::pass(crate::failpoint::Step::BeforeCommit);
                }
                Ok((answers, turned))
            })
            .await
    }
}

/// The news among the pieces, with the place of each, and the answers to what is no news: a callback that was taken in
/// before, or that cannot be read.
fn read(
    tx: &mut Tx<'_>,
    pieces: &[Piece],
) -> Result<(Vec<News>, Vec<usize>, Answers), StorageError> {
    let mut answers: Answers = pieces.iter().map(|_| Ok(Applied::Unchanged)).collect();
    let stored: Vec<_> = pieces
        .iter()
        .filter_map(|piece| match piece {
            Piece::Callback(stored) => Some(stored),
            Piece::News(_) => None,
        })
        .collect();
    let events: Vec<_> = stored
        .iter()
        .map(|stored| (stored.business, stored.event))
        .collect();
    let mut new: HashSet<_> = inbox::first_times(tx, SERVICE, &events)?
        .into_iter()
        .collect();
    let wanted: Vec<_> = stored
        .iter()
        .filter(|stored| new.contains(&stored.event))
        .map(|stored| (stored.business, stored.callback))
        .collect();
    let mut callbacks: HashMap<_, _> = calls::callbacks(tx, &wanted)?
        .into_iter()
        .map(|callback| (callback.key(), callback))
        .collect();
    let (mut news, mut places) = (Vec::new(), Vec::new());
    for (place, piece) in pieces.iter().enumerate() {
        let heard = match piece {
            Piece::News(piece) => piece.clone(),
            // Of two deliveries of an event in one turn, the first counts.
            Piece::Callback(stored) if !new.remove(&stored.event) => continue,
            Piece::Callback(stored) => {
                let report = match callbacks.remove(&(stored.business, stored.callback)) {
                    Some(callback) => on_call_reported::read(&callback.kind, callback.params),
                    None => Err(anyhow::anyhow!("there is no such callback")),
                };
                match report {
                    Ok(report) => News {
                        attempt: stored.attempt,
                        heard: Heard::Report(report),
                        asked: false,
                    },
                    Err(error) => {
                        answers[place] = Err(error);
                        continue;
                    }
                }
            }
        };
        news.push(heard);
        places.push(place);
    }
    Ok((news, places, answers))
}

/// An error that says to try again.
pub(super) fn unavailable(why: &'static str) -> StorageError {
    StorageError::Unavailable(why.into())
}
