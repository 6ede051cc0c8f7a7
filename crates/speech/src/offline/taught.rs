//! The lists that services are taught by.
//!
//! This file is compiled into the crate and into its build script, so that both number the services alike.

/// The services of a list (`data/services.{he,en}.txt`), in order: the name of each, and the rest of its line.
pub(crate) fn services(source: &str) -> impl Iterator<Item = (&str, &str)> {
    let lines = source.lines().filter(|line| !line.starts_with('#'));
    lines.filter_map(|line| {
        let end = line.find([':', '='])?;
        Some((line[..end].trim(), &line[end..]))
    })
}
