"""Writes the demo's state: the businesses as the commands created them, and what their leads are going to say."""

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


def main() -> None:
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
