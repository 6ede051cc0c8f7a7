use diesel::r2d2::PoolError;
use diesel::result::{DatabaseErrorKind, Error as DieselError};

/// What can go wrong at the database, in the terms of what the caller should do next.
#[derive(Debug, thiserror::Error)]
pub enum StorageError {
    /// No connection could be had or it broke; nothing is known of the statement. Try again later.
    #[error("the database cannot be reached")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// Another transaction stood in the way (serialisation, deadlock, lock time-out). Try again.
    #[error("another transaction stood in the way")]
    Contended(#[source] DieselError),
    /// A unique or exclusion constraint refused the row: it is there already.
    #[error("{constraint} refuses a second such row")]
    Conflict {
        /// The constraint that refused.
        constraint: String,
    },
    /// A foreign key refused the row: what it points at is not there.
    #[error("{constraint} refuses: what it points at is not there")]
    BrokenReference {
        /// The constraint that refused.
        constraint: String,
    },
    /// A CHECK or NOT NULL refused the row.
    #[error("{constraint} refuses the row")]
    Refused {
        /// The constraint or column that refused.
        constraint: String,
    },
    /// No such row in this business.
    #[error("no such row")]
    NotFound,
    /// A stored value cannot be read back: a bug, or a hand in the database.
    #[error("a stored value cannot be read: {0}")]
    Corrupt(String),
    /// Anything else: a bug.
    #[error("the database refused a statement")]
    Query(#[source] DieselError),
}

/// The result of a storage function.
pub type Result<T, E = StorageError> = std::result::Result<T, E>;

impl StorageError {
    /// True when the same call may succeed later with nothing changed.
    #[must_use]
    pub const fn is_transient(&self) -> bool {
        matches!(self, Self::Unavailable(_) | Self::Contended(_))
    }

    /// The error of a statement for each of those whom it was about: the first gets it, the others what it says.
    pub fn for_each_of(self, callers: usize) -> impl Iterator<Item = Self> {
        let said = self.to_string();
        let copies = std::iter::repeat_with(move || Self::Unavailable(said.clone().into()));
        std::iter::once(self).chain(copies).take(callers)
    }
}

impl From<DieselError> for StorageError {
    fn from(error: DieselError) -> Self {
        let DieselError::DatabaseError(kind, info) = &error else {
            return match error {
                DieselError::NotFound => Self::NotFound,
                DieselError::BrokenTransactionManager => Self::Unavailable(Box::new(error)),
                _ => Self::Query(error),
            };
        };
        let constraint = || {
            info.constraint_name()
                .or_else(|| info.column_name())
                .unwrap_or("a constraint")
                .to_owned()
        };
        match kind {
            DatabaseErrorKind::UniqueViolation => Self::Conflict {
                constraint: constraint(),
            },
            DatabaseErrorKind::ExclusionViolation => Self::Conflict {
                constraint: constraint(),
            },
            DatabaseErrorKind::ForeignKeyViolation => Self::BrokenReference {
                constraint: constraint(),
            },
            DatabaseErrorKind::CheckViolation | DatabaseErrorKind::NotNullViolation => {
                Self::Refused {
                    constraint: constraint(),
                }
            }
            DatabaseErrorKind::SerializationFailure => Self::Contended(error),
            DatabaseErrorKind::ClosedConnection | DatabaseErrorKind::UnableToSendCommand => {
                Self::Unavailable(Box::new(error))
            }
            // libpq reports these two only by their text.
            _ if info.message().starts_with("deadlock detected")
                || info.message().starts_with("canceling statement due to") =>
            {
                Self::Contended(error)
            }
            _ if info.message().contains("terminating connection")
                || info.message().contains("server closed the connection")
                || info.message().contains("connection to server")
                || info.message().contains("no connection to the server") =>
            {
                Self::Unavailable(Box::new(error))
            }
            _ => Self::Query(error),
        }
    }
}

impl From<PoolError> for StorageError {
    fn from(error: PoolError) -> Self {
        Self::Unavailable(Box::new(error))
    }
}
