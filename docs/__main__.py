"""Own the writing of the made pages: the README's matrix, the error codes, the OpenAPI document.

Never holds a fact of its own.
"""

from __future__ import annotations

import ast
import os
import re
from pathlib import Path

import django

ROOT = Path(__file__).resolve().parents[1]
_ERRORS = """# Error codes of the API

Every error is a problem of RFC 9457 (`application/problem+json`): `type`, `title`, `status`, `detail`, `code`,
`errors`, `retryable`. Programs go by `code`, which never changes its meaning; `retryable` says whether the same request
may succeed later."""
_FAULTS = """## Codes of single fields and rows

In `errors` stands one entry for each thing that is wrong: `pointer` (a JSON pointer into the body, or `?name` of a
query parameter), `code`, `detail`. Besides the codes of the framework for plain fields (`required`, `null`, `blank`,
`invalid`, `invalid_choice`, `max_length`, `min_value`, `max_value`):"""


def pages() -> dict[Path, str]:
    """Make every page; returns its path with its text."""
    from drf_spectacular.generators import SchemaGenerator
    from drf_spectacular.renderers import OpenApiYamlRenderer

    from dialer.api.codes import table
    from providers.matrix import matrix
    from providers.registry import BUILTIN

    readme = (ROOT / "README.md").read_text()
    parts = r"(<!-- matrix -->\n).*(<!-- /matrix -->)"
    readme = re.sub(
        parts, lambda found: found[1] + matrix(BUILTIN).strip() + "\n" + found[2], readme, flags=re.DOTALL
    )
    schema = SchemaGenerator().get_schema(request=None, public=True)
    return {
        ROOT / "README.md": readme,
        ROOT / "docs" / "errors.md": f"{_ERRORS}\n\n{table()}\n\n{_FAULTS}\n\n{faults()}\n",
        ROOT / "docs" / "openapi.yaml": OpenApiYamlRenderer().render(schema, renderer_context={}).decode(),
    }


def faults() -> str:
    """List the codes of single fields and rows, each with a sentence that it comes with."""
    found: dict[str, str] = {}
    for path in sorted((ROOT / "dialer").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("Fault", "fault"):
                code, text = (
                    (_said(argument) for argument in node.args[1:3]) if len(node.args) > 2 else ("", "")
                )
                if code.replace("_", "").isalpha() and (code not in found or len(found[code]) < len(text)):
                    found[code] = text
    rows = [f"| `{code}` | {text[:1].upper()}{text[1:]} |" for code, text in sorted(found.items())]
    return "\n".join(["| code | for example |", "| --- | --- |", *rows])


def _said(node: ast.expr) -> str:
    """Give a text of the source; what is filled in at run time is shown as dots."""
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(_said(part) if isinstance(part, ast.Constant) else "…" for part in node.values)
    return ""


def main() -> None:
    """Write what has changed."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    for path, text in pages().items():
        if not path.exists() or path.read_text() != text:
            path.write_text(text)
            print(f"written: {path.relative_to(ROOT)}")  # noqa: T201 - it is a command


if __name__ == "__main__":
    main()
