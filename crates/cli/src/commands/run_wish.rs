use anyhow::{anyhow, bail};
use clap::Args;
use serde_json::json;
use storage::StorageError;
use storage::runs::{self, Wish, Wished};

use crate::arguments::Which;
use crate::context::Context;
use crate::failure::{Ended, at_database};
use crate::output;

#[derive(Debug, Args)]
pub(crate) struct Cancel {
    #[command(flatten)]
    which: Which,
    /// Also end the calls in the air
    #[arg(long)]
    hang_up: bool,
}

impl Cancel {
    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<Ended> {
        let hang_up = self.hang_up;
        wish(context, self.which, Wish::Cancel { hang_up }).await
    }
}

/// Writes down what the operator wants of a run; the next claim of a job reads it.
pub(crate) async fn wish(context: &Context, which: Which, wish: Wish) -> anyhow::Result<Ended> {
    let Which {
        business,
        run,
        json,
    } = which;
    let now = context.clock.now();
    let wished = context
        .transaction(move |tx| {
            runs::wish(tx, business, now, run, wish).map_err(|error| match error {
                StorageError::NotFound => anyhow!("business {business} has no run {run}"),
                error => at_database(error),
            })
        })
        .await?;
    match wished {
        Wished::Over { status } => bail!("run {run} is over: {status}"),
        Wished::BeingCancelled => bail!("run {run} is being cancelled"),
        Wished::Granted => {}
    }
    let (word, meaning) = match wish {
        Wish::Pause => ("pause", "no further call starts until it is resumed"),
        Wish::Resume => ("resume", "calls start again"),
        Wish::Cancel { hang_up: false } => (
            "cancel",
            "no further call starts; those in the air go on to their end",
        ),
        Wish::Cancel { hang_up: true } => (
            "cancel",
            "no further call starts; those in the air are ended",
        ),
    };
    if json {
        output::json(&json!({ "run_id": run, "business_id": business, "requested": word }))?;
    } else {
        output::line(format_args!("run {run}: {word} requested, {meaning}"))?;
    }
    Ok(Ended::Well)
}
