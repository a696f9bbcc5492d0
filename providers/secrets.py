"""Own how secrets, phones and emails are kept out of logs, messages and stored payloads.

Never decides what may be stored; it only masks what it is given.
"""

from __future__ import annotations

import hmac
import logging
import re
from collections.abc import Iterable, Mapping
from typing import Any

MASK = "***"


class Secret:
    """Hold a secret that prints as `***`; call `reveal` at the one place that sends it."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """Give the real text."""
        return self._value

    def __str__(self) -> str:
        return MASK

    def __repr__(self) -> str:
        return MASK

    def __bool__(self) -> bool:
        return bool(self._value)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(self._value.encode(), other._value.encode())

    def __hash__(self) -> int:
        return hash((Secret, self._value))

    def __reduce__(self) -> Any:
        # A pickled secret would be a readable one.
        raise TypeError("A Secret can't be pickled or copied; pass the object itself.")

    def __copy__(self) -> Secret:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Secret:
        return self


def mask_phone(text: str) -> str:
    """Mask one phone number, always hiding four digits or more: `+55119****0001`."""
    if "****" in text:  # masked already
        return text
    digits = re.sub(r"\D", "", text)
    if len(digits) < 8:  # too short to show any part of it
        return "****"
    shown = min(5, len(digits) - 8)
    plus = "+" if text.lstrip().startswith("+") else ""
    return f"{plus}{digits[:shown]}****{digits[-4:]}"


#: Key names whose values are secrets, compared without case, `-`, `_` and spaces.
_SECRET_KEYS = re.compile(
    r"(authori[sz]ation|token|password|passwd|pwd|secret|apikey|xapikey|accesskey|privatekey|credential|cookie|"
    r"signature|sessionid|bearer)"
)
#: Names that contain a word from above and are no secret.
_PLAIN_KEYS = frozenset({"nexttoken", "pagetoken", "tokentype", "tokenexpiry", "tokenexpiresin"})
_SCHEME = re.compile(r"\b(Bearer|Basic|Digest|Token)(\s+)[A-Za-z0-9._~+/=:\-]{6,}", re.IGNORECASE)


def scrub(value: Any) -> Any:
    """Replace every secret in a decoded payload by `***`; phones stay, since reports are matched by them."""
    if isinstance(value, Secret):
        return MASK
    if isinstance(value, Mapping):
        return {key: MASK if _is_secret_key(key) and item else scrub(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [scrub(item) for item in value]
    if isinstance(value, bytes):
        return scrub(value.decode("utf-8", "replace"))
    if isinstance(value, str):
        return _ASSIGNED.sub(_assigned, _SCHEME.sub(rf"\1\2{MASK}", value))
    return value


def _is_secret_key(key: object) -> bool:
    name = re.sub(r"[\s_\-]", "", str(key)).lower()
    return name not in _PLAIN_KEYS and bool(_SECRET_KEYS.search(name))


#: `api_key=…`, `"password": "…"` and the like inside free text.
_ASSIGNED = re.compile(
    r"(?P<key>[A-Za-z_\-]*(?:authori[sz]ation|token|password|passwd|pwd|secret|api[_\-]?key|access[_\-]?key|"
    r"private[_\-]?key|credential|cookie|signature)[A-Za-z_\-]*)(?P<sep>[\"']?\s*[:=]\s*[\"']?)"
    r"(?P<scheme>(?:Bearer|Basic|Digest|Token)\s+)?(?P<value>[^\s\"'&,;}\]]+)",
    re.IGNORECASE,
)


def _assigned(match: re.Match[str]) -> str:
    if not _is_secret_key(match["key"]):
        return match[0]
    return f"{match['key']}{match['sep']}{match['scheme'] or ''}{MASK}"


#: What `mask_text` looks for, first match wins: ids and times pass, the rest is masked.
_SENSITIVE = re.compile(
    r"(?P<keep>\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b"
    r"|\b\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?(?![\d-]))"
    r"|(?P<email>[A-Za-z0-9._%+\-]+(?:@|%40)[A-Za-z0-9\-]+(?:\.[A-Za-z0-9\-]+)+)"
    # 32 and more: keys and signatures; a 24 digit hexadecimal id of a vendor stays readable.
    r"|(?P<token>(?<![A-Za-z0-9])(?=[A-Za-z0-9_\-+/=.]*\d)(?=[A-Za-z0-9_\-+/=.]*[A-Za-z])[A-Za-z0-9_\-+=]{32,})"
    r"|(?P<hexid>\b(?=[0-9a-f]*[a-f])[0-9a-f]{12,31}\b)"
    r"|(?P<phone>(?:\+|%2B)?\(?\d(?:[\s().\-/\u00a0]{0,3}\d){7,})",
    re.IGNORECASE,
)


def mask_text(text: str, secrets: Iterable[Secret] = ()) -> str:
    """Mask phones, emails and secrets inside free text; our ids (UUID) and times stay readable."""
    for secret in secrets:
        if secret:
            text = text.replace(secret.reveal(), MASK)
    return _SENSITIVE.sub(_masked, str(scrub(text)))


def _masked(match: re.Match[str]) -> str:
    kind = match.lastgroup
    if kind == "email":
        return "***@***"
    if kind == "token":
        return MASK
    if kind == "phone":
        return mask_phone(match[0].replace("%2B", "+").replace("%2b", "+"))
    return match[0]


class _Mute(logging.Filter):
    """Drop what a library logs below WARNING."""

    def filter(self, record: logging.LogRecord) -> bool:
        return record.levelno >= logging.WARNING


#: They log whole URLs and headers, that is phones and keys. A filter, not a level: levels are set again by
#: whoever configures logging, and filters of a parent don't hold for its children.
_TALKATIVE = (
    "httpx",
    "httpcore.connection",
    "httpcore.http11",
    "httpcore.http2",
    "httpcore.proxy",
    "httpcore.socks",
)


def mute_http_libraries() -> None:
    """Keep the HTTP libraries' own lines out of every log; calling twice does no harm."""
    for name in _TALKATIVE:
        logger = logging.getLogger(name)
        if not any(isinstance(item, _Mute) for item in logger.filters):
            logger.addFilter(_Mute())
