//! Which key an API key is, looked up anew for each request, so that one that is revoked opens nothing from the commit on;
//! those of requests that come at the same time in one statement.

use std::collections::BTreeSet;
use std::sync::Arc;

use chassis::lifecycle::Lifecycle;
use storage::api_keys::{self, StoredKey};
use storage::{Db, Result};

use crate::batched::Batched;

/// Statements at once. With a second one fewer questions would share one.
const LANES: usize = 1;

/// Where keys are looked up.
pub(crate) struct Keys(Batched<String, Option<StoredKey>>);

impl Keys {
    pub(crate) fn start(db: &Db, lifecycle: &Lifecycle) -> Self {
        let db = db.clone();
        Self(Batched::start("api keys", LANES, lifecycle, move |all| {
            of_prefixes(db.clone(), Arc::new(all))
        }))
    }

    /// The key with this public prefix, unless it was revoked.
    ///
    /// # Errors
    /// When the statement fails.
    pub(crate) async fn of_prefix(&self, prefix: String) -> Result<Option<StoredKey>> {
        self.0.ask(0, prefix).await
    }
}

async fn of_prefixes(db: Db, prefixes: Arc<Vec<String>>) -> Vec<Result<Option<StoredKey>>> {
    let all = Arc::clone(&prefixes);
    let found = db
        .statement(move |tx| {
            let each: BTreeSet<&str> = all.iter().map(String::as_str).collect();
            api_keys::of_prefixes(tx, &Vec::from_iter(each))
        })
        .await;
    match found {
        Ok(found) => {
            let answers = prefixes.iter().map(|prefix| Ok(found.get(prefix).cloned()));
            answers.collect()
        }
        Err(error) => error.for_each_of(prefixes.len()).map(Err).collect(),
    }
}
