"""Own which addresses an account may use, and whether a request stays at its account's address.

Never resolves a name or opens a connection.
"""

from __future__ import annotations

import ipaddress
from urllib.parse import SplitResult, urljoin, urlsplit

from providers.configuration import FieldFault

_DEFAULT_PORTS = {"http": 80, "https": 443}


def check_base_url(base_url: str, *, allow_http: bool = False) -> list[FieldFault]:
    """List what is wrong with an address: scheme, host and port, encrypted unless it is this machine."""

    def fault(code: str, detail: str) -> list[FieldFault]:
        return [FieldFault(pointer="/base_url", code=code, detail=detail)]

    try:
        parts = urlsplit(base_url)
        port = parts.port
    except ValueError:
        return fault("invalid_address", "`base_url` is not an address; write it like https://host:port.")
    if parts.scheme not in _DEFAULT_PORTS or not parts.hostname or port == 0 or _has_blank(base_url):
        return fault("invalid_address", "`base_url` must be like https://host:port.")
    if parts.username is not None or parts.password is not None:
        return fault(
            "invalid_address", "`base_url` must hold no user or password; they belong in `credentials`."
        )
    if parts.path not in ("", "/") or parts.query or parts.fragment:
        return fault(
            "invalid_address", "`base_url` must be scheme, host and port; the adapter adds every path."
        )
    if parts.scheme == "http" and not allow_http and not _is_loopback(parts.hostname):
        return fault("insecure", "`base_url` must use https: http is accepted for loopback addresses only.")
    return []


def same_place(url: str, base_url: str) -> bool:
    """Say whether `url` has the scheme, host and port of `base_url`."""
    try:
        return _place(urlsplit(url)) == _place(urlsplit(base_url))
    except ValueError:
        return False


def path_within(base_url: str, link: str, *, seen_at: str) -> str | None:
    """Give path and query of a link that an answer from `seen_at` holds, relative or not (RFC 3986).

    None if it leads to another place than `base_url`, or nowhere.
    """
    try:
        target = urljoin(seen_at, link)
    except ValueError:
        return None
    if not link.strip() or not same_place(target, base_url):
        return None
    parts = urlsplit(target)
    return f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"


def _place(parts: SplitResult) -> tuple[str, str | None, int | None]:
    return parts.scheme, parts.hostname, parts.port or _DEFAULT_PORTS.get(parts.scheme)


def _has_blank(text: str) -> bool:
    return any(character.isspace() or ord(character) < 32 for character in text)


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
