"""Own how tests use admin pages: addresses, a page's form as it would be sent back, and the messages shown."""

from __future__ import annotations

import json
from typing import Any

from django.contrib.messages import get_messages
from django.db.models import Model
from django.test import Client
from django.urls import reverse


def list_of(model: type[Model]) -> str:
    """Give the address of a list."""
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")


def add_of(model: type[Model]) -> str:
    """Give the address of an add page."""
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_add")


def page_of(row: Model) -> str:
    """Give the address of a row's page."""
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])


def button_of(row: Model, name: str) -> str:
    """Give the address that a button of a row's page sends to."""
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_{name}", args=[row.pk])


def sent_back(client: Client, address: str) -> dict[str, Any]:
    """Open a page and give what a browser would send if nothing was changed."""
    context = client.get(address).context
    forms = [context["adminform"].form]
    data: dict[str, Any] = {}
    for inline in context["inline_admin_formsets"]:
        forms += [inline.formset.management_form, *inline.formset.forms]
    for form in forms:
        for bound in form:
            data |= _values(bound)
    return data


def _values(bound: Any) -> dict[str, Any]:
    value = bound.value()
    widget = bound.field.widget
    if hasattr(widget, "widgets"):
        parts = value if isinstance(value, list) else widget.decompress(value)
        names = [f"{bound.html_name}_{place}" for place in range(len(widget.widgets))]
        return {name: "" if part is None else str(part) for name, part in zip(names, parts, strict=True)}
    if value is None or value is False or bound.field.disabled:
        return {}
    if isinstance(value, dict):
        return {bound.html_name: json.dumps(value)}
    return {bound.html_name: "on" if value is True else value}


def messages_of(response: Any) -> list[str]:
    """Give what the request told the person."""
    return [str(message) for message in get_messages(response.wsgi_request)]


def errors_of(response: Any) -> dict[str, list[str]]:
    """Give the field errors of a page that was refused."""
    assert response.status_code == 200
    return dict(response.context["adminform"].form.errors)


def choose(client: Client, model: type[Model], action: str, *rows: Model) -> Any:
    """Run a list action on these rows."""
    return client.post(list_of(model), {"action": action, "_selected_action": [str(row.pk) for row in rows]})


def press(client: Client, row: Model, name: str, **fields: str) -> Any:
    """Press a button of a row's page and answer its question."""
    return client.post(button_of(row, name), {"_form_submitted": "on", **fields})
