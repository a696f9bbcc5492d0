"""Campaign pages: actions ask the engine, forms write what people may write, and nothing else is touched.

Long because one page has all these buttons.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from dialer.admin.campaign_form import FROZEN_AFTER_DRAFT, LABELS
from dialer.api import campaign_shape
from dialer.models import Campaign
from tests import factories
from tests.admin.pages import (
    add_of,
    button_of,
    choose,
    errors_of,
    list_of,
    messages_of,
    page_of,
    press,
    sent_back,
)

pytestmark = pytest.mark.django_db
CHANGES = {
    "start": ("draft", "running"),
    "pause": ("running", "pausing"),
    "resume": ("paused", "running"),
    "complete": ("running", "completed"),
    "archive": ("completed", "archived"),
}


def columns(campaign: Campaign) -> dict[str, Any]:
    """Give the stored row."""
    return Campaign.objects.filter(pk=campaign.pk).values().get()


@pytest.mark.parametrize(("action", "change"), CHANGES.items())
def test_a_list_action_asks_the_engine_for_each_campaign(
    boss: Client, action: str, change: tuple[str, str]
) -> None:
    first, second = (factories.campaign(status=change[0]) for _ in range(2))
    choose(boss, Campaign, f"{action}_selected", first, second)
    assert [columns(first)["status"], columns(second)["status"]] == [change[1], change[1]]


@pytest.mark.parametrize(("action", "change"), CHANGES.items())
def test_a_button_asks_the_engine(boss: Client, action: str, change: tuple[str, str]) -> None:
    campaign = factories.campaign(status=change[0])
    response = press(boss, campaign, action)
    assert (response.status_code, response.url) == (302, page_of(campaign))
    assert columns(campaign)["status"] == change[1]


@pytest.mark.parametrize("action", CHANGES)
def test_an_action_that_is_refused_changes_nothing_and_says_why(boss: Client, action: str) -> None:
    campaign = factories.campaign(status="archived")
    before = columns(campaign)
    response = press(boss, campaign, action)
    assert columns(campaign) == before
    assert messages_of(response) == [
        f"{campaign}: a campaign that is archived cannot be asked to {action}",
    ]


def test_a_campaign_that_is_refused_does_not_stop_the_others(boss: Client) -> None:
    wrong, right = factories.campaign(status="running"), factories.campaign()
    response = choose(boss, Campaign, "start_selected", wrong, right)
    assert [columns(wrong)["status"], columns(right)["status"]] == ["running", "running"]
    assert messages_of(response) == [
        "1 campaign started.",
        f"{wrong}: a campaign that is running cannot be asked to start",
    ]


def test_what_keeps_a_campaign_from_starting_is_named_by_field(boss: Client) -> None:
    campaign = factories.campaign(provider_account=factories.account(is_enabled=False, name="Off"))
    before = columns(campaign)
    response = press(boss, campaign, "start")
    assert columns(campaign) == before
    assert "/provider_account: the account 'Off' is switched off" in messages_of(response)[0]


def test_opening_a_button_asks_back_and_changes_nothing(boss: Client) -> None:
    campaign = factories.campaign()
    before = columns(campaign)
    response = boss.get(button_of(campaign, "start"))
    assert b"Its timeline is frozen" in response.content
    assert columns(campaign) == before


def test_a_button_pressed_in_the_dialog_reloads_the_page_behind_it(boss: Client) -> None:
    campaign = factories.campaign()
    response = boss.post(
        button_of(campaign, "start"), {"_form_submitted": "on"}, headers={"HX-Request": "true"}
    )
    assert response.headers["HX-Redirect"] == page_of(campaign)


def test_a_button_needs_the_token_of_the_page() -> None:
    from django.contrib.auth.models import User

    client = Client(enforce_csrf_checks=True)
    client.force_login(User.objects.create_superuser("boss"))
    campaign = factories.campaign()
    assert press(client, campaign, "start").status_code == 403
    assert columns(campaign)["status"] == "draft"


@pytest.mark.parametrize(
    ("status", "offered"),
    [
        ("draft", ["Start", "Archive"]),
        ("running", ["Pause", "Complete"]),
        ("pausing", ["Resume", "Complete"]),
        ("paused", ["Resume", "Complete"]),
        ("completed", ["Archive"]),
        ("archived", []),
    ],
)
def test_a_page_offers_what_the_status_allows(boss: Client, status: str, offered: list[str]) -> None:
    response = boss.get(page_of(factories.campaign(status=status)))
    assert [str(action["title"]) for action in response.context["actions_detail"]] == offered


def test_who_may_only_look_cannot_press_a_button(staff: Callable[..., Client]) -> None:
    campaign = factories.campaign()
    assert press(staff("view_campaign"), campaign, "start").status_code == 403
    assert columns(campaign)["status"] == "draft"


def test_who_may_only_look_is_offered_no_list_action(staff: Callable[..., Client]) -> None:
    campaign = factories.campaign()
    client = staff("view_campaign")
    choose(client, Campaign, "start_selected", campaign)
    assert columns(campaign)["status"] == "draft"
    assert client.get(list_of(Campaign)).context["action_form"] is None


def test_who_may_change_campaigns_may_start_them(staff: Callable[..., Client]) -> None:
    campaign = factories.campaign()
    press(staff("view_campaign", "change_campaign"), campaign, "start")
    assert columns(campaign)["status"] == "running"


def test_an_action_is_written_into_the_history(boss: Client) -> None:
    campaign = factories.campaign()
    press(boss, campaign, "start")
    page = boss.get(page_of(campaign).replace("/change/", "/history/"))
    assert b"Started." in page.content


# --- the form -------------------------------------------------------------------------------------------------


def filled(**fields: Any) -> dict[str, Any]:
    """Give what a person writes into an add page."""
    return {
        "name": "March renewals",
        "provider_account": str(factories.account().pk),
        "retry_timeline": str(factories.timeline().pk),
        "retry_mode": "auto",
        "purpose": "service",
        "timezone": "contact",
        "holidays": "ignore",
        "priority": "5",
        "calling_windows": "[]",
        "provider_options": "{}",
        "budgets": "[]",
        "tags": "vip, vip , spring",
    } | fields


def test_a_campaign_is_made_as_a_draft(boss: Client) -> None:
    assert boss.post(add_of(Campaign), filled()).status_code == 302
    campaign = Campaign.objects.get()
    assert (campaign.status, campaign.tags, campaign.external_id, campaign.version) == (
        "draft",
        ["vip", "spring"],
        None,
        1,
    )


@pytest.mark.parametrize(
    ("field", "text", "error"),
    [
        (
            "calling_windows",
            '[{"days": ["mon"], "start": "18:00", "end": "09:00"}]',
            "0 → end: The end must be after the start. For a window over midnight write two: until 24:00, from 00:00.",
        ),
        (
            "calling_windows",
            '[{"days": ["mon"], "start": "9", "end": "18:00"}]',
            "0 → start: A time is written",
        ),
        ("calling_windows", "[", "Enter a valid JSON."),
        ("timezone", "America/Nowhere", "This is no time zone; write it like America/Sao_Paulo."),
        ("priority", "11", "This must be from 0 to 10."),
        ("provider_options", "[1]", 'This must be a JSON object, such as {"message": "Hello"}.'),
        ("max_attempts_per_day", "0", "Ensure this value is greater than or equal to 1."),
        ("daily_budget", "-1", "Ensure this value is greater than or equal to 0."),
        (
            "budgets",
            '[{"unit": "money", "per": "day", "limit": 5}]',
            "0 → currency: Money needs its currency",
        ),
        ("budgets", '[{"unit": "hours", "per": "day", "limit": 5}]', "0 → unit: This must be one of money"),
        ("budgets", '[{"unit": "minutes", "per": "day", "limit": "x"}]', "0 → limit: This must be a number"),
        ("budgets", '{"unit": "minutes"}', "This must be a list."),
    ],
)
def test_a_wrong_field_is_refused_by_name(boss: Client, field: str, text: str, error: str) -> None:
    response = boss.post(add_of(Campaign), filled(**{field: text}))
    errors = errors_of(response)
    assert list(errors) == [field]
    assert errors[field][0].startswith(error)
    assert not Campaign.objects.exists()


def test_an_end_before_the_start_is_refused(boss: Client) -> None:
    dates = {
        "starts_at_0": "2026-03-02",
        "starts_at_1": "10:00",
        "ends_at_0": "2026-03-02",
        "ends_at_1": "09:00",
    }
    response = boss.post(add_of(Campaign), filled(**dates))
    assert errors_of(response) == {"__all__": ["ends_at must be after starts_at"]}
    assert not Campaign.objects.exists()


def test_what_is_frozen_after_the_draft_cannot_be_sent_in(boss: Client) -> None:
    campaign = factories.campaign(status="running")
    before = columns(campaign)
    data = sent_back(boss, page_of(campaign)) | {
        "provider_account": str(factories.account().pk),
        "retry_timeline": str(factories.timeline().pk),
        "retry_mode": "native",
        "purpose": "marketing",
        "remote_campaign_id": "other",
        "template_id": "other",
        "provider_options": '{"a": 1}',
    }
    assert boss.post(page_of(campaign), data).status_code == 302
    assert columns(campaign) == before


def test_of_a_finished_campaign_only_names_can_be_changed(boss: Client) -> None:
    campaign = factories.campaign(status="completed")
    before = columns(campaign)
    data = sent_back(boss, page_of(campaign)) | {"name": "Renamed", "priority": "1", "tags": "old"}
    boss.post(page_of(campaign), data)
    after = columns(campaign)
    assert {name for name in after if after[name] != before[name]} == {
        "name",
        "tags",
        "version",
        "updated_at",
    }


def test_admin_and_api_freeze_the_same_fields() -> None:
    assert set(FROZEN_AFTER_DRAFT) == campaign_shape.DRAFT_ONLY
    assert set(LABELS) == campaign_shape.LABELS


@pytest.mark.parametrize("column", ["status", "status_reason", "version", "frozen_steps", "remote_state"])
def test_engine_columns_cannot_be_sent_in(boss: Client, column: str) -> None:
    campaign = factories.campaign()
    before = columns(campaign)
    boss.post(page_of(campaign), sent_back(boss, page_of(campaign)) | {column: "7"})
    assert columns(campaign) == before


def test_a_save_leaves_alone_what_the_engine_wrote_meanwhile(
    boss: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dialer.admin.campaigns import CampaignAdmin

    campaign = factories.campaign(status="running")
    data = sent_back(boss, page_of(campaign)) | {"name": "Renamed"}
    save = CampaignAdmin.save_model

    def engine_first(*args: Any, **kwargs: Any) -> None:
        # Between the form's reading and its writing.
        Campaign.objects.filter(pk=campaign.pk).update(
            status="pausing", status_reason="blocked", poll_cursor="c9"
        )
        save(*args, **kwargs)

    monkeypatch.setattr(CampaignAdmin, "save_model", engine_first)
    assert boss.post(page_of(campaign), data).status_code == 302
    after = columns(campaign)
    assert [after[name] for name in ("name", "status", "status_reason", "poll_cursor")] == [
        "Renamed",
        "pausing",
        "blocked",
        "c9",
    ]


def test_two_people_who_change_different_fields_both_win(boss: Client) -> None:
    campaign = factories.campaign()
    first = sent_back(boss, page_of(campaign)) | {"name": "Renamed"}
    Campaign.objects.filter(pk=campaign.pk).update(caller_id="+442079460000", version=2)
    # The second page was opened before the first was saved: what it did not change it may only repeat.
    boss.post(page_of(campaign), first | {"caller_id": "+442079460000"})
    after = columns(campaign)
    assert (after["name"], after["caller_id"], after["version"]) == ("Renamed", "+442079460000", 3)


def test_a_change_raises_the_version(boss: Client) -> None:
    campaign = factories.campaign()
    boss.post(page_of(campaign), sent_back(boss, page_of(campaign)) | {"name": "Renamed"})
    after = columns(campaign)
    assert after["version"] == 2
    assert after["updated_at"] > campaign.updated_at


def test_saving_without_a_change_writes_nothing(boss: Client) -> None:
    campaign = factories.campaign(
        calling_windows=[{"days": ["mon"], "start": "09:00", "end": "18:00"}], tags=["a"]
    )
    before = columns(campaign)
    boss.post(page_of(campaign), sent_back(boss, page_of(campaign)))
    assert columns(campaign) == before


def test_a_new_policy_of_a_running_campaign_makes_held_contacts_due_again(boss: Client) -> None:
    campaign = factories.campaign(status="running")
    windows = [{"days": ["sat"], "start": "10:00", "end": "12:00"}]
    data = sent_back(boss, page_of(campaign)) | {"calling_windows": json.dumps(windows)}
    boss.post(page_of(campaign), data)
    after = columns(campaign)
    assert after["calling_windows"] == windows
    assert after["release_holds_at"] is not None


def test_a_new_name_of_a_running_campaign_leaves_holds_alone(boss: Client) -> None:
    campaign = factories.campaign(status="running")
    boss.post(page_of(campaign), sent_back(boss, page_of(campaign)) | {"name": "Renamed"})
    assert columns(campaign)["release_holds_at"] is None


def test_a_new_policy_of_a_draft_has_no_holds_to_free(boss: Client) -> None:
    campaign = factories.campaign()
    boss.post(page_of(campaign), sent_back(boss, page_of(campaign)) | {"holidays": "observe"})
    after = columns(campaign)
    assert (after["holidays"], after["release_holds_at"]) == ("observe", None)


def test_a_draft_can_be_deleted(boss: Client) -> None:
    campaign = factories.campaign()
    boss.post(page_of(campaign).replace("/change/", "/delete/"), {"post": "yes"})
    assert not Campaign.objects.exists()


@pytest.mark.parametrize("status", ["running", "paused", "completed", "archived"])
def test_what_has_run_cannot_be_deleted(boss: Client, status: str) -> None:
    campaign = factories.campaign(status=status)
    response = boss.post(page_of(campaign).replace("/change/", "/delete/"), {"post": "yes"})
    assert response.status_code == 403
    choose(boss, Campaign, "delete_selected", campaign)
    boss.post(
        list_of(Campaign), {"action": "delete_selected", "_selected_action": str(campaign.pk), "post": "yes"}
    )
    assert Campaign.objects.filter(pk=campaign.pk).exists()
