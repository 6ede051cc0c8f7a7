//! The command line.

use std::path::PathBuf;
use std::str::FromStr;

use anyhow::Context as _;
use clap::{Args, Parser, Subcommand};
use url::Url;

use crate::commands;

/// Callboard: calls leads, listens, and keeps the board.
#[derive(Debug, Parser)]
#[command(name = "callboard", version, about, max_term_width = 100)]
pub(crate) struct Callboard {
    #[command(subcommand)]
    pub(crate) command: Command,
    /// The database, as postgres://USER:PASSWORD@HOST:5432/DATABASE
    #[arg(
        long,
        global = true,
        env = "DATABASE_URL",
        hide_env_values = true,
        value_name = "URL"
    )]
    pub(crate) database_url: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Apply the migrations; safe to run twice and from several places at once
    Migrate(commands::migrate::Migrate),
    /// Businesses
    #[command(subcommand)]
    Business(Business),
    /// People who sign in
    #[command(subcommand)]
    User(User),
    /// Keys of programs
    #[command(subcommand)]
    ApiKey(ApiKey),
    /// Leads
    #[command(subcommand)]
    Leads(Leads),
    /// Calling runs
    #[command(subcommand)]
    Run(Run),
    /// Ended calls
    #[command(subcommand)]
    Calls(Calls),
    /// Events between the services
    #[command(subcommand)]
    Events(Events),
    /// Read models of analytics
    #[command(subcommand)]
    Analytics(Analytics),
    /// Why a lead is not dialled: every gate in order, with what it says now
    Why(commands::why::Why),
    /// What other rules would make of stored conversations: which leads would stand elsewhere; changes nothing
    Replay(commands::replay::Replay),
    /// Verify an installation: what must be true, whether it is, and what was looked at
    Verify(Box<commands::verify::Verify>),
    /// Classify texts: JSON lines `{id, text, statuses?}` on stdin, no database
    Classify(commands::classify::Classify),
    /// Map recommendations to a business's own statuses: JSON lines `{id, kind, statuses, recommendation}`, no database
    MapLabel,
    /// Map groups to a business's own statuses: JSON lines `{id, statuses, group}`, no database
    MapGroup,
    /// Summarise transcripts: JSON lines `{id, transcript, direction, duration_sec, language?}` on stdin, no database
    Summarise(commands::summarise::Summarise),
    /// Write the documents that are made from the code: event schemas and AsyncAPI
    Docs(commands::docs::Docs),
    /// Make a key pair for web push: the private half goes into VAPID_PRIVATE_KEY, no database
    VapidKey(commands::vapid_key::Make),
    /// Measure the dialer on a fresh database of the server of DATABASE_URL, and compare it with others
    #[command(subcommand)]
    Bench(commands::bench::Bench),
}

#[derive(Debug, Subcommand)]
pub(crate) enum Business {
    /// Create a business with its settings, lines and board
    Create(commands::business_create::Create),
}

#[derive(Debug, Subcommand)]
pub(crate) enum User {
    /// Create a user; a generated password is shown once
    Create(commands::user_create::Create),
}

#[derive(Debug, Subcommand)]
pub(crate) enum ApiKey {
    /// Create a key; it is shown once
    Create(commands::api_key_create::Create),
}

#[derive(Debug, Subcommand)]
pub(crate) enum Leads {
    /// Import leads from a CSV file
    Import(commands::leads_import::Import),
    /// Export leads as CSV
    Export(commands::leads_export::Export),
}

#[derive(Debug, Subcommand)]
pub(crate) enum Calls {
    /// Open the work on an ended call again: transcript, summary and suggested status are made anew
    Reprocess(commands::calls_reprocess::Reprocess),
}

#[derive(Debug, Subcommand)]
pub(crate) enum Events {
    /// Publish again what was published, after a queue was lost; what had its effect has none a second time
    Republish(commands::events_republish::Republish),
}

#[derive(Debug, Subcommand)]
pub(crate) enum Analytics {
    /// Compute every day of a business anew from its history; safe while everything runs
    Rebuild(commands::analytics_rebuild::Rebuild),
}

#[derive(Debug, Subcommand)]
pub(crate) enum Run {
    /// Start calling leads
    Start(commands::run_start::Start),
    /// Watch a run until it ends; exit status 0 when it completes, 1 when it fails or is cancelled
    Watch(commands::run_watch::Watch),
    /// No further call starts until the run is resumed; calls in the air go on
    Pause(Which),
    /// Go on after a pause
    Resume(Which),
    /// No further call starts, ever; queued jobs are cancelled
    Cancel(commands::run_wish::Cancel),
}

/// A run.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct Which {
    /// The business's id
    #[arg(long, value_name = "ID")]
    pub(crate) business: domain::ids::BusinessId,
    /// The run's id
    #[arg(long, value_name = "ID")]
    pub(crate) run: domain::ids::RunId,
    /// Answer as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// Where documents are.
pub(crate) fn proto_docs() -> PathBuf {
    PathBuf::from("proto-docs")
}

/// A URL from the environment or the command line; an empty variable counts as not set, as in the services' settings.
#[derive(Debug, Clone)]
pub(crate) struct MaybeUrl(Option<Url>);

impl MaybeUrl {
    pub(crate) fn given(argument: Option<Self>) -> Option<Url> {
        argument.and_then(|MaybeUrl(url)| url)
    }
}

impl FromStr for MaybeUrl {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> anyhow::Result<Self> {
        if text.is_empty() {
            return Ok(Self(None));
        }
        let url: Url = text
            .parse()
            .context("it looks like http://127.0.0.1:9080")?;
        anyhow::ensure!(
            matches!(url.scheme(), "http" | "https"),
            "it starts with http:// or https://"
        );
        Ok(Self(Some(url)))
    }
}
