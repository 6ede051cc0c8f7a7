"""A client of Callboard's public HTTP API and of the simulator's controls, for the demo and its judge."""

import json
import time
import urllib.error
import urllib.parse
import urllib.request


class Refused(Exception):
    """The server answered, and said no."""

    def __init__(self, method: str, path: str, status: int, body: str):
        try:
            problem = json.loads(body)
            body = problem.get("detail") or problem.get("title") or body
        except (ValueError, AttributeError):
            pass
        super().__init__(f"{method} {path} was answered {status}: {body[:500]}")
        self.status = status


class Api:
    """One server, with one key. A server that is away (killed, starting again) is asked again for a minute."""

    PATIENCE_SECONDS = 60

    def __init__(self, base: str, key: str | None = None):
        self.base = base.rstrip("/")
        self.key = key

    def call(self, method: str, path: str, body=None, headers=None):
        """The JSON answer. A repeated write must carry an Idempotency-Key; see `post_once`."""
        request = urllib.request.Request(self.base + path, method=method, headers=dict(headers or {}))
        if self.key:
            request.add_header("Authorization", f"Bearer {self.key}")
        if body is not None:
            request.data = json.dumps(body).encode()
            request.add_header("Content-Type", "application/json")
        deadline = time.monotonic() + self.PATIENCE_SECONDS
        while True:
            try:
                with urllib.request.urlopen(request, timeout=15) as answer:
                    text = answer.read().decode()
                    return json.loads(text) if text else None
            except urllib.error.HTTPError as error:
                # 503: the server is there, its database or broker is not; 429: we ask too often; 408: it did not get our body in
                # time, on a machine that is busy.
                if error.code not in (408, 429, 502, 503, 504) or time.monotonic() > deadline:
                    raise Refused(method, path, error.code, error.read().decode(errors="replace")) from None
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                if time.monotonic() > deadline:
                    raise
            time.sleep(0.3)

    def get(self, path: str, **query):
        query = {name: value for name, value in query.items() if value is not None}
        return self.call("GET", path + ("?" + urllib.parse.urlencode(query) if query else ""))

    def post(self, path: str, body):
        return self.call("POST", path, body)

    def post_once(self, path: str, body, key: str):
        """A write that takes effect once however often it has to be sent."""
        return self.call("POST", path, body, {"Idempotency-Key": key})

    def all(self, path: str, **query) -> list:
        """Every item of a list that comes in pages."""
        items, cursor = [], None
        while True:
            page = self.get(path, cursor=cursor, limit=100, **query)
            if isinstance(page, list):
                return page
            items += page["items"]
            cursor = page.get("next_cursor")
            if cursor is None:
                return items
