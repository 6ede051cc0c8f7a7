//! One engine in this process, or several processes with one each, on one database. Of a process of its own, stdout is its
//! events, one per line, and the end of stdin is the end.

use std::process::Stdio;
use std::str::FromStr;

use anyhow::{Context as _, bail};
use clap::Args;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::process::{Child, ChildStdin, Command};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::analysis::Event;
use super::engine::{self, Calls, LOOK, Silence, Work};
use super::timer::monotonic_ns;
use crate::context::Context;
use crate::failure::Ended;
use crate::output;

/// Said by a process that is ready, and to it when all are.
const READY: &str = "ready";

/// An engine in a process of its own; `callboard bench` starts it.
#[derive(Debug, Args)]
pub(crate) struct Part {
    #[arg(long)]
    jobs: u32,
    #[arg(long, value_enum)]
    calls: Calls,
    #[arg(long)]
    lanes: usize,
}

impl Part {
    pub(super) async fn run(self, context: &Context) -> anyhow::Result<Ended> {
        output::line(READY)?;
        let mut stdin = tokio::io::stdin();
        let mut all_ready = [0];
        stdin.read_exact(&mut all_ready).await?;
        let running = engine::start(
            &context.url,
            Work {
                jobs: self.jobs,
                calls: self.calls,
                lanes: self.lanes,
            },
        );
        let log = running.log.clone();
        let told = || -> anyhow::Result<()> {
            let events: Vec<String> = log.take().iter().map(line_of).collect();
            if events.is_empty() {
                return Ok(());
            }
            output::line(events.join("\n"))
        };
        let mut rest = Vec::new();
        let over = stdin.read_to_end(&mut rest);
        tokio::pin!(over);
        loop {
            tokio::select! {
                ended = &mut over => {
                    ended?;
                    break;
                }
                () = tokio::time::sleep(LOOK) => told()?,
            }
        }
        running.finish().await;
        told()?;
        let troubles = log.troubles();
        for trouble in &troubles {
            output::note(trouble);
        }
        Ok(Ended::well_if(troubles.is_empty()))
    }
}

/// As in the file of events: tenant, job, start, end.
pub(super) fn line_of(event: &Event) -> String {
    let Event {
        tenant,
        job,
        start_ns,
        end_ns,
    } = event;
    format!("{tenant},{job},{start_ns},{end_ns}")
}

impl FromStr for Event {
    type Err = anyhow::Error;

    fn from_str(line: &str) -> anyhow::Result<Self> {
        let fields: Vec<&str> = line.split(',').collect();
        let [tenant, job, start_ns, end_ns] = fields[..] else {
            bail!("an event has four fields");
        };
        Ok(Self {
            tenant: tenant.parse()?,
            job: job.parse()?,
            start_ns: start_ns.parse()?,
            end_ns: end_ns.parse()?,
        })
    }
}

/// What came of it.
pub(super) struct Ran {
    /// When the engines were started.
    pub(super) began_ns: u64,
    pub(super) events: Vec<Event>,
    pub(super) faults: Vec<String>,
}

impl Ran {
    /// From the start of the engines to the first call: what a makespan, which begins with a call, does not show.
    #[expect(clippy::cast_precision_loss, reason = "milliseconds of a benchmark")]
    pub(super) fn first_call_after_ms(&self) -> f64 {
        let first = self.events.iter().map(|event| event.start_ns).min();
        first.unwrap_or(0).saturating_sub(self.began_ns) as f64 / 1e6
    }
}

/// Dials until so many calls are over, or nothing happens any more.
///
/// # Errors
/// When a process cannot be started or does not say what it should.
pub(super) async fn run(
    url: &str,
    work: Work,
    processes: usize,
    calls: usize,
) -> anyhow::Result<Ran> {
    if processes > 1 {
        return run_processes(url, work, processes, calls).await;
    }
    let began_ns = monotonic_ns();
    let running = engine::start(url, work);
    running.until_ended(calls).await;
    let log = running.log.clone();
    running.finish().await;
    Ok(Ran {
        began_ns,
        events: log.take(),
        faults: log.troubles(),
    })
}

async fn run_processes(
    url: &str,
    work: Work,
    processes: usize,
    calls: usize,
) -> anyhow::Result<Ran> {
    let (heard, mut hears) = mpsc::unbounded_channel();
    let (mut parts, mut readers) = (Vec::new(), JoinSet::new());
    for _ in 0..processes {
        let (child, stdin, lines) = start_part(url, work).await?;
        parts.push((child, stdin));
        readers.spawn(read_events(lines, heard.clone()));
    }
    drop(heard);
    let began_ns = monotonic_ns();
    for (_, stdin) in &mut parts {
        stdin.write_all(b"\n").await?;
    }
    let mut events: Vec<Event> = Vec::new();
    let counted = std::sync::atomic::AtomicUsize::new(0);
    let collect = async {
        while events.len() < calls {
            let Some(event) = hears.recv().await else {
                break;
            };
            events.push(event);
            counted.store(events.len(), std::sync::atomic::Ordering::Relaxed);
        }
    };
    let mut silence = Silence::default();
    tokio::select! {
        () = collect => {}
        _ = silence.wait(calls, || counted.load(std::sync::atomic::Ordering::Relaxed)) => {}
    }
    let mut faults = Vec::new();
    for (mut child, stdin) in parts {
        drop(stdin);
        if !child.wait().await?.success() {
            faults.push("an engine process failed".to_owned());
        }
    }
    while let Some(read) = readers.join_next().await {
        read??;
    }
    while let Ok(event) = hears.try_recv() {
        events.push(event);
    }
    Ok(Ran {
        began_ns,
        events,
        faults,
    })
}

type Lines = tokio::io::Lines<BufReader<tokio::process::ChildStdout>>;

/// Starts a process and waits until it is ready.
async fn start_part(url: &str, work: Work) -> anyhow::Result<(Child, ChildStdin, Lines)> {
    let calls = match work.calls {
        Calls::Timed => "timed",
        Calls::Instant => "instant",
        Calls::Endless => "endless",
    };
    let mut child = Command::new(std::env::current_exe()?)
        .args(["bench", "part", "--calls", calls])
        .args(["--jobs", &work.jobs.to_string()])
        .args(["--lanes", &work.lanes.to_string()])
        .env("DATABASE_URL", url)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .context("an engine process could not be started")?;
    let (stdin, stdout) = child
        .stdin
        .take()
        .zip(child.stdout.take())
        .context("no pipe")?;
    let mut lines = BufReader::new(stdout).lines();
    if lines.next_line().await?.as_deref() != Some(READY) {
        bail!("an engine process did not start");
    }
    Ok((child, stdin, lines))
}

async fn read_events(mut lines: Lines, heard: mpsc::UnboundedSender<Event>) -> anyhow::Result<()> {
    while let Some(line) = lines.next_line().await? {
        let event = line
            .parse()
            .context("an engine process said something else")?;
        if heard.send(event).is_err() {
            break;
        }
    }
    Ok(())
}
