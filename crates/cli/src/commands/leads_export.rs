use std::fs::File;
use std::io::{self, BufWriter, Write, stdout};
use std::path::PathBuf;

use anyhow::Context as _;
use chrono::{DateTime, SecondsFormat, Utc};
use clap::Args;
use domain::ids::{BusinessId, LeadId, ListId};
use domain::import::formula_safe;
use storage::leads::{self, Filter, Lead};

use crate::context::{self, Context};
use crate::failure::{Ended, at_database};
use crate::{output, progress};

/// How many leads are read at a time.
const PAGE: i64 = 1_000;

const HEADER: [&str; 14] = [
    "id",
    "first_name",
    "last_name",
    "phone",
    "status",
    "service",
    "city",
    "time_zone",
    "tags",
    "summary",
    "notes",
    "last_contact_at",
    "follow_up_at",
    "created_at",
];

#[derive(Debug, Args)]
pub(crate) struct Export {
    /// The business's id
    #[arg(long, value_name = "ID")]
    business: BusinessId,
    /// Only leads in this status, by name
    #[arg(long, value_name = "NAME")]
    status: Option<String>,
    /// Only leads of this import
    #[arg(long, value_name = "ID")]
    list: Option<ListId>,
    /// Write to this file, in a form that spreadsheets open with the right letters, instead of stdout
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

impl Export {
    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<Ended> {
        let business = self.business;
        context
            .transaction(move |tx| context::business(tx, business))
            .await?;
        let sink: Box<dyn Write> = match &self.out {
            Some(path) => {
                let mut file = File::create(path)
                    .with_context(|| format!("{} cannot be written", path.display()))?;
                // Without this mark a spreadsheet takes the file for one of its old code pages.
                file.write_all(b"\xef\xbb\xbf")?;
                Box::new(BufWriter::new(file))
            }
            None => Box::new(BufWriter::new(stdout())),
        };
        let exported = self.write(context, sink).await?;
        if let Some(path) = &self.out {
            output::line(format_args!(
                "{exported} leads exported to {}",
                path.display()
            ))?;
        }
        Ok(Ended::Well)
    }

    async fn write(&self, context: &Context, sink: Box<dyn Write>) -> anyhow::Result<usize> {
        let mut writer = csv::Writer::from_writer(sink);
        writer.write_record(HEADER).map_err(into_io)?;
        let bar = progress::bar(0, "exporting {human_pos} leads");
        let filter = Filter {
            status: self.status.clone(),
            list: self.list,
            ..Filter::default()
        };
        let (mut before, mut exported) = (None, 0);
        loop {
            let filter = filter.clone();
            let page = context
                .db()
                .tenant(self.business, move |tx| {
                    leads::page(tx, &filter, before, PAGE)
                })
                .await
                .map_err(at_database)?;
            for lead in &page {
                writer.write_record(record(lead)).map_err(into_io)?;
            }
            exported += page.len();
            bar.set_position(u64::try_from(exported).unwrap_or(u64::MAX));
            match page.last() {
                Some(last) => before = Some(LeadId(last.id)),
                None => break,
            }
        }
        bar.finish_and_clear();
        writer.flush()?;
        Ok(exported)
    }
}

/// The error beneath, so that a closed pipe is seen as one.
fn into_io(error: csv::Error) -> anyhow::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error.into(),
        other => io::Error::other(format!("{other:?}")).into(),
    }
}

fn record(lead: &Lead) -> [String; 14] {
    let text = |text: &str| formula_safe(text).into_owned();
    let some = |value: &Option<String>| text(value.as_deref().unwrap_or_default());
    let time = |at: Option<DateTime<Utc>>| {
        at.map(|at| at.to_rfc3339_opts(SecondsFormat::Secs, true))
            .unwrap_or_default()
    };
    let tags: Vec<&str> = lead.tags.iter().map(String::as_str).collect();
    [
        lead.id.to_string(),
        text(&lead.first_name),
        text(&lead.last_name),
        lead.phone_e164.clone().unwrap_or_default(),
        some(&lead.status),
        some(&lead.service),
        some(&lead.city),
        some(&lead.time_zone),
        text(&tags.join("; ")),
        some(&lead.summary),
        some(&lead.notes),
        time(lead.last_contact_at),
        time(lead.follow_up_at),
        time(Some(lead.created_at)),
    ]
}
