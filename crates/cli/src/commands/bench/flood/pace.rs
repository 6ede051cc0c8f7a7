use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use rand::Rng as _;
use reqwest::{Client, StatusCode};
use serde_json::{Map, Value, json};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

use super::super::board::kinds::Target;
use super::honest;
use super::hostile::{ATTACKS, Attack};

/// What is asked, of whom, and how fast.
pub(super) struct Plan {
    pub(super) gateway: String,
    pub(super) targets: Vec<Target>,
    pub(super) rate: u32,
    pub(super) one_in: u32,
    /// Each with a connection of its own. They are made before anything is due: a client reads the certificates of the system, and
    /// hundreds of them would take as long as thousands of requests.
    pub(super) clients: Vec<Client>,
}

/// What came of it.
#[derive(Default)]
pub(super) struct Seen {
    /// From when a request was due until it was answered whole, shortest first.
    took: Vec<Duration>,
    /// Honest ones by their status.
    honest: BTreeMap<u16, u64>,
    /// Hostile ones by what was tried, and by the status; none is a connection that was closed.
    hostile: BTreeMap<(Attack, Option<u16>), u64>,
    lasted: Duration,
}

/// Sends `plan.rate` requests a second for `lasting`.
///
/// # Errors
/// When a request cannot be sent at all.
pub(super) async fn run(plan: &Arc<Plan>, lasting: Duration) -> anyhow::Result<Seen> {
    let next = Arc::new(AtomicU64::new(0));
    let all = u64::from(plan.rate) * lasting.as_secs();
    let start = Instant::now();
    let mut askers = JoinSet::new();
    for client in &plan.clients {
        askers.spawn(ask(
            Arc::clone(plan),
            client.clone(),
            Arc::clone(&next),
            all,
            start,
        ));
    }
    let mut seen = Seen::default();
    while let Some(asked) = askers.join_next().await {
        seen.add(asked??);
    }
    seen.took.sort_unstable();
    Ok(seen)
}

/// One connection, which takes the next request that is due.
async fn ask(
    plan: Arc<Plan>,
    client: Client,
    next: Arc<AtomicU64>,
    all: u64,
    start: Instant,
) -> anyhow::Result<Seen> {
    let any = || rand::rng().random_range(0..plan.targets.len());
    let mut seen = Seen::default();
    // What an attacker waits for must not keep the others waiting.
    let mut waiting = JoinSet::new();
    loop {
        let turn = next.fetch_add(1, Ordering::Relaxed);
        if turn >= all {
            break;
        }
        let due = start + Duration::from_secs(1).mul_f64(turn as f64 / f64::from(plan.rate));
        sleep_until(due).await;
        let target = any();
        if turn.is_multiple_of(u64::from(plan.one_in)) {
            let attack = ATTACKS[rand::rng().random_range(0..ATTACKS.len())];
            let own = (target + 1) % plan.targets.len();
            let (client, plan) = (client.clone(), Arc::clone(&plan));
            waiting.spawn(async move {
                let (own, target) = (&plan.targets[own], &plan.targets[target]);
                let answered = attack.try_on(&client, &plan.gateway, own, target).await;
                answered.map(|status| (attack, status))
            });
            continue;
        }
        let asking =
            || honest::request(&client, &plan.gateway, &plan.targets[target]).map(|it| it.send());
        let answer = match asking()?.await {
            // A connection that was idle is closed at this very moment, with or without the word for it (RFC 9110, 15.5.9): it is
            // opened again, as browsers do.
            Ok(answer) if answer.status() == StatusCode::REQUEST_TIMEOUT => asking()?.await?,
            Ok(answer) => answer,
            Err(error) if error.is_request() => asking()?.await?,
            Err(error) => return Err(error.into()),
        };
        let status = answer.status().as_u16();
        answer.bytes().await?;
        seen.took.push(due.elapsed());
        *seen.honest.entry(status).or_default() += 1;
    }
    seen.lasted = start.elapsed();
    while let Some(tried) = waiting.join_next().await {
        *seen.hostile.entry(tried??).or_default() += 1;
    }
    Ok(seen)
}

impl Seen {
    fn add(&mut self, other: Self) {
        self.took.extend(other.took);
        for (status, times) in other.honest {
            *self.honest.entry(status).or_default() += times;
        }
        for (tried, times) in other.hostile {
            *self.hostile.entry(tried).or_default() += times;
        }
        self.lasted = self.lasted.max(other.lasted);
    }

    pub(super) fn honest(&self) -> u64 {
        self.honest.values().sum()
    }

    pub(super) fn hostile(&self) -> u64 {
        self.hostile.values().sum()
    }

    pub(super) fn per_second(&self) -> f64 {
        (self.honest() + self.hostile()) as f64 / self.lasted.as_secs_f64()
    }

    /// In milliseconds, for so many of a thousand.
    pub(super) fn honest_ms(&self, of_thousand: usize) -> Option<f64> {
        let place = (self.took.len() * of_thousand).div_ceil(1_000);
        let took = self.took.get(place.saturating_sub(1))?;
        Some((took.as_secs_f64() * 1e4).round() / 10.0)
    }

    /// Answers of 500 and above but 503.
    pub(super) fn broken(&self) -> f64 {
        let hostile = self.hostile.iter();
        let answers = hostile.filter_map(|((_, status), times)| Some(((*status)?, *times)));
        let answers = answers.chain(self.honest.iter().map(|(status, times)| (*status, *times)));
        let broken = answers.filter(|(status, _)| *status >= 500 && *status != 503);
        broken.map(|(_, times)| times).sum::<u64>() as f64
    }

    pub(super) fn statuses(&self, hostile: bool) -> Value {
        let word = |status: Option<u16>| {
            status.map_or_else(|| "closed".to_owned(), |status| status.to_string())
        };
        let counted: Map<String, Value> = if hostile {
            let tried = self.hostile.iter();
            tried
                .map(|((attack, status), times)| {
                    (
                        format!("{}: {}", attack.name(), word(*status)),
                        json!(times),
                    )
                })
                .collect()
        } else {
            let asked = self.honest.iter();
            asked
                .map(|(status, times)| (word(Some(*status)), json!(times)))
                .collect()
        };
        Value::Object(counted)
    }

    /// Answers that must not be.
    pub(super) fn faults(&self) -> Vec<String> {
        let honest = self.honest.iter();
        let honest = honest
            .filter(|(status, _)| **status != 503 && !honest::is_answer(**status))
            .map(|(status, times)| format!("{times} honest requests were answered {status}"));
        let hostile = self.hostile.iter();
        let hostile = hostile
            .filter(|((attack, status), _)| !attack.may_be_answered(*status))
            .map(|((attack, status), times)| {
                let answer = status.map_or_else(|| "with nothing".to_owned(), |it| it.to_string());
                format!("{times} times {} was answered {answer}", attack.name())
            });
        honest.chain(hostile).collect()
    }
}
