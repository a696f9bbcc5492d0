"""Own `/reports`: what was dialed, pressed and paid, over a stretch of time, as pages and as CSV files.

The figures are `dialer.reports.activity`'s; nothing here counts.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.http import StreamingHttpResponse
from django_filters import rest_framework as filters
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from dialer import clock
from dialer.api.attempts import AttemptFilters
from dialer.api.base import PAGE_PARAMETERS, ApiView
from dialer.api.csv_files import CSV_ANSWER, csv_stream
from dialer.api.filters import InstantFilter, KnownFilters
from dialer.api.pagination import page_of
from dialer.api.problems import validation
from dialer.api.schema import PAGE, paged
from dialer.api.stats_shape import MadeCounts
from dialer.models import Attempt
from dialer.reports import activity
from dialer.rules.csv_text import csv_pieces
from dialer.rules.faults import Fault
from dialer.rules.zones import valid_zone

#: What a report shows where no instant is given.
USUAL_SPAN = timedelta(days=30)
#: A year and a bit; what spans more is two questions.
LONGEST_SPAN = timedelta(days=400)


class ReportFilters(filters.FilterSet):
    """Which attempts a report is about; `from` and `to` bound the instant of the claim."""

    campaign = filters.UUIDFilter(field_name="campaign_id")
    provider_account = filters.UUIDFilter(field_name="provider_account_id")
    # `from` is a word of Python's; the query parameter is named so by the contract.
    locals()["from"] = InstantFilter(field_name="claimed_at", lookup_expr="gte")
    to = InstantFilter(field_name="claimed_at", lookup_expr="lt")


_WHEN = "An RFC 3339 instant."
FILTERS = (
    OpenApiParameter("campaign", {"type": "string", "format": "uuid"}),
    OpenApiParameter("provider_account", {"type": "string", "format": "uuid"}),
    OpenApiParameter("from", datetime, description=f"{_WHEN} Default: 30 days before `to`."),
    OpenApiParameter("to", datetime, description=f"{_WHEN} Default: now. At most 400 days behind `from`."),
)
ZONE = OpenApiParameter("timezone", str, description="Whose days; default UTC.")


class ActivityOut(serializers.Serializer[Any]):
    """One campaign on one day."""

    date = serializers.DateField()
    campaign = serializers.UUIDField()
    campaign_name = serializers.CharField()
    attempts = MadeCounts()
    contacts_attempted = serializers.IntegerField(help_text="People; one who was called twice counts once.")
    connect_rate = serializers.FloatField(allow_null=True, help_text="Answered by a person, of those made.")
    duration_seconds = serializers.IntegerField()


class CostLineOut(serializers.Serializer[Any]):
    """What one provider account charged for one campaign in one currency."""

    campaign = serializers.UUIDField()
    campaign_name = serializers.CharField()
    provider_account = serializers.UUIDField()
    provider_account_name = serializers.CharField()
    currency = serializers.CharField(allow_null=True)
    amount = serializers.DecimalField(20, 4, allow_null=True, help_text="Null where no cost was told.")
    attempts = serializers.IntegerField(help_text="That were made and are over.")
    attempts_charged = serializers.IntegerField(help_text="Of these, with a cost.")
    per_attempt = serializers.DecimalField(20, 4, allow_null=True)
    per_answer = serializers.DecimalField(20, 4, allow_null=True)


class Report(ApiView):
    """A report over the attempts that its parameters choose."""

    queryset = Attempt.objects.all()
    filterset_class: type[filters.FilterSet] = ReportFilters
    more: Iterable[str] = ()

    def known_parameters(self) -> Iterable[str]:
        """Take the filters, and what the report adds."""
        return (*KnownFilters.names(self), *self.more)

    def chosen(self) -> QuerySet[Attempt]:
        """Give the attempts of the stretch of time that is asked for."""
        found = KnownFilters().filter_queryset(self.request, Attempt.objects.all(), self)
        begin, end = (self._instant(name) for name in ("from", "to"))
        end = end or (begin + USUAL_SPAN if begin and begin + USUAL_SPAN < clock.now() else clock.now())
        begin = begin or end - USUAL_SPAN
        if not timedelta(0) <= end - begin <= LONGEST_SPAN:
            text = f"This must be behind `from`, by at most {LONGEST_SPAN.days} days."
            raise validation([Fault("?to", "span", text)])
        return found.filter(claimed_at__gte=begin, claimed_at__lt=end)

    def _instant(self, name: str) -> datetime | None:
        text = self.request.query_params.get(name)
        return InstantFilter.field_class().to_python(text) if text else None

    def zone(self) -> ZoneInfo:
        """Give the zone whose days are counted."""
        name = self.request.query_params.get("timezone", "UTC")
        if not valid_zone(name):
            raise validation(
                [Fault("?timezone", "unknown_timezone", "This is no time zone, such as Europe/Paris.")]
            )
        return ZoneInfo(name)


class CampaignActivity(Report):
    """`/reports/campaign-activity`."""

    more = ("timezone", *PAGE_PARAMETERS)

    @extend_schema(
        operation_id="reports_campaign_activity",
        responses=paged(ActivityOut),
        parameters=[*FILTERS, ZONE, *PAGE],
    )
    def get(self, request: Request) -> Response:
        """Count attempts by campaign and day, newest day first."""
        page = page_of(request, activity.campaign_activity(self.chosen(), self.zone()))
        return Response(page | {"results": ActivityOut(page["results"], many=True).data})


class Costs(Report):
    """`/reports/costs`."""

    more = tuple(PAGE_PARAMETERS)

    @extend_schema(operation_id="reports_costs", responses=paged(CostLineOut), parameters=[*FILTERS, *PAGE])
    def get(self, request: Request) -> Response:
        """Sum what providers charged, by campaign, account and currency."""
        page = page_of(request, activity.costs(self.chosen()))
        return Response(page | {"results": CostLineOut(page["results"], many=True).data})


class AttemptsFile(Report):
    """`/reports/attempts.csv`."""

    filterset_class = AttemptFilters

    @extend_schema(operation_id="reports_attempts_csv", responses=CSV_ANSWER, parameters=list(FILTERS))
    def get(self, request: Request) -> StreamingHttpResponse:
        """Stream the attempts, oldest first; takes the filters of `/attempts` as well."""
        rows = activity.attempt_rows(self.chosen())
        return csv_stream(csv_pieces(activity.ATTEMPT_HEADER, rows), "attempts.csv")


class KeyPressesFile(Report):
    """`/reports/key-presses.csv`."""

    @extend_schema(operation_id="reports_key_presses_csv", responses=CSV_ANSWER, parameters=list(FILTERS))
    def get(self, request: Request) -> StreamingHttpResponse:
        """Stream what called people pressed, call by call."""
        rows = activity.key_press_rows(self.chosen())
        return csv_stream(csv_pieces(activity.KEY_PRESS_HEADER, rows), "key-presses.csv")
