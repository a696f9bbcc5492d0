"""Own the form of a provider account: its fields come from the provider's own schemas, credentials are write-only.

Never renders a credential, not even a wrong one; an empty credential keeps what is stored.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from unfold import widgets

from dialer.admin.form_fields import as_errors
from dialer.engine.accounts import default_visible_after
from dialer.models import ProviderAccount
from dialer.models.accounts import FASTEST
from providers import registry

CREDENTIALS, SETTINGS = "credentials", "settings"


def field_name(slug: str, part: str, name: str) -> str:
    """Name one provider's field in the form; also a name in the page's script, so no other characters."""
    return f"{slug}_{part}_{name}".replace("-", "_")


def schema_of(slug: str, part: str) -> dict[str, Any]:
    """Give the JSON Schema of a provider's credentials or settings."""
    provider = registry.provider_class(slug)
    return registry.schema(provider.Credentials if part == CREDENTIALS else provider.Settings)


def names_of(slugs: list[str], part: str) -> list[str]:
    """List the form's fields for these providers, in the order of their schemas."""
    return [field_name(slug, part, name) for slug in slugs for name in schema_of(slug, part)["properties"]]


def account_form(slugs: list[str], *, choose: bool) -> type[forms.ModelForm]:
    """Make the form class for these providers; with `choose` it also asks which one."""
    body: dict[str, Any] = {"slugs": slugs, "__module__": __name__}
    for slug in slugs:
        for part in (CREDENTIALS, SETTINGS):
            for name, shape in schema_of(slug, part)["properties"].items():
                body[field_name(slug, part, name)] = _field(name, shape, part)
    if choose:
        choices = [("", "Choose a provider"), *((slug, registry.provider_class(slug).name) for slug in slugs)]
        body["provider"] = forms.ChoiceField(choices=choices, widget=widgets.UnfoldAdminSelectWidget())
    else:
        body["forget_credentials"] = forms.BooleanField(
            required=False,
            label="Forget stored credentials",
            widget=widgets.UnfoldBooleanSwitchWidget(),
            help_text="Removes every stored credential; those written above are stored instead.",
        )
    return type("ProviderAccountForm", (AccountForm,), body)


def _field(name: str, shape: Mapping[str, Any], part: str) -> forms.Field:
    common: dict[str, Any] = {
        "label": shape.get("title") or name.replace("_", " ").capitalize(),
        "help_text": shape.get("description", ""),
        "required": False,  # the registry's check names what is missing, for the chosen provider alone
    }
    if part == CREDENTIALS:
        return forms.CharField(
            **common, strip=True, widget=widgets.UnfoldAdminPasswordWidget({"autocomplete": "new-password"})
        )
    kind = shape.get("type")
    kinds = set(kind if isinstance(kind, list) else [kind])
    if "default" in shape and shape["default"] not in (None, ""):
        common["help_text"] = f"{common['help_text']} Empty: {shape['default']}.".strip()
    if "enum" in shape:
        words = [(word, word) for word in shape["enum"] if word is not None]
        return forms.ChoiceField(
            **common, choices=[("", "-"), *words], widget=widgets.UnfoldAdminSelectWidget()
        )
    if "boolean" in kinds:
        choices = [("", "-"), ("true", "yes"), ("false", "no")]
        return forms.TypedChoiceField(
            **common,
            choices=choices,
            coerce=lambda word: word == "true",
            empty_value=None,
            widget=widgets.UnfoldAdminSelectWidget(),
        )
    if "integer" in kinds:
        return forms.IntegerField(**common, widget=widgets.UnfoldAdminIntegerFieldWidget())
    if "number" in kinds:
        return forms.FloatField(**common, widget=widgets.UnfoldAdminDecimalFieldWidget())
    if kinds & {"array", "object"}:
        return forms.JSONField(**common, widget=widgets.UnfoldAdminTextareaWidget({"rows": 3}))
    return forms.CharField(**common, widget=widgets.UnfoldAdminTextInputWidget())


def _check_rate(rate: float) -> None:
    if not 0 < rate <= FASTEST:
        raise ValidationError(f"This must be above 0 and at most {FASTEST:,}.", code="out_of_range")


class AccountForm(forms.ModelForm):
    """A provider account as people write it; subclasses bring the provider's own fields."""

    slugs: list[str]

    class Meta:
        model = ProviderAccount
        exclude = ("credentials", "settings")
        help_texts = {
            "base_url": "Scheme, host and port, such as https://host:8443. Empty: the vendor's own address.",
            "max_requests_per_second": "Empty: the provider's documented limit, if it has one.",
            "max_concurrent_calls": "Calls that may be with the provider at a time. Empty: no limit.",
            "visible_after_seconds": "Absence of a call at the provider is believed after this long.",
            "give_up_after_seconds": "A call of which nothing is heard for this long is counted and not repeated.",
            "is_enabled": "A disabled account pushes nothing.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "max_requests_per_second" in self.fields:
            self.fields["max_requests_per_second"].validators.append(_check_rate)
        if "max_concurrent_calls" in self.fields:
            self.fields["max_concurrent_calls"].validators.append(MinValueValidator(1))
            self.fields["max_concurrent_calls"].widget.attrs["min"] = 1
        if "visible_after_seconds" in self.fields and self.instance._state.adding:
            # What absence is worth is the provider's to say, and the provider is not chosen yet.
            self.fields["visible_after_seconds"].required = False
            self.fields["visible_after_seconds"].help_text += " Empty: as documented for the provider."
            self.initial["visible_after_seconds"] = None
        self._initial_boxes()
        if self.instance.pk and not self.instance._state.adding:
            self._tell_what_is_stored()

    def _initial_boxes(self) -> None:
        stored = self.instance.settings or {}
        for name, key in self._fields_of(self.instance.provider, SETTINGS):
            if key in stored:
                value = stored[key]
                words = {True: "true", False: "false"}
                self.initial[name] = words[value] if isinstance(value, bool) else value

    def _tell_what_is_stored(self) -> None:
        stored = self.instance.credentials or {}
        for name, key in self._fields_of(self.instance.provider, CREDENTIALS):
            note = "Stored; empty keeps it." if stored.get(key) else "Not stored yet."
            self.fields[name].help_text = f"{self.fields[name].help_text} {note}".strip()

    def _fields_of(self, slug: str, part: str) -> list[tuple[str, str]]:
        if slug not in self.slugs:
            return []
        keys = schema_of(slug, part)["properties"]
        return [
            (field_name(slug, part, key), key) for key in keys if field_name(slug, part, key) in self.fields
        ]

    def clean_base_url(self) -> str:
        """Accept scheme, host and port, encrypted unless it is this machine."""
        url: str = (self.cleaned_data["base_url"] or "").rstrip("/")
        if url and (faults := registry.check_base_url(url, allow_http=settings.DIALER_ALLOW_HTTP_BASE_URLS)):
            raise as_errors(faults, strip="/base_url")
        return url

    def clean(self) -> dict[str, Any]:
        """Put credentials and settings together and let the registry judge them."""
        cleaned = super().clean() or self.cleaned_data
        slug = cleaned.get("provider") or self.instance.provider
        if slug not in self.slugs:
            return cleaned
        if cleaned.get("visible_after_seconds") is None and "visible_after_seconds" not in self.errors:
            cleaned["visible_after_seconds"] = default_visible_after(slug)
        self._check_patience(cleaned)
        cleaned[CREDENTIALS] = self._credentials(slug, cleaned)
        cleaned[SETTINGS] = self._settings(slug, cleaned)
        for fault in registry.validate(slug, credentials=cleaned[CREDENTIALS], settings=cleaned[SETTINGS]):
            part, _, key = fault.pointer.strip("/").partition("/")
            name = field_name(slug, part, key)
            error = ValidationError(fault.detail, code=fault.code)
            self.add_error(name if name in self.fields else None, error)
        return cleaned

    def _check_patience(self, cleaned: Mapping[str, Any]) -> None:
        visible, give_up = cleaned.get("visible_after_seconds"), cleaned.get("give_up_after_seconds")
        if visible is not None and give_up is not None and give_up < visible:
            self.add_error(
                "give_up_after_seconds",
                f"This must be at least visible after seconds, which are {visible}.",
            )

    def _credentials(self, slug: str, cleaned: Mapping[str, Any]) -> dict[str, Any]:
        kept = {} if cleaned.get("forget_credentials") else dict(self.instance.credentials or {})
        written = {key: cleaned.get(name) for name, key in self._fields_of(slug, CREDENTIALS)}
        return kept | {key: value for key, value in written.items() if value}

    def _settings(self, slug: str, cleaned: Mapping[str, Any]) -> dict[str, Any]:
        fields = self._fields_of(slug, SETTINGS)
        ours = {key for _, key in fields}
        kept = {key: value for key, value in (self.instance.settings or {}).items() if key not in ours}
        written = {key: cleaned.get(name) for name, key in fields}
        return kept | {key: value for key, value in written.items() if value not in (None, "")}

    def new_values(self) -> dict[str, Any]:
        """Give `credentials` and `settings` where they differ from what is stored."""
        parts = ((CREDENTIALS, self.instance.credentials), (SETTINGS, self.instance.settings))
        return {
            part: self.cleaned_data[part]
            for part, stored in parts
            if part in self.cleaned_data and self.cleaned_data[part] != dict(stored or {})
        }
