"""Own the requests about wrapups and their folders, which are only read.

Never decides which wrapup a call gets.
"""

from __future__ import annotations

import re

from providers.sandbox.base import route
from providers.sandbox.diabolocom.account import Account
from providers.sandbox.diabolocom.fields import (
    flag_text,
    invalid,
    no_body,
    one_of,
    parameters,
    text,
    whole_text,
)
from providers.sandbox.diabolocom.listing import dated, page_of
from providers.sandbox.messages import Refusal, Request, Response, answered

_PATH = "/api/v1/account/wrapups"
#: The fixed size of a page, in the lists' paging notes; there is no parameter for less.
_PAGE = 50
_STATUSES = ("argued", "arguedpositive", "nonargued", "unreachable", "tocall")


class WrapupRoutes(Account):
    """Section "Wrapup codes"."""

    @route("GET", _PATH)
    def list_wrapups(self, request: Request) -> Response:
        """List wrapups by id; `unpinAfter` is announced only, and without effect until it comes."""
        no_body(request)
        asked = parameters(
            request,
            name=text,
            status=one_of(*_STATUSES),
            isSystem=flag_text,
            isHidden=flag_text,
            page=whole_text(1),
            wrapupFolderId=whole_text(0),
            unpinAfter=whole_text(0),
        )
        given = {name: asked[name] for name in ("status", "isSystem", "isHidden") if name in asked}
        part = asked.get("name", "").lower()
        folder = asked.get("wrapupFolderId")
        found = [
            dated(wrapup)
            for number, wrapup in self.wrapups.items()
            if part in wrapup["name"].lower()
            and all(wrapup[name] == value for name, value in given.items())
            and folder in (None, self.folder_of[number])
        ]
        return page_of(self, request, "wrapups", found, asked.get("page", 1), self.size(None, _PAGE, _PAGE))

    # The path of the folders fits the next route too; routes are tried by name, and this one comes first.
    @route("GET", f"{_PATH}/folders")
    def list_folders(self, request: Request) -> Response:
        """List folders by id."""
        no_body(request)
        asked = parameters(
            request, name=text, isSystem=flag_text, page=whole_text(1), parentFolderId=whole_text(0)
        )
        part = asked.get("name", "").lower()
        found = [
            dated(folder)
            for folder in self.folders.values()
            if part in folder["name"].lower()
            and asked.get("isSystem") in (None, folder["system"])
            and asked.get("parentFolderId") in (None, folder["parentFolderId"])
        ]
        return page_of(self, request, "folders", found, asked.get("page", 1), self.size(None, _PAGE, _PAGE))

    @route("GET", f"{_PATH}/{{wrapup_id}}")
    def show_wrapup(self, request: Request, wrapup_id: str) -> Response:
        """Show a wrapup."""
        parameters(request)
        no_body(request)
        if not re.fullmatch(r"\d{1,18}", wrapup_id):
            raise invalid("an id is an integer")
        wrapup = self.wrapups.get(int(wrapup_id))
        if wrapup is None:
            raise Refusal(404, "error.wrapup.unknown")  # the document gives no name
        return answered(dated(wrapup))
