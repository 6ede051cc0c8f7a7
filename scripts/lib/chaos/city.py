"""What a campaign works on: its businesses, where everything is, and who is who. Written by scripts/chaos as `city.json`."""

import base64
import datetime
import json
import os
import random
import subprocess
import threading
import zoneinfo
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from callboard_api import Api

LEADS = 40
# How often an operator's command is tried: on a machine that is busy with something else the first may run into a time-out.
PATIENCE = 5

# What people say, and how often of a hundred. The last one asks to be left alone.
TALKS = [
    (46, "answered", ["Yes, I am interested, please send me a quote for the windows."]),
    (12, "answered", ["This is not relevant for me, I am not interested."]),
    (8, "answered", ["Call me back tomorrow, I am driving now."]),
    (3, "answered", ["I never filled in any form. Remove me from your list and do not call again."]),
    (11, "no-answer", []),
    (8, "busy", []),
    (5, "voicemail", ["Please leave a message after the tone."]),
    (4, "answered-and-hung-up", []),
    (3, "failed", []),
]
LEFT_ALONE = "Remove me"


@dataclass
class Business:
    """One tenant, as the campaign knows it."""

    id: int
    name: str
    caller: str
    key: str
    max_outbound: int
    max_total: int
    time_zone: str
    # Retries after a call that reached nobody.
    retries: int
    # The hours in which it calls, as minutes of its own day; none: always.
    hours: list[tuple[int, int]] | None = None
    leads: dict[str, int] = field(default_factory=dict)


class Counts:
    """What happened how often; threads share one."""

    def __init__(self):
        self.lock = threading.Lock()
        self.numbers: dict[str, int] = {}

    def add(self, what: str, many: int = 1) -> None:
        with self.lock:
            self.numbers[what] = self.numbers.get(what, 0) + many

    def sum(self, beginning: str) -> int:
        """Of all that is named so in the beginning."""
        return sum(n for what, n in self.numbers.items() if what.startswith(beginning))


@dataclass
class City:
    """Everything there is."""

    gateway: str
    simulator: str
    management: str
    operator_url: str
    admin_url: str
    logins: dict[str, str]
    control_port: int
    run_dir: Path
    log_dir: Path
    bin: Path
    seed: int
    businesses: list[Business] = field(default_factory=list)

    @classmethod
    def read(cls, path: Path) -> "City":
        state = json.loads(path.read_text())
        for name in ("run_dir", "log_dir", "bin"):
            state[name] = Path(state[name])
        return cls(**state)

    def callboard(self, *arguments: str) -> dict:
        """An operator's command; its JSON answer."""
        environment = {"DATABASE_URL": self.operator_url, "PATH": os.environ["PATH"], "LANG": "C.UTF-8"}
        command = [str(self.bin / "callboard"), *arguments]
        for _ in range(PATIENCE):
            done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True)
            if done.returncode == 0:
                return json.loads(done.stdout)
        raise RuntimeError(f"callboard {' '.join(arguments)} did not work")


def messages(city: City) -> dict[str, int]:
    """What lies in each queue of the broker, as the queues themselves say now (the statistics lag behind)."""
    parts = urlsplit(city.management)
    login = base64.b64encode(f"{parts.username}:{parts.password}".encode()).decode()
    api = Api(f"{parts.scheme}://{parts.hostname}:{parts.port}")
    totals = "disable_stats=true&enable_queue_totals=true"
    queues = api.call("GET", f"{parts.path}?{totals}", headers={"Authorization": f"Basic {login}"})
    return {queue["name"]: queue["messages"] for queue in queues}


def query(url: str, statement: str) -> list[list[str]]:
    """The rows of a statement, as text."""
    command = ["psql", "-X", "-q", "-A", "-t", "-F", "\t", "-v", "ON_ERROR_STOP=1", url]
    answer = subprocess.run(command, input=statement, check=True, stdout=subprocess.PIPE, text=True).stdout
    return [line.split("\t") for line in answer.splitlines() if line]


def open_by_the_servers_clock_only(zone: str, now: datetime.datetime) -> list[tuple[int, int]]:
    """Hours around this moment as a clock in UTC reads them: in a zone half a day away they are closed."""
    minute = now.hour * 60 + now.minute
    assert now.astimezone(zoneinfo.ZoneInfo(zone)).hour != now.hour
    begin, end = (minute - 180) % 1440, (minute + 240) % 1440
    return [(begin, end)] if begin < end else [(0, end), (begin, 1440)]


def windows_of(hours: list[tuple[int, int]]) -> dict:
    """The setting `calling_windows` with these hours on each day."""
    spans = [[f"{a // 60:02}:{a % 60:02}", f"{b // 60:02}:{b % 60:02}"] for a, b in hours]
    return {"days": {day: spans for day in ("sun", "mon", "tue", "wed", "thu", "fri", "sat")}}


def build(city: City, how_many: int) -> None:
    """Creates the businesses with an operator's commands, each with leads of numbers that nobody else has."""
    chance = random.Random(city.seed)
    now = datetime.datetime.now(datetime.UTC)
    for n in range(how_many):
        # The last one calls in hours that its own clock has not reached.
        is_closed = n == how_many - 1
        zone = "Pacific/Auckland" if is_closed else chance.choice(["Asia/Jerusalem", "Europe/London", "America/New_York"])
        outbound = chance.randint(2, 4)
        business = Business(
            id=0,
            name=f"Business {n}",
            caller=f"+97233764{n:03}",
            key="",
            max_outbound=outbound,
            max_total=outbound + chance.randint(0, 2),
            time_zone=zone,
            retries=n % 2,
            hours=open_by_the_servers_clock_only(zone, now) if is_closed else None,
        )
        create(city, business, n)
        city.businesses.append(business)


def create(city: City, business: Business, n: int) -> None:
    created = city.callboard(
        *("business", "create", "--name", business.name, "--language", "en", "--caller-number", business.caller),
        *("--time-zone", business.time_zone, "--max-outbound", str(business.max_outbound)),
        *("--max-total", str(business.max_total), "--json"),
    )
    business.id = created["business_id"]
    arguments = ("--business", str(business.id), "--name", "chaos", "--role", "owner", "--json")
    business.key = city.callboard("api-key", "create", *arguments)["key"]
    found = query(
        city.admin_url,
        f"INSERT INTO leads (tenant_id, first_name, last_name, phone_e164, status) "
        f"SELECT {business.id}, 'Lead ' || i, 'Of {n}', '+972541{n:02}' || lpad(i::text, 4, '0'), 'new' "
        f"FROM generate_series(1, {LEADS}) i RETURNING phone_e164, id",
    )
    business.leads = {phone: int(lead) for phone, lead in found}


def scripts(city: City) -> list[dict]:
    """What each lead does when the phone rings: the same with the same seed."""
    chance = random.Random(city.seed + 1)
    weights = [weight for weight, *_ in TALKS]
    numbers = sorted(number for business in city.businesses for number in business.leads)
    answer = []
    for number in numbers:
        _, outcome, said = chance.choices(TALKS, weights)[0]
        lines = [{"speaker": "agent", "text": "Hello, we call about the windows."}]
        lines += [{"speaker": "customer", "text": text} for text in said]
        answer.append(
            {
                "number": number,
                "outcome": outcome,
                "ring_seconds": chance.uniform(2, 8),
                "talk_seconds": chance.uniform(8, 40),
                "transcript": lines,
            }
        )
    return answer
