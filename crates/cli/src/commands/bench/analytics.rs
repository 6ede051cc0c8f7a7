//! How fast the reads behind `GET /api/analytics/…` are over two years of one business, and how fast its days are computed.

use std::time::Instant;

use anyhow::{Context as _, ensure};
use chrono::{DateTime, Days as Count, Utc};
use chrono_tz::Tz;
use clap::Args;
use domain::ids::BusinessId;
use serde_json::json;
use storage::analytics::{self, Days, Haste, Scope};
use storage::bench::{self, Seed, analytics::Past};
use storage::{Db, DbSettings, ServiceRole, StorageError, TenantTx, statuses};

use super::conditions;
use super::peers::{Better, Figure};
use super::report::Report;
use super::scratch::Scratch;
use crate::context::Context;
use crate::failure::{Ended, at_database};

/// Milliseconds in which an answer is at once to whoever asked.
const LIMIT: Option<f64> = Some(200.0);

/// Changes of status, decisions, calls: each has days of its own.
const HISTORIES: u32 = 3;

const FIGURES: [Figure; 6] = [
    figure("status p50 ms"),
    figure("status p99 ms"),
    figure("calls p50 ms"),
    figure("calls p99 ms"),
    figure("runs p50 ms"),
    figure("runs p99 ms"),
];

const fn figure(name: &'static str) -> Figure {
    Figure {
        name,
        better: Better::Lower,
        digits: 1,
        limit: LIMIT,
    }
}

#[derive(Debug, Args)]
pub(crate) struct Analytics {
    /// Leads
    #[arg(long, default_value_t = 1_000_000, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000_000))]
    leads: u32,
    /// Changes of status; half as many decisions and calls come with them
    #[arg(long, default_value_t = 2_000_000, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000_000))]
    changes: u32,
    /// How often each answer is read
    #[arg(long, default_value_t = 100, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    rounds: u32,
    /// Days that are asked for
    #[arg(long, default_value_t = 731, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=731))]
    days: u16,
    /// Answer as JSON
    #[arg(long)]
    json: bool,
}

/// One of the three answers.
type Read = fn(&mut TenantTx<'_>, &Asked) -> Result<(), StorageError>;

const READS: [Read; 3] = [status, calls, runs];

#[derive(Debug, Clone, Copy)]
struct Asked {
    days: Days,
    now: DateTime<Utc>,
    zone: Tz,
}

impl Analytics {
    pub(super) async fn run(self, context: &Context) -> anyhow::Result<Ended> {
        let past = Past {
            leads: self.leads,
            changes: self.changes,
        };
        let nobody = Seed {
            tenants: 0,
            leads: 0,
            lines: 1,
            queued: false,
            history: 0,
        };
        let scratch = Scratch::create(context, &nobody)?;
        let business = bench::analytics::fill(&scratch.url, past).map_err(at_database)?;
        let engine = pool(&scratch, ServiceRole::StatusEngine);
        let (computed, seconds) = rebuild(&engine, business).await?;
        let today = again(&engine, &scratch.url, business).await?;

        let now = context.clock.now();
        let zone = Tz::Asia__Jerusalem;
        let to = now.with_timezone(&zone).date_naive();
        let from = to.checked_sub_days(Count::new(u64::from(self.days) - 1));
        let asked = Asked {
            days: Days {
                from: from.context("before all days")?,
                to,
            },
            now,
            zone,
        };
        let gateway = pool(&scratch, ServiceRole::ApiGateway);
        let mut ours = Vec::new();
        for read in READS {
            let took = measured(&gateway, business, read, asked, self.rounds).await?;
            ours.extend([percentile(&took, 50), percentile(&took, 99)]);
        }
        let told = changes(&gateway, business, asked.days).await?;
        let mut faults = Vec::new();
        if self.days > 700 && told != i64::from(self.changes) {
            faults.push(format!("{told} changes are told of {}", self.changes));
        }
        Report {
            workload: "analytics",
            title: format!(
                "{} leads, {} changes of status, {} decisions and as many calls over two years; {} days asked for",
                self.leads,
                self.changes,
                self.changes.div_ceil(2),
                self.days
            ),
            conditions: conditions(&scratch, 0, "the transaction of the operation, one after the other"),
            figures: &FIGURES,
            ours,
            peers: &[],
            details: vec![
                ("days and months computed", json!(computed)),
                ("seconds for that", json!((seconds * 10.0).round() / 10.0)),
                (
                    "changes, decisions and calls computed per second",
                    json!((f64::from(self.changes) * 2.0 / seconds.max(1e-9)).round()),
                ),
                (
                    "ms to compute today anew in each history",
                    json!((today * 1e3).round()),
                ),
                ("changes told", json!(told)),
            ],
            faults,
        }
        .finish_as("storage", self.json)
    }
}

fn pool(scratch: &Scratch, role: ServiceRole) -> Db {
    Db::new(&DbSettings {
        url: scratch.url.clone(),
        role,
        pool_size: 1,
        reads: 0,
    })
}

/// Computes all days; how many, and in how many seconds.
async fn rebuild(db: &Db, business: BusinessId) -> anyhow::Result<(u32, f64)> {
    let from = Instant::now();
    db.tenant(business, analytics::everything)
        .await
        .map_err(at_database)?;
    let done = analytics::refresh(db, business, Haste::AtOnce, u32::MAX)
        .await
        .map_err(at_database)?;
    Ok((done.days, from.elapsed().as_secs_f64()))
}

/// Computes today again, in each history, as after something of it has changed; in how many seconds.
async fn again(db: &Db, url: &str, business: BusinessId) -> anyhow::Result<f64> {
    bench::analytics::note(url, business).map_err(at_database)?;
    let from = Instant::now();
    let done = analytics::refresh(db, business, Haste::AtOnce, HISTORIES)
        .await
        .map_err(at_database)?;
    let seconds = from.elapsed().as_secs_f64();
    ensure!(done.days == HISTORIES, "{} days were computed", done.days);
    // The months of those days.
    analytics::refresh(db, business, Haste::AtOnce, u32::MAX)
        .await
        .map_err(at_database)?;
    Ok(seconds)
}

/// Milliseconds of each round, in order.
async fn measured(
    db: &Db,
    business: BusinessId,
    read: Read,
    asked: Asked,
    rounds: u32,
) -> anyhow::Result<Vec<f64>> {
    let mut took = Vec::new();
    for _ in 0..rounds {
        let from = Instant::now();
        db.tenant(business, move |tx| {
            analytics::kept(tx)?;
            read(tx, &asked)
        })
        .await
        .map_err(at_database)?;
        took.push(from.elapsed().as_secs_f64() * 1e3);
    }
    took.sort_by(f64::total_cmp);
    Ok(took)
}

fn percentile(sorted: &[f64], percent: usize) -> Option<f64> {
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    sorted.get(rank - 1).copied()
}

/// As the handler of `GET /api/analytics/status` reads.
fn status(tx: &mut TenantTx<'_>, asked: &Asked) -> Result<(), StorageError> {
    let (days, scope) = (asked.days, Scope::All);
    analytics::transitions(tx, days, scope, None)?;
    analytics::decisions(tx, days, scope, None)?;
    analytics::corrections(tx, days, scope, None, asked.now, asked.zone)?;
    analytics::moves_by_day(tx, days, scope, None)?;
    analytics::stays(tx, days, scope, None)?;
    statuses::board(tx)?;
    Ok(())
}

/// As the handler of `GET /api/analytics/calls` reads.
fn calls(tx: &mut TenantTx<'_>, asked: &Asked) -> Result<(), StorageError> {
    let (days, scope) = (asked.days, Scope::All);
    analytics::counts(tx, days, scope, None)?;
    analytics::by_day(tx, days, scope, None)?;
    analytics::by_hour(tx, days, scope, "outbound")?;
    analytics::by_number(tx, days, scope, None)?;
    analytics::by_list(tx, days, scope, None)?;
    analytics::talks(tx, days, scope, None)?;
    analytics::attempts(tx, days, scope)?;
    Ok(())
}

/// As the handler of `GET /api/analytics/runs` reads.
fn runs(tx: &mut TenantTx<'_>, asked: &Asked) -> Result<(), StorageError> {
    let (days, zone) = (asked.days, asked.zone.name());
    analytics::totals(tx, days, zone, None, asked.now)?;
    analytics::runs(tx, days, zone, None, asked.now, None, 51)?;
    Ok(())
}

async fn changes(db: &Db, business: BusinessId, days: Days) -> anyhow::Result<i64> {
    let rows = db
        .tenant(business, move |tx| {
            analytics::transitions(tx, days, Scope::All, None)
        })
        .await
        .map_err(at_database)?;
    let changes = rows.iter().filter(|row| row.source != "created");
    Ok(changes.map(|row| row.changes).sum())
}
