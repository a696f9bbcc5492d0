"""Targg's endpoints as typed methods: paths, bodies, pages, and what is refused before it is sent."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from providers.errors import Ambiguous, Refused, Unavailable
from providers.targg.drafts import CampaignDraft, ContactDraft, ContactPhone, DayHours
from providers.targg.wire import Missing
from providers.vocabulary import Catalogue
from tests.providers.targg_peer import (
    CALL,
    CAMPAIGN,
    CONTACT,
    NUMBER,
    OK,
    Peer,
    campaign,
    contact,
    docs,
    listed,
    lost,
)

PHONE = ContactPhone(phone=NUMBER, type="residential")
PERSON = ContactDraft(phones=(PHONE,), language="en-us")
DRAFT = CampaignDraft(title="Autumn", template_id="template-1")


def test_every_documented_field_of_a_campaign_is_written() -> None:
    peer = Peer({f"PUT /v1/campaign/{CAMPAIGN}": OK})
    step = {"unit": 2, "duration": 1, "option_hour": 2, "phone_choose": 1}
    draft = CampaignDraft(
        title="Autumn",
        template_id="template-1",
        status="paused",
        automatic_scheduler=True,
        credits_per_day=10.5,
        tags=("one",),
        calls_per_day=3,
        has_holiday=True,
        all_days=(DayHours(day="monday", start="09:30", end="18:00"),),
        timeline_retry=(step,),
        external_id="ours",
    )
    peer.targg.client.update_campaign(CAMPAIGN, draft)
    assert peer.body() == {
        "title": "Autumn",
        "status": "paused",
        "templateId": "template-1",
        "automatic_scheduler": True,
        "credits_per_day": 10.5,
        "tags": ["one"],
        "calls_per_day": 3,
        "has_holiday": True,
        "allDays": [{"day": "monday", "start": "09:30", "end": "18:00"}],
        "timeline_retry": [step],
        "externalId": "ours",
    }


def test_every_documented_field_of_a_contact_is_written() -> None:
    peer = Peer({f"PUT /v1/contact/{CONTACT}": OK})
    draft = ContactDraft(
        phones=(PHONE, ContactPhone(phone="5511900000001", main=False, not_disturb=True, type="commercial")),
        language="pt-br",
        name="Ada Fiction",
        email="ada@example.com",
        company="Fiction Inc",
        gender="female",
        birth_date=date(1990, 1, 2),
        status="not_disturb",
        tags=("one",),
        external_id="ours",
        fields={"sum": 1.5, "city": "Springfield"},
    )
    peer.targg.client.update_contact(CONTACT, draft)
    assert peer.body() == {
        "phones": [
            {"number": NUMBER, "main": True, "not_disturb": False, "type": "residential"},
            {"number": "5511900000001", "main": False, "not_disturb": True, "type": "commercial"},
        ],
        "language": "pt-br",
        "status": "not_disturb",
        "tags": ["one"],
        "name": "Ada Fiction",
        "email": "ada@example.com",
        "contactCompany": "Fiction Inc",
        "gender": "female",
        "birth_date": "1990-01-02",
        "externalId": "ours",
        "has_aditional_fields": True,
        "aditionalFields": [
            {"key": "sum", "type": "number", "value": 1.5},
            {"key": "city", "type": "text", "value": "Springfield"},
        ],
    }
    assert "Ada" not in repr(draft)
    assert NUMBER not in repr(draft)


@pytest.mark.parametrize(
    "wrong",
    [
        CampaignDraft(title=" ", template_id="t"),
        CampaignDraft(title="A", template_id=""),
        CampaignDraft(title="A", template_id="t", status="deleted"),
        CampaignDraft(
            title="A", template_id="t", all_days=(DayHours(day="Monday", start="09:00", end="10:00"),)
        ),
        CampaignDraft(title="A", template_id="t", all_days=(DayHours(day="monday", start="9", end="10:00"),)),
        ContactDraft(phones=(), language="en-us"),
        ContactDraft(phones=(PHONE, PHONE), language="en-us"),
        ContactDraft(phones=(PHONE,), language="en-US"),
        ContactDraft(phones=(PHONE,), language="en-us", gender="x"),
        ContactDraft(phones=(PHONE,), language="en-us", status="gone"),
        ContactDraft(phones=(ContactPhone(phone=f"+{NUMBER}"),), language="en-us"),
        ContactDraft(phones=(ContactPhone(phone=NUMBER, not_disturb=True),), language="en-us"),
        ContactDraft(phones=(ContactPhone(phone=NUMBER, type="mobile"),), language="en-us"),
    ],
    ids=lambda draft: type(draft).__name__,
)
def test_what_the_document_does_not_allow_is_not_written(wrong: CampaignDraft | ContactDraft) -> None:
    with pytest.raises(ValueError):
        wrong.body()


@pytest.mark.parametrize("id_", ["", " ", ".", "..", "/"])
@pytest.mark.parametrize(
    "method", ["delete_call", "delete_contact", "delete_campaign", "ring", "reschedule", "call"]
)
def test_a_method_for_one_object_needs_its_id_and_sends_nothing_without(method: str, id_: str) -> None:
    peer = Peer()
    with pytest.raises(ValueError, match="by its id"):
        getattr(peer.targg.client, method)(id_)
    assert peer.sent == []


@pytest.mark.parametrize(
    "filters", [{}, {"contacts": []}, {"campaigns": [""]}, {"campaigns": ["c"], "contacts": []}]
)
def test_calls_are_never_listed_without_a_filter(filters: Any) -> None:
    peer = Peer()
    with pytest.raises(ValueError):
        peer.targg.client.calls(1, **filters)
    assert peer.sent == []


def test_calls_are_filtered_by_all_that_is_documented() -> None:
    peer = Peer({"GET /v1/calls": listed()})
    peer.targg.client.calls(
        2,
        campaigns=["c"],
        contacts=["a", "b"],
        statuses=["failed"],
        since=date(2026, 6, 1),
        until=date(2026, 6, 3),
    )
    assert peer.query() == {
        "page": "2",
        "limit": "50",
        "campaigns": '["c"]',
        "contacts": '["a","b"]',
        "status": '["failed"]',
        "ini_date": "2026-06-01",
        "end_date": "2026-06-03",
    }


def test_a_call_may_bring_its_contact_and_campaign_whole() -> None:
    peer = Peer({"POST /v1/call": OK})
    peer.targg.client.create_call(contact=PERSON, campaign=DRAFT, ref="r", wall="2026-06-03 11:30:00")
    assert peer.body() == {
        "externalId": "r",
        "date": "2026-06-03 11:30:00",
        "fullContact": PERSON.body(),
        "fullCampaign": DRAFT.body(),
    }


def test_a_call_is_moved_and_a_lost_answer_may_be_repeated() -> None:
    peer = Peer({f"PUT /v1/call/{CALL}": OK})
    peer.targg.client.reschedule(CALL, "2026-06-03 11:30:00")
    assert peer.body() == {"date": "2026-06-03 11:30:00"}
    with pytest.raises(Unavailable):
        Peer({f"PUT /v1/call/{CALL}": lost}).targg.client.reschedule(CALL, "2026-06-03 11:30:00")


def test_a_call_that_is_rung_now_is_never_repeated() -> None:
    peer = Peer({f"PUT /v1/call/{CALL}": OK, f"POST /v1/call/{CALL}/ring": OK})
    peer.targg.client.reschedule(CALL)
    peer.targg.client.ring(CALL)
    assert (peer.body(0), peer.sent[1]) == ({}, f"POST /v1/call/{CALL}/ring")
    silent = Peer({f"PUT /v1/call/{CALL}": lost, f"POST /v1/call/{CALL}/ring": lost})
    for act in (silent.targg.client.reschedule, silent.targg.client.ring):
        with pytest.raises(Ambiguous):
            act(CALL)


def test_objects_are_read_and_deleted_by_their_id() -> None:
    peer = Peer(
        {
            f"GET /v1/contact/{CONTACT}": {**OK, "contact": contact()},
            "GET /v1/template/t": {**OK, "template": {"_id": "t", "name": "Robot"}},
            f"DELETE /v1/contact/{CONTACT}": OK,
            f"DELETE /v1/campaign/{CAMPAIGN}": OK,
        }
    )
    client = peer.targg.client
    assert client.contact(CONTACT) == contact()
    assert client.template("t") == {"_id": "t", "name": "Robot"}
    client.delete_contact(CONTACT)
    client.delete_campaign(CAMPAIGN)
    assert peer.sent[2:] == [f"DELETE /v1/contact/{CONTACT}", f"DELETE /v1/campaign/{CAMPAIGN}"]
    with pytest.raises(Missing):
        client.contact("unknown")


def test_contacts_are_searched_by_name_campaign_and_tags() -> None:
    peer = Peer({"GET /v1/contacts": docs("contacts", contact())})
    found = list(peer.targg.client.contacts(name="Ada", campaign="c", tags=["one"], order_by="updated_at"))
    assert found == [contact()]
    assert peer.query() == {
        "page": "1",
        "limit": "50",
        "orderBy": "updated_at",
        "name": "Ada",
        "campaign": "c",
        "tags": '["one"]',
    }


def test_campaigns_are_searched_by_title_with_or_without_deleted_ones() -> None:
    peer = Peer({"GET /v1/campaigns": docs("campaigns", campaign())})
    assert list(peer.targg.client.campaigns("Autumn", with_deleted=True, order_by="status")) == [campaign()]
    assert (peer.query()["title"], peer.query()["showDeleted"], peer.query()["orderBy"]) == (
        "Autumn",
        "true",
        "status",
    )


def test_the_blacklist_is_read_to_its_end() -> None:
    def pages(request: Any) -> Any:
        number = int(request.url.params["page"])
        return listed({"_id": f"person-{number}"}, total=2, name="contacts")

    found = Peer({"GET /v1/blacklist": pages}).targg.client.blacklist()
    assert [each["_id"] for each in found] == ["person-1", "person-2"]


def test_a_list_that_goes_in_circles_is_no_list() -> None:
    peer = Peer({"GET /v1/blacklist": listed({"_id": "person-1"}, total=9, name="contacts")})
    with pytest.raises(Unavailable, match="circles"):
        list(peer.targg.client.blacklist())


def test_the_spend_of_campaigns_is_told_by_id() -> None:
    peer = Peer({"GET /v1/use_per_campaign/": {**OK, "results": [{"_id": "c", "totalAmount": 0.5}]}})
    found = peer.targg.client.spend(["c"], since=date(2026, 6, 1), until=date(2026, 6, 2))
    assert found == {"c": Decimal("0.5")}
    assert peer.query() == {"campaigns": '["c"]', "ini_date": "2026-06-01", "end_date": "2026-06-02"}
    with pytest.raises(ValueError):
        peer.targg.client.spend([])
    assert len(peer.sent) == 1


def test_templates_are_browsed_and_what_has_no_list_is_unsupported() -> None:
    robot = {"_id": "t", "name": "Robot", "language": "en-us", "type": "outbound"}
    peer = Peer({"GET /v1/templates": docs("templates", robot)})
    item = next(iter(peer.targg.browse(Catalogue.TEMPLATES)))
    assert (item.id, item.name, item.detail) == ("t", "Robot", {"language": "en-us", "type": "outbound"})


def test_an_answer_that_says_no_in_a_good_status_is_no_yes() -> None:
    no = {"response": False, "message": "No."}
    with pytest.raises(Ambiguous):
        Peer({"POST /v1/call": no}).targg.client.create_call(contact="a", campaign="c", ref="r")
    with pytest.raises(Unavailable):
        list(Peer({"GET /v1/templates": no}).targg.client.templates())


def test_a_refusal_carries_the_vendors_words() -> None:
    peer = Peer({"POST /v1/contact": (400, {"response": False, "message": "language is required."})})
    with pytest.raises(Refused, match="language is required"):
        peer.targg.client.create_contact(PERSON)
