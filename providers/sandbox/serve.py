"""Own the HTTP server of a sandbox: sockets, faults on the wire, notifications sent.

No WSGI server does it: what a sandbox must be able to do is to break a connection off. Never used by the product.
"""

from __future__ import annotations

import json
import logging
import threading
import time
from collections import deque
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from providers.http import httpx
from providers.sandbox.base import Sandbox
from providers.sandbox.clock import SandboxClock
from providers.sandbox.control import PREFIX, Control
from providers.sandbox.faults import DONE, FaultPlan, Faults, ServedFault
from providers.sandbox.line import Pace
from providers.sandbox.messages import Lost, Request, Response, answered
from providers.values import HookRequest

log = logging.getLogger("providers.sandbox")

#: How often calls move on between requests, in seconds of the machine.
BEAT_SECONDS = 0.2
#: A receiver answers a notification within this, or it counts as not heard.
HOOK_SECONDS = 10.0
#: So many requests are remembered: more than any test sends.
MOST_ARRIVALS = 100_000
_GARBAGE = b'{"half": "an answ'


class ServedSandbox:
    """One sandbox on one port; started and stopped once."""

    def __init__(
        self,
        kind: type[Sandbox],
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        speed: float = 1.0,
        pace: Pace | None = None,
        faults: FaultPlan | None = None,
    ) -> None:
        """Listen at once; port 0 takes a free one."""
        self.clock = SandboxClock(speed)
        self.sandbox = kind(now=self.clock.now, pace=pace)
        self.faults = Faults(faults or FaultPlan())
        #: What came in: seconds of the machine's clock, method and path; control requests are left out.
        self.arrivals: deque[tuple[float, str, str]] = deque(maxlen=MOST_ARRIVALS)
        self.control = Control(self.sandbox, self.clock, self.faults, self.arrivals)
        self._server = _Server((host, port), _Handler)
        self._server.served = self
        self._stop = threading.Event()
        self._threads = [
            threading.Thread(target=self._server.serve_forever, args=(0.1,), name="sandbox", daemon=True),
            threading.Thread(target=self._beat, name="sandbox-beat", daemon=True),
            threading.Thread(target=self._tell, name="sandbox-hooks", daemon=True),
        ]

    @property
    def port(self) -> int:
        """Give the port."""
        return int(self._server.server_address[1])

    @property
    def base_url(self) -> str:
        """Give the address for an account's `base_url`."""
        host = str(self._server.server_address[0])
        return f"http://{'127.0.0.1' if host == '0.0.0.0' else host}:{self.port}"  # noqa: S104  (compared only)

    def start(self) -> None:
        """Answer from now on."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Answer no more."""
        self._stop.set()
        self._server.shutdown()
        self._server.server_close()

    def _beat(self) -> None:
        while not self._stop.wait(BEAT_SECONDS):
            self.sandbox.pass_time()

    def _tell(self) -> None:
        """Send notifications, oldest first; one that nobody takes is told again a few times."""
        waiting: list[tuple[float, int, str, HookRequest]] = []
        with httpx.Client(trust_env=False, timeout=HOOK_SECONDS) as client:
            while not self._stop.wait(0.02):
                while self.sandbox.outbox:
                    waiting.append((time.monotonic(), 0, *self.sandbox.outbox.popleft()))
                due = [each for each in waiting if each[0] <= time.monotonic()]
                waiting = [each for each in waiting if each not in due]
                for _, tries, url, hook in due:
                    pauses = self.sandbox.hook_pauses
                    if not _heard(client, url, hook) and tries < len(pauses):
                        waiting.append((time.monotonic() + pauses[tries], tries + 1, url, hook))


def _heard(client: httpx.Client, url: str, hook: HookRequest) -> bool:
    try:
        answer = client.request(hook.method, url, content=hook.body, headers=dict(hook.headers))
    except httpx.HTTPError:
        return False
    return bool(answer.status_code == 200)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256
    allow_reuse_address = True
    served: ServedSandbox


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else every answer on a kept connection takes 40 ms

    arrived = 0.0

    def parse_request(self) -> bool:
        """Note the instant at which the first line has come, and read the rest."""
        self.arrived = time.monotonic()
        return super().parse_request()

    def handle_any(self) -> None:
        """Answer one request, or spoil it."""
        served = self.server.served  # type: ignore[attr-defined]
        request = self._request()
        if request.path.startswith(PREFIX):
            self._send(served.control.respond(request))
            return
        served.arrivals.append((self.arrived, request.method, request.path))
        fault = served.faults.next()
        if fault is not None and fault not in DONE:
            self._spoil(fault, served.faults.plan.hang_seconds, None)
            return
        try:
            response = served.sandbox.respond(request)
        except Lost:
            self._break_off()
            return
        if response.is_lost:
            self._break_off()
        elif fault is not None:
            self._spoil(fault, served.faults.plan.hang_seconds, response)
        else:
            self._send(response)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = handle_any

    def _request(self) -> Request:
        parts = urlsplit(self.path)
        return Request(
            method=self.command,
            path=unquote(parts.path),
            query=tuple(parse_qsl(parts.query, keep_blank_values=True)),
            headers={name.lower(): value for name, value in self.headers.items()},
            body=self._body(),
        )

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        body = b""
        while size := int(self.rfile.readline().split(b";")[0], 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def _send(self, response: Response) -> None:
        self.send_response(response.status)
        for name, value in response.headers.items():
            self.send_header(name, value)
        if response.status != 204:
            self.send_header("Content-Length", str(len(response.body)))
        self.end_headers()
        if response.status != 204:
            self.wfile.write(response.body)

    def _spoil(self, fault: ServedFault, hang_seconds: float, done: Response | None) -> None:
        """Spoil an answer; `done` is what the vendor said after it had done all."""
        if fault in (ServedFault.HANG_BEFORE, ServedFault.HANG_AFTER):
            time.sleep(hang_seconds)
        if fault is ServedFault.THROTTLED:
            self._send(Response(status=429, headers={"Retry-After": "1"}))
        elif fault in (ServedFault.ERROR_BEFORE, ServedFault.ERROR_AFTER):
            self._send(answered({"message": "internal"}, 500))
        elif fault is ServedFault.GARBAGE_AFTER and done is not None:
            self._send(_garbled(done))
        else:
            self._break_off()

    def _break_off(self) -> None:
        self.close_connection = True
        self.connection.close()

    def log_message(self, format: str, *args: Any) -> None:
        """Write one line a request, without its query: it may hold a phone."""
        log.info("%s %s %s", self.command, urlsplit(self.path).path, args[1] if len(args) > 1 else "-")


def _garbled(done: Response) -> Response:
    """Spoil the body and keep the status: a refusal that changed nothing must not look like something done.

    A 204 has no body that could be spoiled: it becomes another success.
    """
    status = 200 if done.status == 204 else done.status
    return Response(status=status, body=_GARBAGE, headers={"content-type": "application/json"})


def shown(served: ServedSandbox) -> str:
    """Say in words what an account needs to use this sandbox."""
    lines = [
        f"Sandbox of {served.sandbox.slug} on {served.base_url}",
        f"  base_url     {served.base_url}",
        f"  credentials  {json.dumps(dict(served.sandbox.credentials))}",
    ]
    if campaigns := served.sandbox.campaigns():
        lines.append(f"  campaigns    {', '.join(campaigns)}")
    if served.sandbox.hint:
        lines.append(f"  note         {served.sandbox.hint}")
    lines.append(f"  ledger       {served.base_url}{PREFIX}/rings (all controls: {PREFIX})")
    return "\n".join(lines)
