"""Who attacks: kills, freezes, restarts, cuts and delays, full disks, wrong clocks, and a carrier that fails, all from one seed.

The order of the attacks and what each does depend on the seed alone; the moments at which they strike what the services do
depend on the machine as well. There are two lanes: processes are killed in one while the other attacks what is around them,
for a broker takes seconds to restart.
"""

import contextlib
import functools
import os
import random
import resource
import signal
import socket
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from callboard_api import Api
from city import City, Counts

HERE = Path(__file__).resolve().parent
# How the counts begin that are summed up.
KILLS, RESTARTS = "kills", "restarts"
SERVICES = ["api-gateway", "dialer", "dialer-2", "recording-processor", "status-engine"]

# The places between two steps at which a process of that service can be made to die, or to stand still for longer than its
# lease. They exist in builds with the feature `failpoints`.
STEPS = {
    "dialer": ["before_commit", "before_post", "before_answer", "before_record", "recorded"],
    "recording-processor": ["fetched", "saved_awaiting_recording", "saved_recorded", "saved_transcribed", "done_summarised"],
    "status-engine": ["decided", "committed"],
}
# Whose clock may be wrong, and by how much: less than lies between the age at which a claim is no longer dialled (half of its
# lease) and that at which a call that nobody finds is given up, as in production, where these are 30 and 120 s. What a person does
# is told by the gateway's clock and what they say by the status engine's, so these two are right, or the judge could not compare.
SKEWED = ["dialer", "dialer-2", "recording-processor"]
SKEW_SECONDS = 3
FAKE_CLOCK = next(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"), None)
# While the disk is full no file grows beyond this: less than any recording.
FULL_DISK_BYTES = 4096
# Longer than the lease of a claim, and than the time after which a call that nobody finds is given up.
FREEZE_SECONDS = 11.0

CALM = {"delay_seconds": 20.0}
# What the carrier does wrong, always: each at one in a hundred or more.
ROUGH = {
    "lose_callback": {"probability": 0.03},
    "duplicate_callback": {"probability": 0.05},
    "reorder_callback": {"probability": 0.05},
    "delay_callback": {"probability": 0.05},
    "delay_seconds": 60.0,
    "create_drop_connection": {"probability": 0.02},
    "create_never_answer": {"probability": 0.01},
    "create_429": {"probability": 0.02},
    "create_5xx_before": {"probability": 0.02},
    "create_5xx_after": {"probability": 0.02},
    "lag_seconds": 15.0,
    "recording_missing_seconds": 20.0,
    "recording_absent": {"probability": 0.02},
    "transcription_500": {"probability": 0.02},
    "completion_500": {"probability": 0.02},
    "label_hallucinated": {"probability": 0.02},
}


class Process:
    """One service, started by scripts/chaos and from now on by the adversary."""

    def __init__(self, city: City, name: str):
        self.city, self.name, self.service = city, name, name.removesuffix("-2")
        self.pid_file = city.run_dir / f"{name}.pid"
        self.pid = int(self.pid_file.read_text().split()[0])
        self.child: subprocess.Popen | None = None
        self.failpoint, self.skew = "", 0

    def is_alive(self) -> bool:
        if self.child is not None:
            return self.child.poll() is None
        try:
            stat = Path(f"/proc/{self.pid}/stat").read_text()
        except FileNotFoundError:
            return False
        return stat.rpartition(")")[2].split()[0] != "Z"

    def signal(self, number: int) -> None:
        """To nobody, when it died just now: of its own, or by the other lane."""
        if self.is_alive():
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def kill(self) -> None:
        self.signal(signal.SIGKILL)
        while self.is_alive():
            time.sleep(0.02)

    def start(self, failpoint: str = "", skew: int = 0) -> None:
        """The command that scripts/chaos has left, with a place at which the process dies or stands still, and a clock that is
        wrong by so many seconds."""
        words = (self.city.run_dir / f"{self.name}.command").read_text().split("\0")[:-1]
        # The first words are `env -i`; what follows is the whole environment and the program.
        words[2:2] = [f"FAILPOINTS={failpoint}"] if failpoint else []
        if skew:
            words[2:2] = [f"LD_PRELOAD={FAKE_CLOCK}", f"FAKETIME={skew:+d}s", "FAKETIME_DONT_FAKE_MONOTONIC=1"]
        # A file that may not grow is an error to the process, and no signal.
        words[1:1] = ["--ignore-signal=XFSZ"]
        self.failpoint, self.skew = failpoint, skew
        with (self.city.log_dir / f"{self.name}.log").open("ab") as log:
            # Through a pipe, as in a container: a full disk is not one for the log.
            pipe = subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=log, stderr=log, start_new_session=True)
            command = ["setpriv", "--pdeathsig", "KILL", "--", *words]
            self.child = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=pipe.stdin, stderr=pipe.stdin, start_new_session=True
            )
            pipe.stdin.close()
        self.pid = self.child.pid
        started = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()[19]
        self.pid_file.write_text(f"{self.pid} {started}\n")


class Adversary:
    """Attacks until it is told to stop, and then leaves everything running.

    Beside the kinds of attacks, `only` may hold aimed ones: `step:SERVICE:STEP` has each process of that service die at that
    step, `sleep:SERVICE:STEP` has it stand still there, `storm:FAULT` has the carrier do that wrong one time in three, and
    `cut:SERVER` cuts the connections to that server while much is on its way, again and again.
    """

    def __init__(self, city: City, counts: Counts, only: set[str] | None = None):
        self.city, self.counts = city, counts
        self.chance = random.Random(f"{city.seed}/processes")
        self.fate = random.Random(f"{city.seed}/surroundings")
        self.processes = {name: Process(city, name) for name in SERVICES}
        self.simulator = Api(city.simulator)
        self.deadline = 0.0
        # What must not be killed one by one, or nothing would ever wake up past its lease.
        self.frozen: Process | None = None
        on_processes = [(9, "kill", self.kill), (1, "kill_all", self.kill_all)]
        self.skews = FAKE_CLOCK is not None and (only is None or "clock" in only)
        on_surroundings = [
            (10, "freeze", self.freeze),
            (7, "postgres", self.restart_postgres),
            (6, "rabbitmq", self.restart_rabbitmq),
            (10, "cut", self.cut),
            (6, "delay", self.delay),
            (5, "disk", self.fill_the_disk),
            (7, "weather", self.change_weather),
        ]
        self.on_processes = [(weight, act) for weight, name, act in on_processes if only is None or name in only]
        self.on_surroundings = [(weight, act) for weight, name, act in on_surroundings if only is None or name in only]
        # What is aimed: (what happens, at which step) of a service, and the carrier's faults.
        self.aims: dict[str, tuple[str, str]] = {}
        self.faults = dict(ROUGH)
        for kind, *rest in (name.split(":") for name in sorted(only or ()) if ":" in name):
            if kind == "storm":
                self.faults[rest[0]] = {"probability": 0.33}
            elif kind == "cut":
                self.on_surroundings.append((1, functools.partial(self.cut_in_flight, rest[0])))
            else:
                self.aims[rest[0]] = (kind, rest[1])

    # ── Time ─────────────────────────────────────────────────────────────────────────────────────────────────────────

    def rest(self, seconds: float) -> None:
        """Lets time pass, and starts again what died of its own failpoint."""
        until = time.monotonic() + seconds
        while True:
            self.raise_the_dead()
            left = until - time.monotonic()
            if left <= 0:
                return
            time.sleep(min(left, 0.2))

    def raise_the_dead(self) -> None:
        for process in self.processes.values():
            if not process.is_alive():
                if process.failpoint:
                    self.counts.add(f"{KILLS} at a named step ({process.service})")
                else:
                    self.counts.add(f"deaths that nobody caused ({process.service})")
                self.start(process)

    def start(self, process: Process) -> None:
        """With a place to die at and a wrong clock, or without."""
        skew = 0
        if self.skews and process.name in SKEWED and self.chance.random() < 0.3:
            skew = self.chance.choice([-SKEW_SECONDS, SKEW_SECONDS])
            self.counts.add(f"starts with a clock that is {SKEW_SECONDS} s off ({process.service})")
        process.start(self.some_failpoint(process.service), skew)

    def run(self, seconds: float) -> None:
        self.weather(self.faults)
        self.deadline = time.monotonic() + seconds
        for process in self.processes.values():
            if process.service in self.aims:
                process.kill()
                self.start(process)
        with ThreadPoolExecutor() as lanes:
            surroundings = lanes.submit(self.attack, self.on_surroundings, self.fate, time.sleep)
            self.attack(self.on_processes, self.chance, self.rest)
            surroundings.result()

    def attack(self, attacks: list, chance: random.Random, rest) -> None:
        """One lane, until the campaign is over."""
        weights = [weight for weight, _ in attacks]
        while time.monotonic() < self.deadline:
            if attacks:
                _, act = chance.choices(attacks, weights)[0]
                act()
            rest(chance.uniform(0.2, 1.2))

    def make_peace(self) -> None:
        """The last fault is over: everything runs, no process has a place to die at, the carrier does what it should."""
        self.weather(CALM)
        for name in ("postgres", "rabbitmq"):
            self.order(f"delay {name} 0")
            self.order(f"refuse {name} 0")
        for process in self.processes.values():
            process.signal(signal.SIGCONT)
            if process.failpoint or process.skew or not process.is_alive():
                process.kill()
                process.start()

    # ── The attacks ──────────────────────────────────────────────────────────────────────────────────────────────────

    def some_failpoint(self, service: str) -> str:
        """Half of the processes that start get a step at which they will die, or stand still past their lease."""
        how, step = self.aims.get(service, ("", ""))
        passages = self.chance.randint(2, 8)
        if not how:
            if service not in STEPS or self.chance.random() < 0.5:
                return ""
            step, passages = self.chance.choice(STEPS[service]), self.chance.randint(2, 30)
            how = "sleep" if service == "dialer" and self.chance.random() < 0.3 else "step"
        if how == "sleep":
            return f"{step}={passages}*off->1*sleep({int(FREEZE_SECONDS * 1000)})->off"
        return f"{step}={passages}*off->return"

    def kill(self) -> None:
        process = self.processes[self.chance.choice(SERVICES)]
        if process is self.frozen:
            return
        process.kill()
        self.counts.add(f"{KILLS} by SIGKILL ({process.service})")
        time.sleep(self.chance.choice([0.0, 0.1, 0.5, 2.0]))
        self.start(process)

    def kill_all(self) -> None:
        """As when the machine goes."""
        for process in self.processes.values():
            process.kill()
            self.counts.add(f"{KILLS} by SIGKILL ({process.service})")
        for process in self.processes.values():
            self.start(process)

    def freeze(self) -> None:
        """A process stands still for longer than its lease, and goes on as if nothing had been, unless all are killed."""
        process = self.processes[self.fate.choice(["dialer", "dialer-2", "recording-processor", "status-engine"])]
        seconds, pid = self.fate.uniform(1.0, 1.3) * FREEZE_SECONDS, process.pid
        self.frozen = process
        process.signal(signal.SIGSTOP)
        time.sleep(min(seconds, max(self.deadline - time.monotonic(), 0.5)))
        if process.pid == pid:
            process.signal(signal.SIGCONT)
            self.counts.add(f"freezes past the lease ({process.service})")
        self.frozen = None

    def fill_the_disk(self) -> None:
        """For some seconds no recording can be kept."""
        process, pid = self.processes["recording-processor"], self.processes["recording-processor"].pid
        if process.child is None:
            return
        with contextlib.suppress(ProcessLookupError):
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (FULL_DISK_BYTES, resource.RLIM_INFINITY))
            self.counts.add("times that the disk for recordings was full")
            time.sleep(self.fate.uniform(2.0, 4.0))
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))

    def servers(self, *arguments: str) -> None:
        environment = {**os.environ, "RUN_DIR": str(self.city.run_dir), "LOG_DIR": str(self.city.log_dir)}
        with (self.city.log_dir / "servers.log").open("ab") as log:
            command = [str(HERE / "servers.sh"), *arguments]
            subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log, check=True)

    def restart_postgres(self) -> None:
        how = self.fate.choice(["fast", "immediate"])
        self.servers("postgres", how)
        self.counts.add(f"{RESTARTS} of PostgreSQL ({how})")

    def restart_rabbitmq(self) -> None:
        how = self.fate.choice(["stop", "kill"])
        self.servers("rabbitmq", how)
        self.servers("rabbitmq", "start")
        self.counts.add(f"{RESTARTS} of RabbitMQ ({how})")

    def order(self, line: str) -> None:
        with socket.create_connection(("127.0.0.1", self.city.control_port), timeout=5) as control:
            control.sendall(line.encode() + b"\n")
            assert control.recv(16).startswith(b"ok"), line

    def cut(self) -> None:
        name = self.fate.choice(["postgres", "rabbitmq"])
        seconds = self.fate.choice([0.0, 0.0, 1.0, 3.0])
        self.order(f"refuse {name} {seconds}" if seconds else f"cut {name}")
        self.counts.add(f"cuts of all connections to {name}")

    def cut_in_flight(self, name: str) -> None:
        """What was sent in the last moment has not arrived, and never will."""
        self.order(f"delay {name} 200")
        time.sleep(0.8)
        self.order(f"cut {name}")
        self.order(f"delay {name} 0")
        self.counts.add(f"cuts of all connections to {name}")

    def delay(self) -> None:
        name, milliseconds = self.fate.choice(["postgres", "rabbitmq"]), self.fate.choice([5, 20, 200])
        self.order(f"delay {name} {milliseconds}")
        self.counts.add(f"delays of everything to and from {name}")
        time.sleep(self.fate.uniform(1.0, 3.0))
        self.order(f"delay {name} 0")

    def weather(self, faults: dict) -> None:
        self.simulator.call("PUT", "/sim/faults", faults)

    def change_weather(self) -> None:
        """For some seconds one fault of the carrier strikes one in three times."""
        name = self.fate.choice(sorted(name for name, value in ROUGH.items() if isinstance(value, dict)))
        self.weather({**self.faults, name: {"probability": 0.33}})
        self.counts.add(f"storms of {name}")
        time.sleep(self.fate.uniform(2.0, 4.0))
        self.weather(self.faults)
