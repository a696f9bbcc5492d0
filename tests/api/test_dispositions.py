"""Business outcomes and the mappings of providers' words, over the API."""

from __future__ import annotations

import importlib

import pytest
from django.apps import apps

from dialer.models import (
    Attempt,
    CampaignContact,
    Disposition,
    DispositionMapping,
    ProviderEvent,
    Suppression,
)
from tests import factories
from tests.api.conftest import refused

pytestmark = pytest.mark.django_db

SOLD = {"code": "sold", "name": "Sold", "is_success": True, "is_final": True, "event": "conversation"}


def test_a_disposition_is_made_read_changed_and_deleted(api):
    answer = api.post("dispositions", SOLD)
    assert answer.status_code == 201, answer.content
    made = answer.json()
    assert SOLD.items() <= made.items()
    assert (made["suppresses"], made["retry"], made["version"]) == (False, False, 1)
    assert api.get("dispositions?code=sold").json()["results"] == [made]
    changed = api.patch(f"dispositions/{made['id']}", {"name": "Verkauft", "event": None}).json()
    assert (changed["name"], changed["event"], changed["version"]) == ("Verkauft", None, 2)
    assert api.delete(f"dispositions/{made['id']}").status_code == 204
    assert api.get(f"dispositions/{made['id']}").status_code == 404


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"code": "Sold it"}, "/code"),
        ({"code": None}, "/code"),
        ({"name": ""}, "/name"),
        ({"retry": True}, "/retry"),
        ({"event": "sale"}, "/event"),
        ({"is_final": "perhaps"}, "/is_final"),
        ({"colour": "red"}, "/colour"),
    ],
)
def test_what_means_nothing_is_refused_and_changes_nothing(api, change, pointer):
    before = Disposition.objects.count()
    answer = api.post("dispositions", {**SOLD, **change})
    assert (answer.status_code in (400, 422), Disposition.objects.count()) == (True, before)
    assert answer.json()["errors"][0]["pointer"] == pointer


def test_a_code_is_taken_once(api):
    api.post("dispositions", SOLD)
    assert refused(api.post("dispositions", SOLD), 422, "invalid")["errors"][0]["pointer"] == "/code"


def test_a_code_under_which_calls_are_filed_stays(api):
    made = api.post("dispositions", SOLD).json()
    factories.attempt(outcome_id=made["id"], disposition="sold")
    refused(api.patch(f"dispositions/{made['id']}", {"code": "bought"}), 409, "in_use")
    refused(api.delete(f"dispositions/{made['id']}"), 409, "in_use")
    assert api.patch(f"dispositions/{made['id']}", {"name": "Still"}).status_code == 200
    assert api.get(f"dispositions/{made['id']}").json()["code"] == "sold"


def test_the_first_set_says_what_its_names_say():
    first = importlib.import_module("dialer.migrations.0015_first_dispositions")
    Disposition.objects.all().delete()
    Disposition.objects.create(code="sale", name="Ours")
    first.add_first(apps, None)
    made = {row.code: row for row in Disposition.objects.all()}
    assert len(made) == len(first.FIRST)
    assert made["sale"].name == "Ours"  # what people made is left alone
    assert (made["do_not_call"].suppresses, made["do_not_call"].event) == (True, "refusal")
    assert (made["callback"].retry, made["no_agent"].event) == (True, "abandon")
    for row in made.values():
        row.full_clean()


@pytest.fixture
def word(api):
    api.post("dispositions", SOLD)
    account = factories.account()
    return {"provider_account": str(account.pk), "raw_disposition": "SALE!", "disposition": "sold"}


def test_a_mapping_is_made_found_changed_and_deleted(api, word):
    made = api.post("disposition-mappings", word).json()
    assert word.items() <= made.items()
    assert (made["provider"], made["raw_status"], made["result"]) == (None, None, None)
    for query in ("provider=simulator", "disposition=sold", "raw_disposition=SALE!"):
        assert api.get(f"disposition-mappings?{query}").json()["results"] == [made]
    assert api.get("disposition-mappings?result=busy").json()["results"] == []
    changed = api.patch(f"disposition-mappings/{made['id']}", {"disposition": None, "result": "busy"}).json()
    assert (changed["disposition"], changed["result"], changed["version"]) == (None, "busy", 2)
    assert api.delete(f"disposition-mappings/{made['id']}").status_code == 204


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"provider": "simulator"}, "/provider"),
        ({"provider_account": None}, "/provider"),
        ({"raw_disposition": None}, "/raw_status"),
        ({"disposition": None}, "/result"),
        ({"result": "cancelled"}, "/result"),
        ({"result": "unknown"}, "/result"),
        ({"raw_word": "x"}, "/raw_word"),
    ],
)
def test_a_mapping_that_says_nothing_is_refused(api, word, change, pointer):
    answer = api.post("disposition-mappings", {**word, **change})
    assert (answer.status_code in (400, 422), DispositionMapping.objects.count()) == (True, 0)
    assert answer.json()["errors"][0]["pointer"] == pointer


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"provider_account": None, "provider": "nobody"}, "/provider"),
        ({"provider_account": "0195a3c2-0000-7000-8000-000000000001"}, "/provider_account"),
        ({"disposition": "gibberish"}, "/disposition"),
    ],
)
def test_a_mapping_that_names_what_is_not_there_is_refused(api, word, change, pointer):
    answer = api.post("disposition-mappings", {**word, **change})
    assert (answer.status_code, DispositionMapping.objects.count()) == (422, 0)
    assert answer.json()["errors"][0]["pointer"] == pointer


def test_the_same_words_are_mapped_once_an_account_and_once_a_provider(api, word):
    assert api.post("disposition-mappings", word).status_code == 201
    assert api.post("disposition-mappings", word).status_code == 422
    general = {**word, "provider_account": None, "provider": "simulator"}
    assert api.post("disposition-mappings", general).status_code == 201
    assert api.post("disposition-mappings", general).status_code == 422
    assert DispositionMapping.objects.count() == 2


def test_a_disposition_that_a_mapping_names_stays(api, word):
    api.post("disposition-mappings", word)
    sold = Disposition.objects.get(code="sold")
    refused(api.delete(f"dispositions/{sold.pk}"), 409, "in_use")


def test_a_mapping_reads_anew_what_was_said_of_a_live_call(api):
    enrolment = factories.enrolled(
        campaign=factories.campaign(status="running"), state="in_progress", attempt_count=1
    )
    attempt = factories.attempt(enrolment, state="pushed")
    ProviderEvent.objects.create(
        provider_account=attempt.provider_account,
        dedupe_key="k",
        source="hook",
        state="unknown_word",
        attempt=attempt,
        raw_status="GHOST",
        report={"ref": str(attempt.pk), "progress": "unknown", "raw_status": "GHOST"},
    )
    answer = api.post(
        "disposition-mappings", {"provider": "simulator", "raw_status": "GHOST", "result": "no_answer"}
    )
    assert answer.status_code == 201, answer.content
    attempt.refresh_from_db()
    assert (attempt.state, attempt.result) == ("ended", "no_answer")


def test_an_agent_says_what_a_call_meant(api):
    api.post("dispositions", {"code": "no", "name": "No", "suppresses": True, "is_final": True})
    enrolment = factories.enrolled(campaign=factories.campaign(status="running"), attempt_count=1)
    attempt = factories.attempt(enrolment)
    first = api.post(f"attempts/{attempt.pk}/disposition", {"code": "no"})
    assert (first.status_code, first.json()["disposition"]) == (200, "no")
    assert api.post(f"attempts/{attempt.pk}/disposition", {"code": "no"}).json() == first.json()
    assert Suppression.objects.get().number == attempt.number
    assert CampaignContact.objects.get().finish_reason == "suppressed"
    assert api.get("attempts?disposition=no").json()["results"] == [first.json()]
    assert api.get("attempts?disposition=yes").json()["results"] == []


def test_an_outcome_of_a_call_that_is_on_is_refused(api):
    api.post("dispositions", SOLD)
    enrolment = factories.enrolled(campaign=factories.campaign(status="running"), state="in_progress")
    attempt = factories.attempt(enrolment, state="connected")
    problem = refused(
        api.post(f"attempts/{attempt.pk}/disposition", {"code": "sold"}), 409, "invalid_transition"
    )
    assert problem["state"] == "connected"
    assert Attempt.objects.get().disposition == ""
    refused(api.post(f"attempts/{attempt.pk}/disposition", {"code": "odd"}), 422, "unknown_disposition")
    refused(api.post(f"attempts/{attempt.pk}/disposition", {}), 400, "invalid")
    refused(api.post(f"attempts/{enrolment.pk}/disposition", {"code": "sold"}), 404, "not_found")


def test_reading_dispositions_needs_no_right_to_change_them(caller):
    reader = caller("read")
    assert reader.get("dispositions").status_code == 200
    refused(reader.post("dispositions", SOLD), 403, "insufficient_scope")
    refused(reader.post("disposition-mappings", {}), 403, "insufficient_scope")
    refused(reader.post("consents", {}), 403, "insufficient_scope")
