use std::collections::BTreeMap;

use anyhow::{anyhow, bail};
use chrono::{DateTime, Utc};
use clap::{ArgGroup, Args};
use domain::ids::{BusinessId, LeadId, ListId};
use serde_json::json;
use storage::StorageError;
use storage::leads::Filter;
use storage::runs::{self, Kind, NewRun, Requested, Skipped, Target};

use super::run_watch;
use crate::context::{self, Context};
use crate::failure::{Ended, at_database};
use crate::output;

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("who").required(true))]
pub(crate) struct Start {
    /// The business's id
    #[arg(long, value_name = "ID")]
    business: BusinessId,
    /// Call the leads of this import
    #[arg(long, value_name = "ID", group = "who")]
    list: Option<ListId>,
    /// Call this lead; may be given several times
    #[arg(long, value_name = "ID", group = "who")]
    lead: Vec<LeadId>,
    /// Call every lead of the business
    #[arg(long, group = "who")]
    all: bool,
    /// Most calls of the run in the air at once
    #[arg(long, default_value_t = 3, value_name = "N", value_parser = clap::value_parser!(i16).range(1..=10))]
    concurrency: i16,
    /// Runs of a higher priority go first
    #[arg(
        long,
        default_value_t = 0,
        value_name = "N",
        allow_hyphen_values = true
    )]
    priority: i16,
    /// Do not call before this time (RFC 3339)
    #[arg(long, value_name = "TIME")]
    start_at: Option<DateTime<Utc>>,
    /// Stay and show the run until it ends, as `run watch` does
    #[arg(long)]
    watch: bool,
    /// Answer as JSON
    #[arg(long)]
    json: bool,
}

impl Start {
    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<Ended> {
        let business = self.business;
        let now = context.clock.now();
        let target = match self.list {
            Some(list) => Target::List(list),
            None if self.all => Target::Filter(Filter::default()),
            None => Target::Leads(self.lead),
        };
        let new = NewRun {
            target,
            kind: Kind::Bulk,
            concurrency: self.concurrency,
            priority: self.priority,
            start_at: self.start_at,
            retry: None,
            created_by: None,
        };
        let requested = context
            .transaction(move |tx| {
                context::business(tx, business)?;
                runs::request(tx, business, now, &new).map_err(|error| match error {
                    StorageError::NotFound => {
                        anyhow!("the list or one of the leads is not of business {business}")
                    }
                    error => at_database(error),
                })
            })
            .await?;
        let (run, queued, skipped) = match requested {
            Requested::Started {
                run,
                queued,
                skipped,
            } => (run, queued, skipped),
            Requested::NothingToCall { skipped } if skipped.is_empty() => {
                bail!("there are no leads to call")
            }
            Requested::NothingToCall { skipped } => {
                bail!("there is nobody to call: {}", reasons(&skipped))
            }
        };
        if self.json {
            output::json(
                &json!({ "run_id": run, "business_id": business, "queued": queued, "skipped": skipped }),
            )?;
        } else {
            let skipped = if skipped.is_empty() {
                String::new()
            } else {
                format!(", skipped: {}", reasons(&skipped))
            };
            output::line(format_args!("run {run}: {queued} leads queued{skipped}"))?;
        }
        if self.watch {
            return run_watch::watch(context, business, run, self.json).await;
        }
        Ok(Ended::Well)
    }
}

/// `2 suppressed, 1 deleted`.
fn reasons(skipped: &[Skipped]) -> String {
    let mut counts = BTreeMap::new();
    for skipped in skipped {
        *counts.entry(skipped.reason.as_str()).or_insert(0) += 1;
    }
    let counts: Vec<String> = counts
        .into_iter()
        .map(|(reason, count)| format!("{count} {reason}"))
        .collect();
    counts.join(", ")
}
