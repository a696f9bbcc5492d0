"""Own the phones of a person as the API shows and changes them.

Never decides which number is rung next; what follows from a change is `dialer.engine.edits`'.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError

from dialer.api.fields import Items, StrictSerializer, String
from dialer.engine.edits import phones_changed
from dialer.models import PHONE_TYPES, Contact, ContactPhone
from dialer.rules.phones import InvalidPhone, parse_phone

#: The same limit as on the way in: more numbers than a person has.
MOST_PHONES = 20
#: What the database takes as E.164: plus and 7 to 15 digits.
SHORTEST, LONGEST = 8, 16


class E164(String):
    """A phone number in international form."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"max_length": 100, "help_text": "E.164 with plus.", **kwargs})

    def to_internal_value(self, data: Any) -> str:
        """Read it as the intake does."""
        return read_number(super().to_internal_value(data))


def read_number(text: str) -> str:
    """Read an international number into E.164."""
    try:
        number = parse_phone(text).number
    except InvalidPhone as error:
        raise ValidationError([ErrorDetail(error.detail, error.code)]) from None
    if not SHORTEST <= len(number) <= LONGEST:
        raise ValidationError([ErrorDetail("An international number has 7 to 15 digits.", "phone_invalid")])
    return number


class PhoneSerializer(StrictSerializer):
    """One number of a person."""

    number = E164()
    type = serializers.ChoiceField(PHONE_TYPES, default="other")
    is_main = serializers.BooleanField(default=False)
    do_not_disturb = serializers.BooleanField(default=False)


class PhoneList(Items):
    """All numbers of a person, in order; the first is the main one unless another says so."""

    child = PhoneSerializer()

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"min_length": 1, "max_length": MOST_PHONES, **kwargs})

    def to_internal_value(self, data: Any) -> list[dict[str, Any]]:
        """Hold the list to different numbers and one main one."""
        lines: list[dict[str, Any]] = super().to_internal_value(data)
        if len({line["number"] for line in lines}) < len(lines):
            raise ValidationError("A number stands here twice.", code="duplicate")
        mains = [line for line in lines if line["is_main"]]
        if len(mains) > 1:
            raise ValidationError("Only one phone is the main one.", code="several_main")
        for line in mains or lines[:1]:
            line["is_main"] = True
        return lines

    def to_representation(self, data: Any) -> Any:
        """Show the rows as they are."""
        return data


def with_main(number: str, lines: Sequence[Mapping[str, Any]], *, keeps_others: bool) -> list[dict[str, Any]]:
    """Put a number in front as the main one; without `keeps_others` it takes the place of the main one of now."""
    known = [dict(line) for line in lines if line["number"] == number]
    mine = known[0] if known else {"number": number, "type": "other", "do_not_disturb": False}
    others = [line for line in lines if line["number"] != number and (keeps_others or not line["is_main"])]
    return [{**mine, "is_main": True}, *({**line, "is_main": False} for line in others)]


def phones_of(contact_ids: Collection[UUID]) -> Mapping[UUID, list[dict[str, Any]]]:
    """Read the phones of a page of people in one query."""
    found: dict[UUID, list[dict[str, Any]]] = defaultdict(list)
    rows = ContactPhone.objects.filter(contact_id__in=contact_ids).order_by("contact_id", "position", "id")
    for row in rows.values("contact_id", "number", "type", "is_main", "do_not_disturb"):
        found[row.pop("contact_id")].append(row)
    return found


def replace_phones(contact: Contact, lines: Sequence[Mapping[str, Any]], *, now: datetime) -> None:
    """Make these the numbers of a locked person; known numbers keep their rows and what was learned of them."""
    known = {phone.number: phone for phone in contact.phones.all()}
    wanted = {line["number"] for line in lines}
    # First no main one, then the new one: the database allows one at a time.
    contact.phones.filter(is_main=True).update(is_main=False)
    contact.phones.exclude(number__in=wanted).delete()
    for position, line in enumerate(lines):
        values = {**line, "position": position}
        if line["number"] in known:
            contact.phones.filter(number=line["number"]).update(**values)
        else:
            country = parse_phone(line["number"]).country
            ContactPhone.objects.create(
                contact=contact, country=country if len(country) == 2 else "", **values
            )
    phones_changed(contact_id=contact.pk, now=now)
