use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow, bail};
use chrono::{DateTime, Utc};
use clap::Args;
use domain::decision::what_if::{Example, RuleChanges, WhatIf};
use domain::ids::BusinessId;
use storage::replay::{self, Question, ReplayError};

use crate::context::{self, Context};
use crate::failure::{Ended, at_database};
use crate::lexicon::LexiconArgument;
use crate::{output, progress};

#[derive(Debug, Args)]
pub(crate) struct Replay {
    /// The business's id
    #[arg(long, value_name = "ID")]
    business: BusinessId,
    /// What differs from today's rules, as TOML (JSON in a file called *.json): any of confidence_threshold, automation,
    /// quiet_hours, transition_rules, status_words, protected. Without it: today's rules and lexicon
    #[arg(long, value_name = "FILE")]
    rules: Option<PathBuf>,
    #[command(flatten)]
    lexicon: LexiconArgument,
    /// Decide again only on what was decided from this moment on; what was decided before stands
    #[arg(long, value_name = "RFC3339")]
    since: Option<DateTime<Utc>>,
    /// Answer as JSON
    #[arg(long)]
    json: bool,
}

impl Replay {
    /// Tells what would differ. An answer is success, whatever it says.
    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<Ended> {
        let business = self.business;
        let changes = match &self.rules {
            Some(path) => read(path).with_context(|| path.display().to_string())?,
            None => RuleChanges::default(),
        };
        context
            .transaction(move |tx| context::business(tx, business))
            .await?;
        let bar = progress::bar(0, "{wide_bar} {human_pos} of {human_len} leads");
        let question = Question {
            changes,
            lexicon: self.lexicon.read()?,
            since: self.since,
            most_leads: None,
        };
        let found = replay::what_if(context.db(), business, question, |counted, of| {
            bar.set_length(of);
            bar.set_position(counted);
        })
        .await;
        bar.finish_and_clear();
        let found = found.map_err(|error| match error {
            ReplayError::Storage(error) => at_database(error),
            ReplayError::Rules(wrong) => {
                let wrong: Vec<String> = wrong.iter().map(ToString::to_string).collect();
                anyhow!("{}", wrong.join("; "))
            }
        })?;
        if self.json {
            output::json(&found)?;
        } else {
            show(&found)?;
        }
        Ok(Ended::Well)
    }
}

fn read(path: &Path) -> anyhow::Result<RuleChanges> {
    let text = fs::read_to_string(path).context("cannot be read")?;
    if path
        .extension()
        .is_some_and(|extension| extension == "json")
    {
        return Ok(serde_json::from_str(&text)?);
    }
    match toml::from_str(&text) {
        Ok(changes) => Ok(changes),
        // Its full text is a drawing of several lines.
        Err(error) => bail!("{}", error.message()),
    }
}

fn show(found: &WhatIf) -> anyhow::Result<()> {
    output::line(format_args!(
        "{} leads with {} conversations; {} would stand elsewhere",
        found.leads, found.conversations, found.elsewhere
    ))?;
    let moves = found.by_status.iter().map(|kind| {
        [
            status(kind.from.as_deref()).to_owned(),
            status(kind.to.as_deref()).to_owned(),
            kind.leads.to_string(),
        ]
    });
    table(["STANDS", "WOULD STAND", "LEADS"], moves.collect())?;
    let reasons = found.decisions_changed.iter().map(|kind| {
        [
            kind.from_reason.clone(),
            kind.to_reason.to_owned(),
            kind.count.to_string(),
        ]
    });
    table(["DECIDED", "WOULD DECIDE", "DECISIONS"], reasons.collect())?;
    if !found.examples.is_empty() {
        output::line("")?;
    }
    for example in &found.examples {
        output::line(sentence(example))?;
    }
    Ok(())
}

fn status(name: Option<&str>) -> &str {
    name.unwrap_or("(none)")
}

fn sentence(example: &Example) -> String {
    let name = example.name.as_ref();
    let name = name.map_or_else(String::new, |name| format!(" ({name})"));
    let why = match (example.decision_id, example.reason, &example.summary) {
        (Some(id), Some(reason), Some(summary)) => {
            format!("; decision {id}: {reason}, \"{summary}\"")
        }
        _ => String::new(),
    };
    format!(
        "lead {}{name}: {} → {}{why}",
        example.lead_id,
        status(example.stands.as_deref()),
        status(example.would_stand.as_deref())
    )
}

/// Two columns of words and one of numbers, or nothing when there is no row.
fn table(header: [&str; 3], rows: Vec<[String; 3]>) -> anyhow::Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    output::line("")?;
    let rows: Vec<[String; 3]> = std::iter::once(header.map(str::to_owned))
        .chain(rows)
        .collect();
    let width = |column: usize| {
        let cells = rows.iter().map(|row| row[column].chars().count());
        cells.max().unwrap_or_default()
    };
    let widths = [width(0), width(1), width(2)];
    for [from, to, count] in &rows {
        output::line(format_args!(
            "{from:<0$}  {to:<1$}  {count:>2$}",
            widths[0], widths[1], widths[2]
        ))?;
    }
    Ok(())
}
