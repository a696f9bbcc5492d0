"""Own how the views describe themselves in OpenAPI: errors of every operation, headers, scopes, addresses.

Never changes what a view does.
"""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, inline_serializer
from rest_framework import serializers
from rest_framework.permissions import SAFE_METHODS

from dialer.api.idempotency import LONGEST_KEY
from dialer.api.pagination import LARGEST_PAGE

#: What any operation can answer.
ALWAYS = (400, 401, 403, 404, 405, 406, 422, 429, 500, 503)
#: What a write can answer besides: a busy idempotency key, a version, a body that is not taken.
WRITES = (409, 412, 413, 415)


def _header(name: str, description: str, **schema: Any) -> OpenApiParameter:
    kind = {"type": "string", **schema}
    return OpenApiParameter(name, kind, OpenApiParameter.HEADER, description=description)


IDEMPOTENCY_KEY = _header(
    "Idempotency-Key",
    "Repeating the request with the same key within 7 days does it once and gives the same answer, marked "
    "`Idempotent-Replayed: true`. Kept are answers that would be the same again: 2xx, 400, 413, 415 and 422. "
    "After 401, 403, 404, 409, 412, 429 and 5xx, which may change by themselves, the request is done anew.",
    minLength=1,
    maxLength=LONGEST_KEY,
    pattern="^[!-~]([ -~]*[!-~])?$",
)
IF_MATCH = _header(
    "If-Match", 'The version that you read, quoted: `"3"`; 412 if it has changed.', pattern=r'^"[0-9]+"$'
)
#: Parameters of pages that are no lists of rows.
PAGE = (
    OpenApiParameter(
        "page_size",
        {"type": "integer", "minimum": 1, "maximum": LARGEST_PAGE},
        description=f"Results a page, 1 to {LARGEST_PAGE}.",
    ),
    OpenApiParameter("cursor", str, description="Where the page begins: take it from `next` or `previous`."),
)


class FaultOut(serializers.Serializer[Any]):
    """One thing that is wrong."""

    pointer = serializers.CharField(help_text="JSON pointer into the body; `?name` for a query parameter.")
    code = serializers.CharField()
    detail = serializers.CharField()


class ProblemOut(serializers.Serializer[Any]):
    """Problem details of RFC 9457 with a stable code."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    code = serializers.CharField(help_text="Stable, for programs.")
    errors = FaultOut(many=True)
    retryable = serializers.BooleanField(help_text="Whether the same request may succeed later.")
    state = serializers.CharField(required=False, help_text="With `invalid_transition`.")
    allowed_actions = serializers.ListField(
        child=serializers.CharField(), required=False, help_text="With `invalid_transition`."
    )
    oldest = serializers.CharField(required=False, help_text="With `cursor_expired`: where the feed begins.")


class BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """The API key."""

    target_class = "dialer.api.auth.BearerKey"
    name = "apiKey"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """Describe the bearer key."""
        text = "An API key of `manage.py create_api_key`; its scopes are read < write < admin."
        return {"type": "http", "scheme": "bearer", "description": text}


class DialerSchema(AutoSchema):
    """Adds what all operations share."""

    def get_override_parameters(self) -> Sequence[Any]:
        """Document the headers that every write reads."""
        if self.method in SAFE_METHODS:
            return []
        return [IDEMPOTENCY_KEY, *([IF_MATCH] if self.method in ("PUT", "PATCH", "DELETE") else [])]

    def get_operation_id(self) -> str:
        """Name actions by what they do: `campaigns_start`, not `campaigns_start_create`."""
        name = super().get_operation_id()
        action = getattr(self.view, "action", None)
        if action in (None, "list", "retrieve", "create", "update", "partial_update", "destroy"):
            return name
        return name.removesuffix("_create").removesuffix("_retrieve")

    def _get_response_bodies(self, direction: Any = "response") -> Any:
        """Document every error beside the answer."""
        answers = super()._get_response_bodies(direction)
        for status in (*ALWAYS, *(() if self.method in SAFE_METHODS else WRITES)):
            problem = OpenApiResponse(ProblemOut, description=HTTPStatus(status).phrase)
            answers.setdefault(
                str(status),
                self._get_response_for_code(problem, str(status), ["application/problem+json"], direction),
            )
        return answers

    def get_tags(self) -> list[str]:
        """Group by resource."""
        parts = self.path.removeprefix("/api/v1/").split("/")
        return [parts[0].replace("-", " ")]


def without_optional_slash(endpoints: list[Any]) -> list[Any]:
    """Document each address once, without the slash that may follow it."""
    return [(path.rstrip("/"), regex, method, view) for path, regex, method, view in endpoints]


def say_what_is_refused(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Describe what every view refuses: unknown fields of a body, and parameters without a value."""
    for name, schema in result.get("components", {}).get("schemas", {}).items():
        if name.endswith("Request") and "properties" in schema:
            schema.setdefault("additionalProperties", False)
    for methods in result.get("paths", {}).values():
        for operation in methods.values():
            for parameter in operation.get("parameters", ()):
                schema = parameter.get("schema", {})
                if parameter["in"] == "query" and schema.get("type") == "string" and "enum" not in schema:
                    schema.setdefault("minLength", 1)
    return result


def paged(results: type[serializers.Serializer[Any]]) -> Any:
    """Describe a page of something that is no list of rows."""
    name = results.__name__.removesuffix("Out") + "Page"
    return inline_serializer(
        name,
        {
            "next": serializers.CharField(allow_null=True),
            "previous": serializers.CharField(allow_null=True),
            "results": results(many=True),
        },
    )
