//! The state that an event carries, read once however many streams there are.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use domain::ids::{BusinessId, LeadId, RunId};
use serde::Serialize;
use serde_json::Value;
use storage::{Db, StorageError, TenantTx, leads, runs, timeline};

use super::news::Subject;
use crate::api::calls::RecordedCallView;
use crate::api::leads::LeadView;
use crate::api::outbound::RunView;

impl Subject {
    /// The field of the event that holds the state.
    pub(super) const fn field(&self) -> &'static str {
        match self {
            Self::Lead(_) => "lead",
            Self::Run(_) => "run",
            Self::Call(_) => "call",
        }
    }

    fn read(&self, tx: &mut TenantTx<'_>) -> storage::Result<Value> {
        match self {
            Self::Lead(id) => shown::<_, LeadView>(leads::get(tx, LeadId(*id))),
            Self::Run(id) => shown::<_, RunView>(runs::get(tx, RunId(*id))),
            Self::Call(sid) => shown::<_, RecordedCallView>(timeline::call(tx, sid)),
        }
    }
}

/// A row as the API shows it; null for one that is gone.
fn shown<R, V: From<R> + Serialize>(row: storage::Result<R>) -> storage::Result<Value> {
    match row {
        Ok(row) => serde_json::to_value(V::from(row))
            .map_err(|error| StorageError::Corrupt(error.to_string())),
        Err(StorageError::NotFound) => Ok(Value::Null),
        Err(error) => Err(error),
    }
}

/// What the API shows of each subject now, all of one moment.
///
/// # Errors
/// When the database cannot be read.
pub(super) async fn read(
    db: &Db,
    business: BusinessId,
    subjects: Vec<Subject>,
) -> storage::Result<HashMap<Subject, Value>> {
    if subjects.is_empty() {
        return Ok(HashMap::new());
    }
    db.tenant(business, move |tx| {
        let mut states = HashMap::with_capacity(subjects.len());
        for subject in subjects {
            if let Entry::Vacant(place) = states.entry(subject) {
                let state = place.key().read(tx)?;
                place.insert(state);
            }
        }
        Ok(states)
    })
    .await
}
