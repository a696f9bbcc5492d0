"""Own `/campaigns/{id}/contacts`: the list of a campaign's contacts, and adding to it, one or 10,000 at a time.

Rows are read, judged and written by the intake; here is only the call around it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, PolymorphicProxySerializer, extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from dialer import clock
from dialer.api.base import Resource
from dialer.api.campaign_contact_shape import (
    COLUMNS,
    CampaignContactFilters,
    CampaignContactOut,
    present_rows,
)
from dialer.api.codes import Code
from dialer.api.fields import Instant, JsonObject, Tags
from dialer.api.phones import PhoneSerializer
from dialer.api.problems import Problem, validation
from dialer.api.schema import FaultOut
from dialer.intake.contacts import ITEMS_LIMIT, Verdicts, add_contacts
from dialer.intake.people import POLICIES
from dialer.models import Campaign, CampaignContact
from dialer.rules.faults import Fault, token

POLICY = OpenApiParameter(
    "on_duplicate", str, enum=list(POLICIES), default="reject", description="What to do with whom we know."
)
COUNTRY = OpenApiParameter(
    "default_country", str, description="ISO 3166 country of numbers without a prefix."
)


class ContactIn(serializers.Serializer[Any]):
    """One person; `phone` is the short form of one main phone."""

    external_id = serializers.CharField(required=False, allow_null=True, max_length=200)
    name = serializers.CharField(required=False, max_length=300)
    email = serializers.EmailField(required=False, allow_null=True)
    language = serializers.CharField(required=False, allow_null=True)
    timezone = serializers.CharField(required=False, allow_null=True)
    phone = serializers.CharField(required=False)
    phones = PhoneSerializer(many=True, required=False)
    priority = serializers.IntegerField(required=False, min_value=0, max_value=10)
    not_before = Instant(required=False, allow_null=True)
    not_after = Instant(required=False, allow_null=True)
    attributes = JsonObject(required=False)
    tags = Tags()


class ContactsIn(serializers.Serializer[Any]):
    """Up to 10,000 people."""

    contacts = ContactIn(many=True)


class AcceptedOut(serializers.Serializer[Any]):
    """One row that was taken."""

    index = serializers.IntegerField()
    id = serializers.UUIDField()
    external_id = serializers.CharField(allow_null=True)
    phone = serializers.CharField()
    outcome = serializers.ChoiceField(["created", "skipped", "merged", "rearmed"])
    duplicate = serializers.BooleanField(required=False)
    warnings = FaultOut(many=True, required=False)


class RejectedOut(serializers.Serializer[Any]):
    """One row that was not."""

    index = serializers.IntegerField()
    errors = FaultOut(many=True)


class VerdictsOut(serializers.Serializer[Any]):
    """A verdict for every row."""

    accepted = AcceptedOut(many=True)
    rejected = RejectedOut(many=True)


class EnrolledContacts(Resource):
    """The contacts of one campaign."""

    queryset = CampaignContact.objects.all()
    serializer_class = CampaignContactOut
    filterset_class = CampaignContactFilters
    parameters = {"create": ("on_duplicate", "default_country")}
    judges_rows = True

    @extend_schema(operation_id="campaigns_contacts_list")
    def list(self, request: Request, campaign: str) -> Response:
        """Give the campaign's contacts, newest first."""
        get_object_or_404(Campaign.objects.only("pk"), pk=campaign)
        return self.page(CampaignContact.objects.filter(campaign_id=campaign), COLUMNS)

    def present(self, rows: list[Any]) -> list[Any]:
        """Show plain rows."""
        return present_rows(rows, self.request)

    @extend_schema(
        operation_id="campaigns_contacts_create",
        parameters=[POLICY, COUNTRY],
        request=PolymorphicProxySerializer("ContactOrContactsIn", [ContactIn, ContactsIn], None),
        responses={201: VerdictsOut},
    )
    def create(self, request: Request, campaign: str) -> Response:
        """Add one person or many; one bad row loses none of the others."""
        row = get_object_or_404(Campaign.objects.only("pk"), pk=campaign)
        items, is_bulk = rows_of(request.data, "contacts")
        verdicts = add_contacts(
            campaign_id=row.pk,
            items=items,
            on_duplicate=request.query_params.get("on_duplicate", "reject"),
            default_country=request.query_params.get("default_country"),
            now=clock.now(),
        )
        return answered(verdicts, "contacts" if is_bulk else "")


def rows_of(data: Any, name: str) -> tuple[list[Any], bool]:
    """Take `{name: [...]}` or one object; anything else, and too many rows, is refused whole."""
    if not isinstance(data, Mapping):
        raise validation([Fault("", "invalid", f'Send one object, or {{"{name}": [...]}}.')])
    if name not in data:
        return [dict(data)], False
    unknown = [key for key in data if key != name]
    if unknown:
        raise validation(
            Fault(f"/{token(key)}", Code.UNKNOWN_FIELD, f"Only {name} stands here.") for key in unknown
        )
    rows = data[name]
    if not isinstance(rows, list):
        raise validation([Fault(f"/{name}", "invalid_type", "This must be a list.")])
    if not rows:
        raise validation([Fault(f"/{name}", "required", "Send at least one.")])
    if len(rows) > ITEMS_LIMIT:
        raise Problem(
            Code.TOO_MANY_ITEMS, f"At most {ITEMS_LIMIT} are taken in one call; these are {len(rows)}."
        )
    return rows, True


def answered(verdicts: Verdicts, name: str) -> Response:
    """Answer 201 if any row was taken; else 422, which is a problem that carries the same verdicts."""
    if verdicts.accepted:
        body = {"accepted": verdicts.accepted, "rejected": verdicts.rejected}
        return Response(body, status=status.HTTP_201_CREATED)
    faults = list(_faults(verdicts.rejected, name))
    if not name and any(fault.code == Code.UNKNOWN_FIELD for fault in faults):
        raise _with_verdicts(validation(faults), verdicts)
    problem = Problem(Code.NOTHING_ACCEPTED, "Every row was rejected; `rejected` says why.", errors=faults)
    raise _with_verdicts(problem, verdicts)


def _with_verdicts(problem: Problem, verdicts: Verdicts) -> Problem:
    problem.more |= {"accepted": [], "rejected": verdicts.rejected}
    return problem


def _faults(rejected: Iterable[Mapping[str, Any]], name: str) -> Iterable[Fault]:
    for row in rejected:
        for error in row["errors"]:
            place = f"/{name}/{row['index']}" if name else ""
            yield Fault(f"{place}{error['pointer']}", error["code"], error["detail"])
