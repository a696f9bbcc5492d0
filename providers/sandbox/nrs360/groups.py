"""Own the groups of the address book.

Never owns contacts: a group that goes leaves them where they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from providers.sandbox.base import route
from providers.sandbox.messages import Request, Response, answered
from providers.sandbox.nrs360.errors import invalid
from providers.sandbox.nrs360.shapes import body_of, is_a, missing, natural_id, paged, query_of
from providers.sandbox.nrs360.state import Account

_NAME: dict[str, type] = {"name": str}


class GroupRoutes(Account):
    """Everything under groups."""

    @route("GET", "/api/rest/groups")
    def list_groups(self, request: Request) -> Response:
        """List in pages."""
        query = query_of(request, "limit", "page")
        rows = [number for number, (_, created_at) in self.groups.items() if self.is_listed(created_at)]
        return paged(request, query, rows, self._group, self.page_limit)

    @route("GET", "/api/rest/groups/{number}")
    def show_group(self, request: Request, number: str) -> Response:
        """Show one."""
        query_of(request)
        return answered({"data": self._group(self._known_group(number))})

    @route("POST", "/api/rest/groups")
    def create_group(self, request: Request) -> Response:
        """Create one; two of the same name are two (silent)."""
        return answered({"data": self._group(self._add_group(_name(request)))}, 201)

    @route("PUT", "/api/rest/groups/{number}")
    def rename_group(self, request: Request, number: str) -> Response:
        """Give one another name."""
        found = self._known_group(number)
        self.groups[found] = (_name(request), self.groups[found][1])
        return answered({"data": self._group(found)})

    @route("DELETE", "/api/rest/groups/{number}")
    def delete_group(self, request: Request, number: str) -> Response:
        """Delete one; its contacts stay (silent)."""
        query_of(request)
        found = self._known_group(number)
        del self.groups[found]
        for contact in self.contacts.values():
            contact.groups = [each for each in contact.groups if each != found]
        return answered(None, 204)

    def groups_of(self, given: Mapping[str, Any]) -> list[int]:
        """Read the groups of a contact: known ids, or names; a name that there is not makes a group (silent)."""
        ids, names = given.get("groupsIds", []), given.get("groupsNames", [])
        if not ids and not names:
            raise invalid("groupsIds or groupsNames is required")
        if not all(is_a(each, int) and each in self.groups for each in ids):
            raise invalid("groupsIds names a group that there is not")
        if not all(is_a(each, str) and each.strip() for each in names):
            raise invalid("groupsNames must be an array of names")
        return list(dict.fromkeys([*ids, *(self._group_named(name) for name in names)]))

    def _group_named(self, name: str) -> int:
        found = next((number for number, (known, _) in self.groups.items() if known == name), None)
        return self._add_group(name) if found is None else found

    def _add_group(self, name: str) -> int:
        number = self.number()
        self.groups[number] = (name, self.now())
        return number

    def _known_group(self, number: str) -> int:
        found = natural_id(number)
        if found not in self.groups:
            raise missing()
        return found

    def _group(self, number: int) -> dict[str, Any]:
        return {"id": number, "name": self.groups[number][0]}


def _name(request: Request) -> str:
    name = str(body_of(request, _NAME, required=_NAME)["name"])
    if not name.strip():
        raise invalid("name is required")
    return name
