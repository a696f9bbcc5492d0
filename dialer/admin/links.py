"""Own the links from one admin page to the rows behind it.

Never queries: a link is made of ids and texts that are there already.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.db.models import Model
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

_LOOK = "text-primary-600 dark:text-primary-500"  # the theme's own links wear this


def _anchor(url: str, text: Any) -> SafeString:
    return format_html('<a class="{}" href="{}">{}</a>', _LOOK, url, text)


def list_url(model: type[Model], **filters: Any) -> str:
    """Give the address of a model's list under these filters."""
    meta = model._meta
    address = reverse(f"admin:{meta.app_label}_{meta.model_name}_changelist")
    return f"{address}?{urlencode(filters)}" if filters else address


def row_url(model: type[Model], key: Any) -> str:
    """Give the address of one row's page."""
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_change", args=[key])


def to_list(text: Any, model: type[Model], **filters: Any) -> SafeString:
    """Link to the list of a model's rows under these filters."""
    return _anchor(list_url(model, **filters), text)


def to_row(model: type[Model], key: Any, text: Any) -> SafeString | str:
    """Link to one row, or show a dash where there is none."""
    return _anchor(row_url(model, key), text) if key else "-"
