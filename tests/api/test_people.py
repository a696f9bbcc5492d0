"""People over the API."""

from __future__ import annotations

import pytest

from dialer.models import Contact, ContactPhone
from tests import factories
from tests.api.conftest import refused

pytestmark = pytest.mark.django_db


def test_a_person_is_made_read_changed_and_deleted(api):
    body = {"external_id": "crm-1", "name": "Ana Invented", "phones": [{"number": "+44 20 7946 0120"}]}
    made = api.post("contacts", body)
    assert made.status_code == 201, made.content
    person = made.json()
    assert person["phones"] == [
        {"number": "+442079460120", "type": "other", "is_main": True, "do_not_disturb": False}
    ]
    path = f"contacts/{person['id']}"
    assert api.get(path).json() == person
    assert api.get("contacts").json()["results"] == [person]
    changed = api.patch(path, {"name": "Bea Invented"}, HTTP_IF_MATCH='"1"').json()
    assert (changed["name"], changed["version"], changed["phones"]) == ("Bea Invented", 2, person["phones"])
    assert api.delete(path).status_code == 204
    assert Contact.objects.count() == ContactPhone.objects.count() == 0


def test_the_short_form_is_one_main_phone(api):
    answer = api.post("contacts", {"external_id": "crm-2", "phone": "+44 20 7946 0120"})
    assert answer.status_code == 201, answer.content
    assert answer.json()["phones"] == [
        {"number": "+442079460120", "type": "other", "is_main": True, "do_not_disturb": False}
    ]
    problem = refused(api.post("contacts", {"external_id": "crm-3"}), 422, "invalid")
    assert [(error["pointer"], error["code"]) for error in problem["errors"]] == [("/phones", "either")]
    assert Contact.objects.count() == 1


def main_and_others(answer):
    assert answer.status_code == 200, answer.content
    return [(line["number"], line["is_main"]) for line in answer.json()["phones"]]


def test_the_short_form_takes_the_place_of_the_main_phone(api):
    person = factories.contact(["+442079460121", "+442079460122"])
    enrolment = factories.enrolled(contact=person)
    path = f"contacts/{person.pk}"
    first = api.patch(path, {"phone": "+442079460123"})
    assert main_and_others(first) == [("+442079460123", True), ("+442079460122", False)]
    second = api.patch(f"campaign-contacts/{enrolment.pk}", {"phone": "+442079460122"})
    assert main_and_others(second) == [("+442079460122", True)]
    assert main_and_others(api.put(path, {"phone": "+442079460124"})) == [("+442079460124", True)]


def test_phone_beside_phones_names_the_main_one(api):
    person = factories.contact()
    both = {"phone": "+442079460122", "phones": [{"number": "+442079460121"}, {"number": "+442079460122"}]}
    path = f"contacts/{person.pk}"
    shown = [("+442079460122", True), ("+442079460121", False)]
    assert main_and_others(api.patch(path, both)) == shown
    both["phones"][0]["is_main"] = True
    problem = refused(api.patch(path, both), 422, "invalid")
    assert [(error["pointer"], error["code"]) for error in problem["errors"]] == [("/phone", "several_main")]
    assert main_and_others(api.get(path)) == shown


def test_one_external_id_is_one_person(api):
    factories.contact(external_id="crm-1")
    body = {"external_id": "crm-1", "phones": [{"number": "+442079460121"}]}
    refused(api.post("contacts", body), 422, "invalid")
    assert Contact.objects.count() == 1


def test_an_enrolled_person_is_not_deleted(api):
    enrolment = factories.enrolled()
    refused(api.delete(f"contacts/{enrolment.contact_id}"), 409, "in_use")
    assert ContactPhone.objects.count() == 1


def test_people_are_found_by_every_filter(api):
    person = factories.contact(["+442079460122"], external_id="crm-1", name="Ana Invented", tags=["vip"])
    factories.contact(tags=["vi"])
    for query in ("q=ana", "q=CRM", "external_id=crm-1", "phone=%2B442079460122", "tag=vip"):
        assert [row["id"] for row in api.get(f"contacts?{query}").json()["results"]] == [str(person.pk)], (
            query
        )
    assert api.get("contacts?updated_after=2100-01-01T00:00:00Z").json()["results"] == []
