//! A database of the benchmark's own.

use anyhow::Context as _;
use rand::Rng as _;
use storage::bench::{self, Seed, Server};
use storage::migrations;
use url::Url;

use super::cpu::Processes;
use crate::context::Context;
use crate::failure::at_database;

/// Dropped at the end.
pub(super) struct Scratch {
    server_url: String,
    name: String,
    /// Of the database.
    pub(super) url: String,
    pub(super) server: Server,
}

impl Scratch {
    /// Creates it on the server of `DATABASE_URL`, with every migration applied, and fills it.
    ///
    /// # Errors
    /// When the server cannot be reached, or its login may not create databases.
    pub(super) fn create(context: &Context, seed: &Seed) -> anyhow::Result<Self> {
        let scratch = Self::empty(context)?;
        bench::seed(&scratch.url, seed).map_err(at_database)?;
        Ok(scratch)
    }

    /// Creates it on the server of `DATABASE_URL`, with every migration applied.
    ///
    /// # Errors
    /// When the server cannot be reached, or its login may not create databases.
    pub(super) fn empty(context: &Context) -> anyhow::Result<Self> {
        let server = bench::server(&context.url).map_err(at_database)?;
        let name = format!(
            "callboard_bench_{}_{:08x}",
            std::process::id(),
            rand::rng().random::<u32>()
        );
        let mut url = Url::parse(&context.url).context("DATABASE_URL")?;
        url.set_path(&name);
        let scratch = Self {
            server_url: context.url.clone(),
            name,
            url: url.to_string(),
            server,
        };
        bench::create_database(&scratch.server_url, &scratch.name).map_err(at_database)?;
        migrations::apply(&scratch.url).map_err(at_database)?;
        Ok(scratch)
    }

    /// Whose CPU time counts. The connection by which they are found is this one's own.
    pub(super) fn processes(&self) -> anyhow::Result<Processes> {
        let held = bench::Held::open(&self.url).map_err(at_database)?;
        Ok(Processes::of(held.backend()))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if let Err(error) = bench::drop_database(&self.server_url, &self.name) {
            crate::output::note(format_args!(
                "the database {} is left over: {error}",
                self.name
            ));
        }
    }
}
