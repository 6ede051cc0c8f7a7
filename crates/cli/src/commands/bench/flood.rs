//! The API as a bad day finds it: so many requests a second, whether or not the ones before are answered, and some of them
//! meant to do harm. What is asked: that nothing breaks (no 5xx but 503, which says that there is too much), that honest people
//! are answered in time, and that no service's memory grows with it.

mod honest;
mod hostile;
mod pace;

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use clap::Args;
use serde_json::{Value, json};
use storage::bench;

use super::board::{self, kinds::Target};
use super::cpu;
use super::memory::{self, Resident};
use super::peers::{Better, Figure};
use super::report::Report;
use super::scratch::Scratch;
use super::system::{Broker, BrokerOptions, Gateway, Service};
use crate::context::Context;
use crate::failure::{Ended, at_database};
use pace::{Plan, Seen};

/// The services that hear of what the requests change.
const OTHERS: [&str; 3] = ["dialer", "recording-processor", "status-engine"];
/// Longest wait for an answer.
const PATIENCE: Duration = Duration::from_secs(60);
/// Open files of a process beside its connections.
const OTHER_FILES: u32 = 512;
/// Before anything is measured: caches are warm where people work.
const WARM_UP: Duration = Duration::from_secs(5);
/// What was filled in is computed within.
const COMPUTED_WITHIN: Duration = Duration::from_secs(300);
/// Between looks.
const LOOK: Duration = Duration::from_millis(500);

#[derive(Debug, Args)]
pub(crate) struct Flood {
    /// Requests a second; the last are answered after they are due, so it takes some more to serve as many as are asked for
    #[arg(long, default_value_t = 2_020, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    rate: u32,
    /// For how long
    #[arg(long, default_value_t = 300, value_name = "S", value_parser = clap::value_parser!(u32).range(1..=86_400))]
    seconds: u32,
    /// Of so many requests one is hostile
    #[arg(long, default_value_t = 100, value_name = "N", value_parser = clap::value_parser!(u32).range(2..=1_000_000))]
    one_in: u32,
    /// Clients, each with a connection of its own
    #[arg(long, default_value_t = 256, value_name = "C", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    connections: u32,
    /// Leads, in all
    #[arg(long, default_value_t = 200_000, value_name = "N", value_parser = clap::value_parser!(u32).range(1_000..=50_000_000))]
    leads: u32,
    /// Businesses that share them
    #[arg(long, default_value_t = 20, value_name = "B", value_parser = clap::value_parser!(u32).range(2..=10_000))]
    businesses: u32,
    #[command(flatten)]
    broker: BrokerOptions,
    /// Answer as JSON
    #[arg(long)]
    json: bool,
}

const FIGURES: [Figure; 3] = [
    Figure {
        name: "requests/s",
        better: Better::Higher,
        digits: 0,
        limit: Some(2_000.0),
    },
    Figure {
        name: "honest p99 ms",
        better: Better::Lower,
        digits: 1,
        limit: Some(250.0),
    },
    Figure {
        name: "5xx but 503",
        better: Better::Lower,
        digits: 0,
        limit: Some(0.0),
    },
];

impl Flood {
    pub(super) async fn run(self, context: &Context) -> anyhow::Result<Ended> {
        memory::may_open(self.connections * 2 + OTHER_FILES)?;
        self.broker.demand()?;
        let scratch = Scratch::empty(context)?;
        let targets = board::fill(context, &scratch, self.businesses, self.leads).await?;
        let broker = self.broker.open().await?;
        let measured = self.measure(&scratch, &broker, targets).await;
        broker.close().await;
        let (seen, held) = measured?;
        self.report(&scratch, &seen, &held)
    }

    async fn measure(
        &self,
        scratch: &Scratch,
        broker: &Broker,
        mut targets: Vec<Target>,
    ) -> anyhow::Result<(Seen, Vec<Held>)> {
        let gateway = Gateway::start(&scratch.url, broker.url()).await?;
        let mut others = Vec::new();
        for name in OTHERS {
            others.push(Service::start(name, &scratch.url, broker.url(), &[]).await?);
        }
        let client = chassis::http::client(PATIENCE)?;
        for target in &mut targets {
            target.look_deep(&client, gateway.address()).await?;
        }
        let clients = (0..self.connections).map(|_| chassis::http::client(PATIENCE));
        let plan = Arc::new(Plan {
            gateway: gateway.address().to_owned(),
            targets,
            rate: self.rate,
            one_in: self.one_in,
            clients: clients.collect::<Result<_, _>>()?,
        });
        computed(&scratch.url).await?;
        pace::run(&plan, WARM_UP).await?;
        let running = |others: &[Service]| -> anyhow::Result<Vec<Now>> {
            let gateway = gateway.process().context("the gateway has ended")?;
            let mut all = vec![Now::of("api-gateway", gateway)?];
            for other in others {
                let process = other.process().context("a service has ended")?;
                all.push(Now::of(other.name(), process)?);
            }
            Ok(all)
        };
        let before = running(&others)?;
        let seen = pace::run(&plan, Duration::from_secs(self.seconds.into())).await?;
        let after = running(&others)?;
        gateway.stop().await;
        for other in others {
            other.stop().await;
        }
        let held = before.into_iter().zip(after);
        let held = held.map(|(before, after)| Held { before, after });
        Ok((seen, held.collect()))
    }

    fn report(&self, scratch: &Scratch, seen: &Seen, held: &[Held]) -> anyhow::Result<Ended> {
        let mut details: Vec<(&'static str, Value)> = vec![
            ("honest p50 ms", json!(seen.honest_ms(500))),
            ("honest p99.9 ms", json!(seen.honest_ms(999))),
            ("honest requests", json!(seen.honest())),
            ("hostile requests", json!(seen.hostile())),
            ("answers to honest ones", seen.statuses(false)),
            ("answers to hostile ones", seen.statuses(true)),
        ];
        details.extend(held.iter().map(|held| (held.after.name, held.told())));
        Report {
            workload: "flood",
            title: format!(
                "{} requests a second for {} s over {} connections, one in {} hostile; {} leads of {} businesses",
                self.rate, self.seconds, self.connections, self.one_in, self.leads, self.businesses
            ),
            conditions: format!(
                "a request's time begins when it is due, whether or not a connection is free; the four services, clients, RabbitMQ \
                 and PostgreSQL {} (fsync {}) on this machine",
                scratch.server.version, scratch.server.fsync
            ),
            figures: &FIGURES,
            ours: vec![
                Some(seen.per_second()),
                seen.honest_ms(990),
                Some(seen.broken()),
            ],
            peers: &[],
            details,
            faults: seen.faults(),
        }
        .finish_as("system", self.json)
    }
}

/// Waits until analytics of what the database was filled with are computed: a business that is open for a year has that behind
/// it.
async fn computed(url: &str) -> anyhow::Result<()> {
    let from = Instant::now();
    while bench::analytics_due(url).map_err(at_database)? > 0 {
        ensure!(
            from.elapsed() < COMPUTED_WITHIN,
            "analytics of the filled database are not computed"
        );
        tokio::time::sleep(LOOK).await;
    }
    Ok(())
}

/// A service at a moment.
struct Now {
    name: &'static str,
    memory: Resident,
    /// CPU seconds since it began.
    burnt: f64,
}

impl Now {
    fn of(name: &'static str, process: u32) -> anyhow::Result<Self> {
        Ok(Self {
            name,
            memory: Resident::of(process)?,
            burnt: cpu::of_process(process).unwrap_or_default(),
        })
    }
}

/// A service before and after.
struct Held {
    before: Now,
    after: Now,
}

impl Held {
    fn told(&self) -> Value {
        let whole = |value: f64| json!(value.round());
        json!({
            "MiB before": whole(self.before.memory.now), "MiB after": whole(self.after.memory.now),
            "MiB at most": whole(self.after.memory.most), "CPU s": whole(self.after.burnt - self.before.burnt),
        })
    }
}
