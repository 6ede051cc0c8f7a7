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
        let applied = migrations::apply(&context.url).map_err(at_database)?;
        for name in &applied {
            output::line(format_args!("applied  {name}"))?;
        }
        if applied.is_empty() {
            output::line("all migrations were applied already")?;
        }
        Ok(Ended::Well)
    }
}
