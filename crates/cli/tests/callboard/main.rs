//! The `callboard` command, run as its users run it, against a real database.

mod administration;
mod analytics;
mod bench;
mod documents;
mod events;
mod leads;
mod lines;
mod logins;
mod migrate;
mod replay;
mod reprocess;
mod runs;
mod usage;
mod vapid_key;
mod verify;
mod why;

use std::io::Write as _;
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use testkit::Database;

/// What a command did.
struct Ran {
    /// Its exit status.
    status: i32,
    /// Its result.
    stdout: String,
    /// What it said about the work.
    stderr: String,
}

impl Ran {
    /// The one line of JSON that it answered.
    fn json(&self) -> Value {
        assert_eq!(self.status, 0, "{}", self.stderr);
        serde_json::from_str(&self.stdout).expect("one line of JSON")
    }

    /// The one line that it complained with.
    fn complaint(&self) -> &str {
        assert!(self.stderr.starts_with("error: "), "{:?}", self.stderr);
        assert_eq!(self.stderr.lines().count(), 1, "{:?}", self.stderr);
        self.stderr.trim_end()
    }
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        Self {
            status: output.status.code().expect("it ended by itself"),
            stdout: String::from_utf8(output.stdout).expect("text"),
            stderr: String::from_utf8(output.stderr).expect("text"),
        }
    }
}

/// `callboard` with nothing of this machine's environment.
fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_callboard"));
    command
        .env_clear()
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// Runs it without a database.
fn run(arguments: &[&str]) -> Ran {
    command(arguments).output().expect("it starts").into()
}

/// Runs it without a database, on this input.
fn feed(arguments: &[&str], input: &[u8]) -> Ran {
    let mut child = command(arguments)
        .stdin(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut stdin = child.stdin.take().expect("a pipe");
    stdin.write_all(input).expect("it reads");
    drop(stdin);
    child.wait_with_output().expect("it ends").into()
}

/// Runs it on a database.
fn on(database: &Database, arguments: &[&str]) -> Ran {
    command(arguments)
        .env("DATABASE_URL", database.url())
        .output()
        .expect("it starts")
        .into()
}

/// A Hebrew business with a caller number; its id, as an argument.
fn business(database: &Database) -> String {
    let arguments = [
        "business",
        "create",
        "--name",
        "דוגמה",
        "--language",
        "he",
        "--caller-number",
        "03-612 3456",
        "--json",
    ];
    on(database, &arguments).json()["business_id"].to_string()
}
