//! The lists that services are taught by.
//!
//! This file is compiled into the crate and into its build script, so that both number the services alike.

/// The services of a list (`data/services.{he,en}.txt`), in order: the name of each, its keys with commas between, and its phrases
/// with slashes.
pub(crate) fn services(source: &str) -> impl Iterator<Item = (&str, &str, &str)> {
    let lines = source.lines().filter(|line| !line.starts_with('#'));
    lines.filter_map(|line| {
        let (called, phrases) = line.split_once('=')?;
        let (name, keys) = called.split_once(':').unwrap_or((called, ""));
        Some((name.trim(), keys, phrases))
    })
}
