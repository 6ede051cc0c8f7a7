//! One turn: what was told and who was woken goes to the database together, and whoever told something is answered.

use storage::StorageError;
use storage::calls::Applied;
use tokio::sync::oneshot;
use tracing::warn;

use super::lane::{Piece, Work};
use super::mind::{Mind, Took};
use super::{Engine, Failure};

/// Where an answer goes.
type Answer = oneshot::Sender<Result<Applied, Failure>>;

impl Engine {
    /// Takes one turn, on a thread that may block. If it fails for a reason that may lie in one piece, each is tried by
    /// itself, so that one does not stand in the way of the others.
    pub(super) async fn turn(&self, mut mind: Mind, work: Work, claiming: bool) -> (Mind, Took) {
        let Work { told, woken, swept } = work;
        let (pieces, answers): (Vec<_>, Vec<_>) = told
            .into_iter()
            .map(|told| (told.piece, told.answer))
            .unzip();
        let now = self.0.clock.now();
        let turned = tokio::task::spawn_blocking(move || {
            let took = mind.take(&pieces, &woken, &swept, now, claiming);
            let took = match took {
                Ok(mut took) => {
                    answer(answers, std::mem::take(&mut took.answers));
                    took
                }
                Err(error) if error.is_transient() || pieces.len() <= 1 => {
                    warn!(error = %chassis::telemetry::chain(&error), "a turn failed");
                    refuse(answers, error);
                    Took::default()
                }
                Err(error) => {
                    warn!(error = %chassis::telemetry::chain(&error), "a turn failed; its pieces are tried one by one");
                    one_by_one(&mut mind, pieces, answers, |mind, piece| {
                        mind.take(std::slice::from_ref(piece), &woken, &swept, now, claiming)
                    })
                }
            };
            (mind, took)
        })
        .await;
        match turned {
            Ok(turned) => turned,
            Err(join) => match join.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                // The runtime is going down; whoever waits for an answer is told by the dropped sender.
                Err(_) => (
                    Mind::new(&self.0.db, self.0.settings.clone()),
                    Took::default(),
                ),
            },
        }
    }
}

fn one_by_one(
    mind: &mut Mind,
    pieces: Vec<Piece>,
    answers: Vec<Answer>,
    take: impl Fn(&mut Mind, &Piece) -> Result<Took, StorageError>,
) -> Took {
    let mut all = Took::default();
    for (piece, waiting) in pieces.iter().zip(answers) {
        match take(mind, piece) {
            Ok(mut took) => {
                answer(vec![waiting], std::mem::take(&mut took.answers));
                all.add(took);
            }
            Err(error) => refuse(vec![waiting], error),
        }
    }
    all
}

fn answer(waiting: Vec<Answer>, answers: Vec<Result<Applied, anyhow::Error>>) {
    for (waiting, answer) in waiting.into_iter().zip(answers) {
        let _ = waiting.send(answer.map_err(Failure::Unreadable));
    }
}

fn refuse(waiting: Vec<Answer>, error: StorageError) {
    let errors = error.for_each_of(waiting.len());
    for (waiting, error) in waiting.into_iter().zip(errors) {
        let _ = waiting.send(Err(Failure::Storage(error)));
    }
}

/// An error that says to try again.
pub(super) fn unavailable(why: &'static str) -> StorageError {
    StorageError::Unavailable(why.into())
}
