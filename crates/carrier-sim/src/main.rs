//! A Twilio-compatible carrier with faults, as a program.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use carrier_sim::{Script, SimConfig, Simulator};
use clap::Parser;

/// A Twilio-compatible carrier for demos and tests: it places no real calls.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// Where to listen; port 0 takes a free one.
    #[arg(long, env = "CARRIER_SIM_BIND", default_value = "127.0.0.1:8090")]
    bind: SocketAddr,
    /// The one account that it knows.
    #[arg(
        long,
        env = "TWILIO_ACCOUNT_SID",
        default_value = "AC00000000000000000000000000000001"
    )]
    account_sid: String,
    /// The account's token; from the environment, so that it is not seen in the list of processes.
    #[arg(
        long,
        env = "TWILIO_AUTH_TOKEN",
        default_value = "simulated-auth-token",
        hide_env_values = true
    )]
    auth_token: String,
    /// Simulated seconds per second.
    #[arg(
        long,
        env = "CARRIER_SIM_TIME_SCALE",
        default_value_t = 1.0,
        allow_negative_numbers = true
    )]
    time_scale: f64,
    /// Let time stand until POST /sim/step.
    #[arg(long)]
    stepped: bool,
    /// Seed of the faults.
    #[arg(long, env = "CARRIER_SIM_SEED", default_value_t = 1)]
    seed: u64,
    /// JSON file with a list of scripts; one without a number is the default.
    #[arg(long, env = "CARRIER_SIM_SCRIPTS")]
    scripts: Option<PathBuf>,
    /// Where inbound calls ask for TwiML.
    #[arg(long, env = "CARRIER_SIM_VOICE_URL")]
    voice_url: Option<String>,
    /// Where the end of inbound calls is reported.
    #[arg(long, env = "CARRIER_SIM_STATUS_CALLBACK")]
    inbound_status_callback: Option<String>,
    /// Where WhatsApp messages are reported.
    #[arg(long, env = "CARRIER_SIM_WHATSAPP_URL")]
    whatsapp_url: Option<String>,
}

impl Arguments {
    fn config(self) -> anyhow::Result<SimConfig> {
        let scripts: Vec<Script> = match &self.scripts {
            None => Vec::new(),
            Some(path) => {
                let text = std::fs::read_to_string(path)
                    .with_context(|| format!("cannot read {}", path.display()))?;
                serde_json::from_str(&text)
                    .with_context(|| format!("{} is not a list of scripts", path.display()))?
            }
        };
        let (default, scripts): (Vec<_>, Vec<_>) = scripts
            .into_iter()
            .partition(|script| script.number.is_empty());
        Ok(SimConfig {
            bind: self.bind,
            account_sid: self.account_sid,
            auth_token: self.auth_token.into(),
            time_scale: self.time_scale,
            stepped: self.stepped,
            seed: self.seed,
            default_script: default.into_iter().next_back().unwrap_or_default(),
            scripts,
            voice_url: self.voice_url,
            inbound_status_callback: self.inbound_status_callback,
            whatsapp_url: self.whatsapp_url,
            ..SimConfig::default()
        })
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // One line for the person at the terminal; a backtrace would hide it.
            tracing::error!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> anyhow::Result<()> {
    chassis::telemetry::init("carrier-sim", chassis::settings::Environment::Development)?;
    let sim = Simulator::start(arguments.config()?).await?;
    tracing::info!("The simulated carrier listens on {}", sim.base_url());
    chassis::lifecycle::until_signal().await?;
    sim.stop().await;
    Ok(())
}
