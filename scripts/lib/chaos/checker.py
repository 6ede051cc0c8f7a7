"""Whether the promises were kept: by what the carrier saw and by statements of this file's own, whose authors were not those
of the system. Nothing here asks `callboard verify` or the API, and no log is read.

A check answers how many cases it looked at and which of them were wrong.
"""

import datetime
import zoneinfo
from dataclasses import dataclass
from itertools import groupby

from city import City, messages, query

# Where events lie that nobody could handle.
PARKED = "callboard.parked"

# What was claimed before a wish to be left alone may still be dialled until half of the claim's lease (6 s) is over.
CLAIMED_BEFORE = datetime.timedelta(seconds=3.5)


@dataclass
class Finding:
    """What one check found."""

    promise: str
    cases: int
    wrong: list[str]

    @property
    def holds(self) -> bool:
        return not self.wrong and self.cases > 0

    def bound(self) -> str:
        """With no failure in n cases, the rate of failure is below 3/n with a confidence of 95 % (the rule of three)."""
        return f"< {3 / self.cases:.2g}" if self.holds else "—"


def instant(text: str) -> datetime.datetime:
    return datetime.datetime.fromisoformat(text)


class Checker:
    """Looks at one campaign."""

    def __init__(self, city: City, report: dict, trespasses: list[str], tried: int):
        self.city, self.report = city, report
        self.trespasses, self.tried = trespasses, tried
        self.by_id = {business.id: business for business in city.businesses}
        self.by_caller = {business.caller: business for business in city.businesses}
        # The calls that the carrier made for us: (number, call).
        self.dials = [(dial["to"], call) for dial in report["dials"] for call in dial["calls"]]

    def rows(self, statement: str) -> list[list[str]]:
        return query(self.city.operator_url, statement)

    def all(self) -> list[Finding]:
        return [
            self.outbound_limit(),
            self.total_limit(),
            self.one_phone_per_attempt(),
            self.calls_per_job(),
            self.every_dial_is_known(),
            self.every_end_is_known(),
            self.no_slot_without_a_call(),
            self.calling_hours(),
            self.left_alone(),
            self.one_decision_per_conversation(),
            self.one_trace_per_conversation(),
            self.status_is_replayed(),
            self.statuses_are_own(),
            self.every_event_is_published(),
            self.every_event_had_its_effect(),
            self.nothing_waits_at_the_broker(),
            self.run_counters(),
            self.walls_by_rows(),
            self.walls_by_api(),
        ]

    # ── Calls ────────────────────────────────────────────────────────────────────────────────────────────────────────

    def outbound_limit(self) -> Finding:
        """Swept over the carrier's own times: at no instant more calls from a business's number than it may have."""
        wrong = []
        for caller, calls in groupby(sorted(self.dials, key=lambda d: d[1]["from"]), key=lambda d: d[1]["from"]):
            limit = self.by_caller[caller].max_outbound if caller in self.by_caller else 0
            most, at = peak([(call["created_at"], call["ended_at"]) for _, call in calls])
            if most > limit:
                wrong.append(f"{caller}: {most} calls in the air at {at}, its limit is {limit}")
        # The same as the carrier counted it while it went on.
        for caller in self.report["callers"]:
            business = self.by_caller.get(caller["number"])
            if business and caller["most_simultaneous_outbound"] > business.max_outbound:
                wrong.append(f"{caller['number']}: {caller['most_simultaneous_outbound']}, its limit is {business.max_outbound}")
        return Finding("never more outbound calls in the air than the limit", len(self.dials), wrong)

    def total_limit(self) -> Finding:
        """The outbound calls as above, and the inbound ones from when they were answered: a busy signal is no call."""
        answered = [call for call in self.report["inbound"] if call["answered_at"]]
        wrong = []
        for business in self.city.businesses:
            spans = [(call["created_at"], call["ended_at"]) for _, call in self.dials if call["from"] == business.caller]
            spans += [(call["answered_at"], call["ended_at"]) for call in answered if call["to"] == business.caller]
            most, at = peak(spans)
            if most > business.max_total:
                wrong.append(f"{business.name}: {most} calls in the air at {at}, its limit is {business.max_total}")
        return Finding("never more calls in the air than the total limit", len(self.dials) + len(answered), wrong)

    def one_phone_per_attempt(self) -> Finding:
        """Each phone rings for one call at a time, and no more calls reached a number than attempts were written down."""
        attempts = {
            (int(business), number): int(n)
            for business, number, n in self.rows(
                "SELECT business_id, to_number, count(*) FROM call_log WHERE direction = 'outbound' GROUP BY 1, 2"
            )
        }
        wrong = []
        for number, calls in groupby(sorted(self.dials, key=lambda d: d[0]), key=lambda d: d[0]):
            calls = [call for _, call in calls]
            most, at = peak([(call["created_at"], call["ended_at"]) for call in calls])
            owner = self.by_caller[calls[0]["from"]].id
            written = attempts.get((owner, number), 0)
            if most > 1:
                wrong.append(f"{number} rang for {most} calls at once at {at}")
            if len(calls) > written:
                wrong.append(f"{number} rang {len(calls)} times, and {written} attempts are written down")
        return Finding("one phone rings at most once per attempt", len(self.dials), wrong)

    def calls_per_job(self) -> Finding:
        """By the carrier: a number rings no more often than its jobs allow, each once and again as the retries say."""
        jobs = self.rows(
            "SELECT j.business_id, l.phone_e164, count(*) FROM outbound_call_jobs j "
            "JOIN leads l ON l.tenant_id = j.business_id AND l.id = j.lead_id GROUP BY 1, 2"
        )
        allowed = {number: int(n) * (1 + self.by_id[int(b)].retries) for b, number, n in jobs}
        wrong = []
        for number, calls in groupby(sorted(self.dials, key=lambda d: d[0]), key=lambda d: d[0]):
            rang = len(list(calls))
            if rang > allowed.get(number, 0):
                wrong.append(f"{number} rang {rang} times, its jobs allow {allowed.get(number, 0)}")
        return Finding("no job rings a phone more often than it may", sum(int(n) for *_, n in jobs), wrong)

    def every_dial_is_known(self) -> Finding:
        """Each call of the carrier's is a row of its business, with the number that rang."""
        rows = self.rows("SELECT call_sid, business_id, to_number FROM call_log WHERE direction = 'outbound' AND call_sid > ''")
        known = {sid: (int(business), number) for sid, business, number in rows}
        wrong = []
        for number, call in self.dials:
            owner = self.by_caller[call["from"]].id
            if known.get(call["sid"]) != (owner, number):
                wrong.append(f"{call['sid']} to {number} is {known.get(call['sid'], 'nowhere')}")
        strange = set(known) - {call["sid"] for _, call in self.dials}
        wrong += [f"{sid} is written down, and the carrier does not know it" for sid in sorted(strange)]
        return Finding("every call of the carrier's is written down, and no other", len(self.dials), wrong)

    def every_end_is_known(self) -> Finding:
        """Each ended call has the end that the carrier gave it, and its job is over or waits for its next call."""
        rows = self.rows(
            "SELECT c.call_sid, c.status, c.ended_at IS NOT NULL, coalesce(j.status, '') FROM call_log c "
            "LEFT JOIN outbound_call_jobs j ON j.business_id = c.business_id AND j.id = c.job_id WHERE c.call_sid > ''"
        )
        known = {sid: (status, ended == "t", job) for sid, status, ended, job in rows}
        wrong = []
        ended = [call for _, call in self.dials] + [call for call in self.report["inbound"] if call["answered_at"]]
        for call in ended:
            status, is_over, job = known.get(call["sid"], ("nothing", False, ""))
            if not call["status"] or status != call["status"] or not is_over or job in ("dialing", "calling"):
                wrong.append(f"{call['sid']} ended as {call['status']}, here it is {status} and its job {job or 'none'}")
        return Finding("every ended call is accounted for as it ended", len(ended), wrong)

    def no_slot_without_a_call(self) -> Finding:
        rows = self.rows(
            "SELECT business_id, id, coalesce(call_sid, dial_state::text), created_at FROM call_log WHERE ended_at IS NULL"
        )
        live = {call["sid"] for _, call in self.dials if not call["ended_at"]}
        wrong = [f"call {row[1]} ({row[2]}) of {row[0]} holds a line since {row[3]}" for row in rows if row[2] not in live]
        wrong += [
            f"job {job} of business {business} is {status} without a call"
            for business, job, status in self.rows(
                "SELECT business_id, id, status FROM outbound_call_jobs j WHERE status IN ('dialing', 'calling') "
                "AND NOT EXISTS (SELECT FROM call_log c WHERE c.business_id = j.business_id AND c.job_id = j.id "
                "AND c.ended_at IS NULL)"
            )
        ]
        lines = self.rows("SELECT count(*) FROM call_slots")
        return Finding("no line is held without a call", int(lines[0][0]), wrong)

    def calling_hours(self) -> Finding:
        """Read on the business's own clock. The businesses without hours do not count."""
        wrong, cases = [], 0
        for business in self.city.businesses:
            if business.hours is None:
                continue
            cases += len(business.leads)
            zone = zoneinfo.ZoneInfo(business.time_zone)
            for number, call in self.dials:
                local = instant(call["created_at"]).astimezone(zone)
                minute = local.hour * 60 + local.minute
                if call["from"] == business.caller and not any(a <= minute < b for a, b in business.hours):
                    wrong.append(f"{number} was called at {local:%H:%M} in {business.time_zone}, outside {business.hours}")
        return Finding("nobody is called outside the hours of the business's own clock", cases, wrong)

    def left_alone(self) -> Finding:
        """Nobody is called after their wish to be left alone was written down."""
        rows = self.rows("SELECT business_id, phone_e164, created_at AT TIME ZONE 'UTC' FROM suppressions")
        since = {(int(b), number): instant(at).replace(tzinfo=datetime.UTC) for b, number, at in rows}
        wrong = []
        for number, call in self.dials:
            at = since.get((self.by_caller[call["from"]].id, number))
            if at and instant(call["created_at"]) > at + CLAIMED_BEFORE:
                wrong.append(f"{number} asked at {at} to be left alone and was called at {call['created_at']}")
        return Finding("nobody is called who asked to be left alone", len(since), wrong)

    # ── Decisions ────────────────────────────────────────────────────────────────────────────────────────────────────

    def one_decision_per_conversation(self) -> Finding:
        """Every ended call that the carrier had, and every WhatsApp session that is closed, led to one decision."""
        decided: dict[tuple[int, str], int] = {}
        for business, event, n in self.rows("SELECT business_id, source_event_id, count(*) FROM lead_status_events GROUP BY 1, 2"):
            decided[(int(business), event)] = int(n)
        wanted = [(self.by_caller[call["from"]].id, call["sid"]) for _, call in self.dials]
        wanted += [(self.by_caller[c["to"]].id, c["sid"]) for c in self.report["inbound"] if c["answered_at"]]
        wanted += [
            (int(business), f"wa_session_{session}_{key}")
            for business, session, key in self.rows(
                "SELECT business_id, id, canonical_key FROM whatsapp_sessions WHERE state = 'closed'"
            )
        ]
        wrong = [f"{event} of {business} led to {decided.get((business, event), 0)} decisions"
                 for business, event in wanted if decided.get((business, event), 0) != 1]
        # A call that came in and was taken, whose TwiML was lost on the way, may be decided on as well.
        may = {(self.by_caller[call["to"]].id, call["sid"]) for call in self.report["inbound"]}
        about_nothing = sorted(set(decided) - set(wanted) - may)
        wrong += [f"{event} of {business} is a decision about nothing" for business, event in about_nothing]
        return Finding("one decision per conversation", len(wanted), wrong)

    def one_trace_per_conversation(self) -> Finding:
        """One entry of the timeline and one line in the notes per conversation, whatever was delivered how often."""
        rows = self.rows(
            "SELECT business_id, coalesce(payload ->> 'call_sid', payload ->> 'session_key'), count(*) FROM lead_activities "
            "WHERE type IN ('call', 'whatsapp') GROUP BY 1, 2"
        )
        wrong = [f"{event} of {business} has {n} entries in the timeline" for business, event, n in rows if n != "1"]
        decided = self.rows("SELECT count(*) FROM lead_status_events")
        if int(decided[0][0]) != len(rows):
            wrong.append(f"{decided[0][0]} decisions, and {len(rows)} conversations in the timelines")
        changes = self.rows(
            "SELECT h.tenant_id, h.decision_id, count(*) FROM lead_status_history h WHERE h.decision_id IS NOT NULL "
            "AND h.channel <> 'manual' GROUP BY 1, 2 HAVING count(*) > 1"
        )
        wrong += [f"decision {decision} of {business} changed the status {n} times" for business, decision, n in changes]
        return Finding("one trace of each conversation", len(rows), wrong)

    def status_is_replayed(self) -> Finding:
        """From the first column, change by change, each beginning where the one before ended, to where the lead stands."""
        histories: dict[tuple[str, str], list[tuple[str, str]]] = {}
        for tenant, lead, old, new in self.rows(
            "SELECT tenant_id, lead_id, coalesce(old_status, ''), new_status FROM lead_status_history ORDER BY id"
        ):
            histories.setdefault((tenant, lead), []).append((old, new))
        leads = self.rows(
            "SELECT l.tenant_id, l.id, l.status, s.name FROM leads l "
            "JOIN lead_statuses s ON s.business_id = l.tenant_id AND s.is_default WHERE l.deleted_at IS NULL"
        )
        wrong = []
        for tenant, lead, stands, first in leads:
            at = first
            for old, new in histories.get((tenant, lead), []):
                if old not in (at, ""):
                    wrong.append(f"lead {lead} of {tenant} moved from {old} when it stood in {at}")
                at = new
            if at != stands:
                wrong.append(f"lead {lead} of {tenant} stands in {stands}, its history ends in {at}")
        return Finding("a lead stands where its history ends", len(leads), wrong)

    def statuses_are_own(self) -> Finding:
        rows = self.rows(
            "SELECT l.tenant_id, l.id, l.status, EXISTS (SELECT FROM lead_statuses s WHERE s.business_id = l.tenant_id "
            "AND s.name = l.status) FROM leads l"
        )
        wrong = [f"lead {lead} of {tenant} stands in {status}" for tenant, lead, status, own in rows if own != "t"]
        return Finding("a status is one of the business's own", len(rows), wrong)

    # ── Events ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def every_event_is_published(self) -> Finding:
        rows = self.rows(
            "SELECT type, count(*), count(*) FILTER (WHERE published_at IS NULL) FROM outbox_events GROUP BY 1 ORDER BY 1"
        )
        wrong = [f"{unpublished} of {n} {kind} are not published" for kind, n, unpublished in rows if unpublished != "0"]
        return Finding("no event is left unpublished", sum(int(n) for _, n, _ in rows), wrong)

    def every_event_had_its_effect(self) -> Finding:
        """What the queues with an inbox had to take in, they took in: by the ids that the outbox has."""
        rows = self.rows(
            "SELECT o.type, count(*), count(*) FILTER (WHERE i.event_id IS NULL) FROM outbox_events o "
            "LEFT JOIN inbox_events i ON i.business_id = o.business_id AND i.event_id = o.event_id AND i.consumer = 'status-engine' "
            "WHERE o.type = 'status.suggested' GROUP BY 1"
        )
        wrong = [f"{missing} of {n} {kind} had no effect" for kind, n, missing in rows if missing != "0"]
        return Finding("every suggestion was taken in", sum(int(n) for _, n, _ in rows), wrong)

    def nothing_waits_at_the_broker(self) -> Finding:
        """Neither for another try nor for a person: what is handed out once more must be recognised."""
        queues = messages(self.city)
        wrong = [f"{n} messages lie in {queue}" for queue, n in sorted(queues.items()) if n]
        return Finding("no event waits for another try, and none is parked", len(queues), wrong)

    def run_counters(self) -> Finding:
        """The figures of a run are those of its jobs, and a run that is over has none under way."""
        rows = self.rows(
            "SELECT r.business_id, r.id, r.status, r.queued_count, r.in_progress_count, r.completed_count, r.failed_count, "
            "r.cancelled_count, count(*) FILTER (WHERE j.status = 'queued'), "
            "count(*) FILTER (WHERE j.status IN ('dialing', 'calling')), count(*) FILTER (WHERE j.status = 'completed'), "
            "count(*) FILTER (WHERE j.status = 'failed'), count(*) FILTER (WHERE j.status = 'cancelled') "
            "FROM outbound_call_runs r LEFT JOIN outbound_call_jobs j ON j.business_id = r.business_id AND j.run_id = r.id "
            "GROUP BY r.business_id, r.id ORDER BY r.id"
        )
        wrong = []
        for business, run, status, *counts in rows:
            if counts[:5] != counts[5:]:
                wrong.append(f"run {run} of {business} counts {counts[:5]}, its jobs are {counts[5:]}")
            if status in ("completed", "cancelled", "failed") and (counts[5] != "0" or counts[6] != "0"):
                wrong.append(f"run {run} of {business} is {status} with {counts[5]} jobs queued, {counts[6]} under way")
        return Finding("a run accounts for all of its jobs", len(rows), wrong)

    # ── Walls ────────────────────────────────────────────────────────────────────────────────────────────────────────

    def walls_by_rows(self) -> Finding:
        """As each service that works for one tenant at a time: no row of another, in any table that has a tenant."""
        columns = query(
            self.city.admin_url,
            "SELECT c.table_name, c.column_name FROM information_schema.columns c JOIN information_schema.tables t "
            "USING (table_schema, table_name) WHERE c.table_schema = 'public' AND t.table_type = 'BASE TABLE' "
            "AND c.column_name IN ('business_id', 'tenant_id')",
        )
        one = self.city.businesses[0].id
        wrong, cases = [], 0
        for service in ("api-gateway", "recording-processor", "status-engine"):
            url = self.city.logins[service]
            may = query(url, "SELECT t FROM unnest(ARRAY[%s]) t WHERE has_table_privilege(t, 'SELECT')" % ", ".join(
                f"'{table}'" for table, _ in columns))
            readable = {table for (table,) in may}
            for table, column in columns:
                if table not in readable:
                    continue
                (_, answer) = query(
                    url,
                    f"BEGIN; SELECT 'at', set_config('app.business_id', '{one}', true); "
                    f"SELECT 'foreign', count(*) FROM {table} WHERE {column} <> {one}; COMMIT;",
                )
                cases += 1
                # The relay of a service publishes its own events for every tenant.
                if answer[1] != "0" and table != "outbox_events":
                    wrong.append(f"{service} as business {one} reads {answer[1]} rows of others in {table}")
        return Finding("no row of another tenant can be read", cases, wrong)

    def walls_by_api(self) -> Finding:
        return Finding("another tenant's id is answered 404", self.tried, self.trespasses)


def peak(spans: list[tuple[str, str | None]]) -> tuple[int, str]:
    """The most that lasted at once, and when. An end comes before a beginning of the same instant."""
    steps = [(begin, 1) for begin, _ in spans] + [(end, -1) for _, end in spans if end]
    most, now, when = 0, 0, ""
    for at, step in sorted(steps, key=lambda step: (instant(step[0]), step[1])):
        now += step
        if now > most:
            most, when = now, at
    return most, when
