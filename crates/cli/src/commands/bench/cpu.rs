//! CPU seconds of processes of this machine, from /proc.

use std::fs;

use rustix::param::clock_ticks_per_second;

use super::timer::monotonic_ns;

/// What counts towards the cost of a workload.
#[derive(Debug, Clone, Copy)]
pub(super) struct Processes {
    /// Parent of PostgreSQL's processes, when it runs on this machine.
    postmaster: Option<u32>,
}

/// CPU seconds since the processes began.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cpu {
    pub(super) ours: f64,
    /// None when PostgreSQL is on another machine.
    pub(super) postgres: Option<f64>,
    /// Of all processes of the machine.
    all: f64,
    at_ns: u64,
}

impl Cpu {
    pub(super) fn since(self, before: Self) -> Self {
        Self {
            ours: self.ours - before.ours,
            postgres: self
                .postgres
                .zip(before.postgres)
                .map(|(now, then)| now - then),
            all: self.all - before.all,
            at_ns: self.at_ns - before.at_ns,
        }
    }

    /// Of a difference: how many cores the rest of the machine kept busy.
    pub(super) fn foreign_cores(self) -> f64 {
        self.foreign_cores_beside(0.0)
    }

    /// The same, where processes that run on count too that burnt `others` CPU seconds.
    #[expect(clippy::cast_precision_loss, reason = "seconds of a benchmark")]
    pub(super) fn foreign_cores_beside(self, others: f64) -> f64 {
        let seconds = (self.at_ns as f64 / 1e9).max(0.01);
        ((self.all - self.ours - self.postgres.unwrap_or(0.0) - others) / seconds).max(0.0)
    }
}

impl Processes {
    /// Found by the process that serves a connection, unless that one runs elsewhere.
    pub(super) fn of(backend: i32) -> Self {
        let postmaster = u32::try_from(backend)
            .ok()
            .and_then(Stat::of)
            .filter(|stat| stat.name.starts_with("postgres"))
            .map(|stat| stat.parent);
        Self { postmaster }
    }

    /// Until now. A process of PostgreSQL that has ended is counted by its parent.
    pub(super) fn cpu(self) -> Cpu {
        let ours = Stat::of(std::process::id()).map_or(0.0, |own| own.own + own.children);
        let postgres = self.postmaster.and_then(|postmaster| {
            let parent = Stat::of(postmaster)?;
            let children: f64 = processes()
                .filter_map(Stat::of)
                .filter(|stat| stat.parent == postmaster)
                .map(|stat| stat.own)
                .sum();
            Some(parent.own + parent.children + children)
        });
        Cpu {
            ours,
            postgres,
            all: all_of_machine().unwrap_or(0.0),
            at_ns: monotonic_ns(),
        }
    }
}

/// CPU seconds of one process and its children that have ended.
pub(super) fn of_process(process: u32) -> Option<f64> {
    Stat::of(process).map(|stat| stat.own + stat.children)
}

/// CPU seconds of all processes of the machine that are called `name`.
pub(super) fn of_name(name: &str) -> f64 {
    processes()
        .filter_map(Stat::of)
        .filter(|stat| stat.name == name)
        .map(|stat| stat.own)
        .sum()
}

/// CPU seconds of everything but idling and waiting for disks.
fn all_of_machine() -> Option<f64> {
    let stat = fs::read_to_string("/proc/stat").ok()?;
    let ticks: Vec<u64> = stat
        .lines()
        .next()?
        .split_whitespace()
        .skip(1)
        .map_while(|ticks| ticks.parse().ok())
        .collect();
    let busy = [0, 1, 2, 5, 6];
    Some(seconds_of(
        busy.iter().filter_map(|place| ticks.get(*place)).sum(),
    ))
}

#[expect(clippy::cast_precision_loss, reason = "hundredths of seconds")]
fn seconds_of(ticks: u64) -> f64 {
    ticks as f64 / clock_ticks_per_second() as f64
}

fn processes() -> impl Iterator<Item = u32> {
    fs::read_dir("/proc")
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
}

/// What /proc says of a process.
struct Stat {
    name: String,
    parent: u32,
    /// CPU seconds of its own.
    own: f64,
    /// CPU seconds of its children that have ended.
    children: f64,
}

impl Stat {
    fn of(process: u32) -> Option<Self> {
        Self::read(&fs::read_to_string(format!("/proc/{process}/stat")).ok()?)
    }

    /// The name is in parentheses and may hold anything; the state and the parent follow.
    fn read(stat: &str) -> Option<Self> {
        let (head, rest) = stat.rsplit_once(')')?;
        let (_, name) = head.split_once('(')?;
        let fields: Vec<&str> = rest.split_whitespace().collect();
        let seconds = |place: usize| {
            let ticks = fields.get(place)?.parse().ok()?;
            Some(seconds_of(ticks))
        };
        Some(Self {
            name: name.to_owned(),
            parent: fields.get(1)?.parse().ok()?,
            own: seconds(11)? + seconds(12)?,
            children: seconds(13)? + seconds(14)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_may_be_called_anything() {
        let line = "17 (a) b (c) S 4 17 17 0 -1 0 0 0 0 0 100 200 300 400 20 0 1 0 5";
        let stat = Stat::read(line).expect("as /proc writes it");
        assert_eq!((stat.name.as_str(), stat.parent), ("a) b (c", 4));
        let tick = 1.0 / f64::from(u32::try_from(clock_ticks_per_second()).expect("some hundred"));
        assert!((stat.own - 300.0 * tick).abs() < 1e-9);
        assert!((stat.children - 700.0 * tick).abs() < 1e-9);
    }

    #[test]
    fn this_process_has_a_parent() {
        assert!(Stat::of(std::process::id()).is_some_and(|stat| stat.parent > 0));
        assert!(Processes::of(-1).cpu().postgres.is_none());
    }
}
