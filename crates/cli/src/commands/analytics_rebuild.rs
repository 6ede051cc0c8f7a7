use clap::Args;
use domain::ids::BusinessId;
use serde_json::json;
use storage::analytics::{self, Computed, Haste};
use storage::{StorageError, TenantTx};

use crate::context::{self, Context};
use crate::failure::{Ended, at_database};
use crate::{output, progress};

/// Days between two looks at how far it is.
const STEP: u32 = 10;

#[derive(Debug, Args)]
pub(crate) struct Rebuild {
    /// The business's id
    #[arg(long, value_name = "ID")]
    business: BusinessId,
    /// Answer as JSON
    #[arg(long)]
    json: bool,
}

impl Rebuild {
    /// Marks every day and computes it. Interrupted, the rest stays marked: status-engine goes on with it.
    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<Ended> {
        let Self { business, json } = self;
        context
            .transaction(move |tx| context::business(tx, business).map(drop))
            .await?;
        let db = context.db();
        let stale = db
            .tenant(business, |tx: &mut TenantTx<'_>| {
                analytics::everything(tx)?;
                analytics::stale_days(tx)
            })
            .await
            .map_err(at_database)?;
        let bar = progress::bar(
            u64::try_from(stale).unwrap_or_default(),
            "{bar:40} {pos}/{len} days",
        );
        let mut days = 0;
        loop {
            let done: Result<Computed, StorageError> =
                analytics::refresh(db, business, Haste::AtOnce, STEP).await;
            let done = done.map_err(at_database)?;
            days += done.days;
            bar.inc(u64::from(done.days));
            if done.is_done {
                break;
            }
        }
        bar.finish_and_clear();
        if json {
            output::json(&json!({ "business_id": business, "computed": days }))?;
        } else {
            output::line(format_args!(
                "business {business}: {days} days and months of analytics computed"
            ))?;
        }
        Ok(Ended::Well)
    }
}
