"""Own how requests are read strictly: JSON objects, files, query, phones and dates.

Never changes anything; what does not fit is refused with 400.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any

from providers.sandbox.line import digits
from providers.sandbox.messages import Refusal, Request

#: The object that POST and the import file take (document: add a single contact). All are texts.
CONTACT_FIELDS: Mapping[str, type] = {
    "name": str,
    "email": str,
    "phone_number": str,
    "outbound_number": str,
    "external_unique_id": str,
}
#: What PATCH takes: no outbound_number there (document: update a single contact).
PATCH_FIELDS: Mapping[str, type] = {
    "contact_id": int,
    "name": str,
    "email": str,
    "phone_number": str,
    "external_unique_id": str,
}
#: What DELETE takes (document: remove a single contact).
SELECTORS: Mapping[str, type] = {"contact_id": int, "external_unique_id": str, "phone_number": str}

#: International with a plus; the samples have spaces, dashes and brackets.
_PHONE = re.compile(r"\+[\d ()-]+")
#: The shortest and longest international numbers (E.164 ends at 15 digits).
_DIGITS = range(8, 16)
#: A North American number has the country's 1 and ten digits.
_NORTH_AMERICAN = 11


def json_body(request: Request) -> Any:
    """Give the body of a request that says that it is JSON."""
    if _media_type(request) != "application/json":
        raise Refusal(400, "The Content-Type has to be application/json.")
    return request.json()


def checked(data: Any, fields: Mapping[str, type]) -> dict[str, Any]:
    """Give an object that has documented fields of the documented types only; null is no text."""
    if not isinstance(data, dict):
        raise Refusal(400, "An object is expected.")
    for name, value in data.items():
        if name not in fields:
            raise Refusal(400, f"Unknown field {name}.")
        if type(value) is not fields[name]:  # a bool is no int here
            raise Refusal(400, f"Wrong type of {name}.")
    return data


def contact_row(data: Any) -> dict[str, str]:
    """Give one contact as it is sent; without a phone there is nothing to add."""
    row: dict[str, str] = checked(data, CONTACT_FIELDS)
    if "phone_number" not in row:
        raise Refusal(400, "phone_number is missing.")
    return row


def selected_by(data: Mapping[str, Any]) -> str:
    """Name the one selector that counts.

    The document is silent about several at once: the id wins, and the others are not compared with it.
    """
    found = next((name for name in SELECTORS if name in data), None)
    if found is None:
        raise Refusal(400, "Nothing says which contact is meant.")
    return found


def expect_query(request: Request, **path: str) -> None:
    """Refuse any query but the ids that the document lists there too, if they repeat the path."""
    for name, value in request.query:
        if path.get(name) != value:
            raise Refusal(400, f"Unknown parameter {name}.")


def contacts_file(request: Request) -> list[dict[str, str]]:
    """Give the contacts of the one file of a form; the field's real name is `file`, by the fact sheet."""
    if _media_type(request) != "multipart/form-data":
        raise Refusal(400, "The Content-Type has to be multipart/form-data.")
    head = f"Content-Type: {request.headers['content-type']}\r\n\r\n".encode()
    form = BytesParser(policy=HTTP).parsebytes(head + request.body)
    parts = list(form.iter_parts()) if form.is_multipart() else []
    names = [part.get_param("name", header="content-disposition") for part in parts]
    if names != ["file"] or not parts[0].get_filename():
        raise Refusal(400, "One file is expected, in the field file.")
    payload = parts[0].get_payload(decode=True)
    try:
        rows = json.loads(payload if isinstance(payload, bytes) else b"")
    except ValueError:
        raise Refusal(400, "The file is no JSON.") from None
    if not isinstance(rows, list):
        raise Refusal(400, "The file has to hold an array.")
    return [contact_row(row) for row in rows]


def is_international(phone: str) -> bool:
    """Say whether a number is written as documented and may exist by its count of digits."""
    bare = digits(phone)
    if not _PHONE.fullmatch(phone) or len(bare) not in _DIGITS or bare.startswith("0"):
        return False
    return not bare.startswith("1") or len(bare) == _NORTH_AMERICAN


def written(phone: str) -> str:
    """Write a number as answers do: not as it was sent, but in the vendor's own spacing."""
    bare = digits(phone)
    if not is_international(phone) or not bare.startswith("1"):
        return phone if not is_international(phone) else f"+{bare}"
    return f"+1 {bare[1:4]}-{bare[4:7]}-{bare[7:]}"


def written_outbound(phone: str | None) -> str | None:
    """Write a caller id as the contact object does: in yet another spacing."""
    if phone is None or not is_international(phone) or not digits(phone).startswith("1"):
        return phone
    bare = digits(phone)
    return f"+1-({bare[1:4]})-{bare[4:7]}-{bare[7:]}"


def stamp(at: datetime) -> str:
    """Write an instant: ISO 8601 in UTC with milliseconds."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"


def expiry(text: str) -> datetime | None:
    """Read the end of a do-not-call entry, `2030-10-29 00:00:00 UTC`; None = not so written."""
    try:
        return datetime.strptime(text, "%Y-%m-%d %H:%M:%S UTC").replace(tzinfo=UTC)
    except ValueError:
        return None


def _media_type(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()
