mod rejects;

use std::fs::File;
use std::io::{self, Seek as _, stdin};
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context as _, anyhow};
use chrono::{DateTime, Utc};
use clap::Args;
use domain::ids::BusinessId;
use domain::import::{Encoding, FileError, Mapping, Reject, Rows};
use domain::messages::Language;
use indicatif::ProgressBar;
use serde_json::json;
use storage::lead_imports::{self, ImportError, Imported, List, Order};
use storage::{StorageError, Tx};

use crate::context::{self, Context};
use crate::failure::{Ended, at_database};
use crate::{output, progress};
use rejects::Rejects;

/// How many rejects are told on stderr; all of them are in the rejects file.
const TOLD: usize = 5;

#[derive(Debug, Args)]
pub(crate) struct Import {
    /// The CSV file; `-` reads stdin
    file: PathBuf,
    /// The business's id
    #[arg(long, value_name = "ID")]
    business: BusinessId,
    /// What the import is called, and then takes all leads [default: the name of the file, and each lead goes to the list
    /// that its row names]
    #[arg(long, value_name = "NAME")]
    list: Option<String>,
    /// What each column holds, from left to right, as `full_name,phone,-,notes` [default: as the columns are headed]
    #[arg(long, value_name = "FIELDS", allow_hyphen_values = true)]
    columns: Option<Mapping>,
    /// Judge every row as a real import would, and change nothing
    #[arg(long)]
    dry_run: bool,
    /// Import every row or, when one is rejected, none
    #[arg(long)]
    all_or_nothing: bool,
    /// Where rejected rows go, each with its reason [default: FILE.rejects.csv]
    #[arg(long, value_name = "FILE")]
    rejects: Option<PathBuf>,
    /// The language of the reasons
    #[arg(long, value_name = "LANGUAGE", default_value = "en")]
    language: Language,
    /// Answer as JSON
    #[arg(long)]
    json: bool,
}

/// What came of it, and what is told of the rejects.
struct Outcome {
    came: Imported,
    encoding: Encoding,
    rejects: Rejects,
}

/// Why the transaction ends without a commit.
enum Undone {
    Failed(anyhow::Error),
    /// A dry run, nothing to keep, or a reject where all rows were to be good.
    Nothing(Box<Outcome>),
}

impl From<StorageError> for Undone {
    fn from(error: StorageError) -> Self {
        Self::Failed(at_database(error))
    }
}

impl From<ImportError> for Undone {
    fn from(error: ImportError) -> Self {
        match error {
            ImportError::Storage(StorageError::Refused { .. }) => {
                Self::Failed(anyhow!("--list must have 1 to 200 characters"))
            }
            ImportError::Storage(error) => error.into(),
            ImportError::File(error) => Self::Failed(error.into()),
            ImportError::Rejects(error) => Self::Failed(error.into()),
        }
    }
}

impl Import {
    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<Ended> {
        let mut file = self.open()?;
        let business = self.business;
        context
            .transaction(move |tx| context::business(tx, business))
            .await?;
        let encoding = Encoding::of(&file).with_context(|| self.shown())?;
        file.rewind()?;
        let begun = Instant::now();
        let (outcome, is_kept) = self.store(context, file, encoding).await?;
        let took = begun.elapsed().as_secs_f64();
        let written = self.write_rejects(outcome.rejects.file())?;
        let outcome = self.report(&outcome, is_kept, took, written.as_deref())?;
        Ok(outcome)
    }

    /// The file; what comes from stdin is laid down first, as it is read more than once.
    fn open(&self) -> anyhow::Result<File> {
        if !self.reads_stdin() {
            return File::open(&self.file)
                .with_context(|| format!("{} cannot be read", self.shown()));
        }
        let mut file = tempfile::tempfile()?;
        io::copy(&mut stdin().lock(), &mut file).context("stdin cannot be read")?;
        file.rewind()?;
        Ok(file)
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

    /// One transaction: all the good rows of the file, or none. Answers whether they were kept.
    async fn store(
        &self,
        context: &Context,
        file: File,
        encoding: Encoding,
    ) -> anyhow::Result<(Outcome, bool)> {
        let length = file.metadata().map_or(0, |file| file.len());
        let bar = progress::bar(
            length,
            "importing {wide_bar} {bytes}/{total_bytes}, {eta} to go",
        );
        let work = Work {
            business: self.business,
            now: context.clock.now(),
            name: self.list_name(),
            is_named: self.list.is_some(),
            mapping: self.columns.clone(),
            dry_run: self.dry_run,
            all_or_nothing: self.all_or_nothing,
            language: self.language,
            listed: if self.json { usize::MAX } else { TOLD },
            bar: bar.clone(),
        };
        let shown = self.shown();
        let done = context
            .db()
            .system(move |tx| {
                let outcome = work.carry_out(tx, file, encoding)?;
                let is_refused = work.all_or_nothing && outcome.came.rejected() > 0;
                if work.dry_run || is_refused || outcome.came.created == 0 {
                    return Err(Undone::Nothing(Box::new(outcome)));
                }
                Ok(outcome)
            })
            .await;
        bar.finish_and_clear();
        match done {
            Ok(outcome) => Ok((outcome, true)),
            Err(Undone::Nothing(outcome)) => Ok((*outcome, false)),
            Err(Undone::Failed(error)) if error.is::<FileError>() => Err(error.context(shown)),
            Err(Undone::Failed(error)) => Err(error),
        }
    }

    /// Writes the rejected rows where they are asked for; answers where.
    fn write_rejects(&self, rejects: Option<&File>) -> anyhow::Result<Option<PathBuf>> {
        let path = match (&self.rejects, rejects) {
            (Some(path), _) => path.clone(),
            (None, None) => return Ok(None),
            (None, Some(_)) if self.reads_stdin() => return Ok(None),
            (None, Some(_)) => {
                let mut name = self.file.clone().into_os_string();
                name.push(".rejects.csv");
                name.into()
            }
        };
        let write = || -> io::Result<()> {
            let mut target = File::create(&path)?;
            if let Some(mut rejects) = rejects {
                rejects.rewind()?;
                io::copy(&mut rejects, &mut target)?;
            }
            Ok(())
        };
        write().with_context(|| format!("the rejects cannot be written to {}", path.display()))?;
        Ok(Some(path))
    }

    fn report(
        &self,
        outcome: &Outcome,
        is_kept: bool,
        took: f64,
        written: Option<&Path>,
    ) -> anyhow::Result<Ended> {
        let came = &outcome.came;
        let is_refused = self.all_or_nothing && came.rejected() > 0;
        let imported = if is_refused && !self.dry_run {
            0
        } else {
            came.created
        };
        let list = came.list.filter(|_| is_kept);
        #[expect(clippy::cast_precision_loss, reason = "a speed for people")]
        let rows_per_second = (came.rows as f64 / took.max(0.001)).round();
        if self.json {
            output::json(&json!({
                "business_id": self.business, "list_id": list, "list": self.list_name(), "dry_run": self.dry_run,
                "encoding": outcome.encoding.name(), "rows": came.rows, "imported": imported,
                "duplicates": came.duplicates, "rejected": outcome.rejects.listed(self.language),
                "rejects_file": written, "rows_per_second": rows_per_second,
            }))?;
        } else {
            let verb = if self.dry_run {
                "would be imported"
            } else {
                "imported"
            };
            let list = list
                .map(|id| format!(" into list {id}"))
                .unwrap_or_default();
            let rejected = came.rejected();
            output::line(format_args!(
                "{imported} leads {verb}{list}, {rejected} rows rejected"
            ))?;
        }
        if is_refused && !self.dry_run {
            let at = written.map(|path| format!(", see {}", path.display()));
            anyhow::bail!(
                "{} of {} rows are rejected{}, so nothing was imported (mend them, or leave --all-or-nothing out)",
                came.rejected(),
                came.rows,
                at.unwrap_or_default()
            );
        }
        if !self.json {
            output::note(format_args!(
                "read as {} ({}), {rows_per_second} rows/s",
                outcome.encoding.name(),
                outcome.encoding.found_by().as_str(),
            ));
            self.tell(outcome, written);
        }
        Ok(Ended::Well)
    }

    fn tell(&self, outcome: &Outcome, written: Option<&Path>) {
        for (field, (rows, first)) in &outcome.came.passed_over {
            output::note(format_args!(
                "{field}: the value of {rows} rows is unknown and was left out, first in row {first}"
            ));
        }
        for Reject { row, reason, .. } in outcome.rejects.first() {
            output::note(format_args!("row {row}: {}", reason.text(self.language)));
        }
        if let Some(path) = written.filter(|_| outcome.came.rejected() > 0) {
            output::note(format_args!(
                "all rejected rows, each with its reason: {}",
                path.display()
            ));
        }
    }
}

/// What the transaction does, apart from the command line.
struct Work {
    business: BusinessId,
    now: DateTime<Utc>,
    name: String,
    is_named: bool,
    mapping: Option<Mapping>,
    dry_run: bool,
    all_or_nothing: bool,
    language: Language,
    listed: usize,
    bar: ProgressBar,
}

impl Work {
    fn carry_out(
        &self,
        tx: &mut Tx<'_>,
        file: File,
        encoding: Encoding,
    ) -> Result<Outcome, ImportError> {
        let ground = lead_imports::ground(tx, self.business)?;
        let file = self.bar.wrap_read(file);
        let rows = Rows::open(file, encoding, self.mapping.as_ref(), ground)?;
        let mut rejects = Rejects::new(rows.columns().header(), self.language, self.listed);
        let order = Order {
            business: self.business,
            now: self.now,
            user: None,
            list: match self.is_named {
                true => List::All(&self.name),
                false => List::Others(&self.name),
            },
            write: !self.dry_run,
            all_or_nothing: self.all_or_nothing,
            most_rows: None,
        };
        let came = lead_imports::run(tx, &order, rows, &mut |_, batch| rejects.take(batch))?;
        Ok(Outcome {
            came,
            encoding,
            rejects,
        })
    }
}
