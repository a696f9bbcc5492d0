"""Which providers there are, how accounts are checked, and that one bad package harms only itself."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Any

import pytest

from providers import registry
from providers.configuration import built, faults_of, option
from providers.registry import InvalidConfiguration, UnknownProvider
from providers.secrets import Secret
from providers.simulator import Simulator, SimulatorSettings


class Tone(StrEnum):
    HIGH = "high"
    LOW = "low"


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    user: str = field(metadata=option(label="User", help="As in the portal."))
    key: Secret = field(metadata=option(label="Key"))
    spare: Secret | None = field(default=None, metadata=option())


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    rate: float = field(default=1.0, metadata=option(minimum=0.5, maximum=10))
    count: int = field(default=3, metadata=option(minimum=0))
    loud: bool = field(default=False, metadata=option())
    zone: str = field(default="fr1", metadata=option(choices=("fr1", "de1")))
    tone: Tone = field(default=Tone.LOW, metadata=option())
    price: Decimal = field(default=Decimal("0.10"), metadata=option(minimum=0))
    tags: tuple[str, ...] = field(default=(), metadata=option())


def codes(cls: type, data: Any) -> list[tuple[str, str]]:
    return [(fault.pointer, fault.code) for fault in faults_of(cls, data, "/x")]


def test_good_data_has_no_faults_and_is_built() -> None:
    assert codes(Keys, {"user": "ann", "key": "k"}) == []
    keys = built(Keys, {"user": " ann ", "key": " k\n"}, "/x")
    assert (keys.user, keys.key.reveal(), keys.spare) == ("ann", "k", None)
    wishes = built(Wishes, {"tone": "high", "price": "1.5", "tags": ["a"], "rate": 2}, "/x")
    assert (wishes.tone, wishes.price, wishes.tags, wishes.rate) == (Tone.HIGH, Decimal("1.5"), ("a",), 2.0)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({}, [("/x/user", "required"), ("/x/key", "required")]),
        ({"user": "", "key": "  "}, [("/x/user", "required"), ("/x/key", "required")]),
        ({"user": None, "key": "k"}, [("/x/user", "required")]),
        ({"user": "a", "key": 7}, [("/x/key", "invalid_type")]),
        ({"user": "a", "key": "k", "spare": None}, []),
        ({"user": "a", "key": "k", "a/b~": 1}, [("/x/a~1b~0", "unknown_field")]),
        ({"user": "a\nb", "key": "k"}, [("/x/user", "invalid_characters")]),
        ({"user": "a", "key": "k" * 5000}, [("/x/key", "too_long")]),
        ([], [("/x", "invalid_type")]),
    ],
)
def test_faults_of_credentials_are_exact(data: Any, expected: list[tuple[str, str]]) -> None:
    assert codes(Keys, data) == expected


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("rate", "1", "invalid_type"),
        ("rate", True, "invalid_type"),
        ("rate", float("nan"), "invalid_type"),
        ("rate", 0.4, "out_of_range"),
        ("rate", 11, "out_of_range"),
        ("count", 1.5, "invalid_type"),
        ("count", -1, "out_of_range"),
        ("loud", "yes", "invalid_type"),
        ("zone", "us1", "invalid_choice"),
        ("tone", "shrill", "invalid_choice"),
        ("tone", 1, "invalid_type"),
        ("price", "cheap", "invalid_type"),
        ("price", "-1", "out_of_range"),
        ("tags", "a", "invalid_type"),
        ("tags", [1], "invalid_type"),
    ],
)
def test_faults_of_settings_are_exact(name: str, value: object, code: str) -> None:
    assert codes(Wishes, {name: value}) == [(f"/x/{name}", code)]


def test_no_fault_tells_the_value() -> None:
    faults = faults_of(Keys, {"user": 12345678, "key": ["hunter2"], "hunter2x": "hunter2"}, "/x")
    assert "hunter2'" not in repr(faults)
    assert "12345678" not in repr(faults)


def test_building_from_faulty_data_raises_them_all() -> None:
    with pytest.raises(InvalidConfiguration) as caught:
        built(Keys, {}, "/credentials")
    assert [fault.pointer for fault in caught.value.faults] == ["/credentials/user", "/credentials/key"]


def test_a_schema_describes_every_field() -> None:
    assert registry.schema(Keys) == {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "properties": {
            "user": {"type": "string", "title": "User", "description": "As in the portal."},
            "key": {"type": "string", "writeOnly": True, "format": "password", "title": "Key"},
            "spare": {"type": ["string", "null"], "writeOnly": True, "format": "password"},
        },
        "required": ["user", "key"],
        "additionalProperties": False,
    }
    wishes = registry.schema(Wishes)
    assert wishes["required"] == []
    assert wishes["properties"]["zone"] == {"type": "string", "enum": ["fr1", "de1"], "default": "fr1"}
    assert wishes["properties"]["tone"] == {"type": "string", "enum": ["high", "low"], "default": "low"}
    assert wishes["properties"]["tags"] == {"type": "array", "items": {"type": "string"}, "default": []}
    assert wishes["properties"]["rate"]["maximum"] == 10
    json.dumps(wishes)


def test_the_simulator_is_built_in_and_needs_nothing() -> None:
    assert "simulator" in registry.slugs()
    assert registry.provider_class("simulator") is Simulator
    assert registry.validate("simulator", credentials={}, settings={}) == []
    provider = registry.build("simulator", credentials={}, settings={"ring_seconds": 2})
    assert isinstance(provider, Simulator)
    assert provider.settings == SimulatorSettings(ring_seconds=2.0)


def test_an_unknown_provider_names_the_known_ones() -> None:
    with pytest.raises(UnknownProvider, match=r"installed are: .*simulator"):
        registry.provider_class("nobody")


def test_faulty_accounts_are_not_built() -> None:
    with pytest.raises(InvalidConfiguration) as caught:
        registry.build(
            "simulator",
            credentials={"a": 1},
            settings={"ring_seconds": -1},
            base_url="http://vendor.invalid",
        )
    assert [(fault.pointer, fault.code) for fault in caught.value.faults] == [
        ("/credentials/a", "unknown_field"),
        ("/settings/ring_seconds", "out_of_range"),
        ("/base_url", "insecure"),
    ]


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("https://vendor.invalid", None),
        ("https://vendor.invalid:9443/", None),
        ("http://127.0.0.1:8001", None),
        ("http://[::1]:8001", None),
        ("http://localhost:8001", None),
        ("http://vendor.invalid", "insecure"),
        ("http://10.0.0.1", "insecure"),
        ("http://localhost.evil.invalid", "insecure"),
        ("https://vendor.invalid/api", "invalid_address"),
        ("https://vendor.invalid?x=1", "invalid_address"),
        ("https://ann:pw@vendor.invalid", "invalid_address"),
        ("https://vendor.invalid:0", "invalid_address"),
        ("https://vendor.invalid:99999", "invalid_address"),
        ("https://ven dor.invalid", "invalid_address"),
        ("ftp://vendor.invalid", "invalid_address"),
        ("vendor.invalid", "invalid_address"),
        ("https://[::1", "invalid_address"),
        ("", "invalid_address"),
    ],
)
def test_an_address_is_scheme_host_and_port(address: str, code: str | None) -> None:
    assert [fault.code for fault in registry.check_base_url(address)] == ([code] if code else [])


def test_unencrypted_addresses_can_be_allowed() -> None:
    assert registry.check_base_url("http://vendor.invalid", allow_http=True) == []


Install = Callable[[str, str, str], None]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """Install packages that announce providers, as pip would."""
    monkeypatch.syspath_prepend(str(tmp_path))

    def package(name: str, slug: str, source: str) -> None:
        (tmp_path / f"{name}.py").write_text(source)
        info = tmp_path / f"{name}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[dialer.providers]\n{slug} = {name}:Plug\n")
        registry.forget()

    yield package
    monkeypatch.undo()
    registry.forget()


GOOD = "from providers.simulator import Simulator\nclass Plug(Simulator):\n    slug = '{slug}'\n"


def test_an_installed_package_brings_a_provider(install: Install) -> None:
    install("kit_plug_good", "plugged", GOOD.format(slug="plugged"))
    assert "plugged" in registry.slugs()
    assert registry.build("plugged", credentials={}, settings={}).slug == "plugged"


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("raises", "raise RuntimeError('half installed')"),
        ("misses", "nothing = 1"),
        ("misnames", GOOD.format(slug="other")),
        ("is_no_provider", "class Plug: slug = 'plugged'"),
        ("exits", "import module_that_is_not_there"),
    ],
)
def test_a_broken_package_disables_itself_alone(install: Install, name: str, source: str) -> None:
    install(f"kit_plug_{name}", "plugged", source)
    assert "simulator" in registry.slugs()
    assert "plugged" not in registry.slugs()
    assert list(registry.broken()) == ["plugged"]
    with pytest.raises(UnknownProvider, match="can't be imported"):
        registry.provider_class("plugged")


def test_a_name_that_is_taken_stops_the_start(install: Install) -> None:
    install("kit_plug_twin", "simulator", GOOD.format(slug="simulator"))
    with pytest.raises(registry.DuplicateProvider, match="simulator"):
        registry.slugs()


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    first: int = 0
    last: int = 9

    def __post_init__(self) -> None:
        if self.first > self.last:
            raise ValueError("`first` must not be above `last`.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Lock:
    key: Secret = field(metadata=option())

    def __post_init__(self) -> None:
        if len(self.key.reveal()) < 5:
            raise ValueError(f"too short: {self.key.reveal()}")


def test_what_the_class_itself_refuses_is_a_fault_and_quotes_no_secret() -> None:
    assert faults_of(Span, {"first": 1}, "/settings") == []
    (fault,) = faults_of(Span, {"first": 10}, "/settings")
    assert (fault.pointer, fault.code) == ("/settings", "invalid")
    assert fault.detail == "`first` must not be above `last`."
    (fault,) = faults_of(Lock, {"key": "9d7"}, "/credentials")
    assert (fault.pointer, "9d7" in fault.detail) == ("/credentials", False)
    # Values that are not even well formed are told first, and the class is not asked.
    assert codes(Span, {"first": "x"}) == [("/x/first", "invalid_type")]
