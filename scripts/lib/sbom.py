"""Looks at bills of materials before anybody relies on them: `sbom.py DIRECTORY Cargo.lock`. Each program and the console has one,
each part has a version and an address in its registry, and a program's parts are the locked ones."""

import json
import sys
import tomllib
from pathlib import Path

PROGRAMS = ["api-gateway", "dialer", "recording-processor", "status-engine", "callboard", "carrier-sim"]
# What a program cannot be without.
MADE_OF = {"api-gateway": "actix-web", "dialer": "lapin", "recording-processor": "object_store", "status-engine": "diesel"}


def parts(path: Path) -> list[dict]:
    return [part for part in json.loads(path.read_text())["components"] if part["type"] == "library"]


def wrong(name: str, found: list[dict], locked: set[tuple[str, str]] | None) -> list[str]:
    complaints = [f"{name}: {part['name']} has no version or no address" for part in found
                  if not part.get("version") or not part.get("purl")]
    if locked is not None:
        complaints += [f"{name}: {part['name']} {part['version']} is not in Cargo.lock" for part in found
                       if (part["name"], part["version"]) not in locked]
    wanted = MADE_OF.get(name)
    if wanted and wanted not in {part["name"] for part in found}:
        complaints.append(f"{name} is said to be made without {wanted}")
    return complaints


def main() -> int:
    directory, lock = Path(sys.argv[1]), tomllib.loads(Path(sys.argv[2]).read_text())
    locked = {(package["name"], package["version"]) for package in lock["package"]}
    complaints = []
    for name in [*PROGRAMS, "console"]:
        path = directory / f"{name}.cdx.json"
        if not path.exists():
            complaints.append(f"{path.name} is missing")
            continue
        found = parts(path)
        complaints += wrong(name, found, None if name == "console" else locked)
        print(f"  {name:<22} {len(found):>4} parts")
    for complaint in complaints:
        print(complaint, file=sys.stderr)
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
