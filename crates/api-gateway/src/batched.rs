//! What is asked of the database at the same time is asked in one statement: while one is there the next questions gather, so
//! the more come, the fewer statements each costs. A question is never put into a statement that was sent before it came.

use chassis::lifecycle::Lifecycle;
use storage::{Result, StorageError};
use tokio::sync::{mpsc, oneshot};

/// Most questions in one statement.
const MOST: usize = 100;

/// Most that wait for a lane; whoever comes then waits to be let in.
const ROOM: usize = 1_000;

/// Where questions go: lanes with one statement at a time each, in the order in which they come.
pub(crate) struct Batched<Q, A> {
    lanes: Vec<mpsc::Sender<Waiting<Q, A>>>,
}

struct Waiting<Q, A> {
    question: Q,
    answer: oneshot::Sender<Result<A>>,
}

impl<Q: Send + 'static, A: Send + 'static> Batched<Q, A> {
    /// Its lanes run until it is dropped. `ask` answers the questions of a statement in their order.
    pub(crate) fn start<F, Fut>(
        name: &'static str,
        lanes: usize,
        lifecycle: &Lifecycle,
        ask: F,
    ) -> Self
    where
        F: Fn(Vec<Q>) -> Fut + Clone + Send + 'static,
        Fut: Future<Output = Vec<Result<A>>> + Send + 'static,
    {
        let lanes = (0..lanes)
            .map(|_| {
                let (sender, receiver) = mpsc::channel(ROOM);
                lifecycle.spawn(name, run(ask.clone(), receiver));
                sender
            })
            .collect();
        Self { lanes }
    }

    /// The answer to `question`, which is asked behind those that came before it with the same `place`.
    ///
    /// # Errors
    /// Those of the statement.
    pub(crate) async fn ask(&self, place: usize, question: Q) -> Result<A> {
        let (answer, answered) = oneshot::channel();
        self.lanes[place % self.lanes.len()]
            .send(Waiting { question, answer })
            .await
            .map_err(|_| stopped())?;
        answered.await.map_err(|_| stopped())?
    }
}

fn stopped() -> StorageError {
    StorageError::Unavailable("the gateway asks the database nothing any more".into())
}

async fn run<Q, A, F, Fut>(ask: F, mut queue: mpsc::Receiver<Waiting<Q, A>>)
where
    F: Fn(Vec<Q>) -> Fut,
    Fut: Future<Output = Vec<Result<A>>>,
{
    let mut waiting = Vec::with_capacity(MOST);
    while queue.recv_many(&mut waiting, MOST).await > 0 {
        let (questions, askers): (Vec<_>, Vec<_>) = waiting
            .drain(..)
            .map(|one: Waiting<Q, A>| (one.question, one.answer))
            .unzip();
        for (asker, answer) in askers.into_iter().zip(ask(questions).await) {
            // Who has gone away wants no answer.
            let _ = asker.send(answer);
        }
    }
}
