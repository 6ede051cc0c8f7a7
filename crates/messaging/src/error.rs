/// What can go wrong between this process and the broker.
#[derive(Debug, thiserror::Error)]
pub enum BrokerError {
    /// The URL cannot be read. It may hold a password and is not repeated.
    #[error("the broker's URL is not an AMQP URL; write amqp://user:password@host:5672/vhost")]
    BadUrl,
    /// Nobody has declared such a queue.
    #[error("the topology has no queue {0}; add it to messaging::topology")]
    UnknownQueue(String),
    /// There is no connection at the moment.
    #[error("the broker cannot be reached")]
    Unreachable,
    /// The broker has raised an alarm (memory or disk) and takes no messages at the moment.
    #[error("the broker takes no messages at the moment: it has raised an alarm")]
    Blocked,
    /// No confirm came in time: the message may or may not have been taken.
    #[error("the broker did not confirm in time")]
    Unconfirmed,
    /// The message reached no queue.
    #[error("the broker knows no queue for the message")]
    Unroutable,
    /// The broker said no.
    #[error("the broker refused the message")]
    Refused,
    /// The connection or channel failed.
    #[error("the broker's connection failed")]
    Failed(#[source] Box<lapin::Error>),
}

impl From<lapin::Error> for BrokerError {
    fn from(error: lapin::Error) -> Self {
        Self::Failed(Box::new(error))
    }
}

/// The chain of an error in one line.
pub(crate) fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    std::iter::successors(Some(error), |error| error.source())
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(": ")
}
