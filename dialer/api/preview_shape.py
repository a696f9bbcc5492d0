"""Own the described shape of attempts to come: a contact's timeline and the preview of a retry timeline.

Reads what a preview is asked; the playing is `dialer.reports`'.
"""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError

from dialer.api.explain_shape import CONTACT_STATES, STATUSES, GateOut
from dialer.api.fields import Instant, StrictSerializer, String, Whole
from dialer.api.problems import validation
from dialer.models import Campaign, Origin
from dialer.reports.previewing import Asked
from dialer.rules.faults import Fault
from dialer.rules.phones import InvalidPhone, parse_phone
from dialer.rules.timeline import MAX_STEPS, Step
from dialer.rules.transitions import AttemptState, FinishReason
from dialer.rules.zones import valid_zone, zones_of_country
from providers.vocabulary import Result

#: Longer calls than a day are no calls.
LONGEST_CALL_SECONDS = 86_400
ATTEMPT_STATES = [item.value for item in AttemptState]
#: Results that a call can end with; a call that was taken back uses no step.
ENDS = [item.value for item in Result if item is not Result.CANCELLED]
CALL_SECONDS_TEXT = (
    "How long each call is taken to last, from its start to its end, since a step counts from the end of the"
    " attempt before. 0 unless given."
)
CALL_SECONDS = OpenApiParameter(
    "call_seconds",
    {"type": "integer", "minimum": 0, "maximum": LONGEST_CALL_SECONDS, "default": 0},
    description=CALL_SECONDS_TEXT,
)


def read_call_seconds(text: str | None) -> int:
    """Read the query parameter `call_seconds`."""
    if text is None:
        return 0
    if not (text.isascii() and text.isdigit() and int(text[:6]) <= LONGEST_CALL_SECONDS and len(text) <= 5):
        detail = f"Give whole seconds, 0 to {LONGEST_CALL_SECONDS}."
        raise validation([Fault("?call_seconds", "invalid", detail)])
    return int(text)


class PreviewIn(StrictSerializer):
    """What a timeline is to be played with."""

    phone = String(max_length=100, required=False, help_text="E.164, or as dialed in `country`.")
    country = serializers.RegexField("^[A-Za-z]{2}$", required=False, help_text="ISO 3166, such as BR.")
    timezone = String(max_length=64, required=False, help_text="The person's zone, where it is known.")
    first_attempt_at = Instant(help_text="When the first attempt is due.")
    results = serializers.ListField(
        child=serializers.ChoiceField(ENDS),
        max_length=MAX_STEPS + 1,
        help_text="How the first attempt ends, the second, and so on.",
    )
    campaign = serializers.UUIDField(
        required=False,
        allow_null=True,
        help_text="Its dates, windows, holidays, caps and the law for its purpose are applied; without one the"
        " timeline is played alone.",
    )
    call_seconds = Whole(default=0, min_value=0, max_value=LONGEST_CALL_SECONDS, help_text=CALL_SECONDS_TEXT)

    def validate_country(self, text: str) -> str:
        """Take countries that have a time zone."""
        if not zones_of_country(text):
            raise ValidationError("This is no ISO 3166 country; give a code such as BR.", "unknown_country")
        return text.upper()

    def validate_timezone(self, name: str) -> str:
        """Take zones that exist."""
        if not valid_zone(name):
            detail = "This is no time zone; use a name such as America/Sao_Paulo."
            raise ValidationError(detail, code="invalid_timezone")
        return name

    def validate_campaign(self, key: Any) -> Campaign | None:
        """Find the campaign."""
        if key is None:
            return None
        found = Campaign.objects.select_related("provider_account").filter(pk=key).first()
        if found is None:
            raise ValidationError("There is no such campaign.", "does_not_exist")
        return found

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Read the number; a campaign's gates need one."""
        if attrs.get("campaign") is not None and "phone" not in attrs:
            detail = "A campaign's gates are about a number: give the phone."
            raise ValidationError({"phone": ErrorDetail(detail, "phone_needed")})
        if "phone" in attrs:
            try:
                attrs["phone"] = parse_phone(attrs["phone"], attrs.get("country")).number
            except InvalidPhone as error:
                raise ValidationError({"phone": ErrorDetail(error.detail, error.code)}) from None
        return attrs

    def asked(self, steps: tuple[Step, ...]) -> Asked:
        """Give what is asked; a country alone must tell the zone where a step goes by the wall clock."""
        given = self.validated_data
        zone, country = given.get("timezone"), given.get("country", "")
        if zone is None and country and "phone" not in given:
            zones = zones_of_country(country)
            if len(zones) > 1 and any(step.after.calendar or step.day_rule == "business" for step in steps):
                detail = f"{country} lies in {len(zones)} time zones; give the phone or the timezone."
                raise validation([Fault("/timezone", "zone_ambiguous", detail)])
            zone = zones[0] if len(zones) == 1 else None
        return Asked(
            first_attempt_at=given["first_attempt_at"],
            results=[Result(word) for word in given["results"]],
            number=given.get("phone"),
            country=country,
            timezone=zone,
            campaign=given.get("campaign"),
            call_seconds=given["call_seconds"],
        )


class PlannedOut(serializers.Serializer[Any]):
    """One attempt to come."""

    step = serializers.IntegerField(
        allow_null=True, help_text="Of the timeline, from 0; null for the first attempt."
    )
    after = serializers.ChoiceField(ENDS, allow_null=True, help_text="The result that it follows.")
    phone = serializers.ChoiceField(["same", "next"], allow_null=True, help_text="As its step asks.")
    number = serializers.CharField(allow_null=True, help_text="E.164.")
    zone = serializers.CharField(help_text="Whose wall clock counts its days.")
    due_at = serializers.DateTimeField(help_text="What the timeline asks for.")
    at = serializers.DateTimeField(allow_null=True, help_text="When the gates let it through; null if never.")
    moved_by = GateOut(many=True, help_text="The gates that hold it on the way from `due_at` to `at`.")
    stopped_by = GateOut(allow_null=True, help_text="The gate that never lets it through.")


class NumberedOut(PlannedOut):
    """One attempt to come, with its place."""

    sequence = serializers.IntegerField()


class PlannedByOut(NumberedOut):
    """One attempt to come of a contact."""

    origin = serializers.ChoiceField(
        [item.value for item in Origin],
        help_text="`native`: the provider rings by its own plan, and no gate is asked in between.",
    )


class EndOut(serializers.Serializer[Any]):
    """How the contact ends when no attempt follows."""

    after = serializers.ChoiceField(ENDS, allow_null=True)
    finish_reason = serializers.ChoiceField([item.value for item in FinishReason])
    detail = serializers.CharField()
    text = serializers.CharField(help_text="In words, for people.")


class PreviewOut(serializers.Serializer[Any]):
    """The instants at which the engine would call."""

    retry_timeline = serializers.UUIDField()
    campaign = serializers.UUIDField(allow_null=True)
    zone = serializers.CharField(help_text="Whose wall clock counts days; UTC where nothing tells.")
    zones = serializers.ListField(child=serializers.CharField(), help_text="Where the person may be.")
    call_seconds = serializers.IntegerField()
    first = PlannedOut()
    attempts = NumberedOut(many=True, help_text="The attempts that follow, one a result.")
    end = EndOut(allow_null=True, help_text="Null while a further result would be needed to tell.")


class PastOut(serializers.Serializer[Any]):
    """One attempt so far, in short; `/attempts/{id}` has the rest."""

    id = serializers.UUIDField()
    sequence = serializers.IntegerField()
    number = serializers.CharField()
    step = serializers.IntegerField(allow_null=True)
    origin = serializers.ChoiceField([item.value for item in Origin])
    state = serializers.ChoiceField(ATTEMPT_STATES)
    result = serializers.ChoiceField([item.value for item in Result], allow_null=True)
    due_at = serializers.DateTimeField()
    started_at = serializers.DateTimeField(allow_null=True)
    ended_at = serializers.DateTimeField(allow_null=True)


class ContactTimelineOut(serializers.Serializer[Any]):
    """A contact's attempts so far, and those to come if nobody answers."""

    campaign_contact = serializers.UUIDField()
    campaign = serializers.UUIDField()
    campaign_status = serializers.ChoiceField(
        STATUSES,
        help_text="Planned attempts are told as if it ran, on an account that works.",
    )
    state = serializers.ChoiceField(CONTACT_STATES)
    finish_reason = serializers.ChoiceField([item.value for item in FinishReason], allow_null=True)
    zone = serializers.CharField()
    checked_at = serializers.DateTimeField()
    call_seconds = serializers.IntegerField()
    assumes = serializers.CharField(help_text="How each attempt is taken to end: `no_answer`.")
    attempts = PastOut(many=True)
    planned = PlannedByOut(many=True)
    end = EndOut(allow_null=True)
