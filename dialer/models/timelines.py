"""Retry timelines and their ordered steps, as people edit them.

Owns the editable plan; the copy that a campaign dials by is frozen into the campaign at start.
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from dialer.models.base import Editable, Row


class RetryTimeline(Editable):
    """A named plan of further attempts."""

    name = models.CharField(max_length=200)

    class Meta:
        ordering = ("name", "id")

    def __str__(self) -> str:
        return self.name

    def steps_data(self) -> list[dict[str, object]]:
        """Return the steps in order, in the shape of the API."""
        return [step.data() for step in self.steps.all()]


class RetryStep(Row):
    """One step: how long after the end of the attempt before, on which number, after which results."""

    timeline = models.ForeignKey(RetryTimeline, on_delete=models.CASCADE, related_name="steps")
    position = models.PositiveSmallIntegerField()
    after = models.CharField(max_length=40, help_text="ISO 8601 duration, such as PT30M or P1D")
    day_rule = models.CharField(
        max_length=8, choices=[("any", "any day"), ("business", "business days")], default="any"
    )
    phone = models.CharField(
        max_length=4, choices=[("same", "same number"), ("next", "next number")], default="same"
    )
    on = models.JSONField(default=list, blank=True, help_text="results; empty = every retryable result")

    class Meta:
        ordering = ("timeline", "position")
        constraints = [
            models.UniqueConstraint(fields=("timeline", "position"), name="step_position_once"),
            models.CheckConstraint(condition=Q(day_rule__in=["any", "business"]), name="step_day_rule_word"),
            models.CheckConstraint(condition=Q(phone__in=["same", "next"]), name="step_phone_word"),
            models.CheckConstraint(condition=~Q(after=""), name="step_after_given"),
        ]

    def __str__(self) -> str:
        return f"{self.position + 1}. after {self.after}"

    def data(self) -> dict[str, object]:
        """Return the step in the shape of the API."""
        return {"after": self.after, "day_rule": self.day_rule, "phone": self.phone, "on": list(self.on)}
