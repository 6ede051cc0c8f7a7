"""The demo's state: the businesses as the commands created them, and what their leads are going to say.

`demo_state.py RUN DEMO GATEWAY SIMULATOR CONCURRENCY` writes it into RUN/demo.json, `demo_state.py show FILE` says how to
look at what it describes.
"""

import csv
import json
import os
import sys
from pathlib import Path


def business(seeded: Path, demo: Path) -> dict:
    """One business; its conversations are those of the leads that were imported."""
    created, user, key = (json.loads((seeded / f"{name}.json").read_text()) for name in ("business", "user", "api_key"))
    with (seeded / "leads.csv").open(encoding="utf-8", newline="") as leads:
        count = sum(1 for _ in csv.DictReader(leads))
    conversations = json.loads((demo / f"conversations.{seeded.name}.json").read_text())
    return {
        "id": created["business_id"],
        "name": created["name"],
        "caller": created["caller_number"],
        "email": user["email"],
        "password": user["password"],
        "api_key": key["key"],
        "conversations": conversations[:count],
    }


def show(path: Path) -> None:
    state = json.loads(path.read_text())
    gateway = state["gateway"]
    print(f"The console:  {gateway}")
    print("Sign in as:")
    for business in state["businesses"]:
        print(f"  {business['email']}  password {business['password']}  ({business['name']})")
    print(f"The API:  {gateway}/api  (all of it: {gateway}/api/openapi.json)")
    print("A business's board, its runs, and its events as they happen:")
    key = state["businesses"][-1]["api_key"]
    for option, route in (("", "leads"), ("", "outbound/runs"), ("N", "events")):
        print(f"  curl -s{option} -H 'Authorization: Bearer {key}' {gateway}/api/{route}")


def main() -> None:
    if sys.argv[1] == "show":
        show(Path(sys.argv[2]))
        return
    run, demo, gateway, simulator, concurrency = sys.argv[1:]
    state = {
        "gateway": gateway,
        "simulator": simulator,
        "concurrency": int(concurrency),
        "businesses": [business(Path(run) / "seed" / language, Path(demo)) for language in ("he", "en")],
    }
    os.umask(0o077)  # there are passwords in it
    (Path(run) / "demo.json").write_text(json.dumps(state, ensure_ascii=False, indent=1))


if __name__ == "__main__":
    main()
