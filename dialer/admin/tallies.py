"""Own the pages of the counters behind statistics, for those who ask where a number comes from.

Never changes one: `manage.py check_counters --repair` does, if one should ever be wrong.
"""

from __future__ import annotations

from django.contrib import admin
from django.db.models import Q
from unfold.decorators import display

from dialer.admin.base import ReadOnlyAdmin
from dialer.admin.search import DirectSearch, as_uuid
from dialer.models import Tally, TallyDelta


class _Buckets(DirectSearch, ReadOnlyAdmin):
    """Buckets and their counts."""

    list_display = ("kind", "state", "detail", "number", "day", "total", "priced", "amount", "owner_id")
    list_filter = ("kind", "state")
    sortable_by = ()
    search_help_text = "The id of a campaign; of facts from providers, that of the account"

    def matching(self, term: str) -> Q:
        """Find the buckets of an owner."""
        return Q(owner_id=key) if (key := as_uuid(term)) else Q(pk=None)

    @display(description="cost")
    def amount(self, bucket: Tally | TallyDelta) -> str:
        """Show the sum of costs."""
        return (
            f"{bucket.cost / 10_000:.4f} {bucket.currency}".rstrip() if bucket.priced or bucket.cost else ""
        )


@admin.register(Tally)
class TallyAdmin(_Buckets):
    """Buckets; what is not folded yet stands in the deltas."""


@admin.register(TallyDelta)
class TallyDeltaAdmin(_Buckets):
    """Changes that a tick will fold into their buckets."""
