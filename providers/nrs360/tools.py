"""Own the vendor's tools that place no call: short links, hosted images, one-time codes.

Never used by the engine; reachable for people who need them beside their calls.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from providers.http import Answer, Effect, Unreadable
from providers.nrs360.records import data_of, record, rows_of, text_of, when_of
from providers.nrs360.wire import Wire, digits_of
from providers.values import PRIVATE, Value

#: Document: one-time codes, the least and the most of each value.
_CODE_LENGTHS = range(3, 11)
_CODE_ATTEMPTS = range(1, 11)
_CODE_SECONDS = range(30, 601)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShortLink:
    """A long link and its short one; None where the vendor refused it."""

    long_url: str
    short_url: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """A picture to be hosted, under an id of ours."""

    external_id: str
    extension: Literal["jpg", "png"]
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class HostedImage:
    """Where a picture is; None where the vendor refused it."""

    external_id: str
    url: str | None


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class OneTimeCode(Value):
    """A code that the vendor made for a person to repeat; times are UTC."""

    recipient: str = field(metadata=PRIVATE)
    code: str = field(metadata=PRIVATE)
    attempts: int = 0
    max_attempts: int = 0
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class CodeVerdict(Value):
    """Whether a repeated code is the right one, and in the vendor's words why."""

    is_valid: bool
    reason: str
    code: OneTimeCode | None = field(default=None, metadata=PRIVATE)


class Tools:
    """Use the account's other tools."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def shorten(self, urls: Sequence[str]) -> list[ShortLink]:
        """Make short links, one for each, in their sequence."""
        if not urls:
            raise ValueError("Give at least one link.")

        def read(answer: Answer) -> list[ShortLink]:
            rows = _as_many(answer, len(urls))
            return [
                ShortLink(long_url=text_of(row["longUrl"]), short_url=_unless_error(row, row.get("shortUrl")))
                for row in rows
            ]

        return self._post("/shortener/shorten", "shorten", {"urls": [{"longUrl": url} for url in urls]}, read)

    def host_images(self, images: Sequence[Image]) -> list[HostedImage]:
        """Put pictures where everybody can see them, one address for each, in their sequence."""
        if not images:
            raise ValueError("Give at least one picture.")
        body = [
            {
                "externalId": image.external_id,
                "extension": image.extension,
                "base64": base64.b64encode(image.content).decode("ascii"),
            }
            for image in images
        ]

        def read(answer: Answer) -> list[HostedImage]:
            rows = _as_many(answer, len(images))
            return [
                HostedImage(
                    external_id=text_of(row["externalId"]), url=_unless_error(row, row.get("imageUrl"))
                )
                for row in rows
            ]

        return self._post("/images/generate", "host_images", {"images": body}, read)

    def make_code(
        self,
        recipient: str,
        *,
        letters: bool = False,
        length: int = 4,
        max_attempts: int = 3,
        seconds: int = 60,
        app_id: str = "",
        refuse_if_pending: bool = False,
    ) -> OneTimeCode:
        """Make a code for a number (E.164 with plus) or an e-mail, valid for some `seconds`. It is not sent."""
        bounds = ((length, _CODE_LENGTHS), (max_attempts, _CODE_ATTEMPTS), (seconds, _CODE_SECONDS))
        if not recipient or any(value not in allowed for value, allowed in bounds):
            raise ValueError("Give a recipient, 3 to 10 characters, 1 to 10 attempts and 30 to 600 seconds.")
        body = {
            "recipient": digits_of(recipient),
            "alpha": letters,
            "length": length,
            "maxAttempts": max_attempts,
            "maxSecondsValidity": seconds,
            "appId": app_id,
            "rejectIfPendingCode": refuse_if_pending,
        }
        return self._post("/otp/generate", "make_code", body, lambda answer: _code(data_of(answer)))

    def check_code(
        self, recipient: str, code: str, *, case_sensitive: bool = False, app_id: str = ""
    ) -> CodeVerdict:
        """Say whether a code is the one that was made; every check uses up an attempt."""
        if not recipient or not code:
            raise ValueError("Give a recipient and a code.")
        body = {
            "recipient": digits_of(recipient),
            "code": code,
            "caseSensitive": case_sensitive,
            "appId": app_id,
        }
        return self._post("/otp/check", "check_code", body, _code_verdict)

    def _post(self, path: str, operation: str, body: Any, read: Any) -> Any:
        return self._wire.request(
            "POST", path, operation=operation, effect=Effect.ONCE, json=body, decode=read
        )


def _as_many(answer: Answer, count: int) -> list[Mapping[str, Any]]:
    rows = rows_of(record(answer.json())["data"])
    if len(rows) != count:
        raise Unreadable("It does not speak of as many items as were sent.")
    return rows


def _unless_error(row: Mapping[str, Any], value: Any) -> str | None:
    return None if row.get("error") else text_of(value) or None


def _code(data: Mapping[str, Any]) -> OneTimeCode:
    return OneTimeCode(
        recipient=text_of(data["recipient"]),
        code=text_of(data["code"]),
        attempts=int(data.get("attempts") or 0),
        max_attempts=int(data.get("maxAttempts") or 0),
        expires_at=when_of(data.get("expiresAt")),
    )


def _code_verdict(answer: Answer) -> CodeVerdict:
    data = data_of(answer)
    if not isinstance(data["valid"], bool):
        raise Unreadable("It says neither yes nor no.")
    otp = data.get("otp")
    inner = otp.get("data") if isinstance(otp, Mapping) else None
    return CodeVerdict(
        is_valid=data["valid"],
        reason=text_of(data.get("reason")),
        code=_code(inner) if isinstance(inner, Mapping) else None,
    )
