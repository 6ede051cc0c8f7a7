//! Memory and open files of processes of this machine, from /proc.

use std::fs;

use anyhow::{Context as _, ensure};

/// What a process holds in memory now, and held at most, in MiB.
#[derive(Debug, Clone, Copy)]
pub(super) struct Resident {
    pub(super) now: f64,
    pub(super) most: f64,
}

impl Resident {
    /// # Errors
    /// When there is no such process.
    pub(super) fn of(process: u32) -> anyhow::Result<Self> {
        let path = format!("/proc/{process}/status");
        let status = fs::read_to_string(&path).with_context(|| format!("{path} cannot be read"))?;
        let mib = |name: &str| -> Option<f64> {
            let line = status.lines().find_map(|line| line.strip_prefix(name))?;
            let kib: f64 = line.split_whitespace().next()?.parse().ok()?;
            Some(kib / 1024.0)
        };
        let told = mib("VmRSS:").zip(mib("VmHWM:"));
        let (now, most) = told.with_context(|| format!("{path} tells of no memory"))?;
        Ok(Self { now, most })
    }
}

/// Whether this process, and each that it starts, may have so many files open.
///
/// # Errors
/// When it may not.
pub(super) fn may_open(wanted: u32) -> anyhow::Result<()> {
    let limits = fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let limit = limits
        .lines()
        .find_map(|line| line.strip_prefix("Max open files"));
    let soft = limit.and_then(|limit| limit.split_whitespace().next()?.parse::<u32>().ok());
    ensure!(
        soft.is_none_or(|soft| soft >= wanted),
        "{wanted} files must be open at once and {} may be; raise it with: ulimit -n {wanted}",
        soft.unwrap_or_default()
    );
    Ok(())
}
