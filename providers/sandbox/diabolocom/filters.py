"""Own the search filters: which names count, what they keep, and that all others are dropped in silence.

Never refuses a name: a search whose names are all wrong finds every contact, as the document warns for batches.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from providers.sandbox.diabolocom.dialing import Dialing
from providers.sandbox.diabolocom.fields import (
    Check,
    checked,
    each,
    flag,
    instant,
    invalid,
    one_of,
    or_null,
    phone,
    text,
    whole,
)
from providers.sandbox.diabolocom.store import Campaign, Contact

Keeps = Callable[[Contact], bool]

#: Filter to field, for "is one of"; null stands for "is not set".
_AMONG = {
    "assignedAgentIds": "assignedAgentId",
    "assignedGroupIds": "assignedGroupId",
    "agentIds": "agentId",
    "lastWrapupIds": "wrapupId",
    "regions": "region",
}
#: Filter prefix to field, for dates with After and Before; strict, as the words say.
_DATES = {
    "created": "createdAt",
    "lastCall": "lastCallTime",
    "minCallingDateTime": "minCallingDateTime",
    "maxCallingDateTime": "maxCallingDateTime",
    "retry": "retryDate",
    "update": "lastUpdatedAt",
}
#: Named for the batches only.
_BATCH_DATES = {"purgeDate": "purgeDate"}
_STATUSES = ("new_contact", "argued", "arguedpositive", "nonargued", "tocall", "unreachable", "canceled")
_CAUSES = ("noValidPhone", "duplicate", "bloctel", "manualByAgent", "manual", "excludedByAdmin")
_CALLERS = ("contact", "agent", "system")
_CONDITIONS: dict[str, Callable[[str, str], bool]] = {
    "lt": lambda is_, value: is_ < value,
    "lte": lambda is_, value: is_ <= value,
    "gt": lambda is_, value: is_ > value,
    "gte": lambda is_, value: is_ >= value,
    "startsWith": str.startswith,
    "endsWith": str.endswith,
    "notStartswith": lambda is_, value: not is_.startswith(value),  # spelled so in the document
    "notEndswith": lambda is_, value: not is_.endswith(value),
    "contains": lambda is_, value: value in is_,
    "notContains": lambda is_, value: value not in is_,
    "like": lambda is_, value: bool(re.fullmatch(_pattern(value), is_, re.DOTALL)),
}
#: Filters that are announced only (expiry of assignments, lastAgentIds) are missing: not known names yet.
_CHECKS: dict[str, Check] = {
    **dict.fromkeys(_AMONG, or_null(each(or_null(whole())))),
    **{f"{name}{end}": instant for name in _DATES for end in ("After", "Before")},
    **{f"{end}{name}": whole() for name in ("Priority", "Tries") for end in ("min", "max")},
    "contactIds": each(whole()),
    "phones": each(phone),
    "excluded": flag,
    "retryIsNull": flag,
    "excludedCause": one_of(*_CAUSES),
    "lastCallerType": or_null(one_of(*_CALLERS)),
    "wrapupStatuses": or_null(each(or_null(one_of(*_STATUSES)))),
    "customFieldConditions": each(
        lambda value: checked(
            value,
            {
                "customFieldName": text,
                "condition": one_of("eq", "notEq", *_CONDITIONS),
                "value": or_null(text),
            },
        )
    ),
}
_BATCH_CHECKS: dict[str, Check] = {
    **_CHECKS,
    **{f"{name}{end}": instant for name in _BATCH_DATES for end in ("After", "Before")},
}
#: Filters for which the document takes null.
_NULLABLE = {*_AMONG, "lastCallerType", "wrapupStatuses"}


class Filtering(Dialing):
    """The one search engine behind search, batch update and batch delete."""

    def found(self, campaign: Campaign, query: Mapping[str, Any], *, is_batch: bool) -> list[Contact]:
        """Give the contacts that all filters keep, by contact id.

        Dropped in silence, beside unknown names: null where it is no value, an empty array, and a condition on
        a custom field that the campaign lacks. The document is silent about those; each then hits everybody.
        """
        known = _BATCH_CHECKS if is_batch else _CHECKS
        given = {
            name: value
            for name, value in query.items()
            if name in known and value != [] and (value is not None or name in _NULLABLE)
        }
        filters = checked(given, known)
        conditions = self._conditions(campaign, filters.pop("customFieldConditions", []))
        keeps = [self._keeps(name, value) for name, value in filters.items()]
        keeps += [_condition_keeps(condition) for condition in conditions]
        chosen = self._candidates(campaign, filters, conditions)
        return [contact for contact in chosen if all(keep(contact) for keep in keeps)]

    def _candidates(
        self, campaign: Campaign, filters: Mapping[str, Any], conditions: list[dict[str, Any]]
    ) -> Iterable[Contact]:
        """Narrow down by an index where there is one, so that 10,000 contacts cost nothing."""
        if "contactIds" in filters:
            ids: Iterable[int] = sorted(set(filters["contactIds"]))
            return [campaign.contacts[each_id] for each_id in ids if each_id in campaign.contacts]
        for condition in conditions:
            if condition["condition"] == "eq" and condition["value"] is not None:
                place = (condition["customFieldName"], condition["value"])
                return [campaign.contacts[each_id] for each_id in sorted(campaign.by_value.get(place, ()))]
        if "phones" in filters:
            ids = {each_id for number in filters["phones"] for each_id in self.book.by_phone.get(number, ())}
            contacts = [self.book.contacts[each_id] for each_id in sorted(ids)]
            return [contact for contact in contacts if contact.campaign is campaign]
        return list(campaign.contacts.values())

    def _conditions(self, campaign: Campaign, conditions: list[dict[str, Any]]) -> list[dict[str, Any]]:
        for condition in conditions:
            if set(condition) != {"customFieldName", "condition", "value"}:
                raise invalid("a condition has customFieldName, condition and value")
            if condition["value"] is None and condition["condition"] not in ("eq", "notEq"):
                raise invalid("null goes with eq and notEq only")
        return [each for each in conditions if each["customFieldName"] in campaign.values["customFields"]]

    def _keeps(self, name: str, value: Any) -> Keeps:
        if name in _AMONG:
            field, wanted = _AMONG[name], {None} if value is None else set(value)
            return lambda contact: contact.values[field] in wanted
        if name.endswith(("After", "Before")):
            return _date_keeps(name, value)
        if name[:3] in ("min", "max"):
            field = {"Priority": "priority", "Tries": "triesNumber"}[name[3:]]
            if name.startswith("min"):
                return lambda contact: bool(contact.values[field] >= value)
            return lambda contact: bool(contact.values[field] <= value)
        if name == "wrapupStatuses":
            statuses = {"new_contact"} if value is None else {each or "new_contact" for each in value}
            return lambda contact: self.status_of(contact) in statuses
        plain: dict[str, Keeps] = {
            "contactIds": lambda contact: contact.contact_id in value,
            "phones": lambda contact: not set(value).isdisjoint(contact.phones().values()),
            "excluded": lambda contact: contact.values["excluded"] is value,
            "retryIsNull": lambda contact: not value or contact.values["retryDate"] is None,
            "excludedCause": lambda contact: bool(contact.values["excludedDetail"] == value),
            "lastCallerType": lambda contact: bool(contact.values["lastCallerType"] == value),
        }
        return plain[name]


def _date_keeps(name: str, limit: Any) -> Keeps:
    is_after = name.endswith("After")
    field = {**_DATES, **_BATCH_DATES}[name.removesuffix("After" if is_after else "Before")]

    def keeps(contact: Contact) -> bool:
        at = contact.values[field]
        return at is not None and bool(at > limit if is_after else at < limit)

    return keeps


def _condition_keeps(condition: Mapping[str, Any]) -> Keeps:
    name, value, word = condition["customFieldName"], condition["value"], condition["condition"]
    if word == "eq":
        return lambda contact: contact.custom.get(name) == value
    if word == "notEq":
        return lambda contact: contact.custom.get(name) != value
    compare = _CONDITIONS[word]
    return lambda contact: name in contact.custom and compare(contact.custom[name], value)


def _pattern(like: str) -> str:
    """Read % and _ as SQL does: the document names `like` and does not explain it."""
    return "".join({"%": ".*", "_": "."}.get(letter, re.escape(letter)) for letter in like)
