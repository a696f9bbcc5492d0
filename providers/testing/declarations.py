"""Own the tests of what a provider says about itself.

Never sends a request beyond one push and one look, for value objects to carry through JSON.
"""

from __future__ import annotations

import json
import re
from dataclasses import fields, is_dataclass
from typing import get_type_hints

import pytest

from providers.contract import OPTIONAL_METHODS, Provider, from_json, to_json
from providers.secrets import Secret
from providers.testing.base import Kit, has_network, when
from providers.vocabulary import Result

_SLUG = re.compile(r"[a-z][a-z0-9_]*")
#: A field with such a name holds a secret, whatever its type says.
_SECRET_NAME = re.compile(r"password|token|secret|key", re.IGNORECASE)
#: What a call comes to without the provider's word; needs no declaration.
_OURS = frozenset({Result.UNKNOWN})


class DeclarationTests(Kit):
    """Group 1: names, schemas, capabilities, value objects."""

    def test_it_has_a_name_and_a_slug(self) -> None:
        assert _SLUG.fullmatch(self.provider_class.slug)
        assert self.provider_class.name.strip()

    def test_its_configuration_is_frozen_and_has_schemas(self) -> None:
        for cls in (self.provider_class.Credentials, self.provider_class.Settings):
            assert is_dataclass(cls)
            assert cls.__dataclass_params__.frozen, f"{cls.__name__} must be frozen."  # type: ignore[attr-defined]
        for schema in self.schemas():
            assert json.loads(json.dumps(schema)) == schema
            assert schema["type"] == "object"
            assert schema["additionalProperties"] is False

    def test_every_setting_has_a_default(self) -> None:
        assert self.schemas()[1]["required"] == []

    def test_secrets_are_of_the_secret_type_and_write_only(self) -> None:
        for cls, schema in zip(
            (self.provider_class.Credentials, self.provider_class.Settings), self.schemas(), strict=True
        ):
            hints = get_type_hints(cls)
            for item in fields(cls):
                is_secret = hints[item.name] in (Secret, Secret | None)
                assert is_secret or not _SECRET_NAME.search(item.name), f"{item.name} must be a Secret."
                assert schema["properties"][item.name].get("writeOnly", False) is is_secret

    @when(has_network)
    def test_credentials_of_a_network_provider_hold_a_secret(self) -> None:
        assert Secret in get_type_hints(self.provider_class.Credentials).values()

    @pytest.mark.parametrize("method", sorted(OPTIONAL_METHODS))
    def test_a_method_is_there_if_and_only_if_it_is_declared(self, method: str) -> None:
        declared = OPTIONAL_METHODS[method](self.capabilities)
        assert self.provider_class.overrides(method) is declared

    def test_it_tells_results_apart(self) -> None:
        assert self.capabilities.results - _OURS

    def test_the_constructor_is_the_one_of_all_providers(self) -> None:
        assert isinstance(self.provider(), Provider)

    def test_its_value_objects_survive_json(self) -> None:
        provider = self.provider()
        campaign = self.opened(provider)
        order = self.order()
        receipt = provider.push(campaign, [order])[0]
        handle = self.handle_of(order, receipt)
        reports = self.reports_on(handle, self.looked(provider, campaign, [handle]))
        for value in (provider.check(), self.spec(), campaign, order, receipt, handle, *reports):
            assert from_json(type(value), json.loads(json.dumps(to_json(value)))) == value
