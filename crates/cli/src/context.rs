//! What a command works with: the database, as the operator's role, and the clock.

use std::sync::OnceLock;

use anyhow::{Context as _, bail};
use chassis::clock::Clock;
use domain::ids::BusinessId;
use storage::businesses::{self, Business};
use storage::{Db, DbSettings, ServiceRole, StorageError, Tx};

use crate::failure::at_database;

/// The database that a command works on.
pub(crate) struct Context {
    db: OnceLock<Db>,
    pub(crate) url: String,
    pub(crate) clock: Clock,
}

impl Context {
    /// Checks the URL; nothing is connected yet.
    ///
    /// # Errors
    /// When DATABASE_URL is missing or not one of PostgreSQL.
    pub(crate) fn new(database_url: Option<String>) -> anyhow::Result<Self> {
        let url = database_url.filter(|url| !url.is_empty()).context(
            "DATABASE_URL is not set; set it to postgres://USER:PASSWORD@HOST:5432/DATABASE",
        )?;
        let scheme = url::Url::parse(&url).map(|url| url.scheme().to_owned());
        if !matches!(scheme.as_deref(), Ok("postgres" | "postgresql")) {
            bail!(
                "DATABASE_URL is not a PostgreSQL URL; it looks like postgres://USER:PASSWORD@HOST:5432/DATABASE"
            );
        }
        Ok(Self {
            db: OnceLock::new(),
            url,
            clock: Clock::system(),
        })
    }

    /// The pool, made when first used: it connects in the background at once, and a process that ends while OpenSSL is still
    /// being set up on another thread is killed by a signal instead of ending with its status.
    pub(crate) fn db(&self) -> &Db {
        self.db.get_or_init(|| {
            Db::new(&DbSettings {
                url: self.url.clone(),
                role: ServiceRole::Operator,
                pool_size: 1,
                reads: 0,
            })
        })
    }

    /// Runs `work` in one transaction.
    pub(crate) async fn transaction<T, F>(&self, work: F) -> anyhow::Result<T>
    where
        F: FnOnce(&mut Tx<'_>) -> anyhow::Result<T> + Send + 'static,
        T: Send + 'static,
    {
        let done: Result<T, Refused> = self.db().system(move |tx| work(tx).map_err(Refused)).await;
        done.map_err(|Refused(error)| error)
    }
}

/// Carries an error with its advice through the transaction.
struct Refused(anyhow::Error);

impl From<StorageError> for Refused {
    fn from(error: StorageError) -> Self {
        Self(at_database(error))
    }
}

/// The business, or that there is none.
pub(crate) fn business(tx: &mut Tx<'_>, id: BusinessId) -> anyhow::Result<Business> {
    match businesses::get(tx, id) {
        Ok(business) => Ok(business),
        Err(StorageError::NotFound) => {
            bail!("there is no business {id}; `callboard business create` makes one")
        }
        Err(error) => Err(at_database(error)),
    }
}
