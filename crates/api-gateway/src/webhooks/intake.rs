//! Callbacks that come at the same time are kept together: while a statement is at the database the next ones gather, so the
//! more come, the fewer commits each costs. Those of one attempt stay in their order.

use std::sync::Arc;

use chassis::lifecycle::Lifecycle;
use domain::ids::AttemptId;
use storage::callbacks::{self, Arrived, TakenIn};
use storage::{Db, Result, StorageError};
use tokio::sync::{mpsc, oneshot};

/// Statements at once.
const LANES: usize = 2;

/// Most callbacks in one statement.
const MOST: usize = 100;

/// Most that wait for a lane; whoever comes then waits to be let in.
const ROOM: usize = 1_000;

/// Where callbacks go.
pub(crate) struct Intake {
    lanes: Vec<mpsc::Sender<Waiting>>,
}

struct Waiting {
    arrived: Arrived,
    answer: oneshot::Sender<Result<TakenIn>>,
}

impl Intake {
    /// Its lanes run until it is dropped.
    pub(crate) fn start(db: &Db, lifecycle: &Lifecycle) -> Self {
        let lanes = (0..LANES)
            .map(|_| {
                let (sender, receiver) = mpsc::channel(ROOM);
                lifecycle.spawn("callbacks", run(db.clone(), receiver));
                sender
            })
            .collect();
        Self { lanes }
    }

    /// Keeps a callback of `attempt`.
    ///
    /// # Errors
    /// When it could not be kept; nothing was written of it then.
    pub(crate) async fn take_in(&self, attempt: AttemptId, arrived: Arrived) -> Result<TakenIn> {
        let place = usize::from(attempt.0.as_bytes()[15]) % self.lanes.len();
        let (answer, answered) = oneshot::channel();
        self.lanes[place]
            .send(Waiting { arrived, answer })
            .await
            .map_err(|_| stopped())?;
        answered.await.map_err(|_| stopped())?
    }
}

fn stopped() -> StorageError {
    StorageError::Unavailable("the gateway takes no callbacks in any more".into())
}

async fn run(db: Db, mut queue: mpsc::Receiver<Waiting>) {
    let mut waiting = Vec::with_capacity(MOST);
    while queue.recv_many(&mut waiting, MOST).await > 0 {
        let (arrived, answers): (Vec<_>, Vec<_>) = waiting
            .drain(..)
            .map(|one: Waiting| (one.arrived, one.answer))
            .unzip();
        let arrived = Arc::new(arrived);
        let all = Arc::clone(&arrived);
        match db.statement(move |tx| callbacks::take_in(tx, &all)).await {
            Ok(taken_in) => {
                for (answer, taken_in) in answers.into_iter().zip(taken_in) {
                    let _ = answer.send(Ok(taken_in));
                }
            }
            Err(error) if error.is_transient() || answers.len() == 1 => {
                let errors = error.for_each_of(answers.len());
                for (answer, error) in answers.into_iter().zip(errors) {
                    let _ = answer.send(Err(error));
                }
            }
            Err(_) => one_by_one(&db, &arrived, answers).await,
        }
    }
}

/// After a failure that may lie in one of them, so that it does not stand in the way of the others.
async fn one_by_one(
    db: &Db,
    arrived: &Arc<Vec<Arrived>>,
    answers: Vec<oneshot::Sender<Result<TakenIn>>>,
) {
    for (place, answer) in answers.into_iter().enumerate() {
        let all = Arc::clone(arrived);
        let taken_in = db
            .statement(move |tx| callbacks::take_in(tx, &all[place..=place]))
            .await
            .and_then(|taken_in| taken_in.first().copied().ok_or(StorageError::NotFound));
        let _ = answer.send(taken_in);
    }
}
