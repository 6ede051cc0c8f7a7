use std::io;

use domain::import::FileError;

use crate::StorageError;

/// Why a file is not imported at all.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The file as a whole cannot be.
    #[error(transparent)]
    File(#[from] FileError),
    /// The database stood in the way.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The rejected rows could not be written down.
    #[error("the rejected rows cannot be written")]
    Rejects(#[from] io::Error),
}
