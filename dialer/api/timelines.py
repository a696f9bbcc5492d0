"""Own `/retry-timelines`: named plans of further attempts, as people edit them.

Editing one changes no campaign that was started: those dial by their frozen copy.
"""

from __future__ import annotations

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from dialer import clock
from dialer.api.base import Created, Deleted, Listed, Resource, Retrieved, Updated
from dialer.api.fields import Parsed, StrictModelSerializer
from dialer.api.preview_examples import ASKED, PLAYED
from dialer.api.preview_shape import PreviewIn, PreviewOut
from dialer.models import RetryStep, RetryTimeline
from dialer.reports.previewing import preview
from dialer.rules.timeline import parse_steps, steps_to_json


class Step(serializers.Serializer[Any]):
    """One step: how long after the end of the attempt before, on which number, after which results."""

    after = serializers.CharField(help_text="ISO 8601 duration, such as PT30M or P1D.")
    day_rule = serializers.ChoiceField(["any", "business"], default="any")
    phone = serializers.ChoiceField(["same", "next"], default="same")
    on = serializers.ListField(
        child=serializers.CharField(), default=list, help_text="Results; none = every retryable one."
    )


@extend_schema_field(Step(many=True))
class Steps(Parsed):
    """The ordered steps, read by the rules that dial by them."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(lambda data: parse_steps(data, pointer=""), **kwargs)

    def to_internal_value(self, data: Any) -> list[dict[str, Any]]:
        """Give the steps in full, defaults included."""
        return steps_to_json(parse_steps(super().to_internal_value(data)))

    def get_attribute(self, instance: RetryTimeline) -> list[dict[str, object]]:
        """Read the rows of the steps."""
        return instance.steps_data()


class TimelineSerializer(StrictModelSerializer):
    """A named plan; n steps are n + 1 attempts."""

    steps = Steps()

    class Meta:
        model = RetryTimeline
        fields = ("id", "name", "steps", "created_at", "updated_at", "version")
        read_only_fields = ("id", "created_at", "updated_at", "version")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Judge the row; steps have been judged by the rules."""
        super().validate({name: value for name, value in attrs.items() if name != "steps"})
        return attrs

    def create(self, validated_data: dict[str, Any]) -> RetryTimeline:
        """Insert the timeline with its steps."""
        steps = validated_data.pop("steps")
        timeline = super().create(validated_data)
        _write_steps(timeline, steps)
        return timeline

    def changes(self, instance: RetryTimeline, given: Any) -> dict[str, Any]:
        """Write the steps beside the row's own columns; new steps raise the version as well."""
        columns = {name: value for name, value in given.items() if name != "steps"}
        changes = {name: value for name, value in columns.items() if getattr(instance, name) != value}
        if "steps" in given and given["steps"] != instance.steps_data():
            instance.steps.all().delete()
            _write_steps(instance, given["steps"])
            changes.setdefault("name", instance.name)
        return changes


def _write_steps(timeline: RetryTimeline, steps: list[dict[str, Any]]) -> None:
    RetryStep.objects.bulk_create(
        RetryStep(timeline=timeline, position=position, **step) for position, step in enumerate(steps)
    )


class Timelines(Listed, Retrieved, Created, Updated, Deleted, Resource):
    """Retry timelines."""

    queryset = RetryTimeline.objects.prefetch_related("steps")
    serializer_class = TimelineSerializer

    @property
    def write_scope(self) -> str:
        """Let readers preview: it is a POST for the size of its question alone."""
        return "read" if self.action == "preview" else "write"

    @extend_schema(request=PreviewIn, responses=PreviewOut, examples=[ASKED, PLAYED])
    @action(detail=True, methods=["post"])
    def preview(self, request: Request, pk: str) -> Response:
        """Play the timeline with given results: the instants at which the engine would call. Changes nothing."""
        timeline = get_object_or_404(RetryTimeline, pk=pk)
        steps = parse_steps(timeline.steps_data())
        asked = self.valid(PreviewIn).asked(steps)
        return Response({"retry_timeline": timeline.pk, **preview(steps=steps, asked=asked, now=clock.now())})
