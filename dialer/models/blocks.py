"""Numbers that we put on providers' own lists, each until it is off again.

Owns what we did there, so that only that is undone; who must not be called stands in the suppressions.
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from dialer.models.accounts import ProviderAccount
from dialer.models.base import Row


class ProviderBlock(Row):
    """One number at one account; written before the provider is asked, gone once it is off the list."""

    provider_account = models.ForeignKey(
        ProviderAccount, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    number = models.CharField(max_length=16)
    #: The list did not hold it before we first put it there. Unknown until the provider was asked; then nothing of
    #: ours is there yet.
    is_ours = models.BooleanField(default=False)
    #: The provider said that it is there.
    added_at = models.DateTimeField(null=True)
    #: A removal was begun; its answer may have been lost.
    removing_at = models.DateTimeField(null=True)
    #: When something is to be done about it; null while it is there and shall be.
    act_at = models.DateTimeField(null=True)
    tries = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ("-id",)
        indexes = [
            models.Index(fields=("act_at",), condition=Q(act_at__isnull=False), name="provider_block_due")
        ]
        constraints = [
            models.UniqueConstraint(fields=("provider_account", "number"), name="provider_block_once"),
            models.CheckConstraint(
                condition=Q(act_at__isnull=False) | Q(added_at__isnull=False, removing_at__isnull=True),
                name="provider_block_rests_only_when_added",
            ),
            models.CheckConstraint(
                condition=Q(number__regex=r"^\+[1-9][0-9]{6,14}$"), name="provider_block_is_e164"
            ),
        ]

    def __str__(self) -> str:
        return "number on a provider's list"
