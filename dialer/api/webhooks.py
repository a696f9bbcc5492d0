"""Own `/webhook-endpoints`: who is told of events, how that goes, and sending one again.

Sending and its schedule are the feed's; writing needs the scope `admin`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.conf import settings
from django.shortcuts import get_object_or_404
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from dialer import clock
from dialer.api.base import Deleted, Listed, Resource, Retrieved, Updated
from dialer.api.events import EVENT_TYPES
from dialer.api.filters import FlagFilter, word
from dialer.api.webhook_shape import (
    ASKED,
    DELIVERY,
    ENDPOINT,
    SECRET,
    DeliveryOut,
    EndpointSecretOut,
    EndpointSerializer,
    answer_example,
    request_example,
)
from dialer.feed import endpoints, guard
from dialer.feed.deliver import send_test
from dialer.models import DeliveryState, WebhookDelivery, WebhookEndpoint
from dialer.rules.addresses import url_faults
from dialer.rules.events import TEST_KIND

_WITH_SECRET = ENDPOINT | {"secret": SECRET}
_TESTED = DELIVERY | {
    "event": None,
    "event_type": TEST_KIND,
    "state": "delivered",
    "tries": 1,
    "next_try_at": None,
}
_WENT_WELL = {
    "response_status": 204,
    "error": None,
    "excerpt": None,
    "delivered_at": DELIVERY["last_tried_at"],
}
_CHANGED = [request_example(ASKED), answer_example(ENDPOINT)]


class EndpointFilters(filters.FilterSet):
    """What endpoints can be searched by."""

    campaign = filters.UUIDFilter(field_name="campaign_id")
    is_enabled = FlagFilter()


@extend_schema_view(
    list=extend_schema(examples=[answer_example(ENDPOINT)]),
    retrieve=extend_schema(examples=[answer_example(ENDPOINT)]),
    update=extend_schema(examples=_CHANGED),
    partial_update=extend_schema(examples=[request_example({"is_enabled": True}), answer_example(ENDPOINT)]),
)
class WebhookEndpoints(Listed, Retrieved, Updated, Deleted, Resource):
    """Endpoints of outgoing webhooks."""

    queryset = WebhookEndpoint.objects.all()
    serializer_class = EndpointSerializer
    filterset_class = EndpointFilters
    write_scope = "admin"
    #: What the look at the address of the body came to.
    is_forbidden_url = False

    @property
    def is_atomic(self) -> bool:  # type: ignore[override]
        """Hold no transaction while a receiver is asked."""
        return self.action != "test"

    @property
    def answers_secret(self) -> bool:  # type: ignore[override]
        """Have the answers that show a secret kept encrypted for their replay."""
        return self.action in ("create", "rotate_secret")

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Resolve the address of the body before any transaction begins: a name server may take its time."""
        super().initial(request, *args, **kwargs)
        if self.action in ("create", "update", "partial_update") and isinstance(request.data, Mapping):
            url, allow = request.data.get("url"), settings.DIALER_WEBHOOK_ALLOW_PRIVATE
            if isinstance(url, str) and not url_faults(url, allow_http=allow):
                self.is_forbidden_url = guard.is_forbidden(url, allow_private=allow)

    @extend_schema(
        responses={201: EndpointSecretOut},
        examples=[request_example(ASKED), answer_example(_WITH_SECRET, "201")],
    )
    def create(self, request: Request) -> Response:
        """Make one; it is told of what happens from now on. Its secret is shown in this answer only."""
        return self._with_secret(self.valid().save(), status.HTTP_201_CREATED)

    @extend_schema(request=None, responses=DeliveryOut, examples=[answer_example(_TESTED | _WENT_WELL)])
    @action(detail=True, methods=["post"])
    def test(self, request: Request, pk: str) -> Response:
        """Send a `webhook.test` now and report the answer; what the receiver says is an answer, not an error."""
        self.no_body()
        delivery = send_test(get_object_or_404(WebhookEndpoint, pk=pk))
        return Response(DeliveryOut(delivery).data)

    @extend_schema(request=None, responses=EndpointSecretOut, examples=[answer_example(_WITH_SECRET)])
    @action(detail=True, methods=["post"], url_path="rotate-secret")
    def rotate_secret(self, request: Request, pk: str) -> Response:
        """Replace the secret and show the new one, once; for 24 h the old one signs as well."""
        self.no_body()
        row = self.locked()
        endpoints.rotate(endpoint_id=row.pk, now=clock.now())
        row.refresh_from_db()
        return self._with_secret(row, status.HTTP_200_OK)

    def _with_secret(self, row: WebhookEndpoint, code: int) -> Response:
        answer = self.one(row, code)
        answer.data = {**answer.data, "secret": endpoints.signing_keys(row, clock.now())[0]}
        return answer


class DeliveryFilters(filters.FilterSet):
    """What deliveries can be searched by."""

    state = word(DeliveryState)
    event_type = filters.ChoiceFilter(
        field_name="kind", choices=[(name, name) for name in (*EVENT_TYPES, TEST_KIND)]
    )
    event = filters.UUIDFilter(field_name="event_id")


class Deliveries(Resource):
    """The deliveries of one endpoint."""

    queryset = WebhookDelivery.objects.all()
    serializer_class = DeliveryOut
    filterset_class = DeliveryFilters
    write_scope = "admin"

    @extend_schema(operation_id="webhook_endpoints_deliveries_list", examples=[answer_example(DELIVERY)])
    def list(self, request: Request, endpoint: str) -> Response:
        """Give an endpoint's deliveries, newest first; kept for as long as their events."""
        get_object_or_404(WebhookEndpoint.objects.only("pk"), pk=endpoint)
        return self.page(WebhookDelivery.objects.filter(endpoint_id=endpoint))

    @extend_schema(
        operation_id="webhook_endpoints_deliveries_redeliver",
        request=None,
        responses={202: DeliveryOut},
        examples=[answer_example(DELIVERY | {"tries": 0}, "202")],
    )
    def redeliver(self, request: Request, endpoint: str, delivery: str) -> Response:
        """Send one once more, under the same `webhook-id`; the schedule begins anew."""
        self.no_body()
        row = endpoints.redeliver(endpoint_id=UUID(endpoint), delivery_id=UUID(delivery), now=clock.now())
        return self.one(row, status.HTTP_202_ACCEPTED)
