"""What the businesses of a campaign do meanwhile: bulk runs, direct calls, people who call and write in, changes by hand,
and each of them trying to see what is another's."""

import itertools
import random
import threading
import urllib.error

from callboard_api import Api, Refused
from city import Business, City, Counts

TRESPASSES = "trespasses that were answered"
OVER = {"completed", "failed", "cancelled"}


class Tenant(threading.Thread):
    """One business, until it is told to stop."""

    def __init__(self, city: City, business: Business, counts: Counts, stop: threading.Event):
        super().__init__(name=business.name, daemon=True)
        self.city, self.business, self.counts, self.stop = city, business, counts, stop
        self.chance = random.Random(f"{city.seed}/{business.id}")
        self.api = Api(city.gateway, business.key)
        self.api.PATIENCE_SECONDS = 3
        self.simulator = Api(city.simulator)
        self.run_id: int | None = None
        self.keys = itertools.count()
        self.trespasses: list[str] = []
        self.last_message: dict | None = None

    def run(self) -> None:
        actions = [
            (30, self.keep_a_run_going),
            (12, self.call_directly),
            (14, self.be_called),
            (10, self.be_written_to),
            (4, self.end_a_chat),
            (6, self.change_by_hand),
            (4, self.pause_for_a_moment),
            (2, self.cancel),
            (8, self.trespass),
        ]
        weights = [weight for weight, _ in actions]
        while not self.stop.wait(self.chance.uniform(0.2, 0.9)):
            _, act = self.chance.choices(actions, weights)[0]
            try:
                act()
            except (Refused, urllib.error.URLError, OSError, ValueError) as error:
                # A gateway that was just killed, or a refusal such as full lines: what matters is judged afterwards.
                self.counts.add(f"requests that failed or were refused ({getattr(error, 'status', 'no answer')})")
            else:
                self.counts.add("requests that were served")

    def once(self, path: str, body: dict) -> dict:
        return self.api.post_once(path, body, f"chaos-{self.business.id}-{next(self.keys)}")

    def any_leads(self, least: int, most: int) -> list[int]:
        return self.chance.sample(sorted(self.business.leads.values()), self.chance.randint(least, most))

    def any_number(self) -> str:
        return self.chance.choice(sorted(self.business.leads))

    def keep_a_run_going(self) -> None:
        if self.run_id is not None:
            run = self.api.get(f"/api/outbound/runs/{self.run_id}")
            if run["status"] == "paused":
                self.once(f"/api/outbound/runs/{self.run_id}/resume", {})
            if run["status"] not in OVER:
                return
        body = {"lead_ids": self.any_leads(10, 25), "concurrency": self.chance.randint(1, self.business.max_outbound + 1)}
        self.run_id = self.once("/api/outbound/bulk-enqueue", body)["run_id"]
        self.counts.add("bulk runs")

    def call_directly(self) -> None:
        self.once("/api/outbound_calls/start", {"lead_ids": self.any_leads(1, 2)})
        self.counts.add("direct calls asked for")

    def be_called(self) -> None:
        hooks = self.city.gateway + "/webhooks/twilio/voice/inbound"
        call = {"from": self.any_number(), "to": self.business.caller, "voice_url": hooks}
        call["status_callback"] = hooks
        self.simulator.post("/sim/inbound", call)
        self.counts.add("people who called in")

    def be_written_to(self) -> None:
        """A new message, or the last one delivered once more."""
        if self.last_message is None or self.chance.random() < 0.8:
            self.last_message = {
                "from": self.any_number(),
                "to": self.business.caller,
                "body": self.chance.choice(["I am interested, send me a quote", "Not relevant, thanks", "Hello?"]),
                "message_sid": f"SM{self.chance.getrandbits(128):032x}",
                "url": self.city.gateway + "/webhooks/twilio/whatsapp",
            }
        self.simulator.post("/sim/whatsapp", self.last_message)
        self.counts.add("WhatsApp messages")

    def end_a_chat(self) -> None:
        chats = self.api.get("/api/whatsapp/sessions", limit=20)["items"]
        still_open = [chat["id"] for chat in chats if chat["state"] == "open"]
        if still_open:
            self.api.post(f"/api/whatsapp/sessions/{self.chance.choice(still_open)}/close", {})

    def change_by_hand(self) -> None:
        lead = self.any_leads(1, 1)[0]
        status = self.chance.choice(["interested", "qualified", "not_relevant", "follow_up", "new"])
        self.api.call("PATCH", f"/api/leads/{lead}", {"status": status})
        self.counts.add("changes by hand")

    def pause_for_a_moment(self) -> None:
        if self.run_id is not None:
            self.once(f"/api/outbound/runs/{self.run_id}/pause", {})
            self.once(f"/api/outbound/runs/{self.run_id}/resume", {})

    def cancel(self) -> None:
        if self.run_id is not None:
            self.once(f"/api/outbound/runs/{self.run_id}/cancel", {"hang_up": self.chance.random() < 0.5})
            self.run_id = None

    def trespass(self) -> None:
        """Asks for what is another's, which must look as if it were not there."""
        other = self.chance.choice([one for one in self.city.businesses if one.id != self.business.id])
        lead = self.chance.choice(sorted(other.leads.values()))
        method, path, body = self.chance.choice(
            [
                ("GET", f"/api/leads/{lead}", None),
                ("GET", f"/api/leads/{lead}/timeline", None),
                ("GET", f"/api/leads/{lead}/why", None),
                ("GET", f"/api/leads/{lead}/decisions", None),
                ("PATCH", f"/api/leads/{lead}", {"status": "won"}),
                ("DELETE", f"/api/leads/{lead}", None),
            ]
        )
        try:
            self.api.call(method, path, body)
            status = 200
        except Refused as refused:
            status = refused.status
        if status < 500:
            self.counts.add(TRESPASSES)
            if status != 404:
                self.trespasses.append(f"{self.business.name}: {method} {path} was answered {status}")
