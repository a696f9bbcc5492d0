"""A number that a withdrawal put on a provider's list: there while somebody says no, off again after, only if ours."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from dialer.engine import accounts, blocks
from dialer.engine.suppression import NewSuppression, still_held, suppress
from dialer.models import Attempt, ProviderAccount, ProviderBlock, Suppression
from providers import errors
from providers.contract import Blocklist
from providers.simulator import Simulator
from providers.vocabulary import Why, Withdrawal
from tests import factories
from tests.engine.conftest import SILENT, Stage
from tests.engine.test_races import Aside


class Paper(Blocklist):
    """A provider's list on paper; `spoil` raises before or after what is asked is done."""

    def __init__(self) -> None:
        self.numbers: set[str] = set()
        self.asked: list[str] = []
        self.spoil: dict[str, list[str]] = {}
        self.before: dict[str, Callable[[], object]] = {}

    def _do(self, what: str, act: Callable[[], Any]) -> Any:
        self.asked.append(what)
        self.before.pop(what, lambda: None)()
        faults = self.spoil.get(what, [])
        fault = faults.pop(0) if faults else ""
        if fault == "before":
            raise errors.Unavailable("It is away.")
        if fault == "refused":
            raise errors.Refused("It will not.")
        told = act()
        if fault == "after":
            raise errors.Unavailable("Its answer was lost.")
        return told

    def holds(self, phone: str) -> bool:
        return bool(self._do("holds", lambda: phone in self.numbers))

    def add(self, phone: str) -> None:
        self._do("add", lambda: self.numbers.add(phone))

    def remove(self, phone: str) -> None:
        self._do("remove", lambda: self.numbers.discard(phone))


@pytest.fixture
def paper(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Paper:
    """Let the simulator act as a provider that has nothing but its list against a suppression."""
    made = Paper()
    declared = replace(Simulator.capabilities, blocks=True, withdraw_why=frozenset({Why.SUPPRESSION}))

    def withdraw(provider: Simulator, campaign: Any, call: Any, why: Why) -> Withdrawal:
        made.add(call.phone)
        return Withdrawal.TOO_LATE

    monkeypatch.setattr(Simulator, "capabilities", declared)
    monkeypatch.setattr(Simulator, "blocklist", made)
    monkeypatch.setattr(Simulator, "withdraw", withdraw)
    accounts.wrap_providers(stage.wrap, ledger=stage.ledger)
    return made


def held(stage: Stage) -> Attempt:
    """Have a call that the provider holds."""
    (row,) = stage.build(SILENT)
    stage.tick("dispatch")
    return stage.attempt(row)


def say_no(stage: Stage, **entry: Any) -> Suppression:
    (made,) = suppress(entries=[NewSuppression(**({"number": SILENT} | entry))], now=stage.now)
    return made


def settle(stage: Stage, *, after: timedelta = timedelta(hours=1)) -> None:
    stage.now += after
    stage.tick("lifted", "blocks")


def forgive() -> None:
    """Let the account's failures be forgotten, as its probe does."""
    ProviderAccount.objects.update(health_state="healthy", failures_in_row=0, probe_at=None)


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


def test_where_nobody_tells_whose_entry_it_is_the_number_is_blocked_and_stays_so(
    stage: Stage, paper: Paper
) -> None:
    held(stage)
    entry = say_no(stage)
    paper.spoil["holds"] = ["refused"]
    stage.tick("withdraw")
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


# ---- two connections

#: The deletion of an entry that is off the list, not that of one that is somebody else's.
FORGET = 'DELETE FROM "dialer_providerblock" WHERE ("dialer_providerblock"."id" = %s AND NOT (EXISTS'


@pytest.mark.postgres
def test_a_no_that_commits_before_a_removal_is_written_down_puts_the_number_there_again(
    stage: Stage, paper: Paper
) -> None:
    held(stage)
    say_no(stage).delete()
    stage.tick("withdraw", "lifted")
    taking_off = Aside(lambda: blocks.settle_account(stage.account.pk, stage.now), before=FORGET)
    taking_off.arrived()
    assert (paper.asked[-1], paper.numbers) == ("remove", set())
    say_no(stage)
    taking_off.answer()
    settle(stage, after=timedelta(seconds=1))
    assert (paper.numbers, ProviderBlock.objects.get().act_at) == ({SILENT}, None)


@pytest.mark.postgres
def test_two_workers_that_ask_whose_entry_it_is_agree_that_it_is_ours(stage: Stage, paper: Paper) -> None:
    attempt = held(stage)
    say_no(stage)
    provider = accounts.provider_for(stage.account)

    def begin() -> bool:
        is_ours = blocks.begun(stage.account, provider, attempt.number, stage.now)
        paper.add(attempt.number)
        return is_ours

    paper.before["holds"] = lambda: Aside(begin).answer()
    assert begin() is True
    assert ProviderBlock.objects.get().is_ours is True
