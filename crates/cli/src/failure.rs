//! How a command ends: 0 when all is well, 1 when it failed, 2 when it was not understood; one line says why.

use std::io;
use std::process::ExitCode;

use anyhow::anyhow;
use clap::error::ErrorKind;
use storage::StorageError;

use crate::output;

/// How a command that ran to its end has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ended {
    /// All is well.
    Well,
    /// Not, and its output says so.
    Badly,
}

impl Ended {
    pub(crate) const fn well_if(all_is_well: bool) -> Self {
        if all_is_well { Self::Well } else { Self::Badly }
    }
}

/// Tells how it ended by the exit status, and why on stderr.
pub(crate) fn exit_code(ended: anyhow::Result<Ended>) -> ExitCode {
    match ended {
        Ok(Ended::Well) => ExitCode::SUCCESS,
        Ok(Ended::Badly) => ExitCode::FAILURE,
        // Whoever read our output has seen enough (`callboard … | head`).
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            output::note(format_args!("error: {}", one_line(&format!("{error:#}"))));
            ExitCode::FAILURE
        }
    }
}

/// Tells why the arguments were not understood, or shows the help that was asked for.
pub(crate) fn bad_usage(refusal: &clap::Error) -> ExitCode {
    let text = refusal.render();
    match refusal.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            exit_code(output::line(text).map(|()| Ended::Well))
        }
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            output::note(text);
            ExitCode::from(2)
        }
        _ => {
            let text = text.to_string();
            let what = text.split("\n\nUsage:").next().unwrap_or(&text);
            let what = what
                .split("\n\nFor more information")
                .next()
                .unwrap_or(what);
            output::note(format_args!("{} (--help tells more)", one_line(what)));
            ExitCode::from(2)
        }
    }
}

/// What went wrong at the database, and what to do about it.
pub(crate) fn at_database(error: StorageError) -> anyhow::Error {
    let chain = format!("{:#}", anyhow!(error));
    let advice = if chain.contains("the database cannot be reached") {
        if chain.contains("callboard_operator") {
            "run `callboard migrate` first, with the same DATABASE_URL"
        } else {
            "check DATABASE_URL and that PostgreSQL is running"
        }
    } else if chain.contains("does not exist") {
        "run `callboard migrate` first"
    } else if chain.contains("permission denied") {
        "the login of DATABASE_URL must be a member of callboard_operator (for `migrate`: the owner)"
    } else {
        return anyhow!("{chain}");
    };
    anyhow!("{chain} ({advice})")
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        let io = cause.downcast_ref::<io::Error>().map(io::Error::kind);
        let json = cause
            .downcast_ref::<serde_json::Error>()
            .and_then(serde_json::Error::io_error_kind);
        io.or(json) == Some(io::ErrorKind::BrokenPipe)
    })
}

/// Folds a text of several lines into one.
pub(crate) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_closed_pipe_is_no_failure() {
        let closed =
            anyhow::Error::from(io::Error::from(io::ErrorKind::BrokenPipe)).context("writing");
        assert!(is_broken_pipe(&closed));
        assert!(!is_broken_pipe(&anyhow!("another")));
    }
}
