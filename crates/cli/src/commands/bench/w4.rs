use std::time::Duration;

use clap::Args;
use serde_json::json;
use storage::bench::{self, Seed};

use super::engine::{self, Calls, Work};
use super::report::Report;
use super::scratch::Scratch;
use super::workload::LINES;
use super::{Common, conditions, cpu_details, peers};
use crate::context::Context;
use crate::failure::{Ended, at_database};

/// From the last start to the first look at the CPU.
const SETTLING: Duration = Duration::from_secs(5);

#[derive(Debug, Args)]
pub(crate) struct Idle {
    /// Businesses, each with a run
    #[arg(long, default_value_t = peers::W4_SIZE.0, value_name = "T", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    tenants: u32,
    /// Jobs of each
    #[arg(long, default_value_t = peers::W4_SIZE.1, value_name = "J", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    jobs: u32,
    /// How long is measured
    #[arg(long, default_value_t = peers::W4_SIZE.2, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=3000))]
    seconds: u64,
    /// Transactions at once
    #[arg(long, default_value_t = 2, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=64))]
    lanes: u8,
    #[command(flatten)]
    common: Common,
}

impl Idle {
    pub(super) async fn run(self, context: &Context) -> anyhow::Result<Ended> {
        let Self {
            tenants,
            jobs,
            seconds,
            lanes,
            common,
        } = self;
        let scratch = Scratch::create(
            context,
            &Seed {
                tenants,
                leads: jobs,
                lines: LINES,
                queued: true,
                history: common.history,
            },
        )?;
        let lines = u32::from(LINES.unsigned_abs()).min(jobs);
        let up = tenants as usize * lines as usize;
        let running = engine::start(
            &scratch.url,
            Work {
                jobs,
                calls: Calls::Endless,
                lanes: lanes.into(),
            },
        );
        running.until_started(up).await?;
        tokio::time::sleep(SETTLING).await;
        let processes = scratch.processes()?;
        let before = processes.cpu();
        tokio::time::sleep(Duration::from_secs(seconds)).await;
        let cpu = processes.cpu().since(before);

        let started = running.log.started();
        let mut faults = running.log.troubles();
        drop(running);
        if started != up {
            faults.push(format!("{started} calls are up on {up} lines"));
        }
        let outcome = bench::outcome(&scratch.url).map_err(at_database)?;
        if outcome.most > i64::from(LINES) {
            faults.push(format!(
                "{} calls of a business are up at once",
                outcome.most
            ));
        }
        let (figures, peers) = peers::w4(tenants, jobs, seconds);
        let mut details = vec![("calls up", json!(started))];
        details.extend(cpu_details(cpu));
        Report {
            workload: "W4",
            title: format!(
                "idle cost, {tenants} runs of {jobs} jobs at capacity for {seconds} s, PostgreSQL included"
            ),
            conditions: conditions(&scratch, common.history, &format!("1 process of {lanes} lanes")),
            figures: &figures,
            ours: vec![cpu.postgres.map(|postgres| postgres + cpu.ours)],
            peers,
            details,
            faults,
        }
        .finish(common.json)
    }
}
