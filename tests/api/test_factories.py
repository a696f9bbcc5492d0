"""The factories make rows that the database takes."""

from __future__ import annotations

import pytest

from dialer.models import Attempt, CampaignContact
from dialer.rules.transitions import AttemptState, CampaignStatus, ContactState
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("status", list(CampaignStatus))
def test_a_campaign_is_valid_in_every_status(status):
    assert factories.campaign(status=status.value).status == status.value


@pytest.mark.parametrize("state", list(ContactState))
def test_an_enrolment_is_valid_in_every_state(state):
    made = factories.enrolled(state=state.value)
    assert CampaignContact.objects.get(pk=made.pk).state == state.value


@pytest.mark.parametrize("state", list(AttemptState))
def test_an_attempt_is_valid_in_every_state(state):
    made = factories.attempt(state=state.value)
    assert Attempt.objects.get(pk=made.pk).state == state.value


def test_110_numbers_of_an_ending_are_different():
    assert len({factories.phone_number("01") for _ in range(110)}) == 110
