"""Own how a log line is made: structured, masked, with the ids of its request, task, campaign and attempt.

Every line of every library passes the mask last, so no caller can forget it. Never decides what is logged.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from typing import Any

import structlog
from django.core.exceptions import ImproperlyConfigured
from structlog.types import EventDict, Processor, WrappedLogger

from providers.secrets import mask_phone, mask_text

PHONE_FIELDS = re.compile(
    r"(^|_)(phone|msisdn|mobile|caller_id|callee|to_number|from_number)s?$", re.IGNORECASE
)
SECRET_FIELDS = re.compile(
    r"(password|passwd|secret|token|authorization|credential|api_?key|cookie|email)", re.IGNORECASE
)
# Query values hold searched phones and, at some providers, tokens; the names are enough to read a log.
QUERY_VALUES = re.compile(r"([?&][\w.\[\]%-]+=)[^&\s\"'<>]+")
# The last part of a notification's address is an account's secret.
HOOK_TOKEN = re.compile(r"(/hooks/[\w.-]+/)[^/\s?\"']+")
_OCTET = r"(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)"
# Addresses with their ports, and fractions: the pattern for phones would take long ones for numbers.
KEPT = re.compile(rf"(?<![\w.+])({_OCTET}(?:\.{_OCTET}){{3}}(?::\d{{1,5}})?|\d\.\d+)(?!\d|\.\d)")
HIDDEN = "***"
LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
FORMS = ("auto", "json", "console")


def masked(value: Any) -> Any:
    """Mask phones, emails, tokens and query values anywhere inside one logged value."""
    if isinstance(value, str):
        text = QUERY_VALUES.sub(rf"\g<1>{HIDDEN}", value)
        text = HOOK_TOKEN.sub(rf"\g<1>{HIDDEN}", text)
        # Odd pieces are what stays as it is.
        return "".join(piece if odd % 2 else mask_text(piece) for odd, piece in enumerate(KEPT.split(text)))
    if isinstance(value, Mapping):
        return {key: _masked_field(str(key), inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [masked(inner) for inner in value]
    if value is None or isinstance(value, (bool, int, float)):
        return value
    return masked(str(value))


def _masked_field(name: str, value: Any) -> Any:
    if value in (None, "") or isinstance(value, bool):
        return value
    if SECRET_FIELDS.search(name):
        return HIDDEN
    if PHONE_FIELDS.search(name):
        return (
            [mask_phone(str(one)) for one in value]
            if isinstance(value, (list, tuple))
            else mask_phone(str(value))
        )
    return masked(value)


def mask_event(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    """Mask a whole line; the last processor before the line is written."""
    return {name: _masked_field(name, value) for name, value in event.items()}


SHARED: list[Processor] = [
    structlog.stdlib.ExtraAdder(),
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.StackInfoRenderer(),
]


LOGGERS: dict[str, dict[str, Any]] = {
    # Django's own handlers would print a second, unmasked line.
    "django": {"handlers": [], "level": "INFO", "propagate": True},
    # The request line says it already, with the request's id; tracebacks of 500s stay.
    "django.request": {"level": "ERROR"},
    "django.server": {"handlers": [], "level": "WARNING", "propagate": True},
    # The client for providers writes its own line for each outside effect, with the account's name.
    "httpx": {"level": "WARNING"},
    "httpcore": {"level": "WARNING"},
    # Three lines for each tick, many ticks a second; what fails is told at its place.
    "celery.beat": {"level": "WARNING"},
    "celery.worker.strategy": {"level": "WARNING"},
    # One line for each bell that rang while no worker listened: hundreds of thousands after a day.
    "celery.worker.request": {"level": "WARNING"},
    "celery.app.trace": {"level": "WARNING"},
}


def logging_config(*, level: str, form: str) -> dict[str, Any]:
    """Configure structlog and return Django's LOGGING: both write the same lines to standard error."""
    if level.upper() not in LEVELS:
        raise ImproperlyConfigured(f"LOG_LEVEL must be one of {', '.join(LEVELS)}, not {level!r}.")
    if form not in FORMS:
        raise ImproperlyConfigured(f"LOG_FORMAT must be one of {', '.join(FORMS)}, not {form!r}.")
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *SHARED,
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    line = {
        "()": structlog.stdlib.ProcessorFormatter,
        "foreign_pre_chain": SHARED,
        "processors": [
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            mask_event,
            _renderer(form),
        ],
    }
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": line},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"handlers": ["stderr"], "level": level.upper()},
        "loggers": LOGGERS,
    }


def _renderer(form: str) -> Processor:
    if form == "console" or (form == "auto" and sys.stderr.isatty()):
        return structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    return structlog.processors.JSONRenderer()
