//! Settings: defaults in code, then an optional TOML file, then the environment; a typo is refused by name.
//!
//! What a service can be set is exactly what its settings struct has fields for. The names of the environment are those
//! of [`WELL_KNOWN`], which all processes share (one `env` file serves all of them: a name that a service has no field
//! for is passed over), and `CALLBOARD__SECTION__KEY` for every field, which must exist. An empty variable counts as not
//! set. Secrets come from the environment only.

mod fields;
mod sections;
mod well_known;

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context as _, anyhow, bail};
use config::builder::DefaultState;
use config::{Config, ConfigBuilder, File, FileFormat};
use serde::de::DeserializeOwned;

pub use sections::{
    BrokerSettings, DatabaseSettings, Environment, MailSettings, MailTls, ProbeSettings,
};
pub use well_known::{WELL_KNOWN, WellKnown};

/// Names the optional TOML file.
const FILE: &str = "CALLBOARD_CONFIG";
/// What every other variable of ours starts with.
const PREFIX: &str = "CALLBOARD__";
/// Belongs to the process, not to a service: read by [`crate::telemetry::init`].
const LOG_FILTER: &str = "CALLBOARD__LOG__FILTER";
/// The same.
const TOLD_OF_TRACES: &str = "CALLBOARD__TRACES__PROPAGATE_TO";

/// Reads the settings `T` of this process. `defaults` is TOML.
///
/// # Errors
/// One line that names what is missing, unknown or unreadable, and what to write instead.
pub fn load<T: DeserializeOwned>(defaults: &str) -> anyhow::Result<T> {
    load_from(defaults, &environment()?)
}

/// As [`load`], from the given environment.
///
/// # Errors
/// As [`load`].
pub fn load_from<T: DeserializeOwned>(
    defaults: &str,
    environment: &BTreeMap<String, String>,
) -> anyhow::Result<T> {
    let mut layers = Config::builder().add_source(File::from_str(defaults, FileFormat::Toml));
    if let Some(path) = environment.get(FILE).filter(|path| !path.is_empty()) {
        layers = add_file::<T>(layers, Path::new(path))?;
    }
    for (variable, path, value) in from_environment::<T>(environment)? {
        layers = layers
            .set_override(&path, value.as_str())
            .with_context(|| format!("{variable} cannot be used"))?;
    }
    let layers = layers
        .build()
        .context("the settings cannot be put together")?;
    let present = layers.clone();
    layers
        .try_deserialize()
        .map_err(|error| explain::<T>(&error, &present))
}

/// The filter of the log, `info` when none is set.
pub(crate) fn log_filter() -> anyhow::Result<String> {
    Ok(environment()?
        .remove(LOG_FILTER)
        .filter(|filter| !filter.is_empty())
        .unwrap_or_else(|| "info".to_owned()))
}

/// Hosts that are told which trace a request belongs to, none when none are set: others learn nothing of ours.
pub(crate) fn told_of_traces() -> anyhow::Result<Vec<String>> {
    let hosts = environment()?.remove(TOLD_OF_TRACES).unwrap_or_default();
    let hosts = hosts.split(',').map(str::trim);
    Ok(hosts
        .filter(|host| !host.is_empty())
        .map(str::to_owned)
        .collect())
}

/// A variable that others than we have named, unless it is empty.
#[expect(
    clippy::disallowed_methods,
    reason = "the standard variables of OpenTelemetry are none of our settings"
)]
pub(crate) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// The variables of this process that may concern us.
fn environment() -> anyhow::Result<BTreeMap<String, String>> {
    let mut ours = BTreeMap::new();
    for (name, value) in std::env::vars_os() {
        let Ok(name) = name.into_string() else {
            continue;
        };
        if name == FILE || name.starts_with(PREFIX) || well_known::find(&name).is_some() {
            let value = value
                .into_string()
                .map_err(|_| anyhow!("{name} is not valid UTF-8"))?;
            ours.insert(name, value);
        }
    }
    Ok(ours)
}

/// Adds the file, refusing secrets and keys that `T` does not have.
fn add_file<T: DeserializeOwned>(
    layers: ConfigBuilder<DefaultState>,
    path: &Path,
) -> anyhow::Result<ConfigBuilder<DefaultState>> {
    let shown = path.display();
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("{FILE} names {shown}, which cannot be read"))?;
    let file = File::from_str(&text, FileFormat::Toml);
    let values: serde_json::Value = Config::builder()
        .add_source(file.clone())
        .build()
        .and_then(Config::try_deserialize)
        .with_context(|| format!("{shown} is not valid TOML"))?;
    for key in leaves(&values) {
        if let Some(secret) = WELL_KNOWN
            .iter()
            .find(|known| known.secret && known.path == key)
        {
            bail!(
                "{shown} sets {key}, which is a secret; set {} in the environment instead",
                secret.variable
            );
        }
        if let Some(siblings) = fields::unknown::<T>(&key) {
            bail!("{shown} sets {key}, which is not a setting here; known: {siblings}");
        }
    }
    Ok(layers.add_source(file))
}

/// What the environment sets: the variable, the path of the field and the value.
fn from_environment<T: DeserializeOwned>(
    environment: &BTreeMap<String, String>,
) -> anyhow::Result<Vec<(String, String, String)>> {
    let mut set = Vec::new();
    for (variable, value) in environment {
        if value.is_empty() {
            continue;
        }
        if let Some(known) = well_known::find(variable) {
            if fields::unknown::<T>(known.path).is_none() {
                set.push((variable.clone(), known.path.to_owned(), value.clone()));
            }
            continue;
        }
        let Some(key) = variable.strip_prefix(PREFIX) else {
            continue;
        };
        let path = key.to_lowercase().replace("__", ".");
        match fields::unknown::<T>(&path) {
            None => set.push((variable.clone(), path, value.clone())),
            Some(_) if [LOG_FILTER, TOLD_OF_TRACES].contains(&variable.as_str()) => {}
            Some(siblings) => {
                bail!("{variable} is not a setting here; known: {siblings}");
            }
        }
    }
    // The general form wins over the well-known name: it is the more deliberate one.
    set.sort_by_key(|(variable, ..)| variable.starts_with(PREFIX));
    Ok(set)
}

/// Turns what serde says into what to do.
fn explain<T: DeserializeOwned>(error: &config::ConfigError, present: &Config) -> anyhow::Error {
    let text = error.to_string();
    let Some(missing) = text
        .split_once("missing field `")
        .or_else(|| text.split_once("missing configuration field \""))
        .and_then(|(_, rest)| rest.split(['`', '"']).next())
    else {
        return anyhow!("a setting cannot be read: {text}");
    };
    let field = missing.rsplit('.').next().unwrap_or(missing);
    let absent: Vec<_> = WELL_KNOWN
        .iter()
        .filter(|known| known.path.split('.').any(|segment| segment == field))
        .filter(|known| fields::unknown::<T>(known.path).is_none())
        .filter(|known| present.get::<config::Value>(known.path).is_err())
        .collect();
    match absent.as_slice() {
        [] => anyhow!(
            "the setting {missing} is not set; set it in the file of {FILE}, or as {PREFIX}SECTION__{}",
            field.to_uppercase()
        ),
        absent => anyhow!(
            "{}",
            absent
                .iter()
                .map(|known| format!("{} is not set; set it to {}", known.variable, known.example))
                .collect::<Vec<_>>()
                .join(". ")
        ),
    }
}

/// The dotted paths of everything in `values` that is not a table.
fn leaves(values: &serde_json::Value) -> Vec<String> {
    fn walk(at: &str, value: &serde_json::Value, into: &mut Vec<String>) {
        match value {
            serde_json::Value::Object(table) => {
                for (key, value) in table {
                    let path = if at.is_empty() {
                        key.clone()
                    } else {
                        format!("{at}.{key}")
                    };
                    walk(&path, value, into);
                }
            }
            _ => into.push(at.to_owned()),
        }
    }
    let mut found = Vec::new();
    walk("", values, &mut found);
    found
}
