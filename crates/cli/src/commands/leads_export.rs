use std::fs::File;
use std::io::{BufWriter, Write, stdout};
use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;
use domain::ids::{BusinessId, ListId};
use storage::leads::Filter;
use storage::leads::export::{BYTE_ORDER_MARK, HEADER, rows, write};

use crate::context::{self, Context};
use crate::failure::{Ended, at_database};
use crate::{output, progress};

/// How many leads are read at a time.
const PAGE: i64 = 1_000;

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
    /// Only leads whose name or number contains this
    #[arg(long, value_name = "TEXT")]
    q: Option<String>,
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
                file.write_all(BYTE_ORDER_MARK.as_bytes())?;
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

    async fn write(&self, context: &Context, mut sink: Box<dyn Write>) -> anyhow::Result<usize> {
        write(&mut sink, [HEADER])?;
        let bar = progress::bar(0, "exporting {human_pos} leads");
        let filter = Filter {
            status: self.status.clone(),
            list: self.list,
            q: self.q.clone(),
            ..Filter::default()
        };
        let (mut before, mut exported) = (None, 0);
        loop {
            let filter = filter.clone();
            let (page, last) = context
                .db()
                .tenant(self.business, move |tx| rows(tx, &filter, before, PAGE))
                .await
                .map_err(at_database)?;
            write(&mut sink, &page)?;
            exported += page.len();
            bar.set_position(u64::try_from(exported).unwrap_or(u64::MAX));
            if last.is_none() {
                break;
            }
            before = last;
        }
        bar.finish_and_clear();
        sink.flush()?;
        Ok(exported)
    }
}
