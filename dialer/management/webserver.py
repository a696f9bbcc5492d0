"""Own the web server of `manage.py up`: Django's threaded one, made fit for keep-alive and bursts.

Never used in production, where gunicorn stands.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment

from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
from django.core.wsgi import get_wsgi_application

from config.chunked import RAW_STREAM, Dechunked


class QuietRequestHandler(WSGIRequestHandler):
    """Answer without waiting for acknowledgements and without a second access log."""

    disable_nagle_algorithm = True  # without it every keep-alive answer takes 44 ms

    def get_environ(self) -> dict[str, Any]:
        """Hand over the stream itself, too: Django's own ends where the announced length does."""
        return {**super().get_environ(), RAW_STREAM: self.rfile}

    def log_message(self, format: str, *args: Any) -> None:
        """Write nothing: the request line comes from the middleware, with its id and masked."""


class Server(ThreadedWSGIServer):
    """A threaded server that takes bursts and can be left while a client stays connected."""

    request_queue_size = 256  # Django's 10 refuses a burst of connections
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Write nothing: a client that hung up is its own business; Django logs our errors."""


class Counted:
    """A WSGI application that knows how many requests are in hand."""

    def __init__(self, application: Callable[..., Iterable[bytes]]) -> None:
        self._application = application
        self._in_hand = 0
        self._changed = threading.Condition()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request, counting it while it is computed."""
        self._count(+1)
        try:
            return self._application(environ, start_response)
        finally:
            self._count(-1)

    def wait_until_idle(self, patience: float) -> bool:
        """Wait until no request is in hand, `patience` seconds at most."""
        with self._changed:
            return self._changed.wait_for(lambda: self._in_hand == 0, timeout=patience)

    def _count(self, by: int) -> None:
        with self._changed:
            self._in_hand += by
            self._changed.notify_all()


class Web:
    """The port, taken at once so that a taken one is known first of all; served after `start`."""

    def __init__(self, host: str, port: int) -> None:
        self._server = Server((host, port), QuietRequestHandler, ipv6=":" in host)
        self._application = Counted(Dechunked(get_wsgi_application()))
        self._server.set_app(self._application)
        self._thread = threading.Thread(target=self._server.serve_forever, name="web", daemon=True)

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()

    def stop(self, patience: float) -> None:
        """Take no more connections and let the requests in hand end."""
        if self._thread.is_alive():
            self._server.shutdown()
        self._server.server_close()
        self._application.wait_until_idle(patience)
