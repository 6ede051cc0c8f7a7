//! The whole system: the real client over HTTP to the simulated carrier, signed callbacks through the gateway, events through
//! the broker. The carrier's report says when calls began and ended, and judges.

mod broker;
mod city;
mod seen;
mod service;

use std::time::Duration;

use anyhow::bail;
use clap::Args;
use domain::ids::BusinessId;
use serde_json::{Value, json};
use storage::bench::{self, Seed};
use storage::leads::Filter;
use storage::runs::{self, Kind, NewRun, Target};

use super::analysis::{Analysis, Event, analyse};
use super::peers::{self, Figure};
use super::report::Report;
use super::scratch::Scratch;
use super::workload::LINES;
use super::{Common, Dialling, faults_of, write_events};
use crate::context::Context;
use crate::failure::{Ended, at_database};
pub(super) use broker::{Broker, BrokerOptions};
use city::{City, Plan};
pub(super) use service::{Gateway, Service};

/// Nobody is waited for longer when nothing ends any more.
const SILENCE: Duration = Duration::from_secs(60);

/// Between looks.
const LOOK: Duration = Duration::from_millis(100);

/// What the whole system takes.
#[derive(Debug, Clone, Args)]
pub(super) struct CityOptions {
    /// From the create of a call to its end, in system mode; at least 1, which the carrier needs until it rings
    #[arg(long, default_value_t = 2.0, value_name = "S", value_parser = a_length)]
    call_seconds: f64,
    #[command(flatten)]
    broker: BrokerOptions,
}

fn a_length(text: &str) -> anyhow::Result<f64> {
    let seconds: f64 = text.parse()?;
    anyhow::ensure!(
        (city::SET_UP_SECONDS..=3600.0).contains(&seconds),
        "from {} to 3600 seconds",
        city::SET_UP_SECONDS
    );
    Ok(seconds)
}

/// What is measured.
#[derive(Debug, Args)]
pub(crate) struct WholeSystem {
    /// Businesses
    #[arg(long, default_value_t = 100, value_name = "T", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub(super) tenants: u32,
    /// Jobs of each
    #[arg(long, default_value_t = 20, value_name = "J", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub(super) jobs: u32,
    #[command(flatten)]
    pub(super) city: CityOptions,
    #[command(flatten)]
    pub(super) dialling: Dialling,
    #[command(flatten)]
    pub(super) common: Common,
}

/// Which figures count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Measure {
    /// How long a line lies idle.
    Refill,
    /// How many calls a second the machine carries, and what one costs.
    Throughput,
}

/// What came of it.
struct Measured {
    scratch: Scratch,
    events: Vec<Event>,
    /// What the carrier saw that must not be.
    faults: Vec<String>,
    /// CPU seconds of each process.
    costs: Vec<(&'static str, f64)>,
    /// Cores that the rest of the machine kept busy.
    foreign_cores: f64,
}

impl WholeSystem {
    pub(super) async fn run(self, context: &Context, measure: Measure) -> anyhow::Result<Ended> {
        let measured = self.measure(context).await?;
        write_events(self.dialling.out.as_ref(), &measured.events)?;
        self.report(measure, &measured)
    }

    /// Starts everything on a fresh database, calls all, and stops everything.
    async fn measure(&self, context: &Context) -> anyhow::Result<Measured> {
        self.city.broker.demand()?;
        let scratch = Scratch::create(
            context,
            &Seed {
                tenants: self.tenants,
                leads: self.jobs,
                lines: LINES,
                queued: false,
                history: self.common.history,
            },
        )?;
        let broker = self.city.broker.open().await?;
        let measured = self.measure_on(scratch, &broker).await;
        broker.close().await;
        measured
    }

    async fn measure_on(&self, scratch: Scratch, broker: &Broker) -> anyhow::Result<Measured> {
        let mut city = City::start(&Plan {
            database_url: &scratch.url,
            amqp_url: broker.url(),
            dialers: self.dialling.processes,
            lanes: self.dialling.lanes,
            call_seconds: self.city.call_seconds,
        })
        .await?;
        let processes = scratch.processes()?;
        let meter = |city: &City| {
            let mut each = city.cpu();
            each.push(("RabbitMQ", broker.cpu()));
            (processes.cpu(), each)
        };
        let (before, each_before) = meter(&city);
        request_runs(&scratch, self.tenants).await?;
        until_over(&scratch, &mut city, self.calls()).await?;
        let (after, each_after) = meter(&city);
        let cpu = after.since(before);
        let report = city.report().await?;
        city.stop().await;
        let mut costs: Vec<(&'static str, f64)> = each_after
            .into_iter()
            .zip(each_before)
            .map(|((name, now), (_, then))| (name, now - then))
            .collect();
        let ours: f64 = costs.iter().map(|(_, seconds)| seconds).sum();
        costs.push(("PostgreSQL", cpu.postgres.unwrap_or(0.0)));
        Ok(Measured {
            events: seen::events(&report, self.jobs)?,
            faults: seen::faults(&report, LINES.unsigned_abs().into()),
            scratch,
            foreign_cores: cpu.foreign_cores_beside(ours),
            costs,
        })
    }

    fn calls(&self) -> i64 {
        i64::from(self.tenants) * i64::from(self.jobs)
    }

    #[expect(clippy::cast_precision_loss, reason = "milliseconds of a benchmark")]
    fn report(&self, measure: Measure, measured: &Measured) -> anyhow::Result<Ended> {
        let Measured {
            scratch,
            events,
            faults: seen_faults,
            costs,
            foreign_cores,
        } = measured;
        let mut analysis = analyse(events, self.tenants, self.jobs, true);
        let ideal_ms = seen::ideal_ns(events, LINES.unsigned_abs().into()) as f64 / 1e6;
        analysis.efficiency = ideal_ms / analysis.makespan_ms.max(1.0);
        let outcome = bench::outcome(&scratch.url).map_err(at_database)?;
        let mut faults = std::mem::take(&mut analysis.faults);
        faults.extend(seen_faults.iter().cloned());
        faults.extend(faults_of(outcome, self.calls(), Some(LINES.into())));
        let burnt: f64 = costs.iter().map(|(_, seconds)| seconds).sum();
        let per_call_ms = burnt * 1e3 / (self.calls() as f64).max(1.0);
        let mut details = vec![
            ("makespan ms", json!(analysis.makespan_ms)),
            ("ideal makespan ms", json!(ideal_ms)),
            (
                "most calls of a business at once, as the carrier saw it",
                json!(analysis.most_at_once),
            ),
            ("calls, as the carrier saw it", json!(events.len())),
            (
                "seconds that half of the calls lasted at most, as the carrier saw it",
                json!(seen::median_seconds(events)),
            ),
            (
                "CPU ms per call",
                json!((per_call_ms * 100.0).round() / 100.0),
            ),
        ];
        details.extend(cost_details(costs, *foreign_cores, analysis.makespan_ms));
        let (figures, ours) = figures_of(measure, self.tenants, &analysis, per_call_ms, events);
        Report {
            workload: match measure {
                Measure::Refill => "W1",
                Measure::Throughput => "throughput",
            },
            title: format!(
                "whole system, {} businesses of {} jobs, {LINES} lines each, calls of {} s",
                self.tenants, self.jobs, self.city.call_seconds
            ),
            conditions: format!(
                "system mode: api-gateway, {} dialer of {} lanes and carrier-sim over HTTP, RabbitMQ, PostgreSQL {} with fsync {}, \
                 synchronous_commit {}; {} finished jobs beforehand",
                self.dialling.processes,
                self.dialling.lanes,
                scratch.server.version,
                scratch.server.fsync,
                scratch.server.synchronous_commit,
                self.common.history
            ),
            figures: &figures,
            ours,
            peers: &[],
            details,
            faults,
        }
        .finish_as("system", self.common.json)
    }
}

/// What each process burnt.
fn cost_details(
    costs: &[(&'static str, f64)],
    foreign_cores: f64,
    makespan_ms: f64,
) -> Vec<(&'static str, Value)> {
    let mut details: Vec<_> = costs
        .iter()
        .map(|(name, seconds)| {
            let share = seconds * 1e5 / makespan_ms.max(1.0);
            let text = format!("{seconds:.2} CPU s, {share:.0} % of a core");
            (*name, json!(text))
        })
        .collect();
    let foreign = json!((foreign_cores * 100.0).round() / 100.0);
    details.push(("CPU cores burnt by others meanwhile", foreign));
    details
}

fn figures_of(
    measure: Measure,
    tenants: u32,
    analysis: &Analysis,
    per_call_ms: f64,
    events: &[Event],
) -> (Vec<Figure>, Vec<Option<f64>>) {
    match measure {
        Measure::Refill => (
            peers::system_refill(tenants).to_vec(),
            vec![
                Some(analysis.efficiency),
                analysis.gap_p50_ms,
                analysis.gap_p99_ms,
            ],
        ),
        Measure::Throughput => (
            peers::system_throughput().to_vec(),
            vec![Some(seen::steady_per_second(events)), Some(per_call_ms)],
        ),
    }
}

/// One run of each business, as an operator's command asks for it.
async fn request_runs(scratch: &Scratch, tenants: u32) -> anyhow::Result<()> {
    let context = Context::new(Some(scratch.url.clone()))?;
    for tenant in 1..=i64::from(tenants) {
        let now = context.clock.now();
        let new = NewRun {
            target: Target::Filter(Filter::default()),
            kind: Kind::Bulk,
            concurrency: LINES,
            priority: 0,
            start_at: None,
            retry: None,
            created_by: None,
        };
        context
            .transaction(move |tx| {
                runs::request(tx, BusinessId(tenant), now, &new).map_err(at_database)
            })
            .await?;
    }
    Ok(())
}

/// Waits until every job is over, or until nothing happens any more.
async fn until_over(scratch: &Scratch, city: &mut City, all: i64) -> anyhow::Result<()> {
    let (mut last, mut silent) = (0, Duration::ZERO);
    loop {
        city.check()?;
        let done = bench::over(&scratch.url).map_err(at_database)?;
        if done >= all {
            return Ok(());
        }
        silent = if done > last {
            Duration::ZERO
        } else {
            silent + LOOK
        };
        last = done;
        if silent > SILENCE {
            bail!("{done} of {all} calls are over, and nothing happens any more");
        }
        tokio::time::sleep(LOOK).await;
    }
}
