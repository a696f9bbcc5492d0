"""Erasing a person: nothing readable is left in any table, the counts stay, and the number is never called again."""

from __future__ import annotations

import json
import subprocess
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connection

from dialer import clock
from dialer.engine import apply as applying
from dialer.engine import claim, erasure, ticks
from dialer.gates import load
from dialer.intake.jobs import run_due
from dialer.models import (
    Attempt,
    CampaignContact,
    Contact,
    ContactPhone,
    EventSource,
    IdempotencyKey,
    Job,
    ProviderEvent,
    Suppression,
)
from dialer.models.hashing import hashes_of
from dialer.reports.stats import campaign_stats
from providers.contract import Report
from providers.vocabulary import Progress, Result
from tests import factories
from tests.api.conftest import refused

pytestmark = pytest.mark.django_db

MAIN, SECOND = "+442079460311", "+442079460312"
NAME, EMAIL, ID = "Zebedee Quill", "zebedee.quill@example.com", "crm-zq-77"
MARKS = ("442079460311", "442079460312", "Zebedee", "Quill", "zebedee.quill", "crm-zq-77", "secret-debt")


def dump() -> str:
    """Give every row of every table as text."""
    texts = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            texts += [f"{table}: {row}" for row in cursor.fetchall()]
    return "\n".join(texts)


def found(marks: Any = MARKS) -> list[str]:
    lines = dump().splitlines()
    return [line for line in lines for mark in marks if mark.lower() in line.lower()]


@pytest.fixture
def person(api):
    """Let a person leave traces everywhere: API, idempotent answers, files, events, notifications, admin."""
    campaign = factories.campaign(status="running")
    body = {
        "external_id": ID,
        "name": NAME,
        "email": EMAIL,
        "phones": [{"number": MAIN, "is_main": True}, {"number": SECOND}],
        "attributes": {"debt": "secret-debt"},
        "tags": ["quill"],
    }
    address = f"campaigns/{campaign.pk}/contacts"
    assert api.post(address, body, headers={"Idempotency-Key": "one"}).status_code == 201
    contact = Contact.objects.get()
    api.patch(f"contacts/{contact.pk}", {"language": "en"}, headers={"Idempotency-Key": "two"})
    row = CampaignContact.objects.get()
    attempt = factories.attempt(
        row,
        number=MAIN,
        reason=f"{MAIN} did not answer",
        recording_url=f"https://sound.example.com/{MAIN}",
        provider_ref=f"ref-{MAIN}",
        remote={"phone": MAIN},
        cost="0.25",
        currency="EUR",
    )
    CampaignContact.objects.update(attempt_count=1, provider_ref=f"ref-{MAIN}")
    api.post("suppressions", {"phone": SECOND, "reason": f"{NAME} asked", "scope": "global"})
    api.post(
        "consents",
        {
            "contact": str(contact.pk),
            "phone": MAIN,
            "purpose": "service",
            "basis": "express",
            "captured_at": "2026-01-01T00:00:00Z",
            "proof": f"signed by {NAME}",
        },
    )
    _told(attempt)
    file = f'phone,name\n{MAIN},"{NAME}"\n{MAIN}x,"{NAME}"\n'
    _upload(api, f"campaigns/{campaign.pk}/imports", file)
    user = User.objects.create_superuser("boss", "boss@example.com", "secret")
    for thing in (contact, attempt, contact.phones.first()):
        LogEntry.objects.create(
            user=user, object_id=str(thing.pk), object_repr=NAME, action_flag=2, change_message=MAIN
        )
    return contact


def _upload(api: Any, address: str, text: str, **fields: str) -> Job:
    from django.core.files.uploadedfile import SimpleUploadedFile

    answer = api.post(
        address, {"file": SimpleUploadedFile("people.csv", text.encode()), **fields}, format="multipart"
    )
    assert answer.status_code == 202, answer.content
    run_due(now=clock.now(), budget_seconds=30)
    return Job.objects.get(pk=answer.json()["id"])


def _told(attempt: Attempt) -> None:
    account = attempt.provider_account
    for attempt_id, state in ((attempt.pk, "applied"), (None, "unmatched")):
        ProviderEvent.objects.create(
            provider_account=account,
            dedupe_key=f"{state}",
            source="hook",
            state=state,
            attempt_id=attempt_id,
            report={"remote_id": f"ref-{MAIN}", "detail": {"name": NAME}},
        )
    for state, due in (("rejected", None), ("received", clock.now())):
        account.hook_messages.create(
            dedupe_key=state, state=state, body=json.dumps({"to": MAIN}), query={"n": NAME}, read_after=due
        )


def test_nothing_readable_is_left_in_any_table(api, person):
    assert len(found()) > 15
    answer = api.post(f"contacts/{person.pk}/erase")
    assert answer.status_code == 200, answer.content
    assert (answer.json()["state"], answer.json()["still_held"]) == ("erased", 0)
    assert found() == []


def test_the_counts_stay_as_they_were(api, person):
    campaign = CampaignContact.objects.get().campaign
    CampaignContact.objects.update(
        state="finished", finish_reason="reached", finished_at=clock.now(), next_attempt_at=None
    )
    now = clock.now()
    before = campaign_stats(campaign=campaign, now=now)
    api.post(f"contacts/{person.pk}/erase")
    assert campaign_stats(campaign=campaign, now=now) == before
    attempt = Attempt.objects.get()
    shown = api.get(f"attempts/{attempt.pk}").json()
    assert (shown["number"], shown["phone"], shown["recording_url"]) == (None, None, None)
    assert (shown["result"], shown["cost"], shown["contact"]) == ("no_answer", "0.25", str(person.pk))


def test_asked_again_it_tells_the_same_and_changes_nothing(api, person):
    first = api.post(f"contacts/{person.pk}/erase").json()
    before = dump()
    again = api.post(f"contacts/{person.pk}/erase")
    assert (again.status_code, again.json()) == (200, first)
    assert [line for line in dump().splitlines() if line not in before.splitlines()] == []


def test_the_number_that_comes_again_is_not_called(api, person):
    api.post(f"contacts/{person.pk}/erase")
    campaign = factories.campaign(status="running")
    answer = api.post(f"campaigns/{campaign.pk}/contacts", {"phone": MAIN, "name": "Somebody New"})
    assert answer.status_code == 201
    (row,) = CampaignContact.objects.filter(campaign=campaign)
    assert row.contact_id != person.pk
    claim.claim(account_id=campaign.provider_account_id, now=clock.now())
    row.refresh_from_db()
    assert (row.state, row.finish_reason) == ("finished", "suppressed")
    entry = api.get(f"suppressions?phone={MAIN[1:]}").json()["results"][0]
    assert (entry["phone"], entry["is_erased"], entry["source"]) == (None, True, "erasure")


def test_a_number_of_several_people_is_called_for_none_of_them(api, person):
    other = factories.enrolled([MAIN], campaign=factories.campaign(status="running"))
    api.post(f"contacts/{person.pk}/erase")
    other.refresh_from_db()
    assert (other.state, other.finish_reason) == ("finished", "suppressed")
    assert ContactPhone.objects.filter(number=MAIN).count() == 1  # the other person's own


def test_a_person_with_a_live_call_is_stopped_at_once_and_erased_behind_it(api, person):
    row = CampaignContact.objects.get()
    live = factories.attempt(row, state="pushed", number=MAIN)
    CampaignContact.objects.update(state="in_progress", next_attempt_at=None, attempt_count=2)
    answer = api.post(f"contacts/{person.pk}/erase")
    assert (answer.status_code, answer.json()["state"]) == (202, "erasing")
    assert answer.json()["still_held"] == 1
    live.refresh_from_db()
    row.refresh_from_db()
    assert (live.number, live.withdraw_why, row.stop_reason) == (MAIN, "suppression", "suppressed")
    assert erasure.erase_pending(now=clock.now()) == 0
    refused(api.patch(f"contacts/{person.pk}", {"name": "Back"}), 409, "invalid_transition")
    over = Report(ref=str(live.pk), progress=Progress.ENDED, result=Result.BUSY)
    applying.apply(
        account_id=live.provider_account_id, reports=[over], source=EventSource.POLL, now=clock.now()
    )
    ticks.run_one("erase", clock.now())
    assert found() == []
    assert api.post(f"contacts/{person.pk}/erase").status_code == 200


def test_a_late_word_about_an_erased_call_is_kept_without_content(api, person):
    attempt = Attempt.objects.get()
    api.post(f"contacts/{person.pk}/erase")
    late = Report(
        ref=str(attempt.pk), progress=Progress.ENDED, result=Result.DO_NOT_CALL, remote_id=f"ref-{MAIN}"
    )
    applying.apply(
        account_id=attempt.provider_account_id, reports=[late], source=EventSource.POLL, now=clock.now()
    )
    assert found() == []
    assert ProviderEvent.objects.latest("id").state == "ignored"


def test_an_erased_person_is_changed_by_nobody(api, person):
    api.post(f"contacts/{person.pk}/erase")
    problem = refused(api.patch(f"contacts/{person.pk}", {"name": "Back"}), 409, "invalid_transition")
    assert problem["state"] == "erased"
    body = {"contact": str(person.pk), "purpose": "service", "basis": "express"}
    refused(api.post("consents", {**body, "captured_at": "2026-01-01T00:00:00Z"}), 422, "invalid")
    assert api.get(f"contacts/{person.pk}").json()["phones"] == []
    refused(api.post(f"contacts/{CampaignContact.objects.get().pk}/erase"), 404, "not_found")


def test_a_write_whose_answer_was_emptied_is_not_done_again(api, person):
    campaign = CampaignContact.objects.get().campaign
    api.post(f"contacts/{person.pk}/erase")
    assert IdempotencyKey.objects.filter(key="one", body="").exists()
    body = {"external_id": "x", "phone": MAIN}
    refused(
        api.post(f"campaigns/{campaign.pk}/contacts", body, headers={"Idempotency-Key": "one"}),
        422,
        "idempotency_conflict",
    )
    assert Contact.objects.count() == 1


def test_hashes_of_an_old_key_are_known_while_it_is_listed(api, person, settings):
    api.post(f"contacts/{person.pk}/erase")
    old = settings.CREDENTIALS_KEYS
    new = "bmV3LWZvci10ZXN0cy1uZXctZm9yLXRlc3RzLW5ldzE="
    settings.CREDENTIALS_KEYS = [new, *old]
    assert load.entries([], {MAIN}, clock.now()).rows
    assert hashes_of(MAIN)[0] != Suppression.objects.filter(number_hash__isnull=False).first().number_hash
    settings.CREDENTIALS_KEYS = [new]
    assert not load.entries([], {MAIN}, clock.now()).rows
    from dialer.checks import hashed_numbers

    (fault,) = hashed_numbers(databases=["default"])
    assert (fault.id, "CREDENTIALS_KEY" in fault.msg) == ("dialer.E003", True)
    settings.CREDENTIALS_KEYS = [new, *old]
    assert hashed_numbers(databases=["default"]) == []


def test_the_change_of_keys_says_which_ones_hashes_need(api, person, settings, capsys):
    api.post(f"contacts/{person.pk}/erase")
    settings.CREDENTIALS_KEYS = ["bmV3LWZvci10ZXN0cy1uZXctZm9yLXRlc3RzLW5ldzE=", *settings.CREDENTIALS_KEYS]
    call_command("rotate_credentials")
    assert "key 2" in capsys.readouterr().out


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_dump_of_the_server_holds_nothing(api, person):
    api.post(f"contacts/{person.pk}/erase")
    given = connection.get_connection_params()
    command = ["pg_dump", "--data-only", "-h", given["host"], "-U", given["user"], given["dbname"]]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "dialer_contact" in text
    assert [mark for mark in MARKS if mark.lower() in text.lower()] == []
