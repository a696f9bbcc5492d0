"""Own optimistic concurrency: `If-Match` against a row's `version`.

Never locks; the view holds the row's lock while it compares.
"""

from __future__ import annotations

import re

from rest_framework.request import Request

from dialer.api.codes import Code
from dialer.api.problems import Problem

_TAGS = re.compile(r'\s*(?:W/)?"[^"]*"\s*(?:,\s*(?:W/)?"[^"]*"\s*)*')
_STRONG = re.compile(r'(?<!W/)"([^"]*)"')


def check_version(request: Request, version: int) -> None:
    """Refuse with 412 when `If-Match` names other versions than the present one."""
    header = request.META.get("HTTP_IF_MATCH")
    if header is None or header.strip() == "*":
        return
    if not _TAGS.fullmatch(header):
        raise Problem(Code.INVALID_HEADER, 'Write If-Match as a quoted version: If-Match: "3".')
    # A weak tag never matches here (RFC 9110, 13.1.1).
    if str(version) not in _STRONG.findall(header):
        raise Problem(Code.VERSION_MISMATCH, f"The version is {version} now; read it again.", version=version)
