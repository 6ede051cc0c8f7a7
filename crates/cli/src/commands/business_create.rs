use anyhow::{Context as _, anyhow, bail};
use clap::Args;
use domain::messages::Language;
use domain::phone::{Country, PhoneNumber};
use serde_json::json;
use storage::StorageError;
use storage::businesses::{self, NewBusiness};

use crate::context::Context;
use crate::failure::{Ended, at_database};
use crate::output;

#[derive(Debug, Args)]
pub(crate) struct Create {
    /// What it is called
    #[arg(long)]
    name: String,
    /// The language of its board, notes and notifications
    #[arg(long, value_name = "he|en")]
    language: Language,
    /// The number that it calls from; without one no run can start
    #[arg(long, value_name = "NUMBER")]
    caller_number: Option<String>,
    /// The number that customers write to on WhatsApp, where it is another
    #[arg(long, value_name = "NUMBER")]
    whatsapp_number: Option<String>,
    /// The IANA time zone in which its calling windows are read
    #[arg(long, default_value = "Asia/Jerusalem", value_name = "ZONE")]
    time_zone: String,
    /// The country as of which local numbers are read (ISO 3166 alpha-2)
    #[arg(long, default_value = "IL", value_name = "CODE")]
    country: String,
    /// Most outbound calls in the air at once
    #[arg(long, default_value_t = 3, value_name = "N", value_parser = clap::value_parser!(i16).range(1..=998))]
    max_outbound: i16,
    /// Most calls in the air at once, inbound ones included [default: two more than outbound ones]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(i16).range(1..=1000))]
    max_total: Option<i16>,
    /// Answer as JSON
    #[arg(long)]
    json: bool,
}

impl Create {
    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<Ended> {
        let max_total = self.max_total.unwrap_or(self.max_outbound + 2);
        if max_total < self.max_outbound {
            bail!(
                "--max-total {max_total} is less than --max-outbound {}",
                self.max_outbound
            );
        }
        if self.name.trim().is_empty() || self.name.trim().chars().count() > 200 {
            bail!("--name must have 1 to 200 characters");
        }
        self.time_zone.parse::<chrono_tz::Tz>().map_err(|_| {
            anyhow!(
                "--time-zone {:?} is not an IANA time zone, for example Asia/Jerusalem",
                self.time_zone
            )
        })?;
        let country = Country::parse(&self.country).context("--country")?;
        let number = |said: &Option<String>| {
            let said = said.as_deref();
            said.map(|number| PhoneNumber::parse(number, country))
                .transpose()
        };
        let caller_number = number(&self.caller_number).context("--caller-number")?;
        let whatsapp_number = number(&self.whatsapp_number).context("--whatsapp-number")?;
        let now = context.clock.now();
        let (name, language, json) = (self.name.trim().to_owned(), self.language, self.json);
        let (caller, written_to) = (caller_number.clone(), whatsapp_number.clone());
        let id = context
            .transaction(move |tx| {
                let new = NewBusiness {
                    name: self.name.trim(),
                    language: self.language,
                    time_zone: &self.time_zone,
                    country: &self.country,
                    caller_number: caller.as_ref().map(PhoneNumber::as_str),
                    whatsapp_number: written_to.as_ref().map(PhoneNumber::as_str),
                    max_outbound: self.max_outbound,
                    max_total,
                    call_flow: None,
                };
                businesses::create(tx, now, &new).map_err(|error| match error {
                    StorageError::Conflict { constraint } => anyhow!(
                        "another business has this {} already",
                        match constraint.as_str() {
                            "business_settings_caller_number" => "--caller-number",
                            _ => "number for WhatsApp",
                        }
                    ),
                    error => at_database(error),
                })
            })
            .await?;
        if json {
            output::json(&json!({
                "business_id": id, "name": name, "language": language, "caller_number": caller_number.map(String::from),
                "whatsapp_number": whatsapp_number.map(String::from),
            }))?;
        } else {
            output::line(format_args!("business {id}: {name}"))?;
        }
        Ok(Ended::Well)
    }
}
