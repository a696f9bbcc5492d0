"""The change feed: what became true here, for the applications that follow us.

Owns the rows; facts write them unnumbered, in the transaction that makes the fact true.
"""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from dialer.models.base import Row


class FeedEvent(Row):
    """One change; `number` is given after commit, so that a reader never misses a late one."""

    number = models.BigIntegerField(null=True, editable=False)
    kind = models.CharField(max_length=64)
    campaign_id = models.UUIDField(null=True)
    campaign_contact_id = models.UUIDField(null=True)
    contact_id = models.UUIDField(null=True)
    attempt_id = models.UUIDField(null=True)
    data = models.JSONField(default=dict)

    class Meta:
        ordering = ("-id",)
        indexes = [models.Index(fields=("id",), condition=Q(number__isnull=True), name="feed_unnumbered")]
        constraints = [
            models.UniqueConstraint(
                fields=("number",), condition=Q(number__isnull=False), name="feed_number_once"
            )
        ]

    def __str__(self) -> str:
        return self.kind


class FeedState(models.Model):
    """How far the feed is: one row, whose lock is what makes the numbers come in one order."""

    #: There is one feed.
    ONLY = 1

    id = models.PositiveSmallIntegerField(primary_key=True, default=ONLY, editable=False)
    #: The highest number that was given.
    last_number = models.BigIntegerField(default=0)
    #: The highest number whose event was removed because of its age; the feed begins behind it.
    trimmed_to = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(id=1), name="feed_state_is_one"),
            models.CheckConstraint(
                condition=Q(trimmed_to__gte=0, trimmed_to__lte=F("last_number")), name="feed_trimmed_behind"
            ),
        ]

    def __str__(self) -> str:
        return f"feed at {self.last_number}"
