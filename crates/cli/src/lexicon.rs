//! `--lexicon DIR`: other lexicon files than those that are built in.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use clap::Args;
use domain::text::Lexicon;

#[derive(Debug, Args)]
pub(crate) struct LexiconArgument {
    /// A directory with a he.txt, an en.txt or both, in the place of the lexicon's own files
    #[arg(long = "lexicon", value_name = "DIR")]
    directory: Option<PathBuf>,
}

impl LexiconArgument {
    /// The lexicon that is asked for; none when it is the one that is built in.
    pub(crate) fn read(&self) -> anyhow::Result<Option<Lexicon>> {
        let Some(directory) = &self.directory else {
            return Ok(None);
        };
        let (he, en) = (file(directory, "he.txt")?, file(directory, "en.txt")?);
        if he.is_none() && en.is_none() {
            bail!("{} has neither a he.txt nor an en.txt", directory.display());
        }
        match Lexicon::with(he, en) {
            Ok(lexicon) => Ok(Some(lexicon)),
            Err(wrong) => {
                let wrong: Vec<String> = wrong.iter().map(ToString::to_string).collect();
                bail!("{}", wrong.join("; "))
            }
        }
    }
}

fn file(directory: &Path, name: &str) -> anyhow::Result<Option<String>> {
    let path = directory.join(name);
    match std::fs::read_to_string(&path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| path.display().to_string()),
    }
}
