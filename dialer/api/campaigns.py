"""Own `/campaigns`: their fields, their actions, their numbers, and the contacts put into them.

Every change of status is an engine function's.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.shortcuts import get_object_or_404
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from dialer import clock
from dialer.api.base import Created, Deleted, Listed, Resource, Retrieved, Updated
from dialer.api.campaign_shape import CampaignSerializer, refused_deletion
from dialer.api.explain_shape import WHY, WhyOut
from dialer.api.filters import TagFilter, word
from dialer.api.schema import IF_MATCH
from dialer.api.stats_shape import StatsOut
from dialer.engine import campaigns as engine
from dialer.models import Attempt, Campaign, CampaignContact, Job, Purpose
from dialer.reports.stats import campaign_stats
from dialer.reports.why import why_not_dialing
from dialer.rules.transitions import CampaignStatus


class CampaignFilters(filters.FilterSet):
    """What campaigns can be searched by."""

    status = word(CampaignStatus)
    purpose = word(Purpose)
    external_id = filters.CharFilter()
    provider_account = filters.UUIDFilter(field_name="provider_account_id")
    name = filters.CharFilter(lookup_expr="icontains")
    tag = TagFilter()


_ACTION = extend_schema(request=None, responses=CampaignSerializer, parameters=[IF_MATCH])


@extend_schema_view(start=_ACTION, pause=_ACTION, resume=_ACTION, complete=_ACTION, archive=_ACTION)
class Campaigns(Listed, Retrieved, Created, Updated, Deleted, Resource):
    """Campaigns."""

    queryset = Campaign.objects.all()
    serializer_class = CampaignSerializer
    filterset_class = CampaignFilters

    def destroy(self, request: Request, pk: str) -> Response:
        """Delete a draft with the contacts in it; one that was started is kept for its attempts."""
        campaign = self.locked()
        if campaign.status != CampaignStatus.DRAFT or Attempt.objects.filter(campaign=campaign).exists():
            raise refused_deletion(campaign)
        CampaignContact.objects.filter(campaign=campaign).delete()
        Job.objects.filter(campaign=campaign).delete()
        campaign.delete()
        return Response(status=status.HTTP_204_NO_CONTENT)

    @action(detail=True, methods=["post"])
    def start(self, request: Request, pk: str) -> Response:
        """Freeze the timeline and begin to dial."""
        return self._steer(engine.start)

    @action(detail=True, methods=["post"])
    def pause(self, request: Request, pk: str) -> Response:
        """Push nothing new and take back what does not ring yet; `pausing` until nothing can ring."""
        return self._steer(engine.pause)

    @action(detail=True, methods=["post"])
    def resume(self, request: Request, pk: str) -> Response:
        """Dial on."""
        return self._steer(engine.resume)

    @action(detail=True, methods=["post"])
    def complete(self, request: Request, pk: str) -> Response:
        """End the campaign: who waits is cancelled, what rings rings out."""
        return self._steer(engine.complete)

    @action(detail=True, methods=["post"])
    def archive(self, request: Request, pk: str) -> Response:
        """Put it away."""
        return self._steer(engine.archive)

    @extend_schema(responses=StatsOut)
    @action(detail=True)
    def stats(self, request: Request, pk: str) -> Response:
        """Count contacts and attempts in one snapshot; every bucket adds up to its total."""
        campaign = get_object_or_404(Campaign, pk=pk)
        return Response(campaign_stats(campaign=campaign, now=clock.now()))

    @extend_schema(responses=WhyOut, examples=[WHY])
    @action(detail=True, url_path="why-not-dialing")
    def why_not_dialing(self, request: Request, pk: str) -> Response:
        """Tell the true cause for which nobody is called, and the instant at which somebody will be."""
        return Response(why_not_dialing(campaign_id=UUID(pk), now=clock.now()))

    def _steer(self, act: Callable[..., Any]) -> Response:
        self.no_body()
        self.locked()
        act(campaign_id=self.kwargs["pk"], now=clock.now())
        return self.one(get_object_or_404(Campaign, pk=self.kwargs["pk"]))
