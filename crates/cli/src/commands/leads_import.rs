use std::collections::HashMap;
use std::fs;
use std::io::{Read as _, stdin};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow};
use chrono::{DateTime, Utc};
use clap::Args;
use domain::ids::{BusinessId, ListId};
use domain::import::{self, ImportedLead, Reject, RejectReason};
use domain::phone::Country;
use indicatif::ProgressBar;
use serde_json::json;
use storage::{StorageError, Tx, leads, lists};

use crate::context::{self, Context};
use crate::failure::{Ended, at_database};
use crate::{output, progress};

/// How many leads go into the database between two steps of the progress bar.
const STEP: usize = 2_000;
/// How many rejects are told on stderr; all of them are in the rejects file.
const TOLD: usize = 5;

#[derive(Debug, Args)]
pub(crate) struct Import {
    /// The CSV file; `-` reads stdin
    file: PathBuf,
    /// The business's id
    #[arg(long, value_name = "ID")]
    business: BusinessId,
    /// What the import is called [default: the name of the file]
    #[arg(long, value_name = "NAME")]
    list: Option<String>,
    /// Judge every row as a real import would, and change nothing
    #[arg(long)]
    dry_run: bool,
    /// Where rejected rows go, each with its reason [default: FILE.rejects.csv]
    #[arg(long, value_name = "FILE")]
    rejects: Option<PathBuf>,
    /// Answer as JSON
    #[arg(long)]
    json: bool,
}

/// What came of it.
struct Outcome {
    list: Option<ListId>,
    created: usize,
    rejected: Vec<(u64, RejectReason)>,
}

/// Why the transaction ends without a commit.
enum Undone {
    Failed(anyhow::Error),
    /// A dry run, or nothing to keep: an empty list helps nobody.
    Nothing(Outcome),
}

impl From<StorageError> for Undone {
    fn from(error: StorageError) -> Self {
        Self::Failed(at_database(error))
    }
}

impl Import {
    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<Ended> {
        let bytes = self.bytes()?;
        let business = self.business;
        let country = context
            .transaction(move |tx| Ok(context::business(tx, business)?.country))
            .await?;
        let country = Country::parse(&country)?;
        let file = import::read(&bytes, country).with_context(|| self.shown())?;
        let (outcome, mut rejects) = (self.store(context, file.leads).await?, file.rejects);
        rejects.extend(outcome.rejected_rows(&bytes, country)?);
        rejects.sort_by_key(|reject| reject.row);
        let written = self.write_rejects(&file.header, &rejects)?;
        self.report(&outcome, &rejects, written.as_deref())?;
        Ok(Ended::Well)
    }

    fn bytes(&self) -> anyhow::Result<Vec<u8>> {
        if self.reads_stdin() {
            let mut bytes = Vec::new();
            stdin()
                .lock()
                .read_to_end(&mut bytes)
                .context("stdin cannot be read")?;
            return Ok(bytes);
        }
        fs::read(&self.file).with_context(|| format!("{} cannot be read", self.shown()))
    }

    fn reads_stdin(&self) -> bool {
        self.file == Path::new("-")
    }

    fn shown(&self) -> String {
        self.file.display().to_string()
    }

    fn list_name(&self) -> String {
        let of_file = || {
            self.file
                .file_stem()
                .map(|stem| stem.to_string_lossy().into_owned())
        };
        let name = self.list.clone().or_else(of_file).unwrap_or_default();
        name.trim().chars().take(200).collect()
    }

    /// One transaction: all the good rows of the file, or none.
    async fn store(&self, context: &Context, leads: Vec<ImportedLead>) -> anyhow::Result<Outcome> {
        let bar = progress::bar(
            u64::try_from(leads.len()).unwrap_or(u64::MAX),
            "importing {wide_bar} {human_pos}/{human_len} leads, {eta} to go",
        );
        let (business, name, dry_run, now) = (
            self.business,
            self.list_name(),
            self.dry_run,
            context.clock.now(),
        );
        let shown = bar.clone();
        let done = context
            .db()
            .system(move |tx| {
                let outcome = store_all(tx, business, now, &name, &leads, &shown)?;
                if dry_run || outcome.created == 0 {
                    return Err(Undone::Nothing(Outcome {
                        list: None,
                        ..outcome
                    }));
                }
                Ok(outcome)
            })
            .await;
        bar.finish_and_clear();
        match done {
            Ok(outcome) | Err(Undone::Nothing(outcome)) => Ok(outcome),
            Err(Undone::Failed(error)) => Err(error),
        }
    }

    /// Writes the rejected rows as a file that can be mended and imported again; answers where.
    fn write_rejects(
        &self,
        header: &[String],
        rejects: &[Reject],
    ) -> anyhow::Result<Option<PathBuf>> {
        let path = match &self.rejects {
            Some(path) => path.clone(),
            None if self.reads_stdin() || rejects.is_empty() => return Ok(None),
            None => {
                let mut name = self.file.clone().into_os_string();
                name.push(".rejects.csv");
                name.into()
            }
        };
        let write = || -> anyhow::Result<()> {
            let mut writer = csv::WriterBuilder::new().flexible(true).from_path(&path)?;
            let marks = ["row".to_owned(), "reason".to_owned()];
            if !header.is_empty() {
                writer.write_record(header.iter().chain(&marks))?;
            }
            for reject in rejects {
                let width = header.len().max(reject.fields.len());
                let padding = std::iter::repeat_n(String::new(), width - reject.fields.len());
                let marks = [reject.row.to_string(), reject.reason.to_string()];
                writer.write_record(reject.fields.iter().cloned().chain(padding).chain(marks))?;
            }
            Ok(writer.flush()?)
        };
        write().with_context(|| format!("the rejects cannot be written to {}", path.display()))?;
        Ok(Some(path))
    }

    fn report(
        &self,
        outcome: &Outcome,
        rejects: &[Reject],
        written: Option<&Path>,
    ) -> anyhow::Result<()> {
        if self.json {
            let rejected: Vec<_> = rejects
                .iter()
                .map(|reject| json!({ "row": reject.row, "code": reject.reason.code(), "reason": reject.reason.to_string() }))
                .collect();
            return output::json(&json!({
                "business_id": self.business, "list_id": outcome.list, "list": self.list_name(), "dry_run": self.dry_run,
                "imported": outcome.created, "rejected": rejected, "rejects_file": written,
            }));
        }
        let verb = if self.dry_run {
            "would be imported"
        } else {
            "imported"
        };
        let list = outcome
            .list
            .map(|id| format!(" into list {id}"))
            .unwrap_or_default();
        output::line(format_args!(
            "{} leads {verb}{list}, {} rows rejected",
            outcome.created,
            rejects.len()
        ))?;
        for reject in rejects.iter().take(TOLD) {
            output::note(format_args!("row {}: {}", reject.row, reject.reason));
        }
        if let Some(path) = written.filter(|_| !rejects.is_empty()) {
            output::note(format_args!(
                "all rejected rows, each with its reason: {}",
                path.display()
            ));
        }
        Ok(())
    }
}

impl Outcome {
    /// The rows that the database refused, as they stand in the file.
    fn rejected_rows(&self, bytes: &[u8], country: Country) -> anyhow::Result<Vec<Reject>> {
        if self.rejected.is_empty() {
            return Ok(Vec::new());
        }
        let mut rows = import::rows(bytes, country)?.collect::<HashMap<_, _>>();
        Ok(self
            .rejected
            .iter()
            .map(|(row, reason)| Reject {
                row: *row,
                reason: reason.clone(),
                fields: rows.remove(row).unwrap_or_default(),
            })
            .collect())
    }
}

fn store_all(
    tx: &mut Tx<'_>,
    business: BusinessId,
    now: DateTime<Utc>,
    name: &str,
    leads: &[ImportedLead],
    bar: &ProgressBar,
) -> Result<Outcome, Undone> {
    let list = lists::create(tx, business, now, name, None).map_err(|error| match error {
        StorageError::Refused { .. } => {
            Undone::Failed(anyhow!("--list must have 1 to 200 characters"))
        }
        error => error.into(),
    })?;
    let mut outcome = Outcome {
        list: Some(list),
        created: 0,
        rejected: Vec::new(),
    };
    for step in leads.chunks(STEP) {
        let imported = leads::import(tx, business, now, Some(list), step)?;
        outcome.created += imported.created;
        outcome.rejected.extend(imported.rejected);
        bar.inc(u64::try_from(step.len()).unwrap_or(u64::MAX));
    }
    Ok(outcome)
}
