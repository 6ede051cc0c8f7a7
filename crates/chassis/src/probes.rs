//! `/livez`, `/readyz` and `/metrics`, on a port of their own.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use actix_web::{App, HttpResponse, HttpServer, web};
use anyhow::Context as _;
use futures::future::{BoxFuture, join_all};
use serde_json::{Map, Value, json};
use tokio::runtime::Handle;
use tracing::warn;

use crate::lifecycle::Lifecycle;
use crate::{backoff, telemetry};

/// Longest wait for one check.
const CHECK_TIMEOUT: Duration = Duration::from_secs(2);

/// How often the memory of histograms is tidied.
const UPKEEP: Duration = Duration::from_secs(5);

/// Whether something that this process needs can be reached now.
pub type Check = Arc<dyn Fn() -> BoxFuture<'static, anyhow::Result<()>> + Send + Sync>;

/// A [`Check`] from an async closure.
pub fn check<F, Fut>(check: F) -> Check
where
    F: Fn() -> Fut + Send + Sync + 'static,
    Fut: Future<Output = anyhow::Result<()>> + Send + 'static,
{
    Arc::new(move || Box::pin(check()))
}

/// What every service needs before work may be sent to it: a database that answers `ping`, and a broker to which every consumer
/// `is_attached`.
pub fn readiness<P, Fut, A>(ping: P, is_attached: A) -> Vec<(&'static str, Check)>
where
    P: Fn() -> Fut + Send + Sync + 'static,
    Fut: Future<Output = anyhow::Result<()>> + Send + 'static,
    A: Fn() -> bool + Send + Sync + 'static,
{
    let broker = check(move || {
        let attached = is_attached();
        async move { attached.then_some(()).context("not connected") }
    });
    vec![("database", check(ping)), ("broker", broker)]
}

/// The probes of a process.
#[derive(Clone)]
pub struct Probes {
    lifecycle: Lifecycle,
    checks: Arc<[(&'static str, Check)]>,
    runtime: Handle,
}

impl Probes {
    /// Serves the probes at `addr` (port 0: any free one) until `lifecycle` has drained; answers where.
    ///
    /// - `/livez`: 200 while the process turns.
    /// - `/readyz`: 200 when every check passes within two seconds and no stop is announced, else 503; the body says
    ///   what failed: `{"ready": false, "stopping": false, "checks": {"database": "the database cannot be reached"}}`.
    /// - `/metrics`: Prometheus text.
    ///
    /// # Errors
    /// When the address cannot be bound.
    pub fn bind(
        addr: SocketAddr,
        lifecycle: Lifecycle,
        checks: Vec<(&'static str, Check)>,
    ) -> anyhow::Result<SocketAddr> {
        let probes = Self {
            lifecycle: lifecycle.clone(),
            checks: checks.into(),
            runtime: Handle::current(),
        };
        let server = HttpServer::new(move || {
            App::new()
                .app_data(web::Data::new(probes.clone()))
                .route("/livez", web::get().to(livez))
                .route("/readyz", web::get().to(readyz))
                .route("/metrics", web::get().to(scrape))
        })
        .workers(1)
        .disable_signals()
        .shutdown_timeout(1)
        .bind(addr)
        .with_context(|| format!("the probes cannot listen on {addr}"))?;
        // From here on things are counted, whether or not anybody has looked yet.
        telemetry::upkeep();
        let bound = *server.addrs().first().context("no address was bound")?;
        let server = server.run();
        let (handle, ended) = (server.handle(), lifecycle.ended_token());
        spawn_untracked(async move {
            tokio::select! {
                outcome = server => {
                    if let Err(error) = outcome {
                        warn!(%error, "the probes' server ended");
                    }
                }
                () = async { ended.cancelled().await; handle.stop(true).await } => {}
            }
        });
        let shutdown = lifecycle.shutdown_token();
        lifecycle.spawn("metrics upkeep", async move {
            while shutdown
                .run_until_cancelled(tokio::time::sleep(backoff::jittered(UPKEEP)))
                .await
                .is_some()
            {
                telemetry::upkeep();
            }
        });
        Ok(bound)
    }

    /// The checks that fail now, by name.
    async fn failing(&self) -> Map<String, Value> {
        let running = self.checks.iter().map(|(name, check)| {
            let task = spawn_on(&self.runtime, check());
            async move {
                let failure = match tokio::time::timeout(CHECK_TIMEOUT, task).await {
                    Ok(Ok(Ok(()))) => return None,
                    Ok(Ok(Err(error))) => format!("{error:#}"),
                    Ok(Err(_)) => "the check panicked".to_owned(),
                    Err(_) => format!("no answer within {} s", CHECK_TIMEOUT.as_secs()),
                };
                Some(((*name).to_owned(), Value::String(failure)))
            }
        });
        join_all(running).await.into_iter().flatten().collect()
    }
}

async fn livez() -> HttpResponse {
    HttpResponse::Ok().json(json!({"live": true}))
}

async fn readyz(probes: web::Data<Probes>) -> HttpResponse {
    let failing = probes.failing().await;
    let stopping = probes.lifecycle.is_stopping();
    if failing.is_empty() && !stopping {
        return HttpResponse::Ok().json(json!({"ready": true}));
    }
    HttpResponse::ServiceUnavailable()
        .json(json!({"ready": false, "stopping": stopping, "checks": failing}))
}

async fn scrape() -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/plain; version=0.0.4; charset=utf-8")
        .body(telemetry::metrics_text())
}

#[expect(
    clippy::disallowed_methods,
    reason = "the probes outlive the tracked tasks: they answer until the drain is over"
)]
fn spawn_untracked(future: impl Future<Output = ()> + Send + 'static) {
    tokio::spawn(future);
}

/// Checks run on the process's runtime and not on the probe server's thread, and are dropped with their task.
fn spawn_on(
    runtime: &Handle,
    check: BoxFuture<'static, anyhow::Result<()>>,
) -> tokio::task::JoinHandle<anyhow::Result<()>> {
    runtime.spawn(async move {
        tokio::time::timeout(CHECK_TIMEOUT, check)
            .await
            .unwrap_or_else(|_| anyhow::bail!("no answer within {} s", CHECK_TIMEOUT.as_secs()))
    })
}
