"""Campaign contact and attempt pages: what may be asked of the engine, and what people may write."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db.models import Model
from django.test import Client

from dialer import clock
from dialer.admin import asking
from dialer.models import Attempt, CampaignContact
from tests import factories
from tests.admin.pages import choose, errors_of, messages_of, page_of, press, sent_back

pytestmark = pytest.mark.django_db


def columns(row: Model) -> dict[str, Any]:
    """Give the stored row."""
    return type(row)._default_manager.filter(pk=row.pk).values().get()


def later() -> Any:
    """Give an instant that is well ahead."""
    return clock.now() + timedelta(days=3)


def test_call_now_makes_a_waiting_contact_due(boss: Client) -> None:
    row = factories.enrolled(campaign=factories.campaign(status="running"), due_at=later())
    press(boss, row, "call_now")
    assert columns(row)["due_at"] <= clock.now()


def test_exclude_ends_a_waiting_contact_with_the_reason_given(boss: Client) -> None:
    row = factories.enrolled()
    press(boss, row, "exclude_contact", reason="asked by letter")
    after = columns(row)
    assert (after["state"], after["finish_reason"], after["finish_detail"]) == (
        "finished",
        "excluded",
        "asked by letter",
    )


def test_exclude_without_a_reason_asks_for_it(boss: Client) -> None:
    row = factories.enrolled()
    response = press(boss, row, "exclude_contact", reason="")
    assert response.status_code == 200
    assert columns(row)["state"] == "waiting"


def test_excluding_from_the_list_names_who_did_it(boss: Client) -> None:
    rows = [factories.enrolled() for _ in range(2)]
    choose(boss, CampaignContact, "exclude_selected", *rows)
    assert [columns(row)["finish_detail"] for row in rows] == ["by boss in the admin"] * 2


def test_rearm_starts_a_finished_contact_again(boss: Client) -> None:
    row = factories.enrolled(campaign=factories.campaign(status="running"), state="finished")
    press(boss, row, "rearm")
    assert columns(row)["state"] == "waiting"


@pytest.mark.parametrize(
    ("action", "state", "said"),
    [
        ("call_now_selected", "finished", "the contact is finished; rearm it first"),
        ("exclude_selected", "finished", "the contact is finished already"),
        ("rearm_selected", "waiting", "only a finished contact that is not suppressed can be rearmed"),
    ],
)
def test_what_the_engine_refuses_is_said_and_changes_nothing(
    boss: Client, action: str, state: str, said: str
) -> None:
    row = factories.enrolled(state=state)
    before = columns(row)
    assert said in messages_of(choose(boss, CampaignContact, action, row))[0]
    assert columns(row) == before


def test_too_many_rows_at_once_are_refused_whole(boss: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "ASK_LIMIT", 1)
    rows = [factories.enrolled() for _ in range(2)]
    response = choose(boss, CampaignContact, "exclude_selected", *rows)
    assert messages_of(response) == ["Choose at most 1 rows at a time; nothing was done."]
    assert [columns(row)["state"] for row in rows] == ["waiting", "waiting"]


@pytest.mark.parametrize(
    ("state", "offered"), [("waiting", ["Call now", "Exclude"]), ("finished", ["Rearm"])]
)
def test_a_page_offers_what_fits_the_state(boss: Client, state: str, offered: list[str]) -> None:
    response = boss.get(page_of(factories.enrolled(state=state)))
    assert [str(action["title"]) for action in response.context["actions_detail"]] == offered


def test_who_may_only_look_cannot_exclude(staff: Callable[..., Client]) -> None:
    row = factories.enrolled()
    assert press(staff("view_campaigncontact"), row, "exclude_contact", reason="x").status_code == 403
    assert columns(row)["state"] == "waiting"


def test_an_enrolment_cannot_be_deleted(boss: Client) -> None:
    row = factories.enrolled()
    boss.post(page_of(row).replace("/change/", "/delete/"), {"post": "yes"})
    assert CampaignContact.objects.filter(pk=row.pk).exists()


@pytest.mark.parametrize("column", ["state", "finish_reason", "attempt_count", "campaign", "contact"])
def test_engine_columns_cannot_be_sent_in(boss: Client, column: str) -> None:
    row = factories.enrolled()
    before = columns(row)
    boss.post(page_of(row), sent_back(boss, page_of(row)) | {column: "7"})
    assert columns(row) == before


def test_a_changed_priority_leaves_alone_what_the_engine_wrote_meanwhile(
    boss: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dialer.admin.enrolments import CampaignContactAdmin

    row = factories.enrolled()
    data = sent_back(boss, page_of(row)) | {"priority": "1"}
    save = CampaignContactAdmin.save_model

    def engine_first(*args: Any, **kwargs: Any) -> None:
        CampaignContact.objects.filter(pk=row.pk).update(
            state="dispatching", next_attempt_at=None, attempt_count=4, last_result="busy"
        )
        save(*args, **kwargs)

    monkeypatch.setattr(CampaignContactAdmin, "save_model", engine_first)
    assert boss.post(page_of(row), data).status_code == 302
    after = columns(row)
    assert [
        after[name] for name in ("priority", "state", "next_attempt_at", "attempt_count", "last_result")
    ] == [
        1,
        "dispatching",
        None,
        4,
        "busy",
    ]


def test_a_new_not_after_lets_a_held_contact_be_judged_anew(boss: Client) -> None:
    row = factories.enrolled()
    until = later()
    CampaignContact.objects.update(hold_gate="window", hold_until=until, next_attempt_at=until)
    end = {"not_after_0": "2099-01-01", "not_after_1": "00:00:00"}
    boss.post(page_of(row), sent_back(boss, page_of(row)) | end)
    after = columns(row)
    assert (after["hold_gate"], after["hold_until"], after["next_attempt_at"]) == ("", None, after["due_at"])


def test_a_removed_not_before_makes_due_what_waited_for_it(boss: Client) -> None:
    begin = later().replace(microsecond=0)
    row = factories.enrolled(not_before=begin, due_at=begin)
    boss.post(page_of(row), sent_back(boss, page_of(row)) | {"not_before_0": "", "not_before_1": ""})
    after = columns(row)
    assert after["not_before"] is None
    assert after["due_at"] <= clock.now()


def test_a_span_that_ends_before_it_begins_is_refused(boss: Client) -> None:
    row = factories.enrolled()
    before = columns(row)
    span = {
        "not_before_0": "2099-01-02",
        "not_before_1": "00:00",
        "not_after_0": "2099-01-01",
        "not_after_1": "00:00",
    }
    response = boss.post(page_of(row), sent_back(boss, page_of(row)) | span)
    assert errors_of(response) == {"not_after": ["This must be after “not before”."]}
    assert columns(row) == before


# --- attempts -------------------------------------------------------------------------------------------------


def test_an_unsent_attempt_can_be_cancelled(boss: Client) -> None:
    row = factories.attempt(factories.enrolled(state="dispatching"), state="claimed")
    press(boss, row, "cancel_call")
    assert columns(row)["state"] == "cancelled"


def test_a_doubtful_attempt_is_settled_with_the_result_given(boss: Client) -> None:
    row = factories.attempt(factories.enrolled(state="indeterminate"), state="indeterminate")
    press(boss, row, "settle_call", result="answered")
    after = columns(row)
    assert (after["state"], after["result"]) == ("ended", "answered")


def test_a_call_that_rings_is_not_cancelled(boss: Client) -> None:
    row = factories.attempt(factories.enrolled(state="in_progress"), state="ringing")
    before = columns(row)
    said = messages_of(choose(boss, Attempt, "cancel_selected", row))
    assert "only one that has not rung can be cancelled" in said[0]
    assert columns(row) == before


def test_a_call_that_is_over_offers_nothing(boss: Client) -> None:
    assert boss.get(page_of(factories.attempt())).context["actions_detail"] == []


def test_who_may_only_look_cannot_settle(staff: Callable[..., Client]) -> None:
    row = factories.attempt(factories.enrolled(state="indeterminate"), state="indeterminate")
    assert press(staff("view_attempt"), row, "settle_call", result="answered").status_code == 403
    assert columns(row)["state"] == "indeterminate"
