use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use rand::Rng as _;
use reqwest::Method;
use serde_json::{Map, Value, json};
use tokio::task::JoinSet;

use super::PATIENCE;
use super::kinds::{Kind, Target};

/// Of each kind, before anything is measured: caches are warm where people work.
const WARM_UP: u64 = 40;

/// What came of many requests at once.
pub(super) struct Load {
    kinds: &'static [Kind],
    took: BTreeMap<Kind, Vec<Duration>>,
    refused: BTreeMap<String, u64>,
    lasted: Duration,
}

impl Load {
    /// Asks for each of the kinds `requests` times, mixed, over so many connections that each waits for its answer.
    pub(super) async fn run(
        gateway: &str,
        targets: &Arc<Vec<Target>>,
        kinds: &'static [Kind],
        connections: u16,
        requests: u64,
    ) -> anyhow::Result<Self> {
        Self::round(gateway, targets, kinds, connections, WARM_UP).await?;
        Self::round(gateway, targets, kinds, connections, requests).await
    }

    async fn round(
        gateway: &str,
        targets: &Arc<Vec<Target>>,
        kinds: &'static [Kind],
        connections: u16,
        requests: u64,
    ) -> anyhow::Result<Self> {
        let next = Arc::new(AtomicU64::new(0));
        let all = requests * kinds.len() as u64;
        let from = Instant::now();
        let mut askers = JoinSet::new();
        for _ in 0..connections {
            askers.spawn(ask(
                gateway.to_owned(),
                Arc::clone(targets),
                kinds,
                Arc::clone(&next),
                all,
            ));
        }
        let mut load = Self {
            kinds,
            took: BTreeMap::new(),
            refused: BTreeMap::new(),
            lasted: Duration::ZERO,
        };
        while let Some(asked) = askers.join_next().await {
            for (kind, took, refusal) in asked?? {
                load.took.entry(kind).or_default().push(took);
                if let Some(refusal) = refusal {
                    *load.refused.entry(refusal).or_default() += 1;
                }
            }
        }
        load.lasted = from.elapsed();
        for took in load.took.values_mut() {
            took.sort_unstable();
        }
        Ok(load)
    }

    /// In milliseconds.
    fn percentile(&self, kind: Kind, percent: usize) -> Option<f64> {
        let took = self.took.get(&kind)?;
        let place = (took.len() * percent).div_ceil(100).saturating_sub(1);
        Some(took.get(place)?.as_secs_f64() * 1e3)
    }

    pub(super) fn medians(&self) -> Value {
        let medians = self.kinds.iter().filter_map(|kind| {
            let median = self.percentile(*kind, 50)?;
            Some((
                kind.name().to_owned(),
                json!((median * 10.0).round() / 10.0),
            ))
        });
        Value::Object(medians.collect::<Map<_, _>>())
    }

    pub(super) fn per_second(&self) -> f64 {
        let asked: usize = self.took.values().map(Vec::len).sum();
        f64::from(u32::try_from(asked).unwrap_or(u32::MAX)) / self.lasted.as_secs_f64()
    }

    /// In milliseconds, for 99 of a hundred of each kind.
    pub(super) fn p99(&self) -> impl Iterator<Item = (Kind, Option<f64>)> {
        let kinds = self.kinds.iter();
        kinds.map(|kind| (*kind, self.percentile(*kind, 99)))
    }

    /// What was not answered with 200.
    pub(super) fn faults(&self) -> Vec<String> {
        let refused = self.refused.iter();
        refused
            .map(|(refusal, times)| format!("{times} times {refusal}"))
            .collect()
    }
}

/// One connection. Each request is for a business that it happens on, and of the next kind in turn.
async fn ask(
    gateway: String,
    targets: Arc<Vec<Target>>,
    kinds: &'static [Kind],
    next: Arc<AtomicU64>,
    all: u64,
) -> anyhow::Result<Vec<(Kind, Duration, Option<String>)>> {
    let client = chassis::http::client(PATIENCE)?;
    let mut asked = Vec::new();
    loop {
        let turn = next.fetch_add(1, Ordering::Relaxed);
        if turn >= all {
            return Ok(asked);
        }
        let kind = kinds[usize::try_from(turn)? % kinds.len()];
        let target = &targets[rand::rng().random_range(0..targets.len())];
        let url = target.url(&gateway, kind)?;
        let from = Instant::now();
        let asking = || target.request(&client, Method::GET, url.clone()).send();
        let answer = match asking().await {
            Ok(answer) => answer,
            // An idle connection that was closed at this very moment is opened again, as browsers do.
            Err(error) if error.is_request() => asking().await?,
            Err(error) => return Err(error.into()),
        };
        let status = answer.status();
        let body = answer.bytes().await?;
        let took = from.elapsed();
        let refusal = (status != 200).then(|| {
            let said = String::from_utf8_lossy(&body).into_owned();
            format!("{}: {status} {said}", kind.name())
        });
        asked.push((kind, took, refusal));
    }
}
