"""Stored notifications are read in any order, once; what speaks of no call of ours waits, then people see it."""

from __future__ import annotations

from datetime import timedelta
from itertools import permutations

import pytest

from dialer import clock
from dialer.engine import inbox, ticks
from dialer.models import Attempt, HookMessage, ProviderAccount, ProviderEvent
from tests.hooks.conftest import bell, post

STRANGER = "018f2b7a-0000-7000-8000-00000000dead"
WORDS = ("waiting", "chiming", "talking", "spoke")


def read(wait: timedelta = timedelta(seconds=1)) -> int:
    return inbox.read_due(now=clock.now() + wait)


def test_a_notification_ends_a_call(held: Attempt) -> None:
    post(held.provider_account, bell(str(held.pk), "spoke"))
    assert read() == 1
    held.refresh_from_db()
    assert (held.state, held.result, held.raw_status) == ("ended", "answered", "spoke")
    message = HookMessage.objects.get()
    assert (message.state, message.read_after, message.body) == ("done", None, "")
    assert ProviderEvent.objects.get().source == "hook"


@pytest.mark.parametrize("order", list(permutations(WORDS)))
def test_the_order_of_notifications_changes_nothing(held: Attempt, order: tuple[str, ...]) -> None:
    for word in order:
        post(held.provider_account, bell(str(held.pk), word))
        read()
    held.refresh_from_db()
    held.campaign_contact.refresh_from_db()
    assert (held.state, held.result) == ("ended", "answered")
    assert (held.campaign_contact.state, held.campaign_contact.finish_reason) == ("finished", "reached")


def test_one_that_was_read_is_not_read_again(held: Attempt) -> None:
    post(held.provider_account, bell(str(held.pk), "chiming"))
    assert [read(), read()] == [1, 0]
    post(held.provider_account, bell(str(held.pk), "chiming"))
    assert read() == 0


def test_junk_is_rejected_and_kept_for_people(account: ProviderAccount) -> None:
    post(account, b"no notification")
    read()
    message = HookMessage.objects.get()
    assert (message.state, message.read_after, message.body) == ("rejected", None, "no notification")
    assert message.reason


def test_one_that_outruns_our_own_commit_is_read_again(held: Attempt) -> None:
    Attempt.objects.filter(pk=held.pk).update(
        provider_account=ProviderAccount.objects.create(name="x", provider="simulator")
    )
    post(held.campaign.provider_account, bell(str(held.pk), "spoke"))
    assert read() == 0
    assert HookMessage.objects.get().state == "waiting"
    assert not ProviderEvent.objects.exists()
    Attempt.objects.filter(pk=held.pk).update(provider_account=held.campaign.provider_account)
    assert read(timedelta(seconds=5)) == 1
    held.refresh_from_db()
    assert (held.state, HookMessage.objects.get().state) == ("ended", "done")


def test_one_whose_call_never_turns_up_is_parked_where_people_see_it(account: ProviderAccount) -> None:
    post(account, bell(STRANGER, "spoke"))
    for days in range(len(inbox.WAITS) + 1):
        assert HookMessage.objects.get().state in ("received", "waiting")
        assert read(timedelta(days=days + 1)) == 0
    message = HookMessage.objects.get()
    assert (message.state, message.read_after, message.reason) == (
        "parked",
        None,
        "no call of ours has this reference",
    )
    assert ProviderEvent.objects.get().state == "unmatched"
    assert read(timedelta(days=9)) == 0


def test_a_notification_cannot_move_a_call_of_another_account(held: Attempt) -> None:
    other = ProviderAccount.objects.create(
        name="other",
        provider="parlor",
        credentials=held.provider_account.credentials,
        base_url="http://127.0.0.1:9",
    )
    post(other, bell(str(held.pk), "spoke"))
    assert read() == 0
    held.refresh_from_db()
    assert held.state == "pushed"


def test_an_account_that_is_not_configured_loses_no_notification(held: Attempt) -> None:
    account = held.provider_account
    good = account.credentials
    ProviderAccount.objects.filter(pk=account.pk).update(credentials={}, updated_at=clock.now())
    post(account, bell(str(held.pk), "spoke"))
    assert read() == 0
    assert HookMessage.objects.get().state == "waiting"
    ProviderAccount.objects.filter(pk=account.pk).update(credentials=good, updated_at=clock.now())
    assert read(timedelta(seconds=5)) == 1


def test_the_round_reads_notifications() -> None:
    assert [tick.queue for tick in ticks.TICKS if tick.name == "hooks"] == ["watch"]
