"""Every request to a provider has an instant of its own in the account's row, whoever sends it and for what."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from dialer.engine import accounts, campaigns, dispatch, pacing, remote
from dialer.models import Attempt, Campaign, ProviderAccount
from providers import errors, registry
from providers.ledger import MemoryLedger
from providers.sandbox.control import busiest
from tests import factories
from tests.api.conftest import Api
from tests.engine.chatty import SPEC, Chatty
from tests.engine.conftest import ANSWERED, NO_ANSWER, SILENT, START, Stage

RATE = 10
SLOW = {"ring_after_seconds": 600}


@pytest.fixture
def chatty(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Chatty]]:
    monkeypatch.setitem(registry.BUILTIN, Chatty.slug, SPEC)
    registry.forget()
    remote._steerable.cache_clear()
    monkeypatch.setattr(Chatty, "sent", [])
    monkeypatch.setattr(Chatty, "calls", MemoryLedger())
    yield Chatty
    registry.forget()
    remote._steerable.cache_clear()


@pytest.fixture
def api(stage: Stage) -> Api:
    return Api(factories.api_key(["admin"])[1])


def account(**more: object) -> dict[str, object]:
    return {"provider": Chatty.slug, "max_requests_per_second": RATE} | more


def seconds(chatty: type[Chatty]) -> list[float]:
    return [(at - START).total_seconds() for _, at in chatty.sent]


def kinds(chatty: type[Chatty]) -> set[str]:
    return {what for what, _ in chatty.sent}


def assert_paced(chatty: type[Chatty]) -> None:
    """No two requests share an instant, and none stands in a second with more than the rate."""
    instants = seconds(chatty)
    assert len(set(instants)) == len(instants)
    assert busiest(instants) <= RATE


def test_opening_pushing_looking_pausing_and_taking_back(stage: Stage, chatty: type[Chatty]) -> None:
    numbers = [ANSWERED, NO_ANSWER, SILENT, "+12025550100", "+13035550107"]
    stage.build(*numbers, account=account(settings=SLOW))
    for _ in range(20):
        stage.tick()
        stage.wait(seconds=1)
    campaigns.pause(campaign_id=stage.campaign.pk, now=stage.now)
    for _ in range(10):
        stage.tick()
        stage.wait(seconds=1)
    assert kinds(chatty) == {"open_campaign", "push", "observe", "withdraw", "pause"}
    assert {row.state for row in Attempt.objects.all()} == {"cancelled"}
    campaigns.resume(campaign_id=stage.campaign.pk, now=stage.now)
    stage.play(seconds=10)
    assert "resume" in kinds(chatty)
    assert_paced(chatty)


def test_what_people_ask_over_the_api(stage: Stage, chatty: type[Chatty], api: Api) -> None:
    stage.build(ANSWERED, account=account())
    at = f"provider-accounts/{stage.account.pk}"
    chatty.sent.clear()
    for method, path in (("get", "remote-campaigns"), ("post", "check"), ("get", "balance")):
        assert getattr(api, method)(f"{at}/{path}").status_code == 200
        stage.wait(seconds=1)
    assert [what for what, _ in chatty.sent] == ["browse"] * 3 + ["check"] * 6
    assert_paced(chatty)


def test_who_would_wait_too_long_is_told_to_come_again(stage: Stage, chatty: type[Chatty], api: Api) -> None:
    stage.build(ANSWERED, account=account())
    ahead = stage.now + timedelta(seconds=7.4)
    ProviderAccount.objects.update(bucket_next_at=ahead)
    chatty.sent.clear()
    at = f"provider-accounts/{stage.account.pk}"
    for method, path in (("get", "remote-campaigns"), ("post", "check"), ("get", "balance")):
        answer = getattr(api, method)(f"{at}/{path}")
        assert (answer.status_code, answer.json()["code"]) == (503, "provider_rate_used_up")
        assert answer.headers["Retry-After"] == "8"
        assert answer.json()["retryable"] is True
    stage.account.refresh_from_db()
    assert (stage.account.bucket_next_at, stage.account.health_state) == (ahead, "healthy")
    assert chatty.sent == []


def test_a_probe_that_finds_no_request_comes_again_and_blames_nobody(
    stage: Stage, chatty: type[Chatty]
) -> None:
    stage.build(ANSWERED, account=account())
    open_now = {"health_state": "open", "probe_at": stage.now, "failures_in_row": 5}
    ProviderAccount.objects.update(bucket_next_at=stage.now + timedelta(seconds=7), **open_now)
    chatty.sent.clear()
    assert accounts.probe_due(now=stage.now) == 0
    stage.account.refresh_from_db()
    assert {name: getattr(stage.account, name) for name in open_now} == open_now
    stage.wait(seconds=3)
    assert accounts.probe_due(now=stage.now) == 1
    stage.account.refresh_from_db()
    assert (stage.account.health_state, kinds(chatty)) == ("degraded", {"check"})


def test_an_order_that_finds_no_request_goes_back_unsent(stage: Stage, chatty: type[Chatty]) -> None:
    (row,) = stage.build(ANSWERED, account=account())
    chatty.sent.clear()
    ahead = stage.now + timedelta(seconds=40)
    take = pacing._book

    def others_first(*given: object) -> object:
        ProviderAccount.objects.update(bucket_next_at=ahead)
        return take(*given)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pacing, "_book", others_first)
        stage.tick("dispatch")
    row.refresh_from_db()
    stage.account.refresh_from_db()
    attempt = stage.attempt(row)
    assert (row.state, attempt.state, attempt.sends, attempt.sending_at) == ("waiting", "claimed", 0, None)
    assert (stage.account.health_state, stage.account.failures_in_row, chatty.sent) == ("healthy", 0, [])
    stage.wait(seconds=41)
    stage.tick("dispatch")
    assert kinds(chatty) == {"push"}


def test_a_throttled_account_slows_down_and_recovers(stage: Stage, chatty: type[Chatty]) -> None:
    stage.build(ANSWERED, account=account())
    throttled = errors.Throttled("too many requests")
    for factor in (0.5, 0.25):
        accounts.failed(
            account_id=stage.account.pk, error=throttled, now=stage.now, seen_factor=min(1.0, factor * 2)
        )
        stage.account.refresh_from_db()
        assert stage.account.bucket_factor == factor
    pace = pacing.pace_now(stage.account, stage.now)
    assert pace is not None
    assert pace.gap == timedelta(seconds=0.44)
    instants = [pacing._book(stage.account.pk, timedelta(seconds=30))[0] for _ in range(3)]
    assert instants[2] - instants[1] == instants[1] - instants[0] == pace.gap
    stage.wait(seconds=5)
    pacing._book(stage.account.pk, timedelta(seconds=30))
    stage.account.refresh_from_db()
    assert stage.account.bucket_factor == pytest.approx(0.5)
    stage.wait(seconds=20)
    again = pacing.pace_now(stage.account, stage.now)
    assert again is not None
    assert again.gap == timedelta(seconds=0.11)


def test_an_account_without_a_rate_costs_no_statement(
    stage: Stage, chatty: type[Chatty], django_assert_num_queries: object
) -> None:
    free = factories.account(provider=Chatty.slug)
    with django_assert_num_queries(0):  # type: ignore[operator]
        options = accounts.provider_for(free).http_options
        assert (options.on_request, options.on_sending) == (None, None)
        with pacing.turn(free), pacing.asking(free):
            pass
    assert ProviderAccount.objects.get(pk=free.pk).bucket_next_at is None


def test_a_changed_rate_holds_at_once(stage: Stage, chatty: type[Chatty]) -> None:
    stage.build(ANSWERED, account=account())
    ProviderAccount.objects.update(max_requests_per_second=2)
    first, second = (pacing._book(stage.account.pk, timedelta(seconds=9))[0] for _ in range(2))
    assert second - first == timedelta(seconds=0.55)
    assert Campaign.objects.get().opened_at is not None


def test_what_an_instant_has_left_is_not_waited_for_when_the_clock_was_set_back(stage: Stage) -> None:
    fast = factories.account(max_requests_per_second=200)  # four requests at an instant: three are left
    with pacing.turn(fast):
        pass
    assert len(pacing._left[fast.pk]) == 3
    stage.wait(hours=-1)
    with pacing.turn(fast, patience=1):
        assert pacing._mine.at - stage.now <= timedelta(seconds=1)


def test_an_order_gives_way_to_calls_that_are_to_be_taken_back_and_is_not_claimed_again_at_once(
    stage: Stage, chatty: type[Chatty], monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.build(SILENT, account=account(settings=SLOW))
    stage.tick("dispatch")
    stage.wait(seconds=5)
    row = factories.enrolled([ANSWERED], campaign=stage.campaign, due_at=stage.now)
    Attempt.objects.update(withdraw_why="exclusion", withdraw_after=stage.now)
    claims: list[int] = []
    real = dispatch.claim

    def claim(**given: Any) -> Any:
        claims.append(1)
        assert len(claims) < 10, "claimed and handed back without end"
        return real(**given)

    monkeypatch.setattr(dispatch, "claim", claim)
    chatty.sent.clear()
    stage.tick("dispatch")
    row.refresh_from_db()
    assert (row.state, chatty.sent) == ("waiting", [])
    stage.tick("withdraw")
    stage.wait(seconds=1)
    stage.tick("dispatch")
    assert [what for what, _ in chatty.sent[:4]] == ["withdraw"] * 3 + ["push"]
    assert row.attempts.get().state == "pushed"
