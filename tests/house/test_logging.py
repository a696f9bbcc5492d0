"""No line holds a phone, an email, a key or what somebody searched for; everything else stays readable."""

from __future__ import annotations

import io
import json
import logging
import logging.config
from collections.abc import Iterator

import pytest
import structlog
from django.test import Client

from config.logging import logging_config, masked

PHONE = "+15550100123"


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    config = logging_config(level="DEBUG", form="json")
    formatter = dict(config["formatters"]["line"])
    handler.setFormatter(formatter.pop("()")(**formatter))
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel("DEBUG")
    yield written
    root.removeHandler(handler)
    root.setLevel(level)


def last(written: io.StringIO) -> dict[str, object]:
    return json.loads(written.getvalue().splitlines()[-1])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"pushed {PHONE} twice", "pushed +155****0123 twice"),
        ("GET /api/v1/contacts?phone=%2B15550100123&q=ann", "GET /api/v1/contacts?phone=***&q=***"),
        ("from ann@example.com", "from ***@***"),
        ("Authorization: Bearer abcdefgh12345678", "Authorization: Bearer ***"),
    ],
)
def test_free_text_is_masked(text: str, expected: str) -> None:
    assert masked(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "0192f3a4-1b2c-7d3e-8f4a-5b6c7d8e9f01",
        "192.168.100.200:8000",
        "peer 203.0.113.200.",
        "Listening at: http://0.0.0.0:8000 (123456)",
        "2026-11-22T15:56:37.656294Z",
        "2026-11-22",
        "took 0.0078612345678 s",
        "took 1234567 ms",
    ],
)
def test_ids_addresses_and_times_stay(text: str) -> None:
    assert masked(text) == text


def test_fields_are_masked_by_their_names_at_any_depth() -> None:
    event = {
        "call": {"phone": "5550100123", "to_number": PHONE, "api_key": "k", "attempt": "a1"},
        "phones": [PHONE],
    }

    assert masked(event) == {
        "call": {"phone": "55****0123", "to_number": "+155****0123", "api_key": "***", "attempt": "a1"},
        "phones": ["+155****0123"],
    }


def test_our_lines_carry_the_bound_ids_and_are_masked(lines: io.StringIO) -> None:
    with structlog.contextvars.bound_contextvars(task="claim", campaign="c1", attempt="a1"):
        structlog.get_logger("x").info("pushed", phone=PHONE, status=200)

    line = last(lines)
    assert (line["event"], line["task"], line["campaign"], line["attempt"]) == ("pushed", "claim", "c1", "a1")
    assert (line["phone"], line["status"]) == ("+155****0123", 200)


def test_lines_of_other_libraries_are_masked_too(lines: io.StringIO) -> None:
    logging.getLogger("somebody").warning("refused %s for %s", PHONE, "ann@example.com")

    line = last(lines)
    assert line["event"] == "refused +155****0123 for ***@***"
    assert line["level"] == "warning"


def test_the_text_of_an_exception_is_masked(lines: io.StringIO) -> None:
    try:
        raise ValueError(f"{PHONE} is busy, token=abcdef123456")
    except ValueError:
        structlog.get_logger("x").exception("push_failed")

    assert PHONE not in lines.getvalue()
    assert "abcdef123456" not in lines.getvalue()
    assert "ValueError: +155****0123 is busy" in str(last(lines)["exception"])


def test_the_exception_of_another_library_is_masked(lines: io.StringIO) -> None:
    try:
        raise ValueError(PHONE)
    except ValueError:
        logging.getLogger("somebody").exception("failed")

    assert PHONE not in lines.getvalue()
    assert "ValueError: +155****0123" in str(last(lines)["exception"])


def test_a_request_line_has_an_id_and_no_searched_phone(lines: io.StringIO) -> None:
    Client().get("/healthz", {"phone": PHONE})

    line = last(lines)
    assert line["event"] == "request_finished"
    assert line["request"] == "GET /healthz?phone=***"
    assert len(str(line["request_id"])) == 36
    assert "5550100123" not in lines.getvalue()


def test_what_other_libraries_add_is_kept_and_masked(lines: io.StringIO) -> None:
    logging.getLogger("somebody").warning("tick_failed", extra={"account": "first", "phone": PHONE})

    line = last(lines)
    assert (line["account"], line["phone"]) == ("first", "+155****0123")
