"""Adding contacts to a campaign, and the list of them."""

from __future__ import annotations

import pytest

from dialer.models import CampaignContact, Contact
from tests import factories
from tests.api.conftest import refused

pytestmark = pytest.mark.django_db
FULL = {
    "external_id": "crm-42",
    "name": "Ana Invented",
    "email": None,
    "language": "pt-br",
    "timezone": None,
    "phones": [{"number": "+442079460100", "type": "mobile", "is_main": True, "do_not_disturb": False}],
    "phone": "+442079460100",
    "priority": 5,
    "not_before": None,
    "not_after": None,
    "attributes": {"debt": "120.00"},
    "tags": ["vip"],
}


@pytest.fixture
def path(db):
    return f"campaigns/{factories.campaign().pk}/contacts"


def test_one_object_is_taken_and_listed(api, path):
    answer = api.post(path, FULL)
    assert answer.status_code == 201, answer.content
    (accepted,) = answer.json()["accepted"]
    assert answer.json()["rejected"] == []
    assert (accepted["index"], accepted["external_id"], accepted["phone"]) == (0, "crm-42", "+442079460100")
    (listed,) = api.get(path).json()["results"]
    assert listed == api.get(f"campaign-contacts/{accepted['id']}").json()
    expected = {
        "id": accepted["id"],
        "external_id": "crm-42",
        "name": "Ana Invented",
        "phones": FULL["phones"],
        "state": "waiting",
        "finish_reason": None,
        "attempt_count": 0,
        "last_result": None,
        "next_phone": "+442079460100",
        "priority": 5,
        "hold": None,
        "provider_ref": None,
        "attributes": {"debt": "120.00"},
        "tags": ["vip"],
    }
    assert {name: listed[name] for name in expected} == expected
    assert listed["next_attempt_at"].endswith("Z")
    assert api.get(listed["attempts_url"]).json()["results"] == []


def test_a_bad_row_loses_none_of_the_others(api, path):
    rows = [{"phone": "+442079460101"}, {"phone": "nonsense"}, 5, {"phone": "+442079460102", "colour": 1}]
    rows += [{"phone": "+442079460103", "name": "\0"}, {"phone": "+442079460104"}]
    answer = api.post(path, {"contacts": rows})
    assert answer.status_code == 201
    verdicts = answer.json()
    assert [row["index"] for row in verdicts["accepted"]] == [0, 5]
    assert [row["index"] for row in verdicts["rejected"]] == [1, 2, 3, 4]
    assert verdicts["rejected"][2]["errors"][0]["pointer"] == "/colour"
    assert all({"pointer", "code", "detail"} == set(e) for row in verdicts["rejected"] for e in row["errors"])
    assert CampaignContact.objects.count() == 2


def test_a_row_with_half_a_character_loses_none_of_the_others(api, path):
    body = b'{"contacts": [{"phone": "+442079460101", "name": "\\ud800"}, {"phone": "+442079460102"}]}'
    answer = api.post(path, body, content_type="application/json")
    assert answer.status_code == 201, answer.content
    assert [row["index"] for row in answer.json()["rejected"]] == [0]


def test_if_no_row_is_good_the_answer_is_422_with_the_verdicts(api, path):
    answer = api.post(path, {"contacts": [{"phone": "x"}, {}]})
    problem = refused(answer, 422, "nothing_accepted")
    assert problem["accepted"] == []
    assert [row["index"] for row in problem["rejected"]] == [0, 1]
    assert [error["pointer"] for error in problem["errors"]] == ["/contacts/0/phone", "/contacts/1/phone"]
    assert Contact.objects.count() == 0


def test_one_object_with_an_unknown_field_is_400(api, path):
    problem = refused(api.post(path, FULL | {"colour": 1}), 400, "unknown_field")
    assert problem["rejected"][0]["index"] == 0
    assert Contact.objects.count() == 0


@pytest.mark.parametrize("body", [[], "x", {"contacts": {}}, {"contacts": []}, {"contacts": None}])
def test_what_is_no_list_is_400(api, path, body):
    refused(api.post(path, body), 400, "invalid")


def test_an_unknown_field_beside_the_list_is_400(api, path):
    refused(api.post(path, {"contacts": [FULL], "colour": 1}), 400, "unknown_field")
    assert Contact.objects.count() == 0


def test_nested_attributes_come_back_as_they_were_sent(api, path):
    sent = {"orders": [{"id": 7, "paid": True, "lines": [1.5, None, "ü"]}], "empty": {}}
    answer = api.post(path, {"phone": "+442079460121", "attributes": sent})
    assert answer.status_code == 201, answer.content
    assert api.get(path).json()["results"][0]["attributes"] == sent


def test_a_country_that_is_none_is_refused(api):
    campaign = factories.campaign()
    answer = api.post(f"campaigns/{campaign.pk}/contacts?default_country=XX", {"phone": "+442079460121"})
    problem = refused(answer, 422, "invalid_country")
    assert problem["errors"][0]["pointer"] == "/default_country"
    assert CampaignContact.objects.count() == 0


def test_more_than_10000_rows_are_refused_whole(api, path):
    refused(api.post(path, {"contacts": [FULL] * 10_001}), 413, "too_many_items")
    assert Contact.objects.count() == 0


def test_duplicates_follow_the_policy(api, path):
    (first,) = api.post(path, FULL).json()["accepted"]
    assert api.post(path, FULL).status_code == 422
    skipped = api.post(f"{path}?on_duplicate=skip", FULL | {"name": "Other"})
    assert skipped.status_code == 201
    assert skipped.json()["accepted"][0]["id"] == first["id"]
    assert Contact.objects.get().name == "Ana Invented"
    assert api.post(f"{path}?on_duplicate=merge", FULL | {"name": "Other"}).status_code == 201
    assert Contact.objects.get().name == "Other"
    answer = api.post(f"{path}?on_duplicate=guess", FULL)
    assert answer.status_code in (400, 422)
    assert answer.json()["errors"]


def test_numbers_without_a_prefix_take_the_default_country(api, path):
    answer = api.post(f"{path}?default_country=GB", {"phone": "020 7946 0105"})
    assert answer.json()["accepted"][0]["phone"] == "+442079460105"


@pytest.mark.parametrize("status", ["completed", "archived"])
def test_a_campaign_that_is_over_takes_nobody(api, status):
    campaign = factories.campaign(status=status)
    problem = refused(api.post(f"campaigns/{campaign.pk}/contacts", FULL), 409, "invalid_transition")
    assert problem["state"] == status
    assert Contact.objects.count() == 0


def test_an_unknown_campaign_is_404(api):
    path = "campaigns/00000000-0000-7000-8000-000000000000/contacts"
    refused(api.get(path), 404, "not_found")
    refused(api.post(path, FULL), 404, "not_found")


def test_contacts_are_found_by_every_filter(api):
    campaign = factories.campaign(status="running")
    person = factories.contact(["+442079460106"], external_id="crm-1")
    found = factories.enrolled(
        campaign=campaign, contact=person, state="finished", last_result="answered", tags=["vip", "x"]
    )
    factories.enrolled(campaign=campaign, tags=["vi"])
    factories.enrolled(["+442079460107"])
    path = f"campaigns/{campaign.pk}/contacts"
    queries = ["state=finished", "result=answered", "external_id=crm-1", "tag=vip", "finish_reason=reached"]
    queries += ["phone=%2B442079460106", "phone=+442079460106", "phone=442079460106"]
    for query in queries:
        assert [row["id"] for row in api.get(f"{path}?{query}").json()["results"]] == [str(found.pk)], query
    assert len(api.get(path).json()["results"]) == 2
