"""Own how the big lists are searched: whole ids, whole or partial phones, external ids, names.

Never scans a big table where an index answers: people are found first, then their rows by key.
"""

from __future__ import annotations

import re
import uuid
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import HttpRequest

from dialer.models import Contact, ContactPhone

#: People that a search may find; a term that fits more is no search.
FOUND_LIMIT = 1000
#: Fewer digits fit too many numbers to be meant as a phone; four is what people read out.
SHORTEST_PHONE = 4
_PHONE = re.compile(r"\+?[\d\s().\-/]+")


def as_uuid(term: str) -> UUID | None:
    """Read a whole id, or give None."""
    try:
        return uuid.UUID(term)
    except ValueError:
        return None


def phone_digits(term: str) -> str:
    """Give the digits of a term that is written like a phone, else nothing."""
    digits = re.sub(r"\D", "", term)
    return digits if _PHONE.fullmatch(term) and len(digits) >= SHORTEST_PHONE else ""


def find_phones(term: str) -> QuerySet[ContactPhone]:
    """Select numbers: exactly this one if it exists, else those that contain the digits."""
    digits = phone_digits(term)
    if not digits:
        return ContactPhone.objects.none()
    # 00 is how most of the world writes the plus.
    exact = ContactPhone.objects.filter(number__in=[f"+{digits}", f"+{digits.removeprefix('00')}"])
    return exact if exact.exists() else ContactPhone.objects.filter(number__contains=digits)


def find_people(term: str) -> list[UUID]:
    """Give the ids of the people whom a term names: by id, external id, phone or email, else by name."""
    key = as_uuid(term)
    found = list(Contact.objects.filter(pk=key).values_list("pk", flat=True)) if key else []
    found += Contact.objects.filter(external_id=term).values_list("pk", flat=True)
    found += find_phones(term).order_by().values_list("contact_id", flat=True)[:FOUND_LIMIT]
    if not found:
        wanted = Q(email__iexact=term) | Q(name__icontains=term)
        found += Contact.objects.filter(wanted).order_by().values_list("pk", flat=True)[:FOUND_LIMIT]
    return found


class DirectSearch:
    """A list whose search box is answered by `matching` as one whole term."""

    search_fields = ("pk",)  # shows the box; `matching` decides what it finds

    def matching(self, term: str) -> Q:
        """Say which rows a term means: the one whose id it is."""
        return Q(pk=as_uuid(term))

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Narrow the list to what the term means; nothing is joined, so nothing comes twice."""
        term = search_term.strip()
        return (queryset.filter(self.matching(term)) if term else queryset), False
