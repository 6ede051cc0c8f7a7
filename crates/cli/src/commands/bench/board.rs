//! The board of a business with very many leads, as people see it: pages, searches, counts and timelines over HTTP, by many
//! at once.

pub(super) mod kinds;
mod load;

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use clap::Args;
use indicatif::ProgressBar;
use reqwest::{Client, Method};
use serde_json::{Value, json};
use storage::api_keys;
use storage::bench::board::{self, Board, leads_of_list};
use storage::users::Role;
use storage::{Db, DbSettings, ServiceRole, StorageError};

use super::peers::{Better, Figure};
use super::report::Report;
use super::scratch::Scratch;
use super::system::{Broker, BrokerOptions, Gateway};
use crate::context::Context;
use crate::failure::{Ended, at_database};
use crate::progress;
use kinds::{LOOKS, SEARCHES, Target};
use load::Load;

/// The longest that a page may take, for 99 of a hundred.
const LIMIT_MS: f64 = 50.0;
/// The longest that a run of 100,000 leads may take to be queued.
const ENQUEUE_LIMIT_SECONDS: f64 = 2.0;
/// Longest wait for an answer.
const PATIENCE: Duration = Duration::from_secs(60);

#[derive(Debug, Args)]
pub(crate) struct Boards {
    /// Leads, in all
    #[arg(long, default_value_t = 1_000_000, value_name = "N", value_parser = clap::value_parser!(u32).range(1_000..=50_000_000))]
    leads: u32,
    /// Businesses that share them
    #[arg(long, default_value_t = 1, value_name = "B", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    businesses: u32,
    /// Connections at once
    #[arg(long, default_value_t = 32, value_name = "C", value_parser = clap::value_parser!(u16).range(1..=1_000))]
    connections: u16,
    /// Requests of each kind that are measured
    #[arg(long, default_value_t = 2_000, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    requests: u32,
    #[command(flatten)]
    broker: BrokerOptions,
    /// Answer as JSON
    #[arg(long)]
    json: bool,
}

impl Boards {
    pub(super) async fn run(self, context: &Context) -> anyhow::Result<Ended> {
        self.broker.demand()?;
        let scratch = Scratch::empty(context)?;
        let filling = Instant::now();
        let targets = fill(context, &scratch, self.businesses, self.leads).await?;
        let filled_seconds = filling.elapsed().as_secs();
        let broker = self.broker.open().await?;
        let measured = self.measure(&scratch, &broker, targets).await;
        broker.close().await;
        self.report(&scratch, measured?, filled_seconds)
    }

    async fn measure(
        &self,
        scratch: &Scratch,
        broker: &Broker,
        mut targets: Vec<Target>,
    ) -> anyhow::Result<Measured> {
        let gateway = Gateway::start(&scratch.url, broker.url()).await?;
        let client = chassis::http::client(PATIENCE)?;
        for target in &mut targets {
            target.look_deep(&client, gateway.address()).await?;
        }
        let first = targets.first().context("no business")?.clone();
        let targets = Arc::new(targets);
        let loaded = |kinds| {
            let (address, requests) = (gateway.address(), u64::from(self.requests));
            Load::run(address, &targets, kinds, self.connections, requests)
        };
        let looks = loaded(LOOKS).await?;
        let searches = loaded(SEARCHES).await?;
        let enqueued = enqueue(scratch, &client, &gateway, &first).await?;
        gateway.stop().await;
        Ok(Measured {
            looks,
            searches,
            enqueued,
        })
    }

    fn report(
        &self,
        scratch: &Scratch,
        measured: Measured,
        filled_seconds: u64,
    ) -> anyhow::Result<Ended> {
        let Measured {
            looks,
            searches,
            enqueued,
        } = measured;
        let figure = |name, digits, limit| Figure {
            name,
            better: Better::Lower,
            digits,
            limit,
        };
        let mut figures = Vec::new();
        let mut ours = Vec::new();
        for (load, limit) in [(&looks, Some(LIMIT_MS)), (&searches, None)] {
            for (kind, p99) in load.p99() {
                figures.push(figure(kind.name(), 1, limit));
                ours.push(p99);
            }
        }
        let mut details: Vec<(&'static str, Value)> = vec![
            (
                "the figures are",
                json!("p99 in ms; seconds for what is queued"),
            ),
            ("p50 in ms", looks.medians()),
            ("requests/s", json!(looks.per_second().round())),
            ("p50 of searches in ms", searches.medians()),
            ("searches/s", json!(searches.per_second().round())),
            ("s to fill the database", json!(filled_seconds)),
        ];
        for run in enqueued {
            // A run of fewer has no limit to be compared with.
            let limit = (run.queued >= 100_000).then_some(ENQUEUE_LIMIT_SECONDS);
            figures.push(figure(run.name, 2, limit));
            ours.push(Some(run.seconds));
            details.push((run.name, json!({ "queued": run.queued })));
        }
        let server = &scratch.server;
        Report {
            workload: "board",
            title: format!(
                "{} leads of {} businesses, {} connections at once; looks are mixed, and so are searches",
                self.leads, self.businesses, self.connections
            ),
            conditions: format!(
                "over HTTP, one gateway process on the same machine; PostgreSQL {} with fsync {}, synchronous_commit {}",
                server.version, server.fsync, server.synchronous_commit
            ),
            figures: &figures,
            ours,
            peers: &[],
            details,
            faults: [looks.faults(), searches.faults()].concat(),
        }
        .finish_as("gateway", self.json)
    }
}

/// Fills the database with `leads` of `businesses`; answers their boards, each with a key.
pub(super) async fn fill(
    context: &Context,
    scratch: &Scratch,
    businesses: u32,
    leads: u32,
) -> anyhow::Result<Vec<Target>> {
    let bar: ProgressBar = progress::bar(u64::from(leads), "filling {human_pos} leads");
    let url = scratch.url.clone();
    let shown = bar.clone();
    let boards = tokio::task::spawn_blocking(move || {
        board::fill(&url, businesses, leads, |done| shown.set_position(done))
    });
    let boards = boards.await?.map_err(at_database)?;
    bar.finish_and_clear();
    let db = Db::new(&DbSettings {
        url: scratch.url.clone(),
        role: ServiceRole::Operator,
        pool_size: 1,
        reads: 0,
    });
    let now = context.clock.now();
    let targets: Result<Vec<Target>, StorageError> = db
        .system(move |tx| {
            let keyed = |board: Board| {
                let minted = api_keys::mint(&rand::random());
                api_keys::create(
                    tx,
                    board.business,
                    now,
                    "bench",
                    Role::Admin,
                    &[api_keys::Scope::Full],
                    &minted,
                )?;
                Ok(Target::new(board, minted.key))
            };
            boards.into_iter().map(keyed).collect()
        })
        .await;
    targets.map_err(at_database)
}

struct Measured {
    looks: Load,
    searches: Load,
    enqueued: Vec<Enqueued>,
}

/// A run that was queued.
struct Enqueued {
    name: &'static str,
    queued: i64,
    seconds: f64,
}

/// A tenth of a business's leads each: named one by one, by their list, and by a filter.
async fn enqueue(
    scratch: &Scratch,
    client: &Client,
    gateway: &Gateway,
    target: &Target,
) -> anyhow::Result<Vec<Enqueued>> {
    let [one, two, three, ..] = target.board.lists[..] else {
        anyhow::bail!("the business has too few lists");
    };
    let ids = leads_of_list(&scratch.url, one).map_err(at_database)?;
    let mut enqueued = Vec::new();
    for (name, body) in [
        ("queued by ids", json!({ "lead_ids": ids })),
        ("by list", json!({ "list_id": two })),
        ("by filter", json!({ "filter": { "list_id": three } })),
    ] {
        let from = Instant::now();
        let url = format!("{}/api/outbound/bulk-enqueue", gateway.address()).parse()?;
        let asking = target.request(client, Method::POST, url).json(&body);
        let answer = asking.send().await?;
        let status = answer.status();
        let said: Value = answer.json().await?;
        let seconds = from.elapsed().as_secs_f64();
        let queued = said["queued"].as_i64();
        let queued = queued.with_context(|| format!("{name}: {status} {said}"))?;
        enqueued.push(Enqueued {
            name,
            queued,
            seconds,
        });
    }
    Ok(enqueued)
}
