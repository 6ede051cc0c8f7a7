//! Where words go: results to stdout, for people and programs alike; what is said about the work to stderr.

use std::fmt::Display;
use std::io::{IsTerminal as _, Write as _, stderr, stdout};

use serde::Serialize;

/// Writes one line of the result.
///
/// # Errors
/// When stdout is closed or full.
pub(crate) fn line(text: impl Display) -> anyhow::Result<()> {
    let mut out = stdout().lock();
    writeln!(out, "{text}")?;
    Ok(out.flush()?)
}

/// Writes the result as one line of JSON.
///
/// # Errors
/// When stdout is closed or full.
pub(crate) fn json(value: &impl Serialize) -> anyhow::Result<()> {
    line(serde_json::to_string(value)?)
}

/// Says something about the work. Who has closed stderr does not want to hear it.
pub(crate) fn note(text: impl Display) {
    let _ = writeln!(stderr().lock(), "{text}");
}

/// Whether a person watches stderr, where progress is shown.
pub(crate) fn is_watched() -> bool {
    stderr().is_terminal()
}
