"""What became of each lead, and whether the demo kept its promises.

The judge believes the carrier (the simulator's own report), the public API, the operator's view of decisions and
suppressions and the conversations' expectations; it reads no log. Exit status 0: everything held.
"""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

from callboard_api import Api

# What was on its way when a service or the broker went away is tried again after up to half a minute.
SETTLE_SECONDS = 120
COLOURS = sys.stdout.isatty()


def paint(code: str, text: str) -> str:
    return f"\x1b[{code}m{text}\x1b[0m" if COLOURS else text


class Verdict:
    """The checks so far; each is printed as it is made."""

    def __init__(self):
        self.failed = 0

    def check(self, holds: bool, what: str, *details: str) -> None:
        self.failed += not holds
        print(f"  {paint('32', '✓') if holds else paint('31', '✗')} {what}")
        if not holds:
            for detail in details[:10]:
                print(f"      {detail}")


# ── What is known ────────────────────────────────────────────────────────────────────────────────────────────────────


def read(query: str) -> list[str]:
    """One column of the database as an operator reads it; DATABASE_URL is the operator's."""
    command = ["psql", "-X", "-A", "-t", "-c", query, os.environ["DATABASE_URL"]]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()


def undecided_calls(business: dict) -> list[str]:
    """The calls that the carrier took and that have not led to exactly one decision."""
    return read(
        f"""SELECT c.call_sid FROM call_log c
            WHERE c.business_id = {int(business['id'])} AND c.call_sid IS NOT NULL
              AND 1 <> (SELECT count(*) FROM lead_status_events e WHERE e.business_id = c.business_id
                        AND e.source = 'call_summary' AND e.source_event_id = c.call_sid)"""
    )


def leads_when_settled(state: dict) -> dict[int, dict[str, dict]]:
    """The leads of each business by number, as soon as each call has its decision and each lead stands where it should, or
    when patience ends.

    A run is over when its last call is; what was said in it is written down a moment later.
    """
    deadline = time.monotonic() + SETTLE_SECONDS
    while True:
        boards, settled = {}, True
        for business in state["businesses"]:
            settled &= not undecided_calls(business)
            leads = Api(state["gateway"], business["api_key"]).all("/api/leads")
            boards[business["id"]] = {lead["phone_e164"]: lead for lead in leads}
            for conversation in business["conversations"]:
                lead = boards[business["id"]].get(conversation["number"])
                settled &= lead is not None and lead_is_settled(lead, conversation)
        if settled or time.monotonic() > deadline:
            return boards
        time.sleep(0.5)


def was_spoken(conversation: dict) -> bool:
    return conversation["outcome"] == "answered"


def lead_is_settled(lead: dict, conversation: dict) -> bool:
    if lead["status"] != conversation["expected_status"]:
        return False
    return not was_spoken(conversation) or bool(lead["summary"] and lead["last_contact_at"])


def wait_for_silence(simulator: Api) -> dict:
    """The carrier's report once nobody is on the line."""
    deadline = time.monotonic() + SETTLE_SECONDS
    while True:
        report = simulator.get("/sim/report")
        if report["in_air"] == 0 or time.monotonic() > deadline:
            return report
        time.sleep(0.2)


# ── The table ────────────────────────────────────────────────────────────────────────────────────────────────────────


def shorten(text: str, length: int) -> str:
    text = " ".join((text or "").split())
    return text if len(text) <= length else text[: length - 1] + "…"


def print_board(business: dict, leads: dict[str, dict], labels: dict[str, str]) -> None:
    """One line per lead, in the order of the board. Hebrew stands last, so that it cannot reorder the columns."""
    print(f"\n{paint('1', business['name'])}")
    order = list(labels)
    rows = [(leads.get(conversation["number"]), conversation) for conversation in business["conversations"]]
    rows.sort(key=lambda row: order.index(row[0]["status"]) if row[0] and row[0]["status"] in order else 99)
    for lead, conversation in rows:
        if lead is None:
            print(f"  {paint('31', '✗')} {conversation['number']} is not among the leads")
            continue
        right = lead["status"] == conversation["expected_status"]
        mark = paint("32", "✓") if right else paint("31", "✗")
        print(
            f"  {mark} {lead['status']:<13} {conversation['outcome']:<21} {lead['full_name']:<18} "
            f"{paint('2', shorten(lead['summary'], 90))}"
        )


# ── The checks ───────────────────────────────────────────────────────────────────────────────────────────────────────


def check_runs(verdict: Verdict, state: dict) -> None:
    for business in state["businesses"]:
        run = business["run"]
        total = len(business["conversations"])
        verdict.check(
            run["status"] == "completed"
            and run["total_leads"] == run["completed"] + run["failed"] == total
            and run["queued"] == run["in_progress"] == 0,
            f"{business['name']}: the run is completed and accounts for all of its {total} leads",
            json.dumps(run, ensure_ascii=False),
        )


def check_carrier(verdict: Verdict, state: dict, report: dict) -> None:
    """By what the carrier saw."""
    wanted = {c["number"] for business in state["businesses"] for c in business["conversations"]}
    dialled = {dial["to"]: dial["calls"] for dial in report["dials"]}
    verdict.check(report["in_air"] == 0, "nobody is on the line any more", f"{report['in_air']} calls")
    verdict.check(
        report["calls_created"] == len(wanted),
        f"the carrier connected {len(wanted)} calls",
        f"it says {report['calls_created']}",
    )
    verdict.check(
        set(dialled) == wanted,
        "every lead was dialled, and nobody else",
        *[f"never dialled: {number}" for number in sorted(wanted - set(dialled))],
        *[f"not a lead: {number}" for number in sorted(set(dialled) - wanted)],
    )
    twice = [f"{number}: {len(calls)} times" for number, calls in dialled.items() if len(calls) > 1]
    verdict.check(not twice, "no number was dialled twice", *twice)
    callers = {caller["number"]: caller for caller in report["callers"]}
    for business in state["businesses"]:
        caller = callers.get(business["caller"], {"most_simultaneous": 0, "outbound_calls": 0})
        most, limit = caller["most_simultaneous"], state["concurrency"]
        verdict.check(
            1 <= most <= limit,
            f"{business['name']}: at most {limit} calls at once (the carrier saw {most})",
            f"{caller['outbound_calls']} calls in all",
        )


def check_board(verdict: Verdict, business: dict, leads: dict[str, dict], labels: dict[str, str]) -> None:
    """By what the business sees."""
    wrong, silent, strange = [], [], []
    for conversation in business["conversations"]:
        lead = leads.get(conversation["number"])
        if lead is None:
            wrong.append(f"{conversation['number']} is not among the leads")
            continue
        if lead["status"] != conversation["expected_status"]:
            wrong.append(f"{lead['full_name']}: {lead['status']} instead of {conversation['expected_status']}")
        if was_spoken(conversation) and not (lead["summary"] and lead["last_contact_at"]):
            silent.append(lead["full_name"])
        if lead["status"] not in labels:
            strange.append(f"{lead['full_name']}: {lead['status']}")
    undecided = undecided_calls(business)
    verdict.check(not undecided, f"{business['name']}: every call led to its one decision", *undecided)
    verdict.check(not wrong, f"{business['name']}: every lead stands in the right column", *wrong)
    verdict.check(not silent, f"{business['name']}: every conversation left a summary and its time", *silent)
    verdict.check(not strange, f"{business['name']}: no status that the business does not have", *strange)


def suppressed_numbers(business: dict) -> set[str]:
    return set(read(f"SELECT phone_e164 FROM suppressions WHERE business_id = {int(business['id'])}"))


def check_suppressions(verdict: Verdict, business: dict) -> None:
    wanted = {c["number"] for c in business["conversations"] if c.get("expected_suppressed")}
    found = suppressed_numbers(business)
    verdict.check(
        found == wanted,
        f"{business['name']}: who asked to be left alone is suppressed ({len(wanted)}), and nobody else",
        *[f"not suppressed: {number}" for number in sorted(wanted - found)],
        *[f"suppressed unasked: {number}" for number in sorted(found - wanted)],
    )


def main() -> int:
    state = json.loads(Path(sys.argv[1]).read_text())
    report = wait_for_silence(Api(state["simulator"]))
    boards = leads_when_settled(state)
    labels = {}
    for business in state["businesses"]:
        statuses = Api(state["gateway"], business["api_key"]).get("/api/lead-statuses")
        labels[business["id"]] = {status["name"]: status["label"] for status in statuses}
        print_board(business, boards[business["id"]], labels[business["id"]])
    print(f"\n{paint('1', 'Were the promises kept?')}")
    verdict = Verdict()
    check_runs(verdict, state)
    check_carrier(verdict, state, report)
    for business in state["businesses"]:
        check_board(verdict, business, boards[business["id"]], labels[business["id"]])
        check_suppressions(verdict, business)
    return 1 if verdict.failed else 0


if __name__ == "__main__":
    sys.exit(main())
