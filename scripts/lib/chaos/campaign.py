"""A fault campaign: load, attacks, peace, and the verdict. `campaign.py CITY.json --minutes N [--only KIND,…] [--businesses N]`
runs on the processes that scripts/chaos has started, and writes what it found beside CITY.json as `verdict.json`."""

import argparse
import json
import subprocess
import sys
import threading
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from adversary import KILLS, RESTARTS, Adversary  # noqa: E402
from callboard_api import Api  # noqa: E402
from checker import PARKED, Checker, Finding  # noqa: E402
from city import City, Counts, build, messages, query, scripts, windows_of  # noqa: E402
from load import TRESPASSES, Tenant  # noqa: E402

# The load ends so long before the last fault, and what is queued by then is called during the attacks.
WIND_DOWN_SECONDS = 5
# After the last fault everything is as it should be within so long, without a hand.
SETTLED_SECONDS = 60
# However much moves, so many times its patience is all that the judge has.
MOST_PATIENCE = 4
CALLS = "calls of the carrier's"


def prepare(city: City) -> None:
    Api(city.simulator).post("/sim/scripts", scripts(city))
    for business in city.businesses:
        retries = {"times": business.retries, "after_seconds": 1}
        changes = {
            "retry_policy": {"no_answer": retries, "busy": retries, "failed": retries, "voicemail": retries},
            "whatsapp_silence_minutes": 1,
            "calling_windows": windows_of(business.hours) if business.hours else None,
        }
        Api(city.gateway, business.key).call("PATCH", "/api/settings", changes)


# What is still to happen by itself. A run that waits for a person, or for hours to come, does not count.
UNDER_WAY = """
SELECT 'calls without an end', count(*) FROM call_log WHERE ended_at IS NULL
UNION ALL SELECT 'jobs under way', count(*) FROM outbound_call_jobs WHERE status IN ('dialing', 'calling')
UNION ALL SELECT 'jobs that wait', count(*) FROM outbound_call_jobs j JOIN outbound_call_runs r USING (business_id)
  WHERE r.id = j.run_id AND j.status = 'queued' AND r.status IN ('pending', 'running') AND j.business_id <> {closed}
UNION ALL SELECT 'conversations on the way', count(*) FROM conversations WHERE state <> 'suggested'
UNION ALL SELECT 'suggestions without a decision', count(*) FROM conversations c WHERE state = 'suggested' AND NOT EXISTS (
  SELECT FROM lead_status_events e WHERE e.business_id = c.business_id AND e.source_event_id = c.source_event_id)
UNION ALL SELECT 'calls without a conversation', count(*) FROM call_log c WHERE call_sid > '' AND NOT EXISTS (
  SELECT FROM conversations v WHERE v.business_id = c.business_id AND v.source_event_id = c.call_sid)
UNION ALL SELECT 'events to be published', count(*) FROM outbox_events WHERE published_at IS NULL
UNION ALL SELECT 'chats that are open', count(*) FROM whatsapp_sessions WHERE state = 'open'
"""


def under_way(city: City) -> dict[str, int]:
    closed = next((business.id for business in city.businesses if business.hours), 0)
    rows = query(city.operator_url, UNDER_WAY.format(closed=closed))
    still = {what: int(n) for what, n in rows if n != "0"}
    still |= {f"messages in {queue}": n for queue, n in messages(city).items() if n and queue != PARKED}
    return still


def end_chats(city: City) -> None:
    """Nobody waits for the silence in which a chat ends: one that did while it is judged would have no decision yet."""
    keys = {business.id: business.key for business in city.businesses}
    still_open = query(city.operator_url, "SELECT business_id, id FROM whatsapp_sessions WHERE state = 'open'")
    for business, chat in still_open:
        Api(city.gateway, keys[int(business)]).post(f"/api/whatsapp/sessions/{chat}/close", {})


def settle(city: City, patience: float) -> tuple[float, float, dict[str, int]]:
    """How long it takes until nothing is under way, how much of that nothing moved, and what still is when patience ends.

    Patience begins anew while the carrier has calls and while less is under way than ever before: what was queued before the
    last fault is still being worked off, on a machine that may be busy. What is stuck, or goes round in circles, does not move.
    """
    began = stirred = time.monotonic()
    calls, least = None, None
    while True:
        end_chats(city)
        still = under_way(city)
        report = Api(city.simulator).get("/sim/report")
        now = time.monotonic()
        if report["in_air"]:
            still["calls in the air at the carrier"] = report["in_air"]
        at_the_carrier = (report["calls_created"], report["in_air"])
        left = sum(still.values())
        if at_the_carrier != calls or left < least:
            stirred = now
        calls, least = at_the_carrier, left if least is None else min(least, left)
        if not still or now - stirred > patience or now - began > MOST_PATIENCE * patience:
            return now - began, now - stirred, still
        time.sleep(0.5)


def attack(city: City, counts: Counts, seconds: float, only: set[str] | None) -> list[str]:
    """The load and the adversary, and peace in the end. Answers the trespasses that were not turned away."""
    stop = threading.Event()
    tenants = [Tenant(city, business, counts, stop) for business in city.businesses]
    for tenant in tenants:
        tenant.start()
    adversary = Adversary(city, counts, only)
    threading.Timer(max(seconds - WIND_DOWN_SECONDS, 1), stop.set).start()
    adversary.run(seconds)
    stop.set()
    for tenant in tenants:
        tenant.join(timeout=30)
    adversary.make_peace()
    return [trespass for tenant in tenants for trespass in tenant.trespasses]


def carrier_counts(report: dict, counts: Counts) -> None:
    counts.add(f"{CALLS}, outbound", report["calls_created"])
    counts.add(f"{CALLS}, inbound", report["calls_inbound"])
    for kind in ("attempts", "lost", "duplicated", "reordered", "delayed"):
        counts.add(f"callbacks: {kind}", report["callbacks"][kind])
    for status, n in report["creates_refused"].items():
        counts.add(f"creates refused with {status}", n)


def show(city: City, counts: Counts, findings: list[Finding], settled: float, still_for: float, seconds: float) -> None:
    print(f"\nSeed {city.seed}, {seconds / 60:.1f} min, {len(city.businesses)} businesses")
    for what, n in sorted(counts.numbers.items()):
        print(f"  {n:>8}  {what}")
    print(f"  {settled:>7.1f}s  from the last fault until nothing was under way, or until nothing had moved for {still_for:.1f} s")
    print(f"\n  {'':2}{'promise':<66} {'cases':>7}  rate of failure (95 %)")
    for finding in findings:
        print(f"  {'✓' if finding.holds else '✗'} {finding.promise:<66} {finding.cases:>7}  {finding.bound()}")
        for wrong in finding.wrong[:5]:
            print(f"      {wrong}")
        if len(finding.wrong) > 5:
            print(f"      and {len(finding.wrong) - 5} more")
    print(f"\n  {counts.sum(KILLS)} kills, {counts.sum(RESTARTS)} restarts of servers, {counts.sum(CALLS)} calls")


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("city", type=Path)
    parser.add_argument("--minutes", type=float, required=True)
    parser.add_argument("--businesses", type=int, default=20)
    parser.add_argument("--only", help="kinds of attacks, by commas")
    parser.add_argument("--settle", type=float, default=60, help="seconds for which nothing may stand still afterwards")
    options = parser.parse_args()
    city = City.read(options.city)
    build(city, options.businesses)
    prepare(city)
    counts, seconds = Counts(), options.minutes * 60
    trespasses = attack(city, counts, seconds, set(options.only.split(",")) if options.only else None)
    settled, still_for, still = settle(city, options.settle)
    report = Api(city.simulator).get("/sim/report")
    carrier_counts(report, counts)
    findings = Checker(city, report, trespasses, counts.numbers.get(TRESPASSES, 0)).all()
    late = [f"{n} {what}" for what, n in still.items()]
    findings.append(Finding(f"what is under way moves within {options.settle:.0f} s, to its end", 1, late))
    slow = late or [f"it took {settled:.0f} s"] if settled > SETTLED_SECONDS else []
    findings.append(Finding(f"everything is settled {SETTLED_SECONDS} s after the last fault", 1, slow))
    show(city, counts, findings, settled, still_for, seconds)
    verdict = {
        "counts": counts.numbers,
        "settled_seconds": settled,
        "still_for_seconds": still_for,
        "findings": [vars(finding) for finding in findings],
    }
    (city.run_dir / "verdict.json").write_text(json.dumps(verdict, indent=1))
    if all(finding.holds for finding in findings):
        return 0
    keep_evidence(city, report)
    return 1


def keep_evidence(city: City, report: dict) -> None:
    """What the judge read, for whoever looks for the cause: the servers are gone by then."""
    (city.log_dir / "report.json").write_text(json.dumps(report, indent=1))
    subprocess.run(["pg_dump", "-Fc", "-f", str(city.log_dir / "database.dump"), city.admin_url], check=True)


if __name__ == "__main__":
    sys.exit(main())
