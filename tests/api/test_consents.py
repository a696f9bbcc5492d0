"""Consents over the API: evidence that is kept, found and revoked."""

from __future__ import annotations

import pytest

from dialer.models import Consent
from tests import factories
from tests.api.conftest import refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def body():
    contact = factories.contact(["+442079460101", "+442079460102"])
    return {
        "contact": str(contact.pk),
        "phone": "+442079460101",
        "purpose": "marketing",
        "basis": "express",
        "captured_at": "2026-03-01T13:00:00Z",
        "expires_at": "2027-03-01T13:00:00Z",
        "proof": "Form 12",
    }


def test_a_consent_is_kept_changed_and_deleted(api, body):
    answer = api.post("consents", body)
    assert answer.status_code == 201, answer.content
    made = answer.json()
    assert body.items() <= made.items()
    revoked = api.patch(f"consents/{made['id']}", {"expires_at": "2026-06-01T00:00:00Z"})
    assert (revoked.json()["expires_at"], revoked.json()["version"]) == ("2026-06-01T00:00:00Z", 2)
    assert api.delete(f"consents/{made['id']}").status_code == 204
    assert Consent.objects.count() == 0


def test_consents_are_found_by_whose_what_and_when(api, body):
    made = api.post("consents", body).json()
    api.post(
        "consents", {**body, "phone": None, "purpose": "service", "basis": "contract", "expires_at": None}
    )
    for query, count in {
        f"contact={body['contact']}": 2,
        "phone=%2B442079460101": 1,
        "purpose=marketing": 1,
        "basis=contract": 1,
        "in_force_at=2026-03-01T12:59:59Z": 0,
        "in_force_at=2026-03-01T13:00:00Z": 2,
        "in_force_at=2027-03-01T13:00:00Z": 1,
    }.items():
        assert len(api.get(f"consents?{query}").json()["results"]) == count, query
    assert api.get("consents?purpose=marketing").json()["results"] == [made]


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"contact": None}, "/contact"),
        ({"phone": "a number"}, "/phone"),
        ({"purpose": "fun"}, "/purpose"),
        ({"basis": "hope"}, "/basis"),
        ({"captured_at": None}, "/captured_at"),
        ({"captured_at": "2026-03-01T13:00:00"}, "/captured_at"),
        ({"proof": 5}, "/proof"),
        ({"seal": "x"}, "/seal"),
    ],
)
def test_what_proves_nothing_is_refused(api, body, change, pointer):
    answer = api.post("consents", {**body, **change})
    # A year long gone is an instant and any text may be a number, but these are impossible.
    status = 422 if change in ({"captured_at": "1253-08-06T12:20:21Z"}, {"phone": "a number"}) else 400
    assert (answer.status_code, Consent.objects.count()) == (status, 0)
    assert answer.json()["errors"][0]["pointer"] == pointer


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"contact": "0195a3c2-0000-7000-8000-000000000001"}, "/contact"),
        ({"phone": "+442079460103"}, "/phone"),
        ({"phone": "+9999999999"}, "/phone"),
        ({"captured_at": "1253-08-06T12:20:21Z"}, "/captured_at"),
        ({"expires_at": "2026-02-01T13:00:00Z"}, "/expires_at"),
    ],
)
def test_a_consent_of_nobody_for_another_persons_number_or_over_before_it_began_is_refused(
    api, body, change, pointer
):
    answer = api.post("consents", {**body, **change})
    assert (answer.status_code, Consent.objects.count()) == (422, 0)
    assert answer.json()["errors"][0]["pointer"] == pointer


def test_another_persons_number_is_refused_in_a_change_too(api, body):
    made = api.post("consents", body).json()
    other = factories.contact()
    answer = api.patch(f"consents/{made['id']}", {"contact": str(other.pk)})
    assert refused(answer, 422, "invalid")["errors"][0]["pointer"] == "/phone"
    assert str(Consent.objects.get().contact_id) == body["contact"]
