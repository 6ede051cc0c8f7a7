"""Two runs of the same conversations, one after the other: the first undisturbed, the second while services are restarted.

`restarts.py leads FILE PREFIX COUNT`      writes the CSV file of a business whose numbers begin with PREFIX
`restarts.py state RUN GATEWAY SIMULATOR CONCURRENCY`   writes RUN/state.json from what the commands answered in RUN/seed
`restarts.py run RUN NAME`                 queues the leads of one business, watches, and notes how long the run took
`restarts.py judge RUN PER_CENT`           whether both kept every promise, and the second ended at most PER_CENT later
"""

import csv
import itertools
import json
import sys
from datetime import datetime
from pathlib import Path

import drive
import judge
from callboard_api import Api

DEMO = Path(__file__).parents[2] / "crates/cli/demo"
NAMES = ("undisturbed", "restarted")
# The carrier keeps the number that a lead gave; every business needs numbers of its own.
DIGITS = 7


def numbers(prefix: str, count: int) -> list[str]:
    return [f"{prefix}{index:0{DIGITS}}" for index in range(count)]


def write_leads(path: Path, prefix: str, count: int) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(["full_name", "phone"])
        rows.writerows((f"Lead {index}", number) for index, number in enumerate(numbers(prefix, count)))


def business(seeded: Path, talks: list[dict]) -> dict:
    """A business as the commands created it; its leads say in turn what the demo's say."""
    created, key = (json.loads((seeded / f"{name}.json").read_text()) for name in ("business", "api_key"))
    with (seeded / "leads.csv").open(encoding="utf-8", newline="") as file:
        phones = [row["phone"] for row in csv.DictReader(file)]
    conversations = [talk | {"number": phone} for phone, talk in zip(phones, itertools.cycle(talks))]
    return {
        "id": created["business_id"],
        "name": created["name"],
        "caller": created["caller_number"],
        "api_key": key["key"],
        "conversations": conversations,
    }


def write_state(run: Path, gateway: str, simulator: str, concurrency: str) -> None:
    talks = json.loads((DEMO / "conversations.en.json").read_text())
    save(run, {
        "gateway": gateway,
        "simulator": simulator,
        "concurrency": int(concurrency),
        "businesses": [business(run / "seed" / name, talks) for name in NAMES],
    })


def save(run: Path, state: dict) -> None:
    (run / "state.json").touch(mode=0o600)  # there are keys in it
    (run / "state.json").write_text(json.dumps(state, ensure_ascii=False))


def load(run: Path) -> dict:
    return json.loads((run / "state.json").read_text())


def dial(run: Path, name: str) -> None:
    state = load(run)
    own = next(business for business in state["businesses"] if business["name"] == name)
    one = state | {"businesses": [own]}
    (run / "finished").write_text("0\n")
    # Some thousand conversations are more than a business has transcribed in a day unless it says otherwise.
    Api(state["gateway"], own["api_key"]).call("PATCH", "/api/settings", {"transcription_minutes_per_day": None})
    drive.load_scripts(one)
    drive.enqueue(one, own)
    drive.watch(one, run)
    save(run, state)


def seconds(run: dict) -> float:
    began, ended = (datetime.fromisoformat(run[field]) for field in ("started_at", "ended_at"))
    return (ended - began).total_seconds()


def give_verdict(run: Path, per_cent: float) -> int:
    state = load(run)
    report = judge.wait_for_silence(Api(state["simulator"]))
    boards = judge.leads_when_settled(state)
    verdict = judge.Verdict()
    judge.check_runs(verdict, state)
    judge.check_carrier(verdict, state, report)
    for one in state["businesses"]:
        statuses = Api(state["gateway"], one["api_key"]).get("/api/lead-statuses")
        labels = {status["name"]: status["label"] for status in statuses}
        judge.check_board(verdict, one, boards[one["id"]], labels)
        judge.check_suppressions(verdict, one)
    undisturbed, restarted = (seconds(one["run"]) for one in state["businesses"])
    later = 100 * (restarted / undisturbed - 1)
    verdict.check(
        later <= per_cent,
        f"undisturbed {undisturbed:.1f} s, restarted {restarted:.1f} s: ratio {restarted / undisturbed:.3f}, "
        f"{later:+.1f} % (at most {per_cent:g} %)",
    )
    return 1 if verdict.failed else 0


def main() -> int:
    what, path, *more = sys.argv[1:]
    match what:
        case "leads":
            write_leads(Path(path), more[0], int(more[1]))
        case "state":
            write_state(Path(path), *more)
        case "run":
            dial(Path(path), more[0])
        case "judge":
            return give_verdict(Path(path), float(more[0]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
