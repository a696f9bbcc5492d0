"""How many rows stand in each bucket, kept by triggers of the database: equal to the rows at every instant.

Owns the two tables and what a bucket is; nobody but the triggers (`tally_triggers`) and the fold writes them.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from django.db import models

from dialer.models.base import one_of

#: Attempts behind the tenth share its bucket: a timeline of more steps is rare, and each number multiplies the buckets.
NUMBER_MAX = 10
#: The day of what has none: a unique key takes no null.
NO_DAY = date(1970, 1, 1)


class TallyKind(StrEnum):
    """What is counted."""

    CONTACT = "contact"  # campaign contacts
    ATTEMPT = "attempt"
    EVENT = "event"  # facts from providers


class Bucket(models.Model):
    """What rows have in common that are counted together, and the counts."""

    id = models.BigAutoField(primary_key=True)
    #: The campaign; of events the provider account. No foreign key: a delta must lock no campaign.
    owner_id = models.UUIDField()
    kind = models.CharField(max_length=8)
    state = models.CharField(max_length=16)
    #: The gate that holds who waits, the reason of who finished, the result of an attempt.
    detail = models.CharField(max_length=32)
    #: Attempts of a contact so far, or the place of an attempt among them; at most NUMBER_MAX.
    number = models.PositiveSmallIntegerField()
    #: The UTC day on which an attempt was claimed.
    day = models.DateField()
    currency = models.CharField(max_length=3)
    total = models.BigIntegerField()
    #: How many of them have a cost: no cost told is not a cost of nothing.
    priced = models.BigIntegerField()
    #: In ten thousandths: whole numbers add up exactly in both databases.
    cost = models.BigIntegerField()

    class Meta:
        abstract = True


#: What makes a bucket, in the order of its unique key.
KEY = ("owner_id", "kind", "state", "detail", "number", "day", "currency")
#: What is counted in it.
COUNTS = ("total", "priced", "cost")


class Tally(Bucket):
    """One bucket; together with its deltas it says how many rows there are."""

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=KEY, name="tally_once"),
            one_of("kind", TallyKind, "tally_kind_word"),
        ]

    def __str__(self) -> str:
        return f"{self.total} {self.kind}s {self.state} {self.detail}".rstrip()


class TallyDelta(Bucket):
    """What one statement changed in a bucket: only ever inserted, so that no writer waits for another.

    A tick folds deltas into their buckets. Empty on SQLite, where one writes at a time anyway.
    """

    class Meta:
        indexes = [models.Index(fields=("owner_id",), name="tally_delta_owner")]

    def __str__(self) -> str:
        return f"{self.total:+} {self.kind}s {self.state} {self.detail}".rstrip()
