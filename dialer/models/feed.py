"""The change feed: what became true here, for the applications that follow us.

Owns the rows; facts write them unnumbered, in the transaction that makes the fact true.
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from dialer.models.base import Row


class FeedEvent(Row):
    """One change; `number` is given after commit, so that a reader never misses a late one."""

    number = models.BigIntegerField(null=True, editable=False)
    kind = models.CharField(max_length=64)
    campaign_id = models.UUIDField(null=True)
    campaign_contact_id = models.UUIDField(null=True)
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
