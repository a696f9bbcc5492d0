"""Own how gunicorn serves: threads, our logging, and no access log, since its lines would hold query strings.

Read by `gunicorn --config python:config.gunicorn`; what GUNICORN_CMD_ARGS says wins.
"""

from __future__ import annotations

import os

from config.logging import logging_config

bind = f"0.0.0.0:{os.environ.get('PORT', '8000')}"
worker_class = "gthread"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
threads = 8
keepalive = 30  # longer than the pauses of a busy client, so that connections are used again
graceful_timeout = 10
control_socket_disable = True  # nobody uses it, and its file would lie in the home folder
accesslog = None  # the request line comes from the middleware, with its id and masked
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: S108  (a disk that stalls kills workers)
_logging = logging_config(
    level=os.environ.get("LOG_LEVEL") or "INFO", form=os.environ.get("LOG_FORMAT") or "auto"
)
# Its own lines go the way of all others.
logconfig_dict = {
    **_logging,
    "loggers": {
        **_logging["loggers"],
        "gunicorn.error": {"handlers": [], "level": "INFO", "propagate": True},
    },
}
