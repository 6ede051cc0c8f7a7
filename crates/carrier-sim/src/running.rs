//! Starting and stopping.

use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::ServerHandle;
use actix_web::{App, HttpServer, web};
use tokio::task::JoinHandle;

use crate::clock::SimClock;
use crate::config::{ConfigError, SimConfig};
use crate::control::{self, Idle, InboundCall, WhatsappMessage};
use crate::faults::Faults;
use crate::report::Report;
use crate::scripts::Script;
use crate::state::Sim;
use crate::{rest, speech};

/// The carrier gives every request to a webhook so long (Twilio, "Connection overrides").
const WEBHOOK_TIMEOUT: Duration = Duration::from_secs(15);
/// The largest upload: an hour of telephone audio.
const MAX_BODY_BYTES: usize = 64 * 1024 * 1024;

/// Why a simulator did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The set-up cannot work.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The address is taken or not ours.
    #[error("cannot listen on {address}: {source}")]
    Bind {
        /// Where it should have listened.
        address: std::net::SocketAddr,
        /// What the machine said.
        source: std::io::Error,
    },
    /// No client for the webhooks could be made.
    #[error("cannot make an HTTP client for webhooks: {0}")]
    Http(String),
}

/// Starts simulators.
pub struct Simulator;

impl Simulator {
    /// Starts a simulator on the current runtime.
    ///
    /// # Errors
    /// When the set-up cannot work or the address is taken.
    pub async fn start(config: SimConfig) -> Result<RunningSim, StartError> {
        config.check()?;
        let bind = |source| StartError::Bind {
            address: config.bind,
            source,
        };
        let listener = TcpListener::bind(config.bind).map_err(bind)?;
        let address = listener.local_addr().map_err(bind)?;
        let http = chassis::http::client(WEBHOOK_TIMEOUT)
            .map_err(|error| StartError::Http(format!("{error:#}")))?;
        let now = chassis::clock::Clock::system().now();
        let clock = if config.stepped {
            SimClock::stepped(now)
        } else {
            SimClock::scaled(now, config.time_scale)
        };
        let sim = Sim::new(config.clone(), clock, http);
        let shared = web::Data::from(Arc::clone(&sim));
        let server = HttpServer::new(move || {
            App::new()
                .app_data(shared.clone())
                .app_data(web::PayloadConfig::new(MAX_BODY_BYTES))
                .app_data(control::json_config())
                .configure(rest::routes)
                .configure(speech::routes)
                .configure(control::routes)
                .default_service(web::to(rest::not_found))
        })
        .tcp_nodelay(true)
        .workers(1)
        .shutdown_timeout(1)
        .disable_signals()
        .listen(listener)
        .map_err(bind)?
        .run();
        let handle = server.handle();
        let runner = sim.tasks.spawn(server);
        Ok(RunningSim {
            sim,
            base_url: format!("http://{address}"),
            handle,
            runner,
        })
    }
}

/// A simulator at work. Dropping it leaves it running until the runtime ends; use [`RunningSim::stop`].
pub struct RunningSim {
    sim: Arc<Sim>,
    base_url: String,
    handle: ServerHandle,
    runner: JoinHandle<std::io::Result<()>>,
}

impl RunningSim {
    /// Scheme, host and port: what a client takes for the carrier's address.
    #[must_use]
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// The account.
    #[must_use]
    pub fn account_sid(&self) -> &str {
        &self.sim.config.account_sid
    }

    /// What the carrier saw until now.
    #[expect(clippy::unused_async, reason = "the same shape as asking over HTTP")]
    pub async fn report(&self) -> Report {
        self.sim.state().ledger.report()
    }

    /// Whether anything is still to happen by itself.
    #[must_use]
    pub fn idle(&self) -> Idle {
        control::idle_of(&self.sim)
    }

    /// Replaces the scripts of the numbers that occur.
    ///
    /// # Errors
    /// Naming the first script that cannot be played; nothing is changed then.
    pub fn script(&self, scripts: &[Script]) -> Result<(), ConfigError> {
        scripts.iter().try_for_each(|script| script.check(true))?;
        self.sim.state().scripts.replace(scripts);
        Ok(())
    }

    /// The switches as they stand.
    #[must_use]
    pub fn faults(&self) -> Faults {
        self.sim.state().faults.clone()
    }

    /// Sets all switches.
    ///
    /// # Errors
    /// Naming the first fault that cannot happen; nothing is changed then.
    pub fn set_faults(&self, faults: Faults) -> Result<(), ConfigError> {
        faults.check()?;
        self.sim.state().faults = faults;
        Ok(())
    }

    /// Somebody calls in. Returns the call's id.
    ///
    /// # Errors
    /// Saying what is missing or wrong.
    pub fn inbound(&self, call: &InboundCall) -> Result<String, String> {
        control::start_inbound(&self.sim, call, &self.base_url)
    }

    /// Somebody writes on WhatsApp. Returns the message's id.
    ///
    /// # Errors
    /// Saying what is missing or wrong.
    pub fn whatsapp(&self, message: &WhatsappMessage) -> Result<String, String> {
        control::deliver_whatsapp(&self.sim, message)
    }

    /// Moves a stepped clock; false when time runs by itself.
    #[must_use]
    pub fn step(&self, seconds: f64) -> bool {
        self.sim.clock.step(seconds)
    }

    /// Forgets calls, recordings and the report; scripts and faults are those of the start again.
    pub fn reset(&self) {
        self.sim.reset();
    }

    /// Ends everything. Calls in the air vanish without a word, as when a carrier's data centre goes dark.
    pub async fn stop(self) {
        self.sim.stopped.cancel();
        self.sim.tasks.close();
        self.handle.stop(false).await;
        if let Ok(Err(error)) = self.runner.await {
            tracing::warn!(%error, "The simulator's server ended with an error");
        }
        self.sim.tasks.wait().await;
    }
}
