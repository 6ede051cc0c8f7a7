use std::fmt;

use storage::StorageError;

/// Why an event was not handled, and what shall become of it.
#[derive(Debug)]
pub enum Decision {
    /// Try again later: after 5 s, 30 s, 2 min and 10 min; after the last of these it is parked. While the database
    /// cannot be reached it stays on the last step instead: an outage is no fault of the message.
    Retry(anyhow::Error),
    /// It will never succeed: park it now, for a person to look at.
    Park(anyhow::Error),
}

impl Decision {
    /// Retry, from any error.
    pub fn retry(error: impl Into<anyhow::Error>) -> Self {
        Self::Retry(error.into())
    }

    /// Park, from any error.
    pub fn park(error: impl Into<anyhow::Error>) -> Self {
        Self::Park(error.into())
    }

    /// True when what failed is around the message and not in it.
    pub(crate) fn is_outage(&self) -> bool {
        let Self::Retry(error) = self else {
            return false;
        };
        error
            .chain()
            .filter_map(|cause| cause.downcast_ref::<StorageError>())
            .any(StorageError::is_transient)
    }
}

impl From<StorageError> for Decision {
    /// A transient error is retried for as long as it takes; any other may be a matter of order (a row that another event
    /// is about to write), so it is parked after the ladder and not before.
    fn from(error: StorageError) -> Self {
        Self::Retry(error.into())
    }
}

impl From<anyhow::Error> for Decision {
    fn from(error: anyhow::Error) -> Self {
        Self::Retry(error)
    }
}

impl fmt::Display for Decision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Retry(error) => write!(f, "retry: {error:#}"),
            Self::Park(error) => write!(f, "park: {error:#}"),
        }
    }
}
