use anyhow::anyhow;
use clap::Args;
use domain::gates;
use domain::ids::{BusinessId, LeadId, RunId};
use domain::messages::Language;
use storage::StorageError;

use crate::context::{self, Context};
use crate::failure::{Ended, at_database};
use crate::output;

#[derive(Debug, Args)]
pub(crate) struct Why {
    /// The business's id
    #[arg(long, value_name = "ID")]
    business: BusinessId,
    /// The lead's id
    #[arg(long, value_name = "ID")]
    lead: LeadId,
    /// As the lead of this run; otherwise of the run that would dial it next
    #[arg(long, value_name = "ID")]
    run: Option<RunId>,
    /// The public host of the services
    #[arg(long, env = "PUBLIC_HOST", default_value = "", value_name = "HOST")]
    public_host: String,
    /// The environment of the services: in production nobody is called without a public host
    #[arg(
        long,
        env = "CALLBOARD_ENV",
        default_value = "development",
        value_name = "NAME"
    )]
    environment: String,
    /// The language of what the gates say
    #[arg(long, value_name = "he|en", default_value_t = Language::English)]
    language: Language,
    /// Answer as JSON
    #[arg(long)]
    json: bool,
}

impl Why {
    /// Shows every gate in order. An answer is success, whatever it says.
    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<Ended> {
        let Self {
            business,
            lead,
            run,
            public_host,
            environment,
            language,
            json,
        } = self;
        let now = context.clock.now();
        let mut facts = context
            .transaction(move |tx| {
                context::business(tx, business)?;
                storage::gates::facts(tx, business, lead, run, now).map_err(|error| match error {
                    StorageError::NotFound => anyhow!("business {business} has no lead {lead}"),
                    error => at_database(error),
                })
            })
            .await?;
        facts.has_public_host = Some(environment != "production" || !public_host.trim().is_empty());
        let judgement = gates::judge(&facts, now, language);
        if json {
            output::json(&judgement)?;
        } else {
            for verdict in &judgement.gates {
                let mark = if verdict.passed { "passed" } else { "STOPS" };
                let opens = verdict.opens(language, now, facts.time_zone);
                let opens = opens.map_or_else(String::new, |opens| format!(" ({opens})"));
                output::line(format_args!(
                    "{mark:<8}{:<17}{}{opens}",
                    verdict.gate.code(),
                    verdict.detail
                ))?;
            }
            let first = judgement.gates.iter().find(|verdict| !verdict.passed);
            match first {
                Some(verdict) => output::line(format_args!(
                    "lead {lead} is not dialled now: {}",
                    verdict.detail
                ))?,
                None => output::line(format_args!("lead {lead} can be dialled: nothing stops it"))?,
            }
        }
        Ok(Ended::Well)
    }
}
