//! `status.changed` by a person: the others are told, who want to hear of that. What automation did is told where it is done.

use chassis::clock::Clock;
use chassis::lifecycle::Lifecycle;
use chrono::{DateTime, Utc};
use domain::events::{ChangeSource, Envelope, StatusChanged};
use messaging::{Broker, Decision};
use storage::{Db, Result, StorageError, TenantTx, decisions, inbox, lead_contact};
use uuid::Uuid;

use crate::notify::{self, Change};
use crate::{SERVICE, Work};

pub(crate) fn start(db: &Db, broker: &Broker, clock: &Clock, work: Work, lifecycle: &Lifecycle) {
    let (db, clock) = (db.clone(), clock.clone());
    let consumer = broker.consume::<StatusChanged>(
        SERVICE,
        work.prefetch,
        lifecycle.shutdown_token(),
        move |event| changed(db.clone(), clock.clone(), event),
    );
    lifecycle.spawn("consumer of status.changed", consumer);
}

async fn changed(db: Db, clock: Clock, event: Envelope<StatusChanged>) -> Result<(), Decision> {
    if event.data.source != ChangeSource::Manual {
        return Ok(());
    }
    let (business, now) = (event.data.business_id, clock.now());
    let told = db.tenant(business, move |tx| tell(tx, now, event.id, &event.data));
    told.await.map_err(|error| match error {
        // A browser was signed out in this very moment.
        StorageError::BrokenReference { .. } => Decision::Retry(error.into()),
        error => Decision::from(error),
    })
}

fn tell(
    tx: &mut TenantTx<'_>,
    now: DateTime<Utc>,
    event: Uuid,
    changed: &StatusChanged,
) -> Result<()> {
    let business = tx.business;
    if !inbox::first_time(tx, business, SERVICE, event)? {
        return Ok(());
    }
    let Some(lead_name) = lead_contact::name(tx, changed.lead_id)? else {
        return Ok(());
    };
    let context = decisions::context(tx)?;
    let change = Change {
        lead: changed.lead_id,
        lead_name: &lead_name,
        from: changed.from.as_deref(),
        to: &changed.to,
        source: changed.source,
        confidence: None,
        by: changed.user_id,
    };
    notify::users(tx, now, &context, &change)
}
