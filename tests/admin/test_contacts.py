"""Contact pages: numbers become E.164, one is the main one, and none is moved away under a live call."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from dialer.models import Contact, ContactPhone
from tests import factories
from tests.admin.pages import add_of, errors_of, page_of, sent_back

pytestmark = pytest.mark.django_db


def person(*phones: dict[str, Any], **fields: str) -> dict[str, Any]:
    """Give what is written into an add page."""
    data: dict[str, Any] = {"name": "Ana", "attributes": "{}", "tags": ""} | fields
    data |= {"phones-TOTAL_FORMS": str(len(phones)), "phones-INITIAL_FORMS": "0"}
    for place, phone in enumerate(phones):
        values = {"type": "mobile", "position": str(place)} | phone
        data |= {f"phones-{place}-{name}": value for name, value in values.items()}
    return data


def numbers(contact: Contact) -> list[tuple[str, bool]]:
    """Give the stored numbers and which is the main one."""
    return list(contact.phones.order_by("position", "id").values_list("number", "is_main"))


def formset_errors(response: Any) -> list[str]:
    """Give what was said of the numbers as a whole."""
    assert response.status_code == 200
    return list(response.context["inline_admin_formsets"][0].formset.non_form_errors())


def test_numbers_become_e164_with_their_country(boss: Client) -> None:
    data = person(
        {"number": "020 7946 0958", "country": "GB", "is_main": "on"}, {"number": "+33 1 99 00 12 34"}
    )
    assert boss.post(add_of(Contact), data).status_code == 302
    assert list(ContactPhone.objects.order_by("position").values_list("number", "country", "is_main")) == [
        ("+442079460958", "GB", True),
        ("+33199001234", "FR", False),
    ]


def test_a_number_without_a_country_is_refused(boss: Client) -> None:
    response = boss.post(add_of(Contact), person({"number": "020 7946 0958", "is_main": "on"}))
    form = response.context["inline_admin_formsets"][0].formset.forms[0]
    assert list(form.errors) == ["number"]
    assert not Contact.objects.exists()


@pytest.mark.parametrize(
    "attributes", ["[1]", '{"a": "\\u0000"}', '{"a": {"b": NaN}}', '{"a": "' + "x" * 17_000 + '"}']
)
def test_attributes_that_cannot_be_stored_are_refused(boss: Client, attributes: str) -> None:
    number = {"number": "+442079460958", "is_main": "on"}
    response = boss.post(add_of(Contact), person(number, attributes=attributes))
    assert list(errors_of(response)) == ["attributes"]
    assert not Contact.objects.exists()


def test_attributes_may_be_nested(boss: Client) -> None:
    number = {"number": "+442079460958", "is_main": "on"}
    boss.post(add_of(Contact), person(number, attributes='{"orders": [{"id": 7}]}'))
    assert Contact.objects.get().attributes == {"orders": [{"id": 7}]}


@pytest.mark.parametrize(
    ("phones", "said"),
    [
        ([], "A person needs a phone number."),
        ([{"number": "+442079460958"}], "Mark one number as the main one; marked are 0."),
        (
            [{"number": "+442079460958", "is_main": "on"}, {"number": "+33199001234", "is_main": "on"}],
            "Mark one number as the main one; marked are 2.",
        ),
    ],
)
def test_a_person_has_exactly_one_main_number(boss: Client, phones: list[dict[str, Any]], said: str) -> None:
    assert formset_errors(boss.post(add_of(Contact), person(*phones))) == [said]
    assert not Contact.objects.exists()


def test_the_main_mark_can_move_to_another_number(boss: Client) -> None:
    contact = factories.contact(["+442079460958", "+33199001234"])
    data = sent_back(boss, page_of(contact))
    del data["phones-0-is_main"]
    assert boss.post(page_of(contact), data | {"phones-1-is_main": "on"}).status_code == 302
    assert numbers(contact) == [("+442079460958", False), ("+33199001234", True)]


def test_a_deleted_main_number_hands_over_its_mark(boss: Client) -> None:
    contact = factories.contact(["+442079460958", "+33199001234"])
    data = sent_back(boss, page_of(contact)) | {"phones-0-DELETE": "on", "phones-1-is_main": "on"}
    assert boss.post(page_of(contact), data).status_code == 302
    assert numbers(contact) == [("+33199001234", True)]


def test_a_number_under_a_live_call_cannot_be_sent_in(boss: Client) -> None:
    contact = factories.contact(["+442079460958"])
    factories.attempt(factories.enrolled(contact=contact, state="in_progress"), state="ringing")
    boss.post(page_of(contact), sent_back(boss, page_of(contact)) | {"phones-0-number": "+33199001234"})
    assert numbers(contact) == [("+442079460958", True)]


def test_a_number_under_a_live_call_cannot_be_deleted(boss: Client) -> None:
    contact = factories.contact(["+442079460958", "+33199001234"])
    factories.attempt(factories.enrolled(contact=contact, state="in_progress"), state="pushed")
    data = sent_back(boss, page_of(contact)) | {"phones-0-DELETE": "on", "phones-1-is_main": "on"}
    said = formset_errors(boss.post(page_of(contact), data))
    assert said == [
        "+442079460958: A call to this number is under way; it can be changed when the call is over."
    ]
    assert numbers(contact) == [("+442079460958", True), ("+33199001234", False)]


def test_a_number_is_free_again_when_the_call_is_over(boss: Client) -> None:
    contact = factories.contact(["+442079460958"])
    factories.attempt(factories.enrolled(contact=contact), state="ended")
    boss.post(page_of(contact), sent_back(boss, page_of(contact)) | {"phones-0-number": "+33199001234"})
    assert numbers(contact) == [("+33199001234", True)]


def test_a_call_that_waits_for_a_deleted_number_takes_the_main_one(boss: Client) -> None:
    contact = factories.contact(["+442079460958", "+33199001234"])
    enrolment = factories.enrolled(contact=contact)
    boss.post(
        page_of(contact),
        sent_back(boss, page_of(contact)) | {"phones-0-DELETE": "on", "phones-1-is_main": "on"},
    )
    enrolment.refresh_from_db()
    assert enrolment.next_phone.number == "+33199001234"


def test_a_changed_person_is_judged_anew(boss: Client) -> None:
    contact = factories.contact(["+442079460958"])
    enrolment = factories.enrolled(contact=contact, hold_gate="window", hold_reason="closed")
    boss.post(page_of(contact), sent_back(boss, page_of(contact)) | {"timezone": "Europe/London"})
    enrolment.refresh_from_db()
    assert (enrolment.hold_gate, enrolment.next_attempt_at) == ("", enrolment.due_at)


def test_what_was_learned_of_a_number_stays(boss: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    from dialer import clock
    from dialer.admin.contacts import ContactAdmin

    contact = factories.contact(["+442079460958"])
    data = sent_back(boss, page_of(contact)) | {"phones-0-type": "work"}
    save, learned = ContactAdmin.save_related, clock.now()

    def engine_first(*args: Any, **kwargs: Any) -> None:
        ContactPhone.objects.update(uncallable_at=learned)
        save(*args, **kwargs)

    monkeypatch.setattr(ContactAdmin, "save_related", engine_first)
    assert boss.post(page_of(contact), data).status_code == 302
    assert list(ContactPhone.objects.values_list("type", "uncallable_at")) == [("work", learned)]


def test_a_change_of_numbers_raises_the_version_once(boss: Client) -> None:
    contact = factories.contact(["+442079460958"])
    data = sent_back(boss, page_of(contact)) | {"phones-0-type": "work", "name": "Ana Souza"}
    boss.post(page_of(contact), data)
    assert list(Contact.objects.values_list("name", "version")) == [("Ana Souza", 2)]


def test_an_external_id_is_one_person(boss: Client) -> None:
    factories.contact(external_id="crm-1")
    data = person({"number": "+442079460958", "is_main": "on"}, external_id="crm-1")
    assert errors_of(boss.post(add_of(Contact), data)) == {"__all__": ["another person has this external_id"]}
    assert Contact.objects.count() == 1


def test_an_unknown_time_zone_is_refused(boss: Client) -> None:
    data = person({"number": "+442079460958", "is_main": "on"}, timezone="Europe/Atlantis")
    assert list(errors_of(boss.post(add_of(Contact), data))) == ["timezone"]
    assert not Contact.objects.exists()


def test_a_person_who_is_enrolled_cannot_be_deleted(boss: Client) -> None:
    contact = factories.enrolled().contact
    boss.post(page_of(contact).replace("/change/", "/delete/"), {"post": "yes"})
    assert Contact.objects.filter(pk=contact.pk).exists()


def test_a_person_who_never_was_goes_with_the_numbers(boss: Client) -> None:
    contact = factories.contact()
    boss.post(page_of(contact).replace("/change/", "/delete/"), {"post": "yes"})
    assert (Contact.objects.count(), ContactPhone.objects.count()) == (0, 0)
