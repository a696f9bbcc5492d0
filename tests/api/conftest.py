"""Callers of the API for its tests."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from tests import factories


class Api(APIClient):
    """A client that sends JSON with one key and calls addresses below /api/v1."""

    def __init__(self, key: str = "") -> None:
        super().__init__(raise_request_exception=False)
        self.default_format = "json"
        if key:
            self.credentials(HTTP_AUTHORIZATION=f"Bearer {key}")

    def generic(self, method: str, path: str, *args: Any, **kwargs: Any) -> Any:
        """Take short addresses, and whole ones from links."""
        whole = path if path.startswith(("http", "/")) else f"/api/v1/{path}"
        return super().generic(method, whole, *args, **kwargs)

    def get(self, path: str, *args: Any, **kwargs: Any) -> Any:
        """Read."""
        whole = path if path.startswith(("http", "/")) else f"/api/v1/{path}"
        return super().get(whole, *args, **kwargs)

    def every(self, path: str) -> list[dict[str, Any]]:
        """Follow a list to its end."""
        found, link = [], path
        while link:
            page = self.get(link).json()
            found += page["results"]
            link = page["next"]
        return found


@pytest.fixture
def api(db: None) -> Api:
    """A caller with the scope admin."""
    return Api(factories.api_key(["admin"])[1])


@pytest.fixture
def caller(db: None) -> Callable[..., Api]:
    """Make callers with other scopes."""
    return lambda *scopes: Api(factories.api_key(scopes)[1])


def refused(answer: Any, status: int, code: str) -> dict[str, Any]:
    """Check that an answer is a whole problem, and give it."""
    assert answer.status_code == status, answer.content
    assert answer["Content-Type"] == "application/problem+json"
    problem: dict[str, Any] = answer.json()
    assert {"type", "title", "status", "detail", "code", "errors", "retryable"} <= set(problem)
    assert (problem["status"], problem["code"]) == (status, code)
    return problem
