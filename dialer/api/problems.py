"""Own the one shape of every error: RFC 9457 problem details with a stable code.

Never decides what is an error; it words what others raised.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any

import structlog
from django.core.exceptions import PermissionDenied, RequestDataTooBig, TooManyFieldsSent
from django.core.exceptions import ValidationError as DjangoValidationError
from django.db import IntegrityError, OperationalError
from django.db.models import ProtectedError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views import defaults
from rest_framework import exceptions
from rest_framework.response import Response

from dialer.api.codes import BY_STATUS, MEANINGS, Code
from dialer.engine import errors as engine
from dialer.engine.pacing import RateUsedUp
from dialer.rules.faults import Fault, Faults, token
from providers import errors as providers

log = structlog.get_logger(__name__)

CONTENT_TYPE = "application/problem+json"
#: A text of the caller's that is quoted back is cut here: an error is no echo.
LONGEST_DETAIL = 500
#: A bulk call can be wrong in 10,000 places; the first ones show what is wrong.
MOST_ERRORS = 200

#: Codes of what is well formed and yet refused, by other fields or by the present state of things: 422, where a
#: malformed value is 400.
UNPROCESSABLE = frozenset(
    {
        "contradiction",
        "does_not_exist",
        "duration_format",
        "duration_fraction",
        "duration_negative",
        "duration_too_long",
        "duration_zero",
        "either",
        "final_result",
        "forbidden_address",
        "impossible_instant",
        "insecure",
        "invalid_address",
        "invalid_json",
        "invalid_text",
        "invalid_timezone",
        "limit_out_of_range",
        "mapping_unreadable",
        "native_impossible",
        "not_owned",
        "not_taken",
        "past",
        "phone_country_code",
        "phone_default_country",
        "phone_extension",
        "phone_invalid",
        "phone_missing",
        "phone_needed",
        "phone_no_country",
        "phone_too_long",
        "phone_too_short",
        "phone_unparseable",
        "required_with_money",
        "result_not_told",
        "same_limit",
        "same_rule",
        "scope",
        "several_main",
        "span",
        "unique",
        "unknown_country",
        "unknown_event_type",
        "unknown_provider",
        "unknown_result",
        "unknown_rule",
        "unknown_timezone",
        "zone_ambiguous",
    }
)


class Problem(exceptions.APIException):
    """An error of the API's own, by its code; `more` are further members of the problem."""

    def __init__(
        self,
        code: str,
        detail: str = "",
        *,
        errors: Iterable[Fault] = (),
        status: int | None = None,
        headers: Mapping[str, str] | None = None,
        **more: Any,
    ) -> None:
        self.code, self.errors, self.more = code, list(errors), more
        self.headers = dict(headers or {})
        self.status_code = int(status or MEANINGS[code].status)
        self.detail = detail or MEANINGS[code].title + "."
        Exception.__init__(self, self.detail)


def body_of(problem: Problem) -> dict[str, Any]:
    """Make the JSON of a problem; texts that no JSON can carry are made harmless."""
    meaning = MEANINGS.get(problem.code)
    title = meaning.title if meaning else HTTPStatus(problem.status_code).phrase
    return {
        "type": f"urn:dialer:problem:{problem.code}",
        "title": title,
        "status": problem.status_code,
        "detail": harmless(problem.detail),
        "code": str(problem.code),
        "errors": [
            {"pointer": harmless(fault.pointer), "code": fault.code, "detail": harmless(fault.detail)}
            for fault in problem.errors[:MOST_ERRORS]
        ],
        "retryable": bool(meaning and meaning.retryable),
        **problem.more,
    }


def harmless(text: object) -> str:
    """Make a text that may quote the caller fit for UTF-8 and short."""
    return str(text).encode("utf-8", "replace").decode()[:LONGEST_DETAIL]


def exception_handler(error: Exception, context: Mapping[str, Any]) -> Response:
    """Turn whatever a view raised into a problem; the unforeseen is logged and told without its text."""
    problem = problem_of(error)
    if problem is None:
        log.exception("api.failed", view=type(context.get("view")).__name__)
        problem = Problem(Code.INTERNAL, "The error was logged; trying again later may help.")
    return Response(
        body_of(problem), status=problem.status_code, headers=problem.headers, content_type=CONTENT_TYPE
    )


def problem_of(error: Exception) -> Problem | None:
    """Find the problem that an exception means; None for a defect."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, engine.EngineError):
        return _of_engine(error)
    if isinstance(error, providers.ProviderError):
        return _of_provider(error)
    if isinstance(error, Faults):
        return validation(error.faults)
    if isinstance(error, exceptions.ValidationError):
        return validation(list(faults_of(error.detail)))
    if isinstance(error, exceptions.APIException):
        return _of_framework(error)
    return _of_django(error)


def validation(faults: Iterable[Fault], *, status: int | None = None) -> Problem:
    """Make the problem of wrong fields; an unknown one names the problem, since it is most often a typo."""
    found = list(faults)
    code = Code.UNKNOWN_FIELD if any(f.code == Code.UNKNOWN_FIELD for f in found) else Code.INVALID
    if found and all(fault.code in UNPROCESSABLE for fault in found):
        status = status or HTTPStatus.UNPROCESSABLE_ENTITY
    detail = "; ".join(f"{fault.pointer or 'body'}: {fault.detail}" for fault in found[:3])
    return Problem(code, detail, errors=found, status=status)


def faults_of(detail: Any, pointer: str = "") -> Iterable[Fault]:
    """Flatten the nested errors of a serializer."""
    if isinstance(detail, Mapping):
        for name, inner in detail.items():
            # `non_field_errors` speaks of the object itself.
            place = pointer if name == "non_field_errors" else f"{pointer}/{token(name)}"
            yield from faults_of(inner, place)
    elif isinstance(detail, list):
        for index, inner in enumerate(detail):
            # A list of texts is what is wrong with one thing; a list of mappings is a list of things.
            nested = isinstance(inner, Mapping | list)
            yield from faults_of(inner, f"{pointer}/{index}" if nested else pointer)
    else:
        yield Fault(pointer, getattr(detail, "code", "invalid") or "invalid", str(detail))


def _of_engine(error: engine.EngineError) -> Problem:
    if isinstance(error, engine.InvalidTransition):
        more = {"attempt": error.attempt} if error.attempt else {}
        return Problem(
            Code.INVALID_TRANSITION,
            error.detail,
            state=error.state,
            allowed_actions=error.allowed_actions,
            **more,
        )
    if isinstance(error, engine.Invalid):
        return Problem(error.code, error.detail, errors=error.errors, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    if isinstance(error, engine.RefusedByGate):
        return Problem(Code.REFUSED_BY_GATE, error.detail, verdict=error.verdict.data())
    if isinstance(error, engine.NotFound):
        return Problem(Code.NOT_FOUND, error.detail)
    return Problem(error.code, error.detail, status=HTTPStatus.CONFLICT)


def _of_provider(error: providers.ProviderError) -> Problem:
    if isinstance(error, providers.Unsupported):
        return Problem(Code.UNSUPPORTED_CAPABILITY, str(error))
    if isinstance(error, providers.Unavailable | providers.Ambiguous):
        wait = getattr(error, "retry_after", None)
        headers = {"Retry-After": str(math.ceil(wait))} if wait else {}
        if isinstance(error, RateUsedUp):
            return Problem(Code.PROVIDER_RATE_USED_UP, str(error), headers=headers)
        return Problem(Code.PROVIDER_UNAVAILABLE, str(error), headers=headers)
    return Problem(Code.PROVIDER_REFUSED, str(error))


def _of_framework(error: exceptions.APIException) -> Problem:
    headers = {}
    if isinstance(error, exceptions.NotAuthenticated | exceptions.AuthenticationFailed):
        error.status_code = HTTPStatus.UNAUTHORIZED
        headers["WWW-Authenticate"] = getattr(error, "auth_header", None) or "Bearer"
    if isinstance(error, exceptions.Throttled) and error.wait:
        headers["Retry-After"] = str(math.ceil(error.wait))
    code = BY_STATUS.get(int(error.status_code), Code.INTERNAL)
    if isinstance(error, exceptions.ParseError):
        code = Code.MALFORMED
    return Problem(code, str(error.detail), headers=headers, status=int(error.status_code))


def _of_django(error: Exception) -> Problem | None:
    if isinstance(error, Http404):
        return Problem(Code.NOT_FOUND)
    if isinstance(error, PermissionDenied):
        return Problem(Code.INSUFFICIENT_SCOPE)
    if isinstance(error, RequestDataTooBig | TooManyFieldsSent):
        return Problem(Code.TOO_LARGE, "Bodies of up to 20 MB are read.")
    if isinstance(error, ProtectedError):
        kinds = sorted({str(row._meta.verbose_name_plural) for row in error.protected_objects})
        return Problem(Code.IN_USE, f"It is used by {', '.join(kinds)}; delete or detach those first.")
    if isinstance(error, DjangoValidationError):
        return validation(Fault("", "invalid", message) for message in error.messages)
    if isinstance(error, IntegrityError):
        # Two requests passed the same check at once, and the database let one of them through.
        return Problem(
            Code.CONFLICT, "Another request changed the same thing at once; read it and try again."
        )
    if isinstance(error, OperationalError):
        # A deadlock that the database resolved against us, a lock that took too long, a connection that broke.
        log.warning("api.database_busy", error=type(error.__cause__ or error).__name__)
        return Problem(Code.BUSY, headers={"Retry-After": "1"})
    return None


def plain_response(problem: Problem) -> HttpResponse:
    """Answer a problem outside the framework's views (unknown addresses, crashes in middleware)."""
    return JsonResponse(body_of(problem), status=problem.status_code, content_type=CONTENT_TYPE)


def _is_ours(request: HttpRequest) -> bool:
    # Pages for people (the admin) keep the framework's own error pages.
    return request.path.startswith("/api/")


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer an unknown address; the project's handler404."""
    if not _is_ours(request):
        return defaults.page_not_found(request, exception)
    return plain_response(Problem(Code.NOT_FOUND, f"There is nothing at {request.path}."))


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer a crash outside of a view; the project's handler500."""
    if not _is_ours(request):
        return defaults.server_error(request)
    return plain_response(Problem(Code.INTERNAL, "The error was logged; trying again later may help."))


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer a request that cannot be understood at all; the project's handler400."""
    if not _is_ours(request):
        return defaults.bad_request(request, exception)
    return plain_response(Problem(Code.INVALID, "The request can't be read."))
