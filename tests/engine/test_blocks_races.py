"""Two connections at once at a provider's list: a no wins against a removal, and our entry stays known as ours."""

from __future__ import annotations

from datetime import timedelta

import pytest

from dialer.engine import accounts, blocks
from dialer.models import ProviderBlock
from tests.engine.conftest import SILENT, Stage
from tests.engine.paper import Paper, held, say_no, settle
from tests.engine.test_races import Aside

pytestmark = pytest.mark.postgres

#: The deletion of an entry that is off the list, not that of one that is somebody else's.
FORGET = 'DELETE FROM "dialer_providerblock" WHERE ("dialer_providerblock"."id" = %s AND NOT (EXISTS'


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
