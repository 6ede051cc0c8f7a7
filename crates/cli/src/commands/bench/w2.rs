use std::time::Instant;

use anyhow::Context as _;
use clap::{Args, ValueEnum};
use storage::bench::{self, Seed};
use storage::leads::Filter;
use storage::runs::{self, Kind, NewRun, Requested, Target};
use storage::{Db, DbSettings, ServiceRole, StorageError};

use super::report::Report;
use super::scratch::Scratch;
use super::workload::LINES;
use super::{Common, conditions, cpu_details, peers};
use crate::context::Context;
use crate::failure::{Ended, at_database};

#[derive(Debug, Args)]
pub(crate) struct Enqueue {
    /// Leads
    #[arg(long, default_value_t = peers::W2_LEADS, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000_000))]
    n: u32,
    /// How the leads are chosen
    #[arg(long, value_enum, default_value_t = Choice::Named, value_name = "HOW")]
    choose: Choice,
    #[command(flatten)]
    common: Common,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Choice {
    /// Each by its id in the request, as the others' jobs are
    Named,
    /// All that the business has
    All,
}

impl Enqueue {
    pub(super) async fn run(self, context: &Context) -> anyhow::Result<Ended> {
        let Self { n, choose, common } = self;
        let scratch = Scratch::create(
            context,
            &Seed {
                tenants: 1,
                leads: n,
                lines: LINES,
                queued: false,
                history: common.history,
            },
        )?;
        let (business, leads) = bench::first_business(&scratch.url).map_err(at_database)?;
        let (target, how) = match choose {
            Choice::Named => (Target::Leads(leads), "each named in the request"),
            Choice::All => (Target::Filter(Filter::default()), "all that there are"),
        };
        let new = NewRun {
            target,
            kind: Kind::Bulk,
            concurrency: LINES,
            priority: 0,
            start_at: None,
            retry: None,
            created_by: None,
        };
        let db = Db::new(&DbSettings {
            url: scratch.url.clone(),
            role: ServiceRole::ApiGateway,
            pool_size: 1,
            reads: 0,
        });
        db.ping().await.map_err(at_database)?;
        let now = context.clock.now();
        let processes = scratch.processes()?;
        let before = processes.cpu();
        let from = Instant::now();
        let requested: Result<Requested, StorageError> = db
            .tenant(business, move |tx| runs::request(tx, business, now, &new))
            .await;
        let seconds = from.elapsed().as_secs_f64();
        let cpu = processes.cpu().since(before);

        let queued = match requested.map_err(at_database)? {
            Requested::Started { queued, .. } => queued,
            Requested::NothingToCall { .. } => 0,
        };
        let queued = u32::try_from(queued).context("fewer than no leads")?;
        let mut faults = Vec::new();
        if queued != n {
            faults.push(format!("{queued} of {n} leads were queued"));
        }
        let (figures, peers) = peers::w2(n);
        Report {
            workload: "W2",
            title: format!("enqueue, one run of {n} leads, {how}"),
            conditions: conditions(&scratch, common.history, "1 transaction"),
            figures: &figures,
            ours: vec![Some(seconds), Some(f64::from(queued) / seconds)],
            peers,
            details: cpu_details(cpu).into(),
            faults,
        }
        .finish(common.json)
    }
}
