"""Own how an admin page asks the engine for something: list actions, buttons, and refusals as messages.

Never catches a defect: only what the engine or a provider refuses in words becomes a message.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from unfold.decorators import action
from unfold.forms import BaseDialogForm

from dialer.admin.links import row_url
from dialer.engine.errors import EngineError, Invalid
from dialer.models.base import Row
from dialer.rules.faults import Faults
from providers.configuration import InvalidConfiguration
from providers.errors import ProviderError
from providers.registry import UnknownProvider

#: What a person is told and what changed nothing; everything else is a defect and an error page.
REFUSALS = (EngineError, Faults, ProviderError, UnknownProvider, InvalidConfiguration)
#: One request asks for at most this many rows, each in a transaction of its own; more would outlast the request.
ASK_LIMIT = 500
#: More refusals than a person reads are counted, not shown.
SHOWN_REFUSALS = 10

Ask = Callable[[HttpRequest, Any], object]


def refusal_text(error: Exception) -> str:
    """Say why, with every field fault that came along."""
    faults = error.errors if isinstance(error, Invalid) else ()
    return "; ".join([str(error), *(f"{fault.pointer}: {fault.detail}" for fault in faults)])


def ask_each(model_admin: Any, request: HttpRequest, rows: Iterable[Row], ask: Ask, done: str) -> int:
    """Ask for every row on its own: one that is refused costs the others nothing. Gives how many were done."""
    count, refusals = 0, []
    for row in rows:
        try:
            ask(request, row)
        except REFUSALS as error:
            refusals.append(f"{row}: {refusal_text(error)}")
        else:
            count += 1
            model_admin.log_change(request, row, f"{done[:1].upper()}{done[1:]}.")
    if count:
        meta = model_admin.opts
        noun = meta.verbose_name if count == 1 else meta.verbose_name_plural
        messages.success(request, f"{count} {noun} {done}.")
    for text in refusals[:SHOWN_REFUSALS]:
        messages.error(request, text)
    if len(refusals) > SHOWN_REFUSALS:
        messages.error(request, f"{len(refusals) - SHOWN_REFUSALS} more were refused.")
    return count


def list_action(name: str, ask: Ask, *, description: str, done: str, permission: str = "change") -> Any:
    """Make a list action `name` that asks the engine for each chosen row."""

    def asked(model_admin: Any, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        rows = list(queryset[: ASK_LIMIT + 1])
        if len(rows) > ASK_LIMIT:
            messages.error(request, f"Choose at most {ASK_LIMIT} rows at a time; nothing was done.")
            return
        ask_each(model_admin, request, rows, ask, done)

    asked.__name__ = name
    return admin.action(permissions=[permission], description=description)(asked)


def button(
    name: str,
    ask: Ask,
    *,
    title: str,
    question: str,
    done: str,
    icon: str = "",
    permission: str = "change",
    variant: Any = None,
    form_class: type[BaseDialogForm] | None = None,
) -> Any:
    """Make a button of the change page; it asks back first, and only the answer, a POST, asks the engine."""

    def pressed(model_admin: Any, request: HttpRequest, form: BaseDialogForm, object_id: str) -> HttpResponse:
        row = model_admin.get_object(request, object_id)
        if row is None:
            return model_admin._get_obj_does_not_exist_redirect(request, model_admin.opts, object_id)
        request.dialog = form.cleaned_data  # type: ignore[attr-defined]
        ask_each(model_admin, request, [row], ask, done)
        return _back(request, row_url(model_admin.model, row.pk))

    pressed.__name__ = name
    return action(
        permissions=[permission],
        description=title,
        url_path=name.replace("_", "-"),
        icon=icon or None,
        variant=variant,
        dialog={
            "title": title,
            "description": question,
            "form_class": form_class,
            "form_submit_text": title,
        },
    )(pressed)


def _back(request: HttpRequest, url: str) -> HttpResponse:
    # The dialog is sent by script: a plain redirect would be followed inside the dialog.
    if request.headers.get("HX-Request"):
        return HttpResponse(headers={"HX-Redirect": url})
    return HttpResponseRedirect(url)
