"""A number that a withdrawal put on a provider's list: there while somebody says no, off again after, only if ours."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from dialer.engine import blocks
from dialer.engine.suppression import still_held
from dialer.models import Attempt, ProviderBlock
from tests import factories
from tests.engine.conftest import SILENT, Stage
from tests.engine.paper import Paper, forgive, held, say_no, settle


def test_a_no_everywhere_blocks_the_number_and_its_end_frees_it(stage: Stage, paper: Paper) -> None:
    held(stage)
    entry = say_no(stage)
    stage.tick("withdraw")
    assert (paper.numbers, ProviderBlock.objects.get().act_at) == ({SILENT}, None)
    settle(stage)
    assert paper.numbers == {SILENT}
    entry.delete()
    settle(stage)
    assert (paper.numbers, ProviderBlock.objects.count()) == (set(), 0)
    assert paper.asked == ["holds", "add", "remove"]


def test_a_no_to_one_campaign_blocks_nothing_and_its_call_is_told_as_held(stage: Stage, paper: Paper) -> None:
    attempt = held(stage)
    entry = say_no(stage, scope="campaign", campaign_id=stage.campaign.pk)
    stage.tick("suppress", "withdraw")
    attempt.refresh_from_db()
    assert (attempt.withdraw_why, attempt.withdraw_after) == ("campaign_suppression", None)
    assert (paper.asked, ProviderBlock.objects.count(), still_held(entry)) == ([], 0, 1)


def test_a_wider_no_that_comes_later_blocks_after_all(stage: Stage, paper: Paper) -> None:
    held(stage)
    say_no(stage, scope="campaign", campaign_id=stage.campaign.pk)
    stage.tick("suppress", "withdraw")
    say_no(stage, scope="provider_account", provider_account_id=stage.account.pk)
    stage.tick("suppress", "withdraw")
    assert paper.numbers == {SILENT}


def test_an_entry_that_was_there_before_is_never_taken_off(stage: Stage, paper: Paper) -> None:
    paper.numbers.add(SILENT)
    held(stage)
    entry = say_no(stage)
    stage.tick("withdraw")
    entry.delete()
    settle(stage)
    assert (paper.numbers, "remove" in paper.asked, ProviderBlock.objects.count()) == ({SILENT}, False, 0)


@pytest.mark.parametrize("scope", ["number", "account", "person", "expiring"])
def test_another_entry_in_force_keeps_the_number_blocked(stage: Stage, paper: Paper, scope: str) -> None:
    attempt = held(stage)
    first = say_no(stage)
    stage.tick("withdraw")
    more: dict[str, Any] = {
        "number": {},
        "account": {"scope": "provider_account", "provider_account_id": stage.account.pk},
        "person": {"number": None, "contact_id": attempt.contact_id},
        "expiring": {"expires_at": stage.now + timedelta(hours=2)},
    }[scope]
    second = say_no(stage, **more)
    first.delete()
    settle(stage)
    assert paper.numbers == {SILENT}
    if scope != "expiring":
        second.delete()
    settle(stage)
    assert paper.numbers == set()


def test_a_no_elsewhere_or_to_one_campaign_keeps_nobody_blocked(stage: Stage, paper: Paper) -> None:
    held(stage)
    first = say_no(stage)
    stage.tick("withdraw")
    say_no(stage, scope="provider_account", provider_account_id=factories.account().pk)
    say_no(stage, scope="campaign", campaign_id=stage.campaign.pk)
    say_no(stage, number="+12125550199")
    first.delete()
    settle(stage)
    assert paper.numbers == set()


@pytest.mark.parametrize("fault", ["before", "after"])
@pytest.mark.parametrize("what", ["holds", "add"])
def test_a_failed_block_is_tried_again_also_when_the_call_is_over(
    stage: Stage, paper: Paper, what: str, fault: str
) -> None:
    attempt = held(stage)
    entry = say_no(stage)
    paper.spoil[what] = [fault, fault]
    stage.tick("withdraw")
    Attempt.objects.filter(pk=attempt.pk).update(
        is_live=False, state="ended", result="busy", ended_at=stage.now, withdraw_after=None
    )
    forgive()
    settle(stage)
    forgive()
    settle(stage)
    forgive()
    settle(stage)
    assert (paper.numbers, ProviderBlock.objects.get().act_at) == ({SILENT}, None)
    entry.delete()
    settle(stage)
    assert (paper.numbers, ProviderBlock.objects.count()) == (set(), 0)


@pytest.mark.parametrize("fault", ["before", "after"])
def test_a_failed_removal_is_tried_again(stage: Stage, paper: Paper, fault: str) -> None:
    held(stage)
    entry = say_no(stage)
    stage.tick("withdraw")
    entry.delete()
    paper.spoil["remove"] = [fault, fault]
    for _ in range(2):
        settle(stage)
        assert ProviderBlock.objects.count() == 1
        forgive()
    settle(stage)
    assert (paper.numbers, ProviderBlock.objects.count()) == (set(), 0)
    assert paper.asked.count("remove") == 3


def test_a_no_that_comes_while_the_number_is_taken_off_puts_it_there_again(
    stage: Stage, paper: Paper
) -> None:
    held(stage)
    say_no(stage).delete()
    stage.tick("withdraw")
    paper.before["remove"] = lambda: say_no(stage)
    settle(stage)
    assert (paper.numbers, ProviderBlock.objects.get().removing_at) == (set(), None)
    settle(stage, after=timedelta(seconds=1))
    assert (paper.numbers, ProviderBlock.objects.get().act_at) == ({SILENT}, None)


def test_a_lost_removal_gives_way_to_a_no_that_came_meanwhile(stage: Stage, paper: Paper) -> None:
    held(stage)
    entry = say_no(stage)
    stage.tick("withdraw")
    entry.delete()
    paper.spoil["remove"] = ["after"]
    settle(stage)
    forgive()
    say_no(stage)
    settle(stage)
    assert (paper.numbers, ProviderBlock.objects.get().added_at) == ({SILENT}, stage.now)


@pytest.mark.parametrize("is_lost", [False, True])
def test_where_nobody_tells_whose_entry_it_is_the_number_is_blocked_and_stays_so(
    stage: Stage, paper: Paper, is_lost: bool
) -> None:
    attempt = held(stage)
    entry = say_no(stage)
    paper.spoil |= {"holds": ["refused", "refused"], "add": ["before"] if is_lost else []}
    stage.tick("withdraw")
    Attempt.objects.filter(pk=attempt.pk).update(
        is_live=False, state="ended", result="busy", ended_at=stage.now, withdraw_after=None
    )
    forgive()
    settle(stage)
    assert (paper.numbers, ProviderBlock.objects.count()) == ({SILENT}, 0)
    entry.delete()
    settle(stage)
    assert paper.numbers == {SILENT}


def test_one_worker_blocks_a_number_at_a_time(stage: Stage, paper: Paper) -> None:
    stage.build()
    ProviderBlock.objects.create(
        provider_account=stage.account, number=SILENT, is_ours=True, act_at=stage.now
    )
    factories.suppression(SILENT)
    paper.before["add"] = lambda: blocks.settle_account(stage.account.pk, stage.now)
    assert blocks.settle_account(stage.account.pk, stage.now) == 1
    assert paper.asked == ["add"]


def test_what_another_worker_has_just_put_there_is_ours(stage: Stage, paper: Paper) -> None:
    held(stage)
    say_no(stage)

    def other_worker() -> None:
        ProviderBlock.objects.update(is_ours=True)
        paper.numbers.add(SILENT)

    paper.before["holds"] = other_worker
    stage.tick("withdraw")
    assert ProviderBlock.objects.get().is_ours is True
