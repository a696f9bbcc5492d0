"""Own the pages of retry timelines: a plan and its ordered steps, judged by the rule that dials by them.

Never touches a running campaign: it dials by the copy that was frozen at its start.
"""

from __future__ import annotations

import math
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from unfold.admin import TabularInline
from unfold.decorators import display
from unfold.forms import PaginationInlineFormSet
from unfold.widgets import UnfoldAdminSelect2MultipleWidget, UnfoldAdminTextInputWidget

from dialer.admin.base import EditableAdmin, ReadOnlyAdmin
from dialer.admin.links import to_list
from dialer.models import Campaign, RetryStep, RetryTimeline
from dialer.rules.faults import Faults
from dialer.rules.timeline import FINAL, parse_steps
from providers.vocabulary import Result

_RESULTS = [(result.value, result.value.replace("_", " ")) for result in Result if result not in FINAL]


def _place(position: int | None) -> float:
    return math.inf if position is None else position


class StepForm(forms.ModelForm):
    """One step; its place is where it stands on the page."""

    position = forms.IntegerField(required=False, widget=forms.NumberInput())
    after = forms.CharField(
        max_length=40,
        help_text="ISO 8601: PT30M is 30 minutes, P1D a day, P1M a calendar month.",
        widget=UnfoldAdminTextInputWidget({"placeholder": "PT2H"}),
    )
    on = forms.MultipleChoiceField(
        choices=_RESULTS,
        required=False,
        widget=UnfoldAdminSelect2MultipleWidget(),
        help_text="None: every retryable result.",
    )

    class Meta:
        model = RetryStep
        fields = ("position", "after", "day_rule", "phone", "on")

    def _get_validation_exclusions(self) -> set[str]:
        # Places are given anew on saving; the old ones are no obstacle.
        return super()._get_validation_exclusions() | {"position"}

    def data_of_step(self) -> dict[str, Any]:
        """Give the step in the shape that the rule reads."""
        return {name: self.cleaned_data.get(name) for name in ("after", "day_rule", "phone", "on")}


class StepFormSet(PaginationInlineFormSet):
    """All steps of one timeline, checked and saved as one list."""

    def ordered(self) -> list[StepForm]:
        """Give the steps that stay: as they were moved, then those that were added."""
        stored = self.initial_form_count()
        staying = [
            form
            for index, form in enumerate(self.forms)
            if not self._should_delete_form(form) and (index < stored or form.has_changed())
        ]
        # Rows that were never moved carry no place yet: they stand behind the others, as on the page.
        return sorted(staying, key=lambda form: _place(form.cleaned_data.get("position")))

    def clean(self) -> None:
        """Let the rule judge the list; its faults go to the steps that they speak of."""
        super().clean()
        if any(form.errors for form in self.forms):
            return
        steps = self.ordered()
        try:
            parse_steps([form.data_of_step() for form in steps])
        except Faults as error:
            for fault in error.faults:
                self._show(fault, steps)

    def _show(self, fault: Any, steps: list[StepForm]) -> None:
        index, _, name = fault.pointer.removeprefix("/steps").strip("/").partition("/")
        error = ValidationError(fault.detail, code=fault.code)
        if not index.isdigit():
            self._non_form_errors.append(fault.detail)
            return
        form = steps[int(index)]
        field = name.partition("/")[0]
        form.add_error(field if field in form.fields else None, error)

    def save(self, commit: bool = True) -> list[RetryStep]:
        """Write the list anew, places in its order: moved steps would meet each other's old places."""
        self.new_objects, self.changed_objects, self.deleted_objects = [], [], []
        if not self.has_changed():
            return []
        rows = [
            RetryStep(timeline=self.instance, position=position, **form.data_of_step())
            for position, form in enumerate(self.ordered())
        ]
        self.instance.steps.all().delete()
        RetryStep.objects.bulk_create(rows)
        self.changed_objects = [(row, ["steps"]) for row in rows]
        return rows


class StepInline(TabularInline):
    """The steps, in order; drag a row to move it."""

    model = RetryStep
    form = StepForm
    formset = StepFormSet
    fields = ("after", "day_rule", "phone", "on", "position")
    ordering_field = "position"
    hide_ordering_field = True
    hide_title = True
    extra = 0
    verbose_name_plural = "steps, in order: each is used at most once"


@admin.register(RetryTimeline)
class RetryTimelineAdmin(EditableAdmin):
    """Retry timelines with their steps."""

    ordering = ("name",)
    list_display = ("name", "steps_count", "steps_text", "campaigns_link", "updated_at")
    search_fields = ("id", "name")
    readonly_fields = ("campaigns_link", "version", "created_at", "updated_at")
    fieldsets = (
        (None, {"fields": ("name",)}),
        (
            "Row",
            {"classes": ("collapse",), "fields": ("campaigns_link", "version", "created_at", "updated_at")},
        ),
    )
    inlines = (StepInline,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[RetryTimeline]:
        """Fetch the steps of all rows at once."""
        return super().get_queryset(request).prefetch_related("steps")

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Leave out of the add page what only a row that exists has."""
        return self.fieldsets if obj is not None else self.fieldsets[:1]

    @display(description="steps")
    def steps_count(self, timeline: RetryTimeline) -> int:
        """Show how many further attempts there may be."""
        return len(timeline.steps.all())

    @display(description="plan")
    def steps_text(self, timeline: RetryTimeline) -> str:
        """Show the waits in one line."""
        return " → ".join(step.after for step in timeline.steps.all()) or "one attempt only"

    @display(description="campaigns")
    def campaigns_link(self, timeline: RetryTimeline) -> SafeString:
        """Link to the campaigns that were made with this timeline."""
        return to_list("campaigns", Campaign, retry_timeline__id__exact=timeline.pk)


@admin.register(RetryStep)
class RetryStepAdmin(ReadOnlyAdmin):
    """All steps of all timelines, to look through; they are edited on their timeline."""

    list_display = ("timeline", "number", "after", "day_rule", "phone", "on")
    list_display_links = ("number",)
    list_select_related = ("timeline",)
    ordering = ("timeline__name", "position")
    list_filter = ("day_rule", "phone")
    search_fields = ("timeline__name", "after")

    @display(description="step", ordering="position")
    def number(self, step: RetryStep) -> int:
        """Count from one, as people do."""
        return step.position + 1

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Let a step go with its timeline, and only so."""
        match = request.resolver_match
        return bool(match and match.url_name and match.url_name.startswith("dialer_retrytimeline_")) and (
            request.user.has_perm("dialer.delete_retrytimeline")  # type: ignore[union-attr]
        )
