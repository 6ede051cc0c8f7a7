//! Callbacks that come at the same time are kept in one commit. Those of one attempt stay in their order.

use std::sync::Arc;

use chassis::lifecycle::Lifecycle;
use domain::ids::AttemptId;
use storage::callbacks::{self, Arrived, TakenIn};
use storage::{Db, Result, StorageError};

use crate::batched::Batched;

/// Statements at once.
const LANES: usize = 2;

/// Where callbacks go.
pub(crate) struct Intake(Batched<Arrived, TakenIn>);

impl Intake {
    pub(crate) fn start(db: &Db, lifecycle: &Lifecycle) -> Self {
        let db = db.clone();
        Self(Batched::start("callbacks", LANES, lifecycle, move |all| {
            take_in(db.clone(), Arc::new(all))
        }))
    }

    /// Keeps a callback of `attempt`.
    ///
    /// # Errors
    /// When it could not be kept; nothing was written of it then.
    pub(crate) async fn take_in(&self, attempt: AttemptId, arrived: Arrived) -> Result<TakenIn> {
        self.0
            .ask(usize::from(attempt.0.as_bytes()[15]), arrived)
            .await
    }
}

async fn take_in(db: Db, arrived: Arc<Vec<Arrived>>) -> Vec<Result<TakenIn>> {
    let all = Arc::clone(&arrived);
    match db.statement(move |tx| callbacks::take_in(tx, &all)).await {
        Ok(taken_in) => taken_in.into_iter().map(Ok).collect(),
        Err(error) if error.is_transient() || arrived.len() == 1 => {
            error.for_each_of(arrived.len()).map(Err).collect()
        }
        Err(_) => one_by_one(&db, &arrived).await,
    }
}

/// After a failure that may lie in one of them, so that it does not stand in the way of the others.
async fn one_by_one(db: &Db, arrived: &Arc<Vec<Arrived>>) -> Vec<Result<TakenIn>> {
    let mut answers = Vec::with_capacity(arrived.len());
    for place in 0..arrived.len() {
        let all = Arc::clone(arrived);
        let taken_in = db
            .statement(move |tx| callbacks::take_in(tx, &all[place..=place]))
            .await
            .and_then(|taken_in| taken_in.first().copied().ok_or(StorageError::NotFound));
        answers.push(taken_in);
    }
    answers
}
