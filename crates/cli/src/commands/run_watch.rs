use std::time::{Duration, Instant};

use anyhow::{anyhow, bail};
use chrono::{DateTime, Utc};
use clap::Args;
use domain::ids::{BusinessId, RunId};
use indicatif::ProgressBar;
use serde_json::json;
use storage::StorageError;
use storage::live_calls::{self, LiveCall};
use storage::runs::{self, Run};

use crate::arguments::Which;
use crate::context::Context;
use crate::failure::{Ended, at_database};
use crate::{output, progress};

/// How often the rows are read.
const TICK: Duration = Duration::from_millis(300);
/// How long the database may be away before the watch gives up.
const PATIENCE: Duration = Duration::from_secs(60);

#[derive(Debug, Args)]
pub(crate) struct Watch {
    #[command(flatten)]
    which: Which,
}

impl Watch {
    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<Ended> {
        let Which {
            business,
            run,
            json,
        } = self.which;
        watch(context, business, run, json).await
    }
}

/// Shows a run until it ends: a live bar for a person, a line per change for everyone else.
pub(crate) async fn watch(
    context: &Context,
    business: BusinessId,
    run: RunId,
    json: bool,
) -> anyhow::Result<Ended> {
    let bar = progress::bar(
        0,
        "{prefix} {wide_bar} {human_pos}/{human_len}  {elapsed}\n{msg}",
    );
    let is_live = output::is_watched();
    let mut shown = None;
    loop {
        let (state, calls) = look_patiently(context, business, run).await?;
        show(&bar, &state, &calls, context.clock.now());
        let is_over = matches!(state.status.as_str(), "completed" | "failed" | "cancelled");
        let line = if json {
            as_json(&state, &calls).to_string()
        } else {
            as_line(&state, &calls)
        };
        // Next to a live bar only the end is worth a line.
        if shown.as_ref() != Some(&line) && (!is_live || json || is_over) {
            bar.suspend(|| output::line(&line))?;
            shown = Some(line);
        }
        if is_over {
            bar.finish_and_clear();
            return Ok(Ended::well_if(state.status == "completed"));
        }
        tokio::time::sleep(TICK).await;
    }
}

/// Looks at the rows; a database that is away for a moment does not end a watch.
async fn look_patiently(
    context: &Context,
    business: BusinessId,
    run: RunId,
) -> anyhow::Result<(Run, Vec<LiveCall>)> {
    let since = Instant::now();
    loop {
        let looked: Result<_, StorageError> = context
            .db()
            .tenant(business, move |tx| {
                Ok((runs::get(tx, run)?, live_calls::of_run(tx, run)?))
            })
            .await;
        match looked {
            Ok(seen) => return Ok(seen),
            Err(StorageError::NotFound) => bail!("business {business} has no run {run}"),
            Err(error) if error.is_transient() && since.elapsed() < PATIENCE => {
                tokio::time::sleep(TICK).await;
            }
            Err(error) => {
                return Err(
                    anyhow!(at_database(error)).context(format!("run {run} cannot be watched"))
                );
            }
        }
    }
}

fn show(bar: &ProgressBar, run: &Run, calls: &[LiveCall], now: DateTime<Utc>) {
    let done = run.completed_count + run.failed_count + run.cancelled_count;
    bar.set_length(u64::try_from(run.total_leads).unwrap_or_default());
    bar.set_position(u64::try_from(done).unwrap_or_default());
    bar.set_prefix(format!("run {} {}", run.id, run.status));
    let mut lines = vec![counts(run)];
    lines.extend(calls.iter().map(|call| {
        let seconds = (now - call.since).num_seconds().max(0);
        let name = if call.lead_name.is_empty() {
            "(no name)"
        } else {
            &call.lead_name
        };
        let lead = call
            .lead_id
            .map(|id| format!("lead {id} "))
            .unwrap_or_default();
        format!("  {:<11} {seconds:>3} s  {lead}{name}", call.status)
    }));
    bar.set_message(lines.join("\n"));
}

fn counts(run: &Run) -> String {
    let error = run
        .last_error
        .as_ref()
        .map(|error| format!("  ({error})"))
        .unwrap_or_default();
    format!(
        "queued {}  in the air {} of {}  completed {}  failed {}  cancelled {}{error}",
        run.queued_count,
        run.in_progress_count,
        run.concurrency,
        run.completed_count,
        run.failed_count,
        run.cancelled_count
    )
}

fn as_line(run: &Run, calls: &[LiveCall]) -> String {
    let calls: Vec<String> = calls
        .iter()
        .map(|call| {
            format!(
                "{} {}",
                call.lead_id.map_or_else(String::new, |id| id.to_string()),
                call.status
            )
        })
        .collect();
    let calls = if calls.is_empty() {
        String::new()
    } else {
        format!("  [{}]", calls.join(", "))
    };
    format!("run {} {}  {}{calls}", run.id, run.status, counts(run))
}

fn as_json(run: &Run, calls: &[LiveCall]) -> serde_json::Value {
    let calls: Vec<_> = calls
        .iter()
        .map(|call| json!({ "lead_id": call.lead_id, "status": call.status }))
        .collect();
    json!({
        "run_id": run.id, "status": run.status, "total_leads": run.total_leads, "queued": run.queued_count,
        "in_progress": run.in_progress_count, "completed": run.completed_count, "failed": run.failed_count,
        "cancelled": run.cancelled_count, "last_error": run.last_error, "calls": calls,
    })
}
