"""Own `/campaign-contacts`: one person in one campaign, what comes next, and what may be asked.

State is the engine's; here are its shape and the way to its functions.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import Http404
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from dialer import clock
from dialer.api.base import Resource, Retrieved
from dialer.api.campaign_contact_shape import COLUMNS, CampaignContactOut, present_rows
from dialer.api.contacts import ContactSerializer
from dialer.api.explain_shape import AT, EXPLAINED, ExplainOut, read_at
from dialer.api.fields import Attributes, Email, Instant, StrictSerializer, String, Tags
from dialer.api.phones import E164, PhoneList
from dialer.api.preview_examples import CONTACT
from dialer.api.preview_shape import CALL_SECONDS, ContactTimelineOut, read_call_seconds
from dialer.api.schema import IF_MATCH
from dialer.api.versions import check_version
from dialer.engine import contacts as engine
from dialer.engine.edits import change_enrolment
from dialer.gates.verdict import Outcome, Verdict
from dialer.models import CampaignContact, Contact
from dialer.models.campaigns import PRIORITY_MAX, PRIORITY_MIN
from dialer.reports.explaining import explain
from dialer.reports.timelines import contact_timeline

#: Fields of the person behind the contact; the others are the enrolment's.
PERSON = ("external_id", "name", "email", "language", "timezone", "phone", "phones")


class CampaignContactChange(StrictSerializer):
    """What may be changed; the person's fields change the person in all campaigns."""

    external_id = String(max_length=200, allow_null=True)
    name = String(max_length=300, allow_blank=True)
    email = Email(max_length=320, allow_null=True)
    language = String(max_length=35, allow_null=True)
    timezone = String(max_length=64, allow_null=True)
    phone = E164(help_text="Takes the place of the main phone, E.164.")
    phones = PhoneList()
    priority = serializers.IntegerField(min_value=PRIORITY_MIN, max_value=PRIORITY_MAX)
    not_before = Instant(allow_null=True)
    not_after = Instant(allow_null=True)
    attributes = Attributes()
    tags = Tags(required=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Hold the two instants to their order."""
        first = attrs.get("not_before", self.instance.not_before)
        last = attrs.get("not_after", self.instance.not_after)
        if first and last and last <= first and {"not_before", "not_after"} & set(attrs):
            raise serializers.ValidationError(
                {"not_after": "This must be after not_before."}, "not_after_not_before"
            )
        return attrs


class RescheduleIn(StrictSerializer):
    """When, at the earliest."""

    at = Instant()


class ExcludeIn(StrictSerializer):
    """Why."""

    reason = String(max_length=100, required=False, allow_blank=True, default="")


@extend_schema_view(retrieve=extend_schema(responses=CampaignContactOut))
class CampaignContacts(Retrieved, Resource):
    """Campaign contacts; the list of a campaign's is `/campaigns/{id}/contacts`."""

    queryset = CampaignContact.objects.all()
    serializer_class = CampaignContactOut
    parameters = {"explain": ("at",), "timeline": ("call_seconds",)}

    @extend_schema(responses=ExplainOut, parameters=[AT], examples=[EXPLAINED])
    @action(detail=True)
    def explain(self, request: Request, pk: str) -> Response:
        """Show every gate's verdict at an instant, by the facts and rules that dial, and the next callable instant."""
        at = read_at(request.query_params.get("at"))
        return Response(explain(campaign_contact_id=UUID(pk), at=at, now=clock.now()))

    @extend_schema(responses=ContactTimelineOut, parameters=[CALL_SECONDS], examples=[CONTACT])
    @action(detail=True)
    def timeline(self, request: Request, pk: str) -> Response:
        """Show the attempts so far, and those to come if nobody answers any of them."""
        call_seconds = read_call_seconds(request.query_params.get("call_seconds"))
        told = contact_timeline(campaign_contact_id=UUID(pk), call_seconds=call_seconds, now=clock.now())
        return Response(told)

    def present(self, rows: list[Any]) -> list[Any]:
        """Read the wide row behind each and show it."""
        ids = [row.pk for row in rows]
        return present_rows(list(CampaignContact.objects.filter(pk__in=ids).values(*COLUMNS)), self.request)

    @extend_schema(request=CampaignContactChange(partial=True), responses=CampaignContactOut)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Change the person or the enrolment; a contact that is held is judged anew."""
        row = self.locked()
        given = dict(self.valid(CampaignContactChange, row, partial=True).validated_data)
        person = {name: given.pop(name) for name in PERSON if name in given}
        if person:
            self._change_person(row.contact_id, {name: self.request.data[name] for name in person})
        self._change_enrolment(row, given, is_person_changed=bool(person))
        return self._shown()

    def _change_person(self, contact_id: Any, data: dict[str, Any]) -> None:
        contact = Contact.objects.select_for_update(no_key=True).get(pk=contact_id)
        serializer = ContactSerializer(
            contact, data=data, partial=True, context=self.get_serializer_context()
        )
        serializer.is_valid(raise_exception=True)
        serializer.save()

    def _change_enrolment(
        self, row: CampaignContact, given: dict[str, Any], *, is_person_changed: bool
    ) -> None:
        changes = {name: value for name, value in given.items() if getattr(row, name) != value}
        if not changes and not is_person_changed:
            return
        change_enrolment(row, changes, stored_not_before=row.not_before, now=clock.now())

    def lock_queryset(self) -> Any:
        """Lock the person first: claims lock in that order."""
        person = CampaignContact.objects.filter(pk=self.kwargs["pk"]).values("contact_id")
        if not list(Contact.objects.filter(pk__in=person).select_for_update(no_key=True).values_list("pk")):
            raise Http404
        return super().lock_queryset()

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: str) -> Response:
        """Delete a contact that was never attempted; one with attempts can be excluded."""
        self.locked()
        engine.remove(campaign_contact_id=self._id())
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(request=None, responses={202: CampaignContactOut}, parameters=[IF_MATCH])
    @action(detail=True, methods=["post"], url_path="call-now")
    def call_now(self, request: Request, pk: str) -> Response:
        """Make the contact due now; every gate applies, and `hold` says which one holds it."""
        self.no_body()
        self._check_version()
        verdict = engine.call_now(campaign_contact_id=self._id(), now=clock.now())
        return self._shown(status.HTTP_202_ACCEPTED, verdict)

    @extend_schema(request=RescheduleIn, responses=CampaignContactOut, parameters=[IF_MATCH])
    @action(detail=True, methods=["post"])
    def reschedule(self, request: Request, pk: str) -> Response:
        """Call not before an instant."""
        at = self.valid(RescheduleIn).validated_data["at"]
        self._check_version()
        verdict = engine.reschedule(campaign_contact_id=self._id(), at=at, now=clock.now())
        return self._shown(verdict=verdict)

    @extend_schema(request=ExcludeIn, responses=CampaignContactOut, parameters=[IF_MATCH])
    @action(detail=True, methods=["post"])
    def exclude(self, request: Request, pk: str) -> Response:
        """Take the contact out of its campaign; a call under way is taken back first or rings out."""
        reason = self.valid(ExcludeIn).validated_data["reason"]
        self._check_version()
        engine.exclude(campaign_contact_id=self._id(), reason=reason, now=clock.now())
        return self._shown()

    @extend_schema(request=None, responses=CampaignContactOut, parameters=[IF_MATCH])
    @action(detail=True, methods=["post"])
    def rearm(self, request: Request, pk: str) -> Response:
        """Start the timeline of a finished contact again."""
        self.no_body()
        self._check_version()
        engine.rearm(campaign_contact_id=self._id(), now=clock.now())
        return self._shown()

    def _id(self) -> Any:
        return get_object_or_404(CampaignContact.objects.only("pk"), pk=self.kwargs["pk"]).pk

    def _check_version(self) -> None:
        if "HTTP_IF_MATCH" in self.request.META:
            check_version(self.request, self.locked().version)

    def _shown(self, status: int = status.HTTP_200_OK, verdict: Verdict | None = None) -> Response:
        answer = self.one(get_object_or_404(CampaignContact, pk=self.kwargs["pk"]), status)
        if verdict is not None and verdict.outcome is Outcome.HELD and answer.data["hold"] is None:
            # A campaign's gate holds it; those are never written to contacts.
            answer.data["hold"] = {"gate": verdict.gate, "reason": verdict.reason, "until": verdict.until}
        return answer
