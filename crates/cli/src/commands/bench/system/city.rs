//! The processes of the whole system, on one database and one broker, with the simulated carrier.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use serde_json::Value;
use tokio::process::{Child, Command};
use tokio::time::Instant;

use super::super::cpu;

/// How long a process may take until it is ready.
const PATIENCE: Duration = Duration::from_secs(30);

/// Between looks.
const LOOK: Duration = Duration::from_millis(50);

pub(super) const ACCOUNT: &str = "AC00000000000000000000000000000001";
const TOKEN: &str = "simulated-auth-token";

/// What the simulated carrier takes from the create to the first ring.
pub(super) const SET_UP_SECONDS: f64 = 1.0;

/// What the processes are started with.
pub(super) struct Plan<'a> {
    pub(super) database_url: &'a str,
    pub(super) amqp_url: &'a str,
    /// Dialer processes.
    pub(super) dialers: u8,
    /// Lanes of each.
    pub(super) lanes: u8,
    /// From the create of a call to its end.
    pub(super) call_seconds: f64,
}

/// Running processes; dropped, they are killed.
pub(super) struct City {
    processes: Vec<Running>,
    sim: String,
    scripts: PathBuf,
}

struct Running {
    name: &'static str,
    child: Child,
}

impl City {
    /// Starts the carrier, the gateway and the dialers, and waits until all are ready.
    ///
    /// # Errors
    /// When a binary is missing or a process does not get ready.
    pub(super) async fn start(plan: &Plan<'_>) -> anyhow::Result<Self> {
        let here = std::env::current_exe()?;
        let bin = here.parent().context("this program lies nowhere")?;
        let scripts =
            std::env::temp_dir().join(format!("callboard-bench-{}.json", std::process::id()));
        let script = serde_json::json!([{
            "number": "", "outcome": "answered", "ring_seconds": 0.0,
            "talk_seconds": plan.call_seconds - SET_UP_SECONDS, "transcript": []
        }]);
        std::fs::write(&scripts, script.to_string())?;
        let [sim, gateway, gateway_probes] = [free_port()?, free_port()?, free_port()?];
        let sim_url = format!("http://127.0.0.1:{sim}");
        let gateway_url = format!("http://127.0.0.1:{gateway}");
        let mut city = Self {
            processes: Vec::new(),
            sim: sim_url.clone(),
            scripts: scripts.clone(),
        };
        let carrier = command(bin, "carrier-sim")?
            .args(["--bind", &format!("127.0.0.1:{sim}")])
            .arg("--scripts")
            .arg(&scripts)
            .envs([
                ("TWILIO_ACCOUNT_SID", ACCOUNT),
                ("TWILIO_AUTH_TOKEN", TOKEN),
            ])
            .spawn()?;
        city.add("carrier-sim", carrier);
        ready(&format!("{sim_url}/livez")).await?;
        let service = |name: &'static str, probes: u16| -> anyhow::Result<Command> {
            let mut service = command(bin, name)?;
            service.envs([
                ("DATABASE_URL", plan.database_url),
                ("AMQP_URL", plan.amqp_url),
                ("PUBLIC_HOST", &gateway_url),
                ("TWILIO_ACCOUNT_SID", ACCOUNT),
                ("TWILIO_AUTH_TOKEN", TOKEN),
                ("TWILIO_API_BASE", &sim_url),
                ("CALLBOARD__PROBES__BIND", &format!("127.0.0.1:{probes}")),
            ]);
            Ok(service)
        };
        let child = service("api-gateway", gateway_probes)?
            .env("CALLBOARD__HTTP__BIND", format!("127.0.0.1:{gateway}"))
            // Simulated calls are not recorded here, so nothing is ever read from it.
            .env(
                "MEDIA_URL",
                format!("file://{}", std::env::temp_dir().display()),
            )
            .spawn()?;
        city.add("api-gateway", child);
        ready(&format!("http://127.0.0.1:{gateway_probes}/readyz")).await?;
        for _ in 0..plan.dialers {
            let probes = free_port()?;
            let child = service("dialer", probes)?
                .env("CALLBOARD__DIALER__CALLS_PER_SECOND", "0")
                .env("CALLBOARD__DIALER__LANES", plan.lanes.to_string())
                .spawn()?;
            city.add("dialer", child);
            ready(&format!("http://127.0.0.1:{probes}/readyz")).await?;
        }
        Ok(city)
    }

    fn add(&mut self, name: &'static str, child: Child) {
        self.processes.push(Running { name, child });
    }

    /// CPU seconds so far, by the name of the process.
    pub(super) fn cpu(&self) -> Vec<(&'static str, f64)> {
        let mut seconds: Vec<(&'static str, f64)> = Vec::new();
        for process in &self.processes {
            let own = process.child.id().and_then(cpu::of_process).unwrap_or(0.0);
            match seconds.iter_mut().find(|(name, _)| *name == process.name) {
                Some((_, sum)) => *sum += own,
                None => seconds.push((process.name, own)),
            }
        }
        seconds
    }

    /// What the carrier saw.
    ///
    /// # Errors
    /// When it does not answer.
    pub(super) async fn report(&self) -> anyhow::Result<Value> {
        let client = chassis::http::client(Duration::from_secs(60))?;
        let report = client
            .get(format!("{}/sim/report", self.sim))
            .send()
            .await?;
        Ok(report.json().await?)
    }

    /// Ends the services as an operator would, and then the carrier.
    pub(super) async fn stop(mut self) {
        for process in self.processes.iter_mut().rev() {
            let _ = process.child.start_kill();
            let _ = process.child.wait().await;
        }
        let _ = std::fs::remove_file(&self.scripts);
    }

    /// # Errors
    /// When a process has ended by itself.
    pub(super) fn check(&mut self) -> anyhow::Result<()> {
        for process in &mut self.processes {
            if let Some(status) = process.child.try_wait()? {
                bail!("{} ended by itself: {status}", process.name);
            }
        }
        Ok(())
    }
}

pub(super) fn command(bin: &Path, name: &str) -> anyhow::Result<Command> {
    let program = bin.join(name);
    ensure!(
        program.is_file(),
        "{name} is not built; `cargo build --release` builds it beside this program"
    );
    let mut command = Command::new(program);
    command
        .env_clear()
        .env("CALLBOARD__LOG__FILTER", "warn")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::inherit())
        .kill_on_drop(true);
    Ok(command)
}

/// A port that was free a moment ago.
pub(super) fn free_port() -> anyhow::Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

pub(super) async fn ready(url: &str) -> anyhow::Result<()> {
    let client = chassis::http::client(Duration::from_secs(2))?;
    let until = Instant::now() + PATIENCE;
    loop {
        if let Ok(answer) = client.get(url).send().await
            && answer.status().is_success()
        {
            return Ok(());
        }
        ensure!(Instant::now() < until, "{url} is not ready after 30 s");
        tokio::time::sleep(LOOK).await;
    }
}
