//! What each gate says of the facts.

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;

use super::moment::moment;
use super::{Facts, Gate, Lines, Rest, Verdict, next_day_start};
use crate::messages::{self, Language};

/// Asks the gates about one lead.
pub(super) struct Judge<'a> {
    pub(super) facts: &'a Facts,
    pub(super) now: DateTime<Utc>,
    pub(super) language: Language,
}

/// Whether it passes, what was seen, and when it opens.
type Said = (bool, String, Option<DateTime<Utc>>);

impl Judge<'_> {
    pub(super) fn asks(&self, gate: Gate) -> Verdict {
        let (passed, detail, until) = match gate {
            Gate::Deleted => self.deleted(),
            Gate::NoPhoneNumber => self.no_phone_number(),
            Gate::Suppressed => self.suppression(),
            Gate::BusinessSuspended => self.suspension(),
            Gate::Run => self.run(),
            Gate::Due => self.due(),
            Gate::CallingWindow => self.calling_window(),
            Gate::InACall => self.in_a_call(),
            Gate::Gap => self.gap(),
            Gate::DailyCap => self.daily_cap(),
            Gate::Lines => self.lines(),
            Gate::RunConcurrency => self.run_concurrency(),
            Gate::CallerNumber => self.caller_number(),
            Gate::PublicHost => self.public_host(),
            Gate::CarrierPace => self.carrier_pace(),
        };
        Verdict {
            gate,
            passed,
            detail,
            until,
        }
    }

    fn deleted(&self) -> Said {
        if self.facts.is_deleted {
            return stops(messages::text(self.language, "gate-deleted", &[]));
        }
        passes(messages::text(self.language, "gate-not-deleted", &[]))
    }

    fn no_phone_number(&self) -> Said {
        if self.facts.has_number {
            return passes(messages::text(self.language, "gate-phone-number", &[]));
        }
        stops(messages::text(self.language, "gate-no-phone-number", &[]))
    }

    fn suppression(&self) -> Said {
        match self.facts.suppressed_since {
            Some(since) => {
                let since = ("since", self.moment(since).into());
                stops(messages::text(self.language, "gate-suppressed", &[since]))
            }
            None => passes(messages::text(self.language, "gate-not-suppressed", &[])),
        }
    }

    fn suspension(&self) -> Said {
        match self.facts.suspended_since {
            Some(since) => {
                let since = ("since", self.moment(since).into());
                stops(messages::text(
                    self.language,
                    "gate-business-suspended",
                    &[since],
                ))
            }
            None => passes(messages::text(self.language, "gate-business-active", &[])),
        }
    }

    fn run(&self) -> Said {
        let Some(job) = &self.facts.job else {
            return stops(messages::text(self.language, "gate-in-no-run", &[]));
        };
        let run = ("run", job.run.to_string().into());
        let why = job.last_error.as_ref();
        let why = why.map_or_else(String::new, |error| format!(": {error}"));
        let why = ("why", why.into());
        let is_over = |status: &str| matches!(status, "completed" | "failed" | "cancelled");
        if is_over(&job.run_status) {
            let values = [run, ("status", job.run_status.as_str().into()), why];
            return stops(messages::text(self.language, "gate-run-over", &values));
        }
        if is_over(&job.status) {
            let values = [run, ("status", job.status.as_str().into())];
            return stops(messages::text(self.language, "gate-job-over", &values));
        }
        if job.cancel_requested {
            return stops(messages::text(self.language, "gate-job-leaving", &[run]));
        }
        if job.pause_requested {
            return stops(messages::text(
                self.language,
                "gate-run-paused",
                &[run, why],
            ));
        }
        match job.start_at {
            Some(at) if at > self.now => {
                let values = [run, ("at", self.moment(at).into())];
                let detail = messages::text(self.language, "gate-run-later", &values);
                (false, detail, Some(at))
            }
            _ if job.run_status == "running" => {
                passes(messages::text(self.language, "gate-run-under-way", &[run]))
            }
            _ => stops(messages::text(self.language, "gate-run-starting", &[run])),
        }
    }

    fn due(&self) -> Said {
        let Some(job) = &self.facts.job else {
            return passes(messages::text(self.language, "gate-no-job", &[]));
        };
        let is_later = |at: &DateTime<Utc>| job.status == "queued" && *at > self.now;
        let Some(due_at) = job.due_at.filter(is_later) else {
            return passes(messages::text(self.language, "gate-due", &[]));
        };
        let by = job.deferred_by.as_deref().unwrap_or_default();
        // A gate that is still closed speaks for itself.
        let gate = Gate::ALL.into_iter().find(|gate| gate.code() == by);
        let by = ("by", by.into());
        if gate.is_some_and(|gate| !self.asks(gate).passed) {
            return passes(messages::text(self.language, "gate-put-aside", &[by]));
        }
        let values = [by, ("at", self.moment(due_at).into())];
        let detail = messages::text(self.language, "gate-due-later", &values);
        (false, detail, Some(due_at))
    }

    fn calling_window(&self) -> Said {
        let own = self.facts.time_zone;
        let Some(windows) = &self.facts.windows else {
            return passes(messages::text(self.language, "gate-any-hour", &[]));
        };
        let zones = [own, self.facts.person_zone.unwrap_or(own)];
        let is_closed = |zone: &Tz| !windows.is_open(self.now, *zone);
        let Some(closed) = zones.into_iter().find(is_closed) else {
            return passes(messages::text(self.language, "gate-within-hours", &[]));
        };
        let place = ("zone", closed.name().into());
        let rest = windows.rest(self.now, closed);
        let rest = ("rest", rest.map_or("none", Rest::as_str).into());
        let opens = windows.next_common_opening(self.now, &zones);
        let detail = match opens.map(|at| ("at", self.moment(at).into())) {
            Some(at) if closed == own => {
                messages::text(self.language, "gate-outside-hours", &[rest, at])
            }
            Some(at) => messages::text(
                self.language,
                "gate-outside-hours-of-person",
                &[rest, at, place],
            ),
            None if closed == own => messages::text(self.language, "gate-never-open", &[]),
            None => messages::text(self.language, "gate-never-open-for-person", &[place]),
        };
        (false, detail, opens)
    }

    fn in_a_call(&self) -> Said {
        if self.facts.calls.in_the_air {
            return stops(messages::text(self.language, "gate-in-a-call", &[]));
        }
        passes(messages::text(self.language, "gate-in-no-call", &[]))
    }

    fn gap(&self) -> Said {
        let spacing = self.facts.spacing;
        let Some((minutes, gap)) = spacing.min_gap_minutes.zip(spacing.gap()) else {
            return passes(messages::text(self.language, "gate-no-gap-set", &[]));
        };
        let minutes = ("minutes", minutes.into());
        match (self.facts.calls.last_at, spacing.gap_began(self.now)) {
            (Some(last), Some(began)) if last > began => {
                let values = [minutes, ("last", self.moment(last).into())];
                let detail = messages::text(self.language, "gate-gap", &values);
                (false, detail, Some(last + gap))
            }
            _ => passes(messages::text(self.language, "gate-gap-over", &[minutes])),
        }
    }

    fn daily_cap(&self) -> Said {
        let today = self.facts.calls.today;
        let Some(most) = self.facts.spacing.max_calls_per_day else {
            return passes(messages::text(self.language, "gate-no-cap-set", &[]));
        };
        let values = [("today", today.into()), ("most", most.into())];
        let detail = messages::text(self.language, "gate-daily-cap", &values);
        if today < i64::from(most) {
            return passes(detail);
        }
        let until = next_day_start(self.now, self.facts.time_zone);
        (false, detail, Some(until))
    }

    fn lines(&self) -> Said {
        let (outbound, total) = (self.facts.outbound_lines, self.facts.total_lines);
        let values = [
            ("outboundTaken", outbound.taken.into()),
            ("outbound", outbound.open.into()),
            ("totalTaken", total.taken.into()),
            ("total", total.open.into()),
        ];
        let detail = messages::text(self.language, "gate-lines", &values);
        (!outbound.is_full() && !total.is_full(), detail, None)
    }

    fn run_concurrency(&self) -> Said {
        let Some(job) = &self.facts.job else {
            return passes(messages::text(self.language, "gate-in-no-run", &[]));
        };
        let Lines { open, taken } = job.lines;
        let values = [
            ("taken", taken.into()),
            ("open", open.into()),
            ("run", job.run.to_string().into()),
        ];
        let detail = messages::text(self.language, "gate-run-concurrency", &values);
        (!job.lines.is_full(), detail, None)
    }

    fn caller_number(&self) -> Said {
        if self.facts.has_caller_number {
            return passes(messages::text(self.language, "gate-caller-number", &[]));
        }
        stops(messages::text(self.language, "gate-no-caller-number", &[]))
    }

    fn public_host(&self) -> Said {
        match self.facts.has_public_host {
            Some(true) => passes(messages::text(self.language, "gate-public-host", &[])),
            Some(false) => stops(messages::text(self.language, "gate-no-public-host", &[])),
            None => passes(messages::text(
                self.language,
                "gate-public-host-unknown",
                &[],
            )),
        }
    }

    fn carrier_pace(&self) -> Said {
        match self.facts.carrier_wait {
            None => passes(messages::text(self.language, "gate-no-carrier-pace", &[])),
            Some(wait) if wait <= TimeDelta::zero() => {
                passes(messages::text(self.language, "gate-carrier-free", &[]))
            }
            Some(wait) => {
                // Rounded up: at that second it is open.
                let seconds = wait.num_seconds() + i64::from(wait.subsec_nanos() > 0);
                let detail = messages::text(
                    self.language,
                    "gate-carrier-pace",
                    &[("seconds", seconds.into())],
                );
                (false, detail, self.now.checked_add_signed(wait))
            }
        }
    }

    fn moment(&self, at: DateTime<Utc>) -> String {
        moment(self.language, at, self.now, self.facts.time_zone)
    }
}

fn passes(detail: String) -> Said {
    (true, detail, None)
}

fn stops(detail: String) -> Said {
    (false, detail, None)
}
