"""Own one-time codes: generate and check ("OTP").

Never sends one: the code is in the answer, and whoever asked brings it to the person.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from providers.sandbox.base import route
from providers.sandbox.messages import Request, Response, answered
from providers.sandbox.nrs360.errors import invalid
from providers.sandbox.nrs360.shapes import body_of, is_email, is_phone, iso
from providers.sandbox.nrs360.state import Account

_GENERATE: dict[str, type] = {
    "recipient": str,
    "alpha": bool,
    "length": int,
    "maxAttempts": int,
    "maxSecondsValidity": int,
    "appId": str,
    "rejectIfPendingCode": bool,
}
_CHECK: dict[str, type] = {"recipient": str, "code": str, "caseSensitive": bool, "appId": str}
#: (least, most, default) of the document.
_NUMBERS = {"length": (3, 10, 4), "maxAttempts": (1, 10, 3), "maxSecondsValidity": (30, 600, 60)}
_DIGITS, _LETTERS = "0123456789", "ABCDEFGHJKLMNPQRSTUVWXYZ"


@dataclass(slots=True, kw_only=True, eq=False)
class Code:
    """One code of one recipient and application."""

    recipient: str
    app_id: str
    code: str
    most: int
    seconds: int
    created_at: datetime
    updated_at: datetime
    attempts: int = 0

    @property
    def expires_at(self) -> datetime:
        """Give the instant after which it is worth nothing."""
        return self.created_at + timedelta(seconds=self.seconds)


class OtpRoutes(Account):
    """POST generate and POST check."""

    def __init__(self, **given: Any) -> None:
        """Begin without codes."""
        super().__init__(**given)
        self._codes: dict[tuple[str, str], Code] = {}

    @route("POST", "/api/rest/otp/generate")
    def generate_code(self, request: Request) -> Response:
        """Make a code; it replaces the one before, unless that is pending and shall be kept."""
        data = body_of(request, _GENERATE, required=("recipient",))
        numbers = {name: data.get(name, default) for name, (_, _, default) in _NUMBERS.items()}
        for name, (least, most, _) in _NUMBERS.items():
            if not least <= numbers[name] <= most:
                raise invalid(f"{name} is out of range")
        if not is_phone(data["recipient"]) and not is_email(data["recipient"]):
            raise invalid("recipient is neither a phone nor an address")
        key = (data["recipient"], data.get("appId", ""))
        before = self._codes.get(key)
        if data.get("rejectIfPendingCode") and before is not None and before.expires_at > self.now():
            raise invalid("a code is pending")  # the document names no number: 422 as for all else here
        code = Code(
            recipient=key[0],
            app_id=key[1],
            code=_drawn(
                self.number(), numbers["length"], _DIGITS + _LETTERS if data.get("alpha") else _DIGITS
            ),
            most=numbers["maxAttempts"],
            seconds=numbers["maxSecondsValidity"],
            created_at=self.now(),
            updated_at=self.now(),
        )
        self._codes[key] = code
        return answered({"data": _shown(code)})

    @route("POST", "/api/rest/otp/check")
    def check_code(self, request: Request) -> Response:
        """Try a code; each try counts, and a code that was valid stays so until it expires (silent)."""
        data = body_of(request, _CHECK, required=("recipient", "code"))
        code = self._codes.get((data["recipient"], data.get("appId", "")))
        if code is None:
            raise invalid("there is no code for this recipient")  # silent: 422 as for all else here
        code.attempts, code.updated_at = code.attempts + 1, self.now()
        reason = self._reason(code, data["code"], bool(data.get("caseSensitive")))
        otp = {"data": _shown(code)}
        return answered({"data": {"valid": reason == "Valid", "reason": reason, "otp": otp}})

    def _reason(self, code: Code, given: str, is_exact: bool) -> str:
        if self.now() > code.expires_at:
            return "Expired"
        if code.attempts > code.most:
            return "Maximum attempts reached"
        is_equal = given == code.code or (not is_exact and given.lower() == code.code.lower())
        return "Valid" if is_equal else "Invalid code"


def _drawn(number: int, length: int, letters: str) -> str:
    """Draw a code, the same for the same number: a stand-in repeats itself."""
    digest = sha256(f"code {number}".encode()).digest()
    return "".join(letters[byte % len(letters)] for byte in digest[:length])


def _shown(code: Code) -> dict[str, Any]:
    return {
        "recipient": code.recipient,
        "code": code.code,
        "attempts": code.attempts,
        "maxAttempts": code.most,
        "maxSecondsValidity": code.seconds,
        "appId": code.app_id,
        "createdAt": iso(code.created_at),
        "updatedAt": iso(code.updated_at),
        "expiresAt": iso(code.expires_at),
    }
