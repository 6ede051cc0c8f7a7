mod asyncapi;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;
use domain::events;
use schemars::Schema;
use serde_json::Value;

use crate::failure::Ended;
use crate::{arguments, output, yaml};

/// Where the schemas of the events are, within the documents.
const EVENTS: &str = "events";
/// How a schema's file ends.
const SCHEMA: &str = ".schema.json";

#[derive(Debug, Args)]
pub(crate) struct Docs {
    /// The directory of the documents
    #[arg(long, value_name = "DIR", default_value_os_t = arguments::proto_docs())]
    dir: PathBuf,
    /// Tell which files differ from the code and change nothing; exit status 1 when any does
    #[arg(long)]
    check: bool,
}

impl Docs {
    pub(crate) fn run(&self) -> anyhow::Result<Ended> {
        let documents = documents()?;
        let stale = self.stale(&documents)?;
        for path in &stale {
            let path = self.dir.join(path);
            let shown = path.display();
            if self.check {
                output::line(format_args!("differs  {shown}"))?;
                continue;
            }
            match documents.get(path.strip_prefix(&self.dir)?) {
                Some(text) => {
                    let parent = path.parent().unwrap_or(&self.dir);
                    fs::create_dir_all(parent)
                        .and_then(|()| fs::write(&path, text))
                        .with_context(|| format!("{shown} cannot be written"))?;
                    output::line(format_args!("written  {shown}"))?;
                }
                None => {
                    fs::remove_file(&path).with_context(|| format!("{shown} cannot be removed"))?;
                    output::line(format_args!("removed  {shown}"))?;
                }
            }
        }
        if self.check && !stale.is_empty() {
            output::note("run `callboard docs` and commit what it writes");
        }
        Ok(Ended::well_if(!self.check || stale.is_empty()))
    }

    /// The files that are not as the code says, those of events that there are no more among them.
    fn stale(&self, documents: &BTreeMap<PathBuf, String>) -> anyhow::Result<Vec<PathBuf>> {
        let mut stale: Vec<PathBuf> = documents
            .iter()
            .filter(|(path, text)| {
                fs::read_to_string(self.dir.join(path)).ok().as_ref() != Some(text)
            })
            .map(|(path, _)| path.clone())
            .collect();
        let events = self.dir.join(EVENTS);
        if events.is_dir() {
            for entry in fs::read_dir(&events)
                .with_context(|| format!("{} cannot be read", events.display()))?
            {
                let path = Path::new(EVENTS).join(entry?.file_name());
                if path.to_string_lossy().ends_with(SCHEMA) && !documents.contains_key(&path) {
                    stale.push(path);
                }
            }
        }
        Ok(stale)
    }
}

/// Every document by its path.
fn documents() -> anyhow::Result<BTreeMap<PathBuf, String>> {
    let mut documents = BTreeMap::new();
    for (event, schema) in events::schemas() {
        let mut text = serde_json::to_string_pretty(&of_event(event, schema.to_value())?)?;
        text.push('\n');
        documents.insert(PathBuf::from(schema_path(event)), text);
    }
    documents.insert(PathBuf::from("asyncapi.yaml"), asyncapi_text());
    Ok(documents)
}

/// The schema of an envelope, told which event it carries.
fn of_event(event: &str, mut schema: Value) -> anyhow::Result<Schema> {
    schema["title"] = event.into();
    schema["properties"]["type"]["const"] = event.into();
    schema["properties"]["specversion"]["const"] = "1.0".into();
    Ok(Schema::try_from(sorted(schema))?)
}

/// The same value with its fields in alphabetical order, which otherwise depends on a feature of serde_json that any crate
/// of the build may switch on.
fn sorted(value: Value) -> Value {
    match value {
        Value::Object(fields) => {
            let fields: BTreeMap<String, Value> = fields
                .into_iter()
                .map(|(name, value)| (name, sorted(value)))
                .collect();
            Value::Object(fields.into_iter().collect())
        }
        Value::Array(items) => items.into_iter().map(sorted).collect(),
        other => other,
    }
}

fn schema_path(event: &str) -> String {
    format!("{EVENTS}/{event}{SCHEMA}")
}

fn asyncapi_text() -> String {
    let note = "# Made from the code by `callboard docs`; a test compares them.\n";
    format!(
        "{note}{}",
        yaml::document(&sorted(asyncapi::document()), &asyncapi::PARTS)
    )
}
