"""The demo's run: tells the simulator who says what, queues the leads of both businesses through the public API and
shows how the calls go until both runs are over.

Reads the demo's state (written by scripts/demo) and adds the runs to it. Writes how many calls are over into the file
`finished` beside it, for whoever wants to break something half-way.
"""

import json
import sys
import time
from pathlib import Path

from callboard_api import Api, Refused

OVER = {"completed", "failed", "cancelled"}
DEADLINE_SECONDS = 600


def load_scripts(state: dict) -> None:
    """Gives the simulator the conversations, without what only the judge may know."""
    scripts = []
    for business in state["businesses"]:
        for conversation in business["conversations"]:
            scripts.append({key: value for key, value in conversation.items() if not key.startswith("expected_")})
    Api(state["simulator"]).post("/sim/scripts", scripts)


def enqueue(state: dict, business: dict) -> None:
    """One run of all of the business's leads."""
    api = Api(state["gateway"], business["api_key"])
    business["lead_ids"] = [lead["id"] for lead in api.all("/api/leads")]
    body = {"lead_ids": business["lead_ids"], "concurrency": state["concurrency"]}
    answer = api.post_once("/api/outbound/bulk-enqueue", body, f"demo-run-{business['id']}")
    business["run_id"] = answer["run_id"]
    print(f"  {business['name']}: run {answer['run_id']}, {answer['queued']} leads queued")
    for skipped in answer["skipped"]:
        print(f"    lead {skipped['lead_id']} was skipped: {skipped['reason']}")


def bar(done: int, total: int, width: int = 25) -> str:
    filled = width * done // max(total, 1)
    return "█" * filled + "░" * (width - filled)


def line(business: dict, run: dict) -> str:
    done = run["completed"] + run["failed"] + run["cancelled"]
    return (
        f"  {bar(done, run['total_leads'])} {done:>2}/{run['total_leads']}  in the air {run['in_progress']}  "
        f"waiting {run['queued']}  {run['status']:<9} {business['name']}"
    )


def watch(state: dict, directory: Path) -> None:
    """Live on a terminal; elsewhere a line whenever ten more calls are over."""
    live = sys.stdout.isatty()
    drawn, said = 0, -1
    deadline = time.monotonic() + DEADLINE_SECONDS
    while True:
        runs = []
        for business in state["businesses"]:
            api = Api(state["gateway"], business["api_key"])
            runs.append(api.get(f"/api/outbound/runs/{business['run_id']}"))
        finished = sum(run["completed"] + run["failed"] + run["cancelled"] for run in runs)
        (directory / "finished.new").write_text(f"{finished}\n")
        (directory / "finished.new").replace(directory / "finished")
        over = all(run["status"] in OVER for run in runs)
        if live:
            if drawn:
                print(f"\x1b[{drawn}A", end="")
            for business, run in zip(state["businesses"], runs):
                print("\x1b[2K" + line(business, run))
            drawn = len(runs)
        elif finished // 10 > said or over:
            said = finished // 10
            for business, run in zip(state["businesses"], runs):
                print(line(business, run))
        sys.stdout.flush()
        if over:
            break
        if time.monotonic() > deadline:
            sys.exit(f"the runs were not over after {DEADLINE_SECONDS} s")
        time.sleep(0.4)
    for business, run in zip(state["businesses"], runs):
        business["run"] = run
        if run.get("last_error"):
            print(f"  {business['name']}: {run['last_error']}")


def main() -> None:
    path = Path(sys.argv[1])
    state = json.loads(path.read_text())
    load_scripts(state)
    for business in state["businesses"]:
        enqueue(state, business)
    watch(state, path.parent)
    path.write_text(json.dumps(state, ensure_ascii=False, indent=1))


if __name__ == "__main__":
    try:
        main()
    except (Refused, OSError) as error:
        sys.exit(f"the run could not be driven: {error}")
