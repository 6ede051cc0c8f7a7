//! What the gates look at.

use chrono::{DateTime, SecondsFormat, Utc};
use chrono_tz::Tz;

use super::{CallingWindows, Gate, Spacing, Verdict, next_day_start};
use crate::ids::RunId;

/// Everything that decides whether a lead is dialled now.
#[derive(Debug, Clone, PartialEq)]
pub struct Facts {
    /// Whether the lead was deleted.
    pub is_deleted: bool,
    /// Whether it has a valid number.
    pub has_number: bool,
    /// Since when its number must not be called.
    pub suppressed_since: Option<DateTime<Utc>>,
    /// Its job, where it has one.
    pub job: Option<JobFacts>,
    /// Where the business lives.
    pub time_zone: Tz,
    /// Where the person lives, where that is known.
    pub person_zone: Option<Tz>,
    /// When the business calls; always, when it has set nothing.
    pub windows: Option<CallingWindows>,
    /// How densely one person is called.
    pub spacing: Spacing,
    /// The calls to the number.
    pub calls: CallsToNumber,
    /// The lines for outbound calls.
    pub outbound_lines: Lines,
    /// The lines for all calls.
    pub total_lines: Lines,
    /// Whether the business has a number to call from.
    pub has_caller_number: bool,
    /// Whether the carrier can reach the installation; the dialer alone is sure, whoever else does not know says `None`.
    pub has_public_host: Option<bool>,
}

/// A job and its run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobFacts {
    /// The run.
    pub run: RunId,
    /// `queued`, `dialing`, `calling`, `completed`, `failed` or `cancelled`.
    pub status: String,
    /// Not before this, where it was put aside.
    pub due_at: Option<DateTime<Utc>>,
    /// What it was put aside for: `retry`, `carrier`, or the code of a gate.
    pub deferred_by: Option<String>,
    /// `pending`, `running`, `paused`, `completed`, `failed` or `cancelled`.
    pub run_status: String,
    /// A cancel is asked for, of the run or of the job alone.
    pub cancel_requested: bool,
    /// A pause is asked for.
    pub pause_requested: bool,
    /// Why the run failed or was paused.
    pub last_error: Option<String>,
    /// The run starts not before this.
    pub start_at: Option<DateTime<Utc>>,
    /// Calls of the run in the air, and how many there may be.
    pub lines: Lines,
}

/// Outbound calls to one number that could make the phone ring, over all runs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CallsToNumber {
    /// Whether one is in the air.
    pub in_the_air: bool,
    /// When the last one began.
    pub last_at: Option<DateTime<Utc>>,
    /// How many began today, in the business's time zone.
    pub today: i64,
}

/// Places for calls.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Lines {
    /// How many there are.
    pub open: i64,
    /// How many are taken.
    pub taken: i64,
}

impl Lines {
    const fn is_full(self) -> bool {
        self.taken >= self.open
    }
}

/// Whether it passes, what was seen, and when it opens.
type Said = (bool, String, Option<DateTime<Utc>>);

impl Facts {
    pub(super) fn verdict(&self, gate: Gate, now: DateTime<Utc>) -> Verdict {
        let (passed, detail, until) = match gate {
            Gate::Deleted => unless(self.is_deleted, "the lead was deleted", "the lead exists"),
            Gate::NoPhoneNumber => unless(
                !self.has_number,
                "the lead has no phone number",
                "the lead has a phone number",
            ),
            Gate::Suppressed => self.suppression(),
            Gate::Run => self.run(now),
            Gate::Due => self.due(now),
            Gate::CallingWindow => self.calling_window(now),
            Gate::InACall => unless(
                self.calls.in_the_air,
                "a call to the number is in the air",
                "no call to the number is in the air",
            ),
            Gate::Gap => self.gap(now),
            Gate::DailyCap => self.daily_cap(now),
            Gate::Lines => self.lines(),
            Gate::RunConcurrency => self.run_concurrency(),
            Gate::CallerNumber => unless(
                !self.has_caller_number,
                "the business has no number to call from",
                "the business has a number to call from",
            ),
            Gate::PublicHost => match self.has_public_host {
                Some(has) => unless(!has, "PUBLIC_HOST is not set", "PUBLIC_HOST is set"),
                None => passes("known to the dialer only; without one its runs fail"),
            },
        };
        Verdict {
            gate,
            passed,
            detail,
            until,
        }
    }

    fn suppression(&self) -> Said {
        match self.suppressed_since {
            Some(since) => stops(format!("the number is suppressed since {}", time(since))),
            None => passes("the number is not suppressed"),
        }
    }

    fn run(&self, now: DateTime<Utc>) -> Said {
        let Some(job) = &self.job else {
            return stops("the lead is in no run");
        };
        let run = job.run;
        let why = job
            .last_error
            .as_ref()
            .map_or_else(String::new, |error| format!(": {error}"));
        if matches!(
            job.run_status.as_str(),
            "completed" | "failed" | "cancelled"
        ) {
            return stops(format!("run {run} is over ({}){why}", job.run_status));
        }
        if matches!(job.status.as_str(), "completed" | "failed" | "cancelled") {
            return stops(format!("its job in run {run} is over ({})", job.status));
        }
        if job.cancel_requested {
            return stops(format!("it is being taken out of run {run}"));
        }
        if job.pause_requested {
            return stops(format!("run {run} is paused{why}"));
        }
        match job.start_at {
            Some(at) if at > now => (false, format!("run {run} starts at {}", time(at)), Some(at)),
            _ if job.run_status == "running" => passes(format!("run {run} is under way")),
            _ => stops(format!("run {run} is about to start")),
        }
    }

    fn due(&self, now: DateTime<Utc>) -> Said {
        let Some(job) = &self.job else {
            return passes("it has no job to wait for");
        };
        let Some(due_at) = job.due_at.filter(|at| job.status == "queued" && *at > now) else {
            return passes("its job is due");
        };
        let by = job.deferred_by.as_deref().unwrap_or_default();
        // A gate that is still closed speaks for itself.
        let gate = Gate::ALL.into_iter().find(|gate| gate.code() == by);
        if gate.is_some_and(|gate| !self.verdict(gate, now).passed) {
            return passes(format!("its job was put aside ({by})"));
        }
        (
            false,
            format!("its job is due at {} ({by})", time(due_at)),
            Some(due_at),
        )
    }

    fn calling_window(&self, now: DateTime<Utc>) -> Said {
        let Some(windows) = &self.windows else {
            return passes("the business calls at any hour");
        };
        let zones = [self.time_zone, self.person_zone.unwrap_or(self.time_zone)];
        let Some(closed) = zones.into_iter().find(|zone| !windows.is_open(now, *zone)) else {
            return passes("within the business's calling hours");
        };
        let whose = match closed == self.time_zone {
            true => "",
            false => " on the person's clock",
        };
        match windows.next_common_opening(now, &zones) {
            Some(at) => {
                let local = at.with_timezone(&closed).format("%Y-%m-%d %H:%M");
                let detail = format!(
                    "outside the business's calling hours{whose}; they begin at {local} ({closed})"
                );
                (false, detail, Some(at))
            }
            None => stops(format!(
                "outside the business's calling hours{whose}, which never begin"
            )),
        }
    }

    fn gap(&self, now: DateTime<Utc>) -> Said {
        let Some((minutes, gap)) = self.spacing.min_gap_minutes.zip(self.spacing.gap()) else {
            return passes("no gap between calls is set");
        };
        match (self.calls.last_at, self.spacing.gap_began(now)) {
            (Some(last), Some(began)) if last > began => {
                let until = last + gap;
                let detail = format!(
                    "the last call began at {}, less than {minutes} min ago",
                    time(last)
                );
                (false, detail, Some(until))
            }
            _ => passes(format!("no call in the last {minutes} min")),
        }
    }

    fn daily_cap(&self, now: DateTime<Utc>) -> Said {
        let today = self.calls.today;
        let Some(most) = self.spacing.max_calls_per_day else {
            return passes("no limit of calls per day is set");
        };
        if today < i64::from(most) {
            return passes(format!("{today} of {most} calls today"));
        }
        let until = next_day_start(now, self.time_zone);
        (false, format!("{today} of {most} calls today"), Some(until))
    }

    fn lines(&self) -> Said {
        let (outbound, total) = (self.outbound_lines, self.total_lines);
        let detail = format!(
            "{} of {} outbound lines and {} of {} lines are taken",
            outbound.taken, outbound.open, total.taken, total.open
        );
        (!outbound.is_full() && !total.is_full(), detail, None)
    }

    fn run_concurrency(&self) -> Said {
        let Some(job) = &self.job else {
            return passes("it is in no run");
        };
        let detail = format!(
            "{} of {} calls of run {} are in the air",
            job.lines.taken, job.lines.open, job.run
        );
        (!job.lines.is_full(), detail, None)
    }
}

fn unless(stopped: bool, why: &str, why_not: &str) -> Said {
    if stopped { stops(why) } else { passes(why_not) }
}

fn passes(detail: impl Into<String>) -> Said {
    (true, detail.into(), None)
}

fn stops(detail: impl Into<String>) -> Said {
    (false, detail.into(), None)
}

fn time(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}
