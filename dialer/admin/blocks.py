"""Own the page of the numbers that we have put on providers' own lists.

Never changes one: they follow the do-not-call entries.
"""

from __future__ import annotations

from django.contrib import admin
from django.db.models import Q
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import AutocompleteSelectFilter
from unfold.decorators import display

from dialer.admin.badges import badge
from dialer.admin.base import ReadOnlyAdmin
from dialer.admin.search import DirectSearch, phone_digits
from dialer.models import ProviderBlock

COLOURS = {"on the list": "success", "being put there": "info", "being taken off": "warning"}


@admin.register(ProviderBlock)
class ProviderBlockAdmin(DirectSearch, ReadOnlyAdmin):
    """Numbers on providers' lists."""

    list_display = ("created_at", "provider_account", "number", "standing", "tries", "act_at")
    list_select_related = ("provider_account",)
    list_filter = (("provider_account", AutocompleteSelectFilter), "is_ours")
    sortable_by = ()
    search_help_text = "A whole phone number"

    def matching(self, term: str) -> Q:
        """Find a number."""
        return Q(number=f"+{digits}") if (digits := phone_digits(term)) else Q(pk=None)

    @display(description="standing")
    def standing(self, block: ProviderBlock) -> SafeString:
        """Show how far it is."""
        word = "on the list" if block.act_at is None else "being put there"
        word = "being taken off" if block.removing_at else word
        return badge(word, word, COLOURS)
