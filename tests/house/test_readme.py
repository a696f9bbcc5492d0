"""The README says what is true: its files exist, its commands are there, its request is answered."""

from __future__ import annotations

import re
from pathlib import Path

from dialer.api.codes import Code
from dialer.management.commands.providers import drawn
from docs.__main__ import pages

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "README.md").read_text()


def test_every_file_that_it_names_exists() -> None:
    named = set(re.findall(r"`((?:dialer|providers|tests)/[\w/.]*|[\w.-]+\.(?:yml|example))`", TEXT))
    assert len(named) > 10
    assert [path for path in sorted(named) if not (ROOT / path).exists()] == []


def test_every_make_target_that_it_names_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"\bmake ([a-z]+)\b", TEXT)) <= targets


def test_its_methods_and_names_are_those_of_the_interface() -> None:
    from providers.contract import OPTIONAL_METHODS, Provider

    for method in ("check", "open_campaign", "push", "observe", *OPTIONAL_METHODS):
        assert hasattr(Provider, method)
        assert f"`{method}`" in TEXT


def test_its_table_of_providers_is_what_they_declare() -> None:
    shown = re.search(r"<!-- matrix -->\n(.*)<!-- /matrix -->", TEXT, re.DOTALL)
    assert shown is not None
    assert shown[1].strip() == drawn(), "make docs writes it anew"


def test_adding_a_provider_is_told_in_under_forty_lines() -> None:
    chapter = re.search(r"## Add a provider\n(.*?)(?=\n## |\Z)", TEXT, re.DOTALL)
    assert chapter is not None
    assert len(chapter[1].strip().splitlines()) < 40


def test_the_pages_that_are_made_from_the_code_are_up_to_date() -> None:
    for path, text in pages().items():
        assert path.read_text() == text, f"{path.name}: make docs writes it anew"


def test_every_code_of_the_api_is_on_its_page() -> None:
    page = (ROOT / "docs" / "errors.md").read_text()
    assert [code for code in Code if f"`{code}`" not in page] == []
    assert "| `duplicate` |" in page
