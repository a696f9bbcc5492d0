"""Own the form fields that several admin pages share: tags, texts with faults, and faults as form errors.

Never knows a model.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Protocol

from django import forms
from django.core.exceptions import ValidationError
from unfold.widgets import UnfoldAdminTextInputWidget

from dialer.intake import fields as intake
from dialer.rules.faults import Faults
from dialer.rules.zones import valid_zone

#: The columns are JSON; these bounds keep a slip of the hand out of every list page.
MOST_TAGS, LONGEST_TAG = 50, 100


class Pointed(Protocol):
    """A fault of the rules or of a provider's configuration."""

    pointer: str
    code: str
    detail: str


class TagsField(forms.CharField):
    """A list of words, written with commas between."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs = {"required": False, "help_text": "Words, with commas between.", **kwargs}
        super().__init__(widget=UnfoldAdminTextInputWidget(), **kwargs)

    def prepare_value(self, value: Any) -> Any:
        """Show the words in one line."""
        return ", ".join(map(str, value)) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        """Give the words, each once, in the order written."""
        words = (word.strip() for word in (super().to_python(value) or "").split(","))
        return list(dict.fromkeys(word for word in words if word))

    def validate(self, value: Any) -> None:
        """Refuse more or longer words than a list page bears."""
        super().validate(value)
        if len(value) > MOST_TAGS or any(len(word) > LONGEST_TAG for word in value):
            raise ValidationError(f"At most {MOST_TAGS} words of at most {LONGEST_TAG} characters.")

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Compare the words, not the spaces between them."""
        return list(initial or []) != self.to_python(data)


def as_errors(faults: Iterable[Pointed], strip: str = "") -> ValidationError:
    """Make form errors of faults: where, and what is wanted."""
    texts = []
    for fault in faults:
        place = fault.pointer.removeprefix(strip).strip("/").replace("/", " → ")
        texts.append(ValidationError(f"{place}: {fault.detail}" if place else fault.detail, code=fault.code))
    return ValidationError(texts)


def read_by_rule(rule: Callable[[Any], object], value: Any, strip: str = "") -> Any:
    """Give the value if the rule can read it; its faults become form errors."""
    try:
        rule(value)
    except Faults as error:
        raise as_errors(error.faults, strip) from error
    return value


def read_attributes(value: Any) -> dict[str, Any]:
    """Give an object of attributes that fits what the intake takes; nothing is none."""
    try:
        return intake.attributes({} if value is None else value)
    except intake.BadField as bad:
        place = bad.at.strip("/").replace("/", " → ")
        raise ValidationError(f"{place}: {bad.detail}" if place else bad.detail, code=bad.code) from bad


def existing_zone(name: str | None) -> str | None:
    """Give a time zone that exists, or refuse the name."""
    if name and not valid_zone(name):
        raise ValidationError("This is no time zone; write it like America/Sao_Paulo.", code="unknown_zone")
    return name or None
