use clap::Args;
use serde_json::json;
use storage::bench::{self, Seed};

use super::analysis::analyse;
use super::engine::{Calls, Work};
use super::report::Report;
use super::scratch::Scratch;
use super::{
    Common, Dialling, conditions, cpu_details, engines, faults_of, fleet, peers, write_events,
};
use crate::context::Context;
use crate::failure::{Ended, at_database};

/// Over so many businesses are the jobs spread, of so many lines each: more than are ever in the air.
const TENANTS: u32 = 50;
const LINES: i16 = 1000;

#[derive(Debug, Args)]
pub(crate) struct Drain {
    /// Jobs, in all; a multiple of 50
    #[arg(long, default_value_t = peers::W3_JOBS, value_name = "N", value_parser = a_multiple_of_tenants)]
    n: u32,
    #[command(flatten)]
    dialling: Dialling,
    #[command(flatten)]
    common: Common,
}

fn a_multiple_of_tenants(text: &str) -> anyhow::Result<u32> {
    let n: u32 = text.parse()?;
    anyhow::ensure!(
        (TENANTS..=10_000_000).contains(&n) && n.is_multiple_of(TENANTS),
        "a multiple of {TENANTS}, and at most 10000000"
    );
    Ok(n)
}

impl Drain {
    pub(super) async fn run(self, context: &Context) -> anyhow::Result<Ended> {
        let Self {
            n,
            dialling,
            common,
        } = self;
        let jobs = n / TENANTS;
        let scratch = Scratch::create(
            context,
            &Seed {
                tenants: TENANTS,
                leads: jobs,
                lines: LINES,
                queued: true,
                history: common.history,
            },
        )?;
        let work = Work {
            jobs,
            calls: Calls::Instant,
            lanes: dialling.lanes.into(),
        };
        let processes = scratch.processes()?;
        let before = processes.cpu();
        let ran = fleet::run(&scratch.url, work, dialling.processes.into(), n as usize).await?;
        let cpu = processes.cpu().since(before);
        write_events(dialling.out.as_ref(), &ran.events)?;

        let analysis = analyse(&ran.events, TENANTS, jobs, false);
        let outcome = bench::outcome(&scratch.url).map_err(at_database)?;
        let mut faults = analysis.faults;
        faults.extend(ran.faults.iter().cloned());
        faults.extend(faults_of(outcome, n.into(), None));
        let seconds = (ran.first_call_after_ms() + analysis.makespan_ms) / 1e3;
        let from_start = f64::from(n) / seconds.max(0.001);
        let (figures, peers) = peers::w3(n);
        let mut details = vec![
            (
                "ms from start to first call",
                json!(ran.first_call_after_ms()),
            ),
            ("makespan ms", json!(analysis.makespan_ms)),
            ("calls", json!(ran.events.len())),
        ];
        details.extend(cpu_details(cpu));
        Report {
            workload: "W3",
            title: format!(
                "drain, {n} jobs of no duration over {TENANTS} businesses of {LINES} lines, each counted once its end is committed"
            ),
            conditions: conditions(&scratch, common.history, &engines(&dialling)),
            figures: &figures,
            ours: vec![Some(analysis.per_second), Some(from_start)],
            peers,
            details,
            faults,
        }
        .finish(common.json)
    }
}
