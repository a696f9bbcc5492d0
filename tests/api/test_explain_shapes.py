"""What explanations answer is what the API's description says, field for field; so are its examples."""

from __future__ import annotations

from typing import Any

import pytest
from rest_framework import serializers

from dialer.api import explain_shape, preview_examples, preview_shape
from tests import factories

pytestmark = pytest.mark.django_db
EXAMPLES = [
    (explain_shape.EXPLAINED, explain_shape.ExplainOut),
    (explain_shape.WHY, explain_shape.WhyOut),
    (preview_examples.PLAYED, preview_shape.PreviewOut),
    (preview_examples.CONTACT, preview_shape.ContactTimelineOut),
]


def fits(shape: type[serializers.Serializer[Any]], data: Any) -> None:
    """Check that an answer has the described fields, no others, and values of their kinds, at every depth."""
    read = shape(data=data)
    assert read.is_valid(), read.errors
    same_fields(shape(), data)


def same_fields(shape: Any, data: Any) -> None:
    if isinstance(shape, serializers.ListSerializer):
        for item in data:
            same_fields(shape.child, item)
    elif isinstance(shape, serializers.Serializer) and data is not None:
        assert set(data) == set(shape.fields), type(shape).__name__
        for name, field in shape.fields.items():
            same_fields(field, data[name])


@pytest.mark.parametrize(("example", "shape"), EXAMPLES, ids=lambda one: getattr(one, "__name__", ""))
def test_the_examples_are_what_is_described(example: Any, shape: Any) -> None:
    fits(shape, example.value)


def test_the_example_of_a_question_is_one() -> None:
    campaign = factories.campaign()
    asked = preview_shape.PreviewIn(data=preview_examples.ASKED.value | {"campaign": str(campaign.pk)})
    assert asked.is_valid(), asked.errors


def test_answers_are_what_is_described(api: Any) -> None:
    window = [{"days": ["mon"], "start": "09:00", "end": "09:01"}]
    campaign = factories.campaign(status="running", calling_windows=window)
    row = factories.enrolled(campaign=campaign)
    factories.attempt(row)
    fits(explain_shape.ExplainOut, api.get(f"campaign-contacts/{row.pk}/explain").json())
    fits(preview_shape.ContactTimelineOut, api.get(f"campaign-contacts/{row.pk}/timeline").json())
    fits(explain_shape.WhyOut, api.get(f"campaigns/{campaign.pk}/why-not-dialing").json())
    body = {"first_attempt_at": "2026-03-02T12:00:00Z", "results": ["busy", "busy", "busy"]}
    told = api.post(f"retry-timelines/{campaign.retry_timeline_id}/preview", body).json()
    fits(preview_shape.PreviewOut, told)
    assert told["end"] is not None
