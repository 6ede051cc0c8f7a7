//! Live events: so many streams on one gateway, each of which is to hear of every change soon. The gateway is a process of its
//! own, the changes go the whole way: a person's request, the outbox, the broker, one read of the state, every stream.

mod listeners;

use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use clap::Args;
use domain::ids::BusinessId;
use rand::Rng as _;
use reqwest::{Client, RequestBuilder};
use serde_json::json;
use storage::api_keys::{self, Scope};
use storage::bench::{self, Seed};
use storage::users::Role;

use super::cpu;
use super::memory::{self, Resident};
use super::peers::{Better, Figure};
use super::report::Report;
use super::scratch::Scratch;
use super::system::{Broker, BrokerOptions, Gateway};
use crate::context::Context;
use crate::failure::{Ended, at_database};
use listeners::Listeners;

/// The business that is listened to.
const BUSINESS: BusinessId = BusinessId(1);
/// Columns between which the lead goes back and forth.
const COLUMNS: [&str; 2] = ["interested", "follow_up"];
/// A change that has not reached everybody by then is lost.
const PATIENCE: Duration = Duration::from_secs(30);
/// Open files of a process beside its streams.
const OTHER_FILES: u32 = 256;

const fn figure(name: &'static str, digits: usize, limit: f64) -> Figure {
    Figure {
        name,
        better: Better::Lower,
        digits,
        limit: Some(limit),
    }
}

const FIGURES: [Figure; 4] = [
    figure("MiB above idle", 1, 200.0),
    figure("p50 ms", 1, 1_000.0),
    figure("p99 ms", 1, 1_000.0),
    figure("max ms", 1, 1_000.0),
];

#[derive(Debug, Args)]
pub(crate) struct Live {
    /// Streams that are held at once
    #[arg(long, default_value_t = 5_000, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=50_000))]
    connections: u32,
    /// Changes, one after the other
    #[arg(long, default_value_t = 20, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    changes: u32,
    #[command(flatten)]
    broker: BrokerOptions,
    /// Answer as JSON
    #[arg(long)]
    json: bool,
}

/// What came of it.
struct Measured {
    idle: Resident,
    held: Resident,
    /// From the request to each stream, in milliseconds, shortest first.
    delivered_ms: Vec<f64>,
    lost: usize,
    /// CPU seconds that the gateway burnt on all changes.
    burnt: f64,
}

impl Live {
    pub(super) async fn run(self, context: &Context) -> anyhow::Result<Ended> {
        memory::may_open(self.connections + OTHER_FILES)?;
        self.broker.demand()?;
        let scratch = Scratch::create(
            context,
            &Seed {
                tenants: 1,
                leads: 1,
                lines: 1,
                queued: false,
                history: 0,
            },
        )?;
        let broker = self.broker.open().await?;
        let measured = self.measure(&scratch, &broker).await;
        broker.close().await;
        self.report(&scratch, measured?)
    }

    async fn measure(&self, scratch: &Scratch, broker: &Broker) -> anyhow::Result<Measured> {
        let key = make_key(scratch).await?;
        let (_, leads) = bench::first_business(&scratch.url).map_err(at_database)?;
        let lead = leads.first().context("the business has no lead")?;
        let running = Gateway::start(&scratch.url, broker.url()).await?;
        let gateway = running.process().context("the gateway has ended")?;
        let person = Person {
            client: chassis::http::client(PATIENCE)?,
            lead: format!("{}/api/leads/{lead}", running.address()),
            key: key.clone(),
        };
        person.adds(running.address()).await?;
        // Whatever is set up by the first request belongs to an idle gateway.
        person.moves(COLUMNS[1]).await?;
        let idle = Resident::of(gateway)?;
        let mut listeners = Listeners::open(running.address(), &key, self.connections).await?;
        let burnt = || cpu::of_process(gateway).unwrap_or_default();
        let burnt_before = burnt();
        let (mut delivered_ms, mut lost) = (Vec::new(), 0);
        for change in 0..self.changes as usize {
            let from = Instant::now();
            person.moves(COLUMNS[change % COLUMNS.len()]).await?;
            let heard = listeners.hear(PATIENCE).await;
            lost += self.connections as usize - heard.len();
            delivered_ms.extend(
                heard
                    .into_iter()
                    .map(|at| at.duration_since(from).as_secs_f64() * 1e3),
            );
        }
        let held = Resident::of(gateway)?;
        let burnt = burnt() - burnt_before;
        running.stop().await;
        delivered_ms.sort_by(f64::total_cmp);
        Ok(Measured {
            idle,
            held,
            delivered_ms,
            lost,
            burnt,
        })
    }

    fn report(&self, scratch: &Scratch, measured: Measured) -> anyhow::Result<Ended> {
        let Measured {
            idle,
            held,
            delivered_ms,
            lost,
            burnt,
        } = measured;
        let rank = |share: usize| {
            delivered_ms
                .get((delivered_ms.len() * share / 1_000).min(delivered_ms.len().saturating_sub(1)))
        };
        let mut faults = Vec::new();
        if lost > 0 {
            faults.push(format!(
                "{lost} deliveries did not come within {} s",
                PATIENCE.as_secs()
            ));
        }
        let tenths = |value: f64| json!((value * 10.0).round() / 10.0);
        Report {
            workload: "live",
            title: format!(
                "{} streams of one business on one gateway, {} changes",
                self.connections, self.changes
            ),
            conditions: format!(
                "a change is a person's PATCH of a lead's status, and delivered when the stream's client has read the lead as it is \
                 now; clients, gateway, RabbitMQ and PostgreSQL {} on this machine",
                scratch.server.version
            ),
            figures: &FIGURES,
            ours: vec![
                Some((held.now - idle.now).max(0.0)),
                rank(500).copied(),
                rank(990).copied(),
                rank(1_000).copied(),
            ],
            peers: &[],
            details: vec![
                ("gateway RSS idle MiB", tenths(idle.now)),
                ("gateway RSS with the streams MiB", tenths(held.now)),
                ("gateway RSS at most MiB", tenths(held.most)),
                (
                    "KiB per stream",
                    tenths((held.now - idle.now) * 1_024.0 / f64::from(self.connections)),
                ),
                ("deliveries", json!(delivered_ms.len())),
                (
                    "gateway CPU ms per change",
                    tenths(burnt * 1e3 / f64::from(self.changes)),
                ),
            ],
            faults,
        }
        .finish_as("system", self.json)
    }
}

/// Who moves the lead.
struct Person {
    client: Client,
    lead: String,
    key: String,
}

impl Person {
    /// Adds the columns to the board.
    async fn adds(&self, gateway: &str) -> anyhow::Result<()> {
        for column in COLUMNS {
            let request = self.client.post(format!("{gateway}/api/lead-statuses"));
            let column = json!({ "name": column, "label": column });
            sent(request.bearer_auth(&self.key).json(&column)).await?;
        }
        Ok(())
    }

    async fn moves(&self, column: &str) -> anyhow::Result<()> {
        let request = self.client.patch(&self.lead).bearer_auth(&self.key);
        sent(request.json(&json!({ "status": column }))).await
    }
}

async fn sent(request: RequestBuilder) -> anyhow::Result<()> {
    let status = request.send().await?.status();
    ensure!(status.is_success(), "the gateway answered {status}");
    Ok(())
}

/// An API key of the business.
async fn make_key(scratch: &Scratch) -> anyhow::Result<String> {
    let context = Context::new(Some(scratch.url.clone()))?;
    let minted = api_keys::mint(&rand::rng().random());
    let (key, now) = (minted.key.clone(), context.clock.now());
    context
        .transaction(move |tx| {
            api_keys::create(
                tx,
                BUSINESS,
                now,
                "bench",
                Role::Admin,
                &[Scope::Full],
                &minted,
            )
            .map_err(at_database)
        })
        .await?;
    Ok(key)
}
