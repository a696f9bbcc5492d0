"""The house stays readable: no long files, no long functions, a first word on every module, every name in use."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LONGEST_FILE = 300  # one idea a file; a longer one says in its docstring why ("long because")
LONGEST_FUNCTION = 40


def modules() -> Iterator[Path]:
    for package in ("config", "dialer", "providers", "benchmarks"):
        yield from (path for path in (ROOT / package).rglob("*.py") if "migrations" not in path.parts)


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def test_a_long_test_file_says_why() -> None:
    long = [
        path for path in (ROOT / "tests").rglob("*.py") if len(path.read_text().splitlines()) > LONGEST_FILE
    ]
    silent = [
        path.name for path in long if "long because" not in (ast.get_docstring(tree(path)) or "").lower()
    ]
    assert silent == []


@pytest.mark.parametrize("path", list(modules()), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_is_short_and_says_what_it_owns(path: Path) -> None:
    text, module = path.read_text(), tree(path)
    said = ast.get_docstring(module) or ""
    assert not text.strip() or said, "a module begins with what it owns and what it never does"
    assert len(text.splitlines()) <= LONGEST_FILE or "long because" in said.lower()
    long = [
        node.name
        for node in ast.walk(module)
        if isinstance(node, ast.FunctionDef) and node.end_lineno - node.lineno + 1 > LONGEST_FUNCTION
    ]
    assert long == []


def test_only_the_registry_and_the_provider_itself_know_a_providers_name() -> None:
    slugs = ("targg", "ujet", "qvoice", "nrs360", "diabolocom")
    knowing = [
        str(path.relative_to(ROOT))
        for path in modules()
        if "providers" not in path.parts and any(f'"{slug}"' in path.read_text() for slug in slugs)
    ]
    assert knowing == []
