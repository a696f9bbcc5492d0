"""Own what every view of the API shares: authentication, errors, known parameters, one transaction a write.

Never knows a resource; a view is a few lines around one engine function.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import nullcontext
from typing import Any

from django.db import transaction
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from rest_framework import status
from rest_framework.permissions import SAFE_METHODS
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.views import APIView
from rest_framework.viewsets import GenericViewSet

from dialer.api import idempotency
from dialer.api.auth import BearerKey, HasScope, KeyRate
from dialer.api.codes import Code
from dialer.api.filters import KnownFilters
from dialer.api.pagination import NewestFirst
from dialer.api.parsing import StrictJSONParser, read_body
from dialer.api.problems import Problem, exception_handler, validation
from dialer.api.schema import DialerSchema
from dialer.api.versions import check_version
from dialer.rules.faults import Fault, token

UUID_PATTERN = "[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
PAGE_PARAMETERS = frozenset({"page_size", "cursor"})


class ApiView(APIView):
    """A view with a key, a scope, a rate, one error shape and idempotent writes."""

    authentication_classes = (BearerKey,)
    permission_classes = (HasScope,)
    throttle_classes = (KeyRate,)
    renderer_classes = (JSONRenderer,)
    parser_classes: tuple[type, ...] = (StrictJSONParser,)
    schema = DialerSchema()

    #: The scope that writes need.
    write_scope = "write"
    #: False where a write talks to a provider: no lock is held over a call that can wait.
    is_atomic = True
    #: True where an answer shows a secret: it is kept encrypted for its replay.
    answers_secret = False
    #: True where each row of a bulk call is judged by itself, texts that cannot be stored included.
    judges_rows = False

    def known_parameters(self) -> Iterable[str]:
        """List the query parameters that this request may carry."""
        return ()

    def get_exception_handler(self) -> Callable[..., Response]:
        """Answer every error as a problem."""
        return exception_handler

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Check key, scope, rate and parameters before anything is read."""
        super().initial(request, *args, **kwargs)
        if self._handler() == self.http_method_not_allowed:
            self.http_method_not_allowed(request)
        known = set(self.known_parameters())
        unknown = [name for name in request.query_params if name not in known]
        if unknown:
            known_ones = ", ".join(sorted(known)) or "none"
            raise validation(
                Fault(
                    f"?{name}", Code.UNKNOWN_FIELD, f"This parameter is not known; taken here: {known_ones}."
                )
                for name in unknown
            )
        faults = [fault for name, values in request.query_params.lists() for fault in _faulty(name, values)]
        if faults:
            raise validation(faults)

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Answer one request: as the framework does it, but a write runs once and in one transaction."""
        self.args, self.kwargs = args, kwargs
        self.request = request = self.initialize_request(request, *args, **kwargs)
        self.headers = self.default_response_headers
        try:
            self.initial(request, *args, **kwargs)
            if request.method in SAFE_METHODS:
                response = self._handler()(request, *args, **kwargs)
            else:
                response = self._write()
        except Exception as error:
            response = self.handle_exception(error)
        self.response = self.finalize_response(request, response, *args, **kwargs)
        return self.response

    def _handler(self) -> Callable[..., HttpResponse]:
        name = str(self.request.method).lower()
        found = getattr(self, name, None) if name in self.http_method_names else None
        return found or self.http_method_not_allowed

    def _write(self) -> HttpResponse:
        key = idempotency.key_of(self.request)
        if key is None:
            return self._work()
        ask = idempotency.ask_of(self.request, key, lambda: read_body(self.request._request))
        held = idempotency.lease(self.request.auth, ask)
        if isinstance(held, HttpResponse):
            return held
        try:
            response, is_kept = self._once(held)
        except BaseException:
            idempotency.free(held)
            raise
        if not is_kept:
            idempotency.free(held)
        return response

    def _work(self) -> HttpResponse:
        with transaction.atomic() if self.is_atomic else nullcontext():
            return self._handler()(self.request, *self.args, **self.kwargs)

    def _once(self, held: idempotency.Lease) -> tuple[HttpResponse, bool]:
        """Do the work; keep its answer in the same transaction."""
        if not self.is_atomic:
            response = self._answer()
            return response, self._keep(held, response)
        with transaction.atomic():
            response = self._answer()
            return response, self._keep(held, response)

    def _answer(self) -> HttpResponse:
        """Do the work and render its answer; a refusal has undone the work (its savepoint) and is an answer."""
        try:
            response = self._work()
        except Exception as error:
            response = self.handle_exception(error)
        response = self.finalize_response(self.request, response, *self.args, **self.kwargs)
        return response.render()

    def _keep(self, held: idempotency.Lease, response: Any) -> bool:
        if not idempotency.is_stored(response.status_code):
            return False
        with transaction.atomic():
            idempotency.store(held, response, is_secret=self.answers_secret)
        return True


def _faulty(name: str, values: list[str]) -> Iterable[Fault]:
    if len(values) > 1:
        yield Fault(f"?{name}", "repeated", "This parameter is taken once.")
    if "" in values:
        yield Fault(f"?{name}", "blank", "Give this parameter a value, or leave it out.")
    if any("\0" in value for value in values):
        yield Fault(f"?{name}", "invalid_text", "This holds a NUL character.")


class Unknown(ApiView):
    """Any address below the API that nothing else answers."""

    schema = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Answer 404 to everybody: what exists is no secret, it is in the documentation."""
        self.perform_content_negotiation(request, force=True)
        raise Problem(Code.NOT_FOUND, f"There is nothing at {request.path}.")


class Resource(ApiView, GenericViewSet):
    """A resource with pages, filters and versions."""

    pagination_class = NewestFirst
    filter_backends = (KnownFilters,)
    lookup_value_regex = UUID_PATTERN
    #: Parameters of an action beside the filters of a list.
    parameters: Mapping[str, Iterable[str]] = {}

    def known_parameters(self) -> Iterable[str]:
        """Take filters and pages on lists, and what the action names."""
        yield from self.parameters.get(self.action or "", ())
        if self.is_list():
            yield from PAGE_PARAMETERS
            yield from KnownFilters.names(self)

    def is_list(self) -> bool:
        """Say whether the present request reads a list."""
        return self.action == "list"

    def present(self, rows: list[Any]) -> list[Any]:
        """Give a page of rows in the shape of the API."""
        return list(self.get_serializer(rows, many=True).data)

    def page(self, rows: QuerySet[Any], columns: Sequence[str] = ()) -> Response:
        """Answer one page of a filtered query, as rows of `columns` if any are named.

        First its ids alone, which an index of (campaign, id) holds: asked for whole rows at once, or with the join
        that a column of another table brings, PostgreSQL walks the ids of all newer campaigns. Then the rows behind
        them.
        """
        found = self.paginate_queryset(self.filter_queryset(rows.values("id")))
        ids = [row["id"] for row in found]
        whole = rows.values(*columns) if columns else rows
        wide = {_id_of(row): row for row in whole.filter(pk__in=ids)}
        return self.get_paginated_response(self.present([wide[key] for key in ids if key in wide]))

    def one(self, row: Any, status: int = status.HTTP_200_OK) -> Response:
        """Answer one row, with its version as entity tag."""
        (data,) = self.present([row])
        headers = {"ETag": f'"{data["version"]}"'} if "version" in data else {}
        return Response(data, status=status, headers=headers)

    def locked(self) -> Any:
        """Lock the row of the address and compare its version with `If-Match`."""
        row = get_object_or_404(self.lock_queryset(), pk=self.kwargs["pk"])
        if hasattr(row, "version"):
            check_version(self.request, row.version)
        return row

    def lock_queryset(self) -> QuerySet[Any]:
        """Select the rows of this resource for a change."""
        model: type[Model] = self.queryset.model
        return model._default_manager.select_for_update(no_key=True, of=("self",))

    def valid(self, serializer: type[BaseSerializer] | None = None, *args: Any, **kwargs: Any) -> Any:
        """Read the body through a serializer; wrong fields raise."""
        made = (serializer or self.get_serializer_class())(
            *args, data=self.request.data, context=self.get_serializer_context(), **kwargs
        )
        made.is_valid(raise_exception=True)
        return made

    def no_body(self) -> None:
        """Refuse a body where none has a meaning."""
        data = self.request.data
        if isinstance(data, Mapping):
            faults = [Fault(f"/{token(n)}", Code.UNKNOWN_FIELD, "This takes no fields.") for n in data]
        else:
            faults = [Fault("", "invalid", "This takes no body.")]
        if faults:
            raise validation(faults)


class Listed:
    """`GET /things`."""

    def list(self, request: Request, **kwargs: Any) -> Response:
        """Give a page, newest first."""
        return self.page(self.get_queryset())  # type: ignore[attr-defined]


def _id_of(row: Any) -> Any:
    return row["id"] if isinstance(row, dict) else row.pk


class Retrieved:
    """`GET /things/{id}`."""

    def retrieve(self, request: Request, pk: str) -> Response:
        """Give one."""
        return self.one(get_object_or_404(self.get_queryset(), pk=pk))  # type: ignore[attr-defined]


class Created:
    """`POST /things`."""

    def create(self, request: Request, **kwargs: Any) -> Response:
        """Make one."""
        return self.one(self.valid().save(), status.HTTP_201_CREATED)  # type: ignore[attr-defined]


class Updated:
    """`PATCH /things/{id}` changes what is named; `PUT` sets what is not named back to its default."""

    def update(self, request: Request, pk: str) -> Response:
        """Replace one."""
        return self._change(is_partial=False)

    def partial_update(self, request: Request, pk: str) -> Response:
        """Change the named fields of one."""
        return self._change(is_partial=True)

    def _change(self, *, is_partial: bool) -> Response:
        row = self.locked()  # type: ignore[attr-defined]
        return self.one(self.valid(None, row, partial=is_partial).save())  # type: ignore[attr-defined]


class Deleted:
    """`DELETE /things/{id}`."""

    def destroy(self, request: Request, pk: str) -> Response:
        """Delete one; what others use is refused."""
        self.locked().delete()  # type: ignore[attr-defined]
        return Response(status=status.HTTP_204_NO_CONTENT)
