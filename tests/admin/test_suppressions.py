"""Do-not-call pages: entries take effect through the engine, and are lifted, never deleted."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from dialer import clock
from dialer.models import Suppression
from tests import factories
from tests.admin.pages import add_of, errors_of, messages_of, page_of, press, sent_back

pytestmark = pytest.mark.django_db


def filled(**fields: Any) -> dict[str, Any]:
    """Give what a person writes into an add page."""
    return {"number": "+44 20 7946 0958", "scope": "global", "reason": "asked", "source": "admin"} | fields


def test_a_new_entry_stops_whoever_waits(boss: Client) -> None:
    waiting = factories.enrolled(["+442079460958"])
    other = factories.enrolled()
    assert boss.post(add_of(Suppression), filled()).status_code == 302
    waiting.refresh_from_db()
    other.refresh_from_db()
    assert (waiting.state, waiting.finish_reason, other.state) == ("finished", "suppressed", "waiting")
    assert list(Suppression.objects.values_list("number", "scope", "reason", "source")) == [
        ("+442079460958", "global", "asked", "admin")
    ]


def test_a_new_entry_leads_to_its_own_page(boss: Client) -> None:
    response = boss.post(add_of(Suppression), filled(_continue="1"))
    assert response.url == page_of(Suppression.objects.get())


def test_a_person_can_be_named_instead_of_a_number(boss: Client) -> None:
    waiting = factories.enrolled()
    boss.post(add_of(Suppression), filled(number="", contact=str(waiting.contact_id)))
    waiting.refresh_from_db()
    assert waiting.finish_reason == "suppressed"


@pytest.mark.parametrize(
    ("fields", "place"),
    [
        ({"number": "12"}, "number"),
        ({"number": ""}, "__all__"),
        ({"scope": "campaign"}, "__all__"),
        ({"expires_at_0": "2020-01-01", "expires_at_1": "00:00"}, "expires_at"),
    ],
)
def test_a_wrong_entry_is_refused_and_stops_nobody(boss: Client, fields: dict[str, str], place: str) -> None:
    waiting = factories.enrolled(["+442079460958"])
    assert list(errors_of(boss.post(add_of(Suppression), filled(**fields)))) == [place]
    waiting.refresh_from_db()
    assert (waiting.state, Suppression.objects.count()) == ("waiting", 0)


def test_only_the_words_of_an_entry_can_be_mended(boss: Client) -> None:
    entry = factories.suppression("+442079460958", reason="asked")
    data = sent_back(boss, page_of(entry)) | {
        "reason": "asked by letter",
        "number": "+33199001234",
        "expires_at_0": "2099-01-01",
        "expires_at_1": "00:00",
    }
    boss.post(page_of(entry), data)
    assert list(Suppression.objects.values_list("number", "reason", "expires_at", "version")) == [
        ("+442079460958", "asked by letter", None, 2)
    ]


def test_a_lifted_entry_ends_now_and_stays(boss: Client) -> None:
    entry = factories.suppression()
    press(boss, entry, "lift")
    entry.refresh_from_db()
    assert entry.expires_at <= clock.now()
    assert entry.version == 2


def test_what_is_over_cannot_be_lifted_again(boss: Client) -> None:
    entry = factories.suppression(expires_at=clock.now())
    assert "not in force any more" in messages_of(press(boss, entry, "lift"))[0]
    ended = entry.expires_at
    entry.refresh_from_db()
    assert (entry.expires_at, entry.version) == (ended, 1)


def test_an_entry_cannot_be_deleted(boss: Client) -> None:
    entry = factories.suppression()
    assert boss.post(page_of(entry).replace("/change/", "/delete/"), {"post": "yes"}).status_code == 403
    assert Suppression.objects.filter(pk=entry.pk).exists()
