"""Speaks to the simulator with the official Python client, unchanged but for the base address.

Usage: check.py BASE_URL ACCOUNT_SID AUTH_TOKEN
It prints one line per check and exits with 1 at the first that fails.
"""

import http.server
import sys
import threading
import time
from urllib.parse import parse_qsl

from twilio.base.exceptions import TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.request_validator import RequestValidator
from twilio.rest import Client

REAL = "https://api.twilio.com"
LEAD, CALLER = "+972541234567", "+972721234567"
DEADLINE_SECONDS = 20


class Redirected(TwilioHttpClient):
    """The official HTTP client with another base address."""

    def __init__(self, base_url):
        super().__init__()
        self.base_url = base_url

    def request(self, method, url, *args, **kwargs):
        return super().request(method, url.replace(REAL, self.base_url), *args, **kwargs)


class Webhooks(http.server.BaseHTTPRequestHandler):
    """Takes callbacks and keeps them."""

    received = []

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        fields = dict(parse_qsl(body, keep_blank_values=True, strict_parsing=True))
        self.received.append((self.path, fields, self.headers["X-Twilio-Signature"]))
        answer = b"<Response><Pause length='600'/></Response>"
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        pass


def check(what, condition):
    print(("ok    " if condition else "FAILED"), what, flush=True)
    if not condition:
        sys.exit(1)


def until(what, condition):
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not condition():
        if time.monotonic() > deadline:
            check(f"{what} within {DEADLINE_SECONDS} s", False)
        time.sleep(0.01)
    check(what, True)


def refused(action):
    try:
        action()
    except TwilioRestException as error:
        return error.status, error.code
    return None


def main(base_url, account, token):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Webhooks)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    own = f"http://127.0.0.1:{server.server_port}"
    client = Client(account, token, http_client=Redirected(base_url))

    def status(call):
        return client.calls(call.sid).fetch().status

    def order(**more):
        return client.calls.create(
            to=LEAD,
            from_=CALLER,
            url=f"{own}/answer?a=1",
            status_callback=f"{own}/status?attempt=7#rc=5&rp=all",
            status_callback_event=["initiated", "ringing", "answered", "completed"],
            **more,
        )

    call = order(record=True, recording_status_callback=f"{own}/recording")
    check("create answers a queued call", call.status == "queued" and call.sid.startswith("CA"))
    check("create has no dates yet", call.date_created is None and call.duration is None)
    until("fetch shows it in progress", lambda: status(call) == "in-progress")
    fetched = client.calls(call.sid).fetch()
    check("fetch reads dates", fetched.start_time is not None and fetched.date_created is not None)
    listed = client.calls.list(to=LEAD, status="in-progress", limit=5)
    check("list filters", [one.sid for one in listed] == [call.sid])

    ended = client.calls(call.sid).update(status="completed")
    check("update answers the call", ended.sid == call.sid)
    until("the call ends", lambda: status(call) == "completed")
    again = refused(lambda: client.calls(call.sid).update(status="completed"))
    check("a call that is over refuses orders", again == (400, 21220))

    until("a recording is listed", lambda: any(r.status == "completed" for r in client.recordings.list(call_sid=call.sid)))
    recording = client.calls(call.sid).recordings.list()[0]
    check("a recording reads its length", int(recording.duration) > 0)
    until("the recording is reported", lambda: any(path == "/recording" for path, _, _ in Webhooks.received))

    second = order()
    until("the second call rings or talks", lambda: status(second) in ("ringing", "in-progress"))
    client.calls(second.sid).update(status="completed")
    pages = list(client.calls.stream(page_size=1))
    check("stream follows the pages", {one.sid for one in pages} == {call.sid, second.sid})

    check("a bad number is 21211", refused(lambda: client.calls.create(to="12", from_=CALLER, url=own)) == (400, 21211))
    check("an unknown call is 20404", refused(lambda: client.calls("CA" + "0" * 32).fetch()) == (404, 20404))
    stranger = Client(account, "wrong", http_client=Redirected(base_url))
    check("a wrong token is 20003", refused(lambda: stranger.calls(call.sid).fetch()) == (401, 20003))

    validator = RequestValidator(token)
    received = list(Webhooks.received)
    check("callbacks came", {"/answer?a=1", "/status?attempt=7", "/recording"} <= {path for path, _, _ in received})
    valid = [validator.validate(own + path, fields, signature) for path, fields, signature in received]
    check(f"the official validator accepts all {len(valid)} signatures", all(valid))
    path, fields, signature = received[0]
    check("and refuses a changed one", not validator.validate(own + path, {**fields, "To": "+1"}, signature))


if __name__ == "__main__":
    main(*sys.argv[1:])
