"""Diabolocom's typed client for what is not contacts: campaigns, wrap-ups, licences, recordings."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from providers.diabolocom.values import Licence, Licences
from providers.errors import CampaignBlocked, Refused, Unavailable
from providers.http import httpx
from tests.providers.diabolocom_desk import Desk, answer


def test_campaigns_are_listed_by_filters_with_200_a_page() -> None:
    desk = Desk()
    desk.sandbox.add_campaign(name="Summer", isPaused=True)
    campaigns = desk.provider.client.campaigns
    assert [each.name for each in campaigns.list(name="summ", isPaused=True)] == ["Summer"]
    assert desk.url().endswith("/campaigns?name=summ&isPaused=true&pageSize=200")
    with pytest.raises(ValueError, match="no filter"):
        campaigns.list(folder="x")


def test_a_campaign_is_read_and_patched() -> None:
    desk = Desk()
    campaigns = desk.provider.client.campaigns
    campaigns.patch(4101, maxTries=9, globalPriority=None)
    assert desk.body() == {"maxTries": 9, "globalPriority": None}
    read = campaigns.get(4101)
    assert (read.max_tries, read.next_try_delay, read.phone_fields) == (9, 3600, ("phone1", "phone2"))
    with pytest.raises(CampaignBlocked):
        campaigns.get(999_999)


@pytest.mark.parametrize("changes", [{}, {"mode": "preview"}, {"customFields": []}, {"maxtries": 1}])
def test_a_campaign_is_never_told_what_the_document_does_not_list(changes: dict[str, Any]) -> None:
    desk = Desk()
    with pytest.raises(ValueError, match="can be told"):
        desk.provider.client.campaigns.patch(4101, **changes)
    assert desk.sent == []


def test_fields_are_added_with_their_kind() -> None:
    desk = Desk()
    campaigns = desk.provider.client.campaigns
    campaign = campaigns.add_fields(4101, ["tier"], phones=["phone3"])
    assert campaign.custom_fields == ("phone1", "phone2", "full_name", "tier", "phone3")
    assert campaign.phone_fields == ("phone1", "phone2", "phone3")
    with pytest.raises(Refused):
        campaigns.add_fields(4101, ["tier"])
    desk.forget()
    with pytest.raises(ValueError, match="at least"):
        campaigns.add_fields(4101, [])
    assert desk.sent == []


def test_a_campaign_is_deleted_once_it_is_archived() -> None:
    desk = Desk()
    campaigns = desk.provider.client.campaigns
    with pytest.raises(Refused):
        campaigns.delete(4101)
    campaigns.archive(4101)
    campaigns.delete(4101)
    assert desk.sandbox.campaigns() == []


def test_wrapups_and_their_folders_are_read() -> None:
    desk = Desk(page_limit=4)
    wrapups = desk.provider.client.wrapups
    assert [each.name for each in wrapups.list(status="unreachable")] == ["Number leads nowhere"]
    assert len(list(wrapups.list())) == 9
    one = wrapups.get(8204)
    assert (one.name, one.status, one.path, one.is_system) == (
        "Rang out",
        "tocall",
        "Outbound/Sandbox desk",
        True,
    )
    with pytest.raises(Refused):
        wrapups.get(1)
    folders = list(wrapups.folders())
    assert folders[-1].path == "Outbound/Sandbox desk"
    with pytest.raises(ValueError, match="no filter"):
        wrapups.list(path="x")


def test_licences_of_a_month_are_read_whole() -> None:
    desk = Desk()
    line = {"model": "Peak Users", "count": 2, "users": ["a", "b"], "peakDateTime": "2026-05-04T09:00:00Z"}
    month = {"month": "2026-05", "licenseModelBilled": "Peak Users", "currentAccountLicenseModel": "Named"}
    desk.hand.put("GET", "/licenses", answer(200, {**month, "details": [line]}))
    peak = datetime(2026, 5, 4, 9, 0, tzinfo=UTC)
    assert desk.provider.client.licences("2026-05") == Licences(
        month="2026-05",
        billed_model="Peak Users",
        current_model="Named",
        details=(Licence(model="Peak Users", count=2, users=("a", "b"), peak_at=peak),),
    )
    assert desk.url().endswith("/billing/licenses?month=2026-05")


@pytest.mark.parametrize("month", ["", "2026", "2026-13", "2026-5", "05-2026"])
def test_a_month_of_another_form_is_never_sent(month: str) -> None:
    desk = Desk()
    with pytest.raises(ValueError, match="YYYY-MM"):
        desk.provider.client.licences(month)
    assert desk.sent == []


def test_a_recording_is_its_sound() -> None:
    desk = Desk()
    headers = {"Content-Type": "audio/mpeg"}
    desk.hand.put("GET", "/content", httpx.Response(200, headers=headers, content=b"ID3-sound"))
    sound = desk.provider.client.recording(77)
    assert (sound.media_type, sound.content) == ("audio/mpeg", b"ID3-sound")
    assert desk.sent == ["GET /api/v1/recordings/interactions/77/content"]


@pytest.mark.parametrize("headers", [{}, {"Content-Type": "application/json"}])
def test_what_is_no_sound_is_no_recording(headers: dict[str, str]) -> None:
    desk = Desk()
    desk.hand.put("GET", "/content", httpx.Response(200, headers=headers, content=b"{}"))
    with pytest.raises(Unavailable):
        desk.provider.client.recording(77)
