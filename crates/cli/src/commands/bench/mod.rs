//! `callboard bench`: the dialer's engine on the workloads that others were measured with, on a fresh database of the
//! server of `DATABASE_URL`, with a timer in the place of the carrier; or the whole system, with the simulated carrier; the board
//! of the gateway; and the classifier, on nothing but a core. The events that it writes can be judged by anyone.

mod analysis;
mod analytics;
mod board;
mod classify;
mod cpu;
mod engine;
mod fleet;
mod flood;
mod live;
mod memory;
mod peers;
mod report;
mod scratch;
mod system;
mod timer;
mod w1;
mod w2;
mod w3;
mod w4;
mod workload;

use std::path::PathBuf;

use anyhow::{Context as _, bail};
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use storage::bench::Outcome;

use crate::context::Context;
use crate::failure::Ended;
use analysis::Event;
use cpu::Cpu;
use scratch::Scratch;

#[derive(Debug, Subcommand)]
pub(crate) enum Bench {
    /// Slot refill: a run of each business, three lines each; how long a line lies idle
    #[command(name = "W1")]
    W1(w1::SlotRefill),
    /// Enqueue: one run of many leads
    #[command(name = "W2")]
    W2(w2::Enqueue),
    /// Drain: jobs without a duration, a limit that never binds
    #[command(name = "W3")]
    W3(w3::Drain),
    /// Idle cost: every line is busy for an hour; what that costs
    #[command(name = "W4")]
    W4(w4::Idle),
    /// The most calls per second of the whole system, and the cost of one (needs a broker: AMQP_URL)
    #[command(name = "throughput")]
    Throughput(system::WholeSystem),
    /// Summaries understood per second on one core (needs no database)
    #[command(name = "classify")]
    Classify(classify::Classify),
    /// Boards with very many leads: pages, searches, counts and timelines over HTTP (needs a broker: AMQP_URL)
    #[command(name = "board")]
    Board(board::Boards),
    /// How fast analytics answer over a long history, and how fast it is computed
    #[command(name = "analytics")]
    Analytics(analytics::Analytics),
    /// Live events: what so many streams cost in memory, and how soon each hears of a change (needs a broker: AMQP_URL)
    #[command(name = "live")]
    Live(live::Live),
    /// The API under many requests a second of which some are hostile, and what that costs in memory (needs a broker: AMQP_URL)
    #[command(name = "flood")]
    Flood(flood::Flood),
    #[command(name = "part", hide = true)]
    Part(fleet::Part),
}

/// What every workload takes.
#[derive(Debug, Clone, Args)]
struct Common {
    /// Finished jobs and calls that lie in the tables beforehand
    #[arg(long, default_value_t = 1000, value_name = "N", value_parser = clap::value_parser!(u32).range(..=10_000_000))]
    history: u32,
    /// Answer as JSON
    #[arg(long)]
    json: bool,
}

/// What those take that dial until all is dialled.
#[derive(Debug, Clone, Args)]
struct Dialling {
    /// Engine processes on the one database
    #[arg(long, default_value_t = 1, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=64))]
    processes: u8,
    /// Transactions at once, of each process
    #[arg(long, default_value_t = 2, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=64))]
    lanes: u8,
    /// Write the events: tenant, job, start and end in nanoseconds of the machine's monotonic clock
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

impl Bench {
    /// Runs a workload to its end, or to Ctrl-C; the database is dropped either way.
    pub(crate) async fn run(
        self,
        context: impl FnOnce() -> anyhow::Result<Context>,
    ) -> anyhow::Result<Ended> {
        let work = async {
            match self {
                Self::W1(refill) => refill.run(&context()?).await,
                Self::W2(enqueue) => enqueue.run(&context()?).await,
                Self::W3(drain) => drain.run(&context()?).await,
                Self::W4(idle) => idle.run(&context()?).await,
                Self::Throughput(whole) => {
                    whole.run(&context()?, system::Measure::Throughput).await
                }
                Self::Classify(classify) => classify.run(),
                Self::Board(boards) => boards.run(&context()?).await,
                Self::Analytics(analytics) => analytics.run(&context()?).await,
                Self::Live(live) => live.run(&context()?).await,
                Self::Flood(flood) => flood.run(&context()?).await,
                Self::Part(part) => part.run(&context()?).await,
            }
        };
        tokio::select! {
            ended = work => ended,
            pressed = tokio::signal::ctrl_c() => {
                pressed?;
                bail!("interrupted");
            }
        }
    }
}

/// Whatever else the figures depend on.
fn conditions(scratch: &Scratch, history: u32, how: &str) -> String {
    let server = &scratch.server;
    format!(
        "engine mode: the call is a timer in the process; {how}; PostgreSQL {} with fsync {}, synchronous_commit {}; \
         {history} finished jobs beforehand",
        server.version, server.fsync, server.synchronous_commit
    )
}

/// How many engines, and how.
fn engines(dialling: &Dialling) -> String {
    let Dialling {
        processes, lanes, ..
    } = dialling;
    match processes {
        1 => format!("1 process of {lanes} lanes"),
        _ => format!("{processes} processes of {lanes} lanes"),
    }
}

/// What was burnt, in seconds of CPU.
fn cpu_details(cpu: Cpu) -> [(&'static str, Value); 3] {
    let hundredths = |seconds: f64| json!((seconds * 100.0).round() / 100.0);
    [
        ("CPU s, engine", hundredths(cpu.ours)),
        (
            "CPU s, PostgreSQL",
            cpu.postgres.map_or_else(
                || json!("not measurable: PostgreSQL is on another machine"),
                hundredths,
            ),
        ),
        (
            "CPU cores burnt by others meanwhile",
            hundredths(cpu.foreign_cores()),
        ),
    ]
}

/// What the database says that must not be. Without a `limit` any number may have been in the air at once.
fn faults_of(outcome: Outcome, jobs: i64, limit: Option<i64>) -> Vec<String> {
    let Outcome {
        completed,
        calls,
        held,
        most,
    } = outcome;
    let mut faults = Vec::new();
    if completed != jobs {
        faults.push(format!(
            "the database has {completed} completed jobs of {jobs}"
        ));
    }
    if calls != jobs {
        faults.push(format!("the database has {calls} calls of {jobs} jobs"));
    }
    if held != 0 {
        faults.push(format!("{held} lines are held after the last call"));
    }
    if let Some(limit) = limit.filter(|limit| most > *limit) {
        faults.push(format!(
            "by the history in the database, {most} calls of a business were in the air at once, its limit is {limit}"
        ));
    }
    faults
}

/// Writes the events, in the order of their starts.
fn write_events(out: Option<&PathBuf>, events: &[Event]) -> anyhow::Result<()> {
    let Some(out) = out else { return Ok(()) };
    let mut events = events.to_vec();
    events.sort_by_key(|event| event.start_ns);
    let mut text = String::from("tenant,job,start_ns,end_ns\n");
    for event in &events {
        text += &fleet::line_of(event);
        text.push('\n');
    }
    std::fs::write(out, text).with_context(|| format!("{} cannot be written", out.display()))
}
