use clap::Args;
use serde_json::json;
use storage::bench::{self, Seed};

use super::analysis::analyse;
use super::engine::{Calls, Work};
use super::report::Report;
use super::scratch::Scratch;
use super::system::{CityOptions, Measure, WholeSystem};
use super::workload::{LINES, ideal_ms};
use super::{
    Common, Dialling, conditions, cpu_details, engines, faults_of, fleet, peers, write_events,
};
use crate::context::Context;
use crate::failure::{Ended, at_database};

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Mode {
    /// The call is a timer in the process.
    Engine,
    /// The whole system, over HTTP, callbacks and the broker of AMQP_URL.
    System,
}

#[derive(Debug, Args)]
pub(crate) struct SlotRefill {
    /// What is measured
    #[arg(long, value_enum, default_value_t = Mode::Engine)]
    mode: Mode,
    #[command(flatten)]
    city: CityOptions,
    /// Businesses
    #[arg(long, default_value_t = 100, value_name = "T", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    tenants: u32,
    /// Jobs of each
    #[arg(long, default_value_t = 60, value_name = "J", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    jobs: u32,
    #[command(flatten)]
    dialling: Dialling,
    #[command(flatten)]
    common: Common,
}

impl SlotRefill {
    pub(super) async fn run(self, context: &Context) -> anyhow::Result<Ended> {
        match self.mode {
            Mode::Engine => self.of_engine(context).await,
            Mode::System => {
                let whole = WholeSystem {
                    tenants: self.tenants,
                    jobs: self.jobs,
                    city: self.city,
                    dialling: self.dialling,
                    common: self.common,
                };
                whole.run(context, Measure::Refill).await
            }
        }
    }

    async fn of_engine(self, context: &Context) -> anyhow::Result<Ended> {
        let Self {
            tenants,
            jobs,
            dialling,
            common,
            ..
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
        let work = Work {
            jobs,
            calls: Calls::Timed,
            lanes: dialling.lanes.into(),
        };
        let all = tenants as usize * jobs as usize;
        let processes = scratch.processes()?;
        let before = processes.cpu();
        let ran = fleet::run(&scratch.url, work, dialling.processes.into(), all).await?;
        let cpu = processes.cpu().since(before);
        write_events(dialling.out.as_ref(), &ran.events)?;

        let analysis = analyse(&ran.events, tenants, jobs, true);
        let outcome = bench::outcome(&scratch.url).map_err(at_database)?;
        let mut faults = analysis.faults;
        faults.extend(ran.faults.iter().cloned());
        let jobs_of_all = i64::from(tenants) * i64::from(jobs);
        faults.extend(faults_of(outcome, jobs_of_all, Some(LINES.into())));
        let (figures, peers) = peers::w1(tenants, jobs);
        let mut details = vec![
            (
                "ms from start to first call",
                json!(ran.first_call_after_ms()),
            ),
            ("makespan ms", json!(analysis.makespan_ms)),
            ("ideal makespan ms", json!(ideal_ms(tenants, jobs))),
            (
                "most calls of a business at once",
                json!(analysis.most_at_once),
            ),
            ("calls", json!(ran.events.len())),
        ];
        details.extend(cpu_details(cpu));
        Report {
            workload: "W1",
            title: format!("slot refill, {tenants} businesses of {jobs} jobs, {LINES} lines each"),
            conditions: conditions(&scratch, common.history, &engines(&dialling)),
            figures: &figures,
            ours: vec![
                Some(analysis.efficiency),
                analysis.gap_p50_ms,
                analysis.gap_p99_ms,
            ],
            peers,
            details,
            faults,
        }
        .finish(common.json)
    }
}
