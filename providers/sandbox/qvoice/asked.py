"""Own what a request may contain: query names, JSON fields, types, phones, pages.

Never changes anything; whatever the document does not list is refused with its 400.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from providers.sandbox.messages import Refusal, Request

#: "Get access token": all three are text.
LOGIN_FIELDS: Mapping[str, type] = {"username": str, "password": str, "domain": str}
#: "Add Lead to campaign". The document gives types and marks none as optional: all nine are asked for.
LEAD_FIELDS: Mapping[str, type] = {
    "number": str,
    "retries": int,
    "first_name": str,
    "last_name": str,
    "type": str,
    "priority": int,
    "ticket_id": str,
    "note": str,
    "cool_off": int,
}
#: Plus and digits, by the document's samples, which are shorter than real numbers; 15 digits by E.164.
_PHONE = re.compile(r"\+[1-9][0-9]{6,14}")
_ID = re.compile(r"[0-9a-f]{32}")
_WHOLE = re.compile(r"[0-9]{1,13}")  # 13: the document's own sample has an end in milliseconds
#: Not the vendor's: limits are not documented, and a stand-in must not be filled up by one request.
_MOST_RETRIES = 100
_MOST_COOL_OFF_SECONDS = 366 * 86_400
#: Neither default nor maximum is documented; a small default shows who reads the first page only.
DEFAULT_PAGE = 50


def invalid(why: str) -> Refusal:
    """Make the one refusal that the document has; its body is not documented, the words are ours."""
    return Refusal(400, f"Invalid: {why}.")


def expect_query(request: Request, *names: str) -> None:
    """Refuse a query parameter that is not listed or comes twice, and a body where none is documented."""
    given = [name for name, _ in request.query]
    if set(given) - set(names) or len(set(given)) != len(given):
        raise invalid("a query parameter is not known or repeated")
    if request.body:
        raise invalid("a body was not expected")


def fields_of(request: Request, wanted: Mapping[str, type]) -> dict[str, Any]:
    """Decode a body that has exactly these fields, of exactly these types; true is no number."""
    if request.query:
        raise invalid("a query was not expected")
    data = request.json()
    if not isinstance(data, dict) or set(data) != set(wanted):
        raise invalid("the body must have exactly the documented fields")
    if any(type(data[name]) is not kind for name, kind in wanted.items()):
        raise invalid("a field has a wrong type")
    return data


def lead_of(request: Request) -> dict[str, Any]:
    """Decode a lead."""
    data = fields_of(request, LEAD_FIELDS)
    if not _PHONE.fullmatch(data["number"]):
        raise invalid("the number must be a plus and digits")
    if not (0 <= data["retries"] <= _MOST_RETRIES and 0 <= data["cool_off"] <= _MOST_COOL_OFF_SECONDS):
        raise invalid("retries or cool_off is out of range")
    return data


def page_size(request: Request, name: str, most: int) -> int:
    """Give how many rows were asked for; above the maximum it is cut silently, as the document is silent."""
    text = request.param(name)
    if text is None:
        return min(DEFAULT_PAGE, most)
    if not _WHOLE.fullmatch(text) or int(text) == 0:
        raise invalid("the page size must be a number above 0")
    return min(int(text), most)


def start_key(request: Request, name: str) -> str:
    """Give where a page starts; an empty key is the beginning again, so handing back the end's key loops."""
    text = request.param(name, "") or ""
    if text and not _ID.fullmatch(text):
        raise invalid("the start key is none of ours")
    return text


def instant(request: Request, name: str) -> int:
    """Give a required time limit in unix seconds; milliseconds are taken for a far future, as numbers are."""
    text = request.param(name)
    if text is None or not _WHOLE.fullmatch(text):
        raise invalid("both time limits are needed, in unix seconds")
    return int(text)
