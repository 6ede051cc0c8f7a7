use clap::Args;
use storage::migrations;

use crate::context::Context;
use crate::failure::{Ended, at_database};
use crate::output;

#[derive(Debug, Args)]
pub(crate) struct Migrate {
    /// Tell what is pending and change nothing; exit status 1 when something is
    #[arg(long)]
    check: bool,
}

impl Migrate {
    pub(crate) fn run(&self, context: &Context) -> anyhow::Result<Ended> {
        if self.check {
            let pending = migrations::pending(&context.url).map_err(at_database)?;
            for name in &pending {
                output::line(format_args!("pending  {name}"))?;
            }
            if pending.is_empty() {
                output::line("all migrations are applied")?;
            }
            return Ok(Ended::well_if(pending.is_empty()));
        }
        let names = migrations::pending(&context.url).map_err(at_database)?;
        let applied = migrations::apply(&context.url).map_err(at_database)?;
        for version in &applied {
            let name = names
                .iter()
                .find(|name| version_of(name) == *version)
                .unwrap_or(version);
            output::line(format_args!("applied  {name}"))?;
        }
        if applied.is_empty() {
            output::line("all migrations were applied already")?;
        }
        Ok(Ended::Well)
    }
}

/// `20261121000001` of `2026-11-21-000001_roles`.
fn version_of(name: &str) -> String {
    let version = name.split('_').next().unwrap_or(name);
    version.replace('-', "")
}
