"""Value objects: what they refuse, what they hide, and that JSON carries them unchanged."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from itertools import permutations

import pytest

from providers.capabilities import Capabilities, NativeRetry, Rate
from providers.contract import (
    Account,
    CallOrder,
    CampaignSpec,
    Handle,
    HookRequest,
    NativePlan,
    NativeStep,
    Observation,
    Receipt,
    Recording,
    RemoteCampaign,
    RemoteItem,
    Report,
    from_json,
    to_json,
)
from providers.secrets import Secret
from providers.vocabulary import Progress, Result, RetryScope, Unit, Why

AT = datetime(2026, 6, 1, 12, 0, 0, 123456, tzinfo=UTC)
PHONE = "+12025550123"
PLAN = NativePlan(steps=(NativeStep(amount=2, unit=Unit.HOUR, business_day=True, other_phone=True),))
REPORT = Report(
    ref="r",
    remote_id="1",
    phone=PHONE,
    progress=Progress.ENDED,
    result=Result.BUSY,
    raw_status="engaged",
    at=AT,
    seconds=1.5,
    cost=Decimal("0.10"),
    currency="USD",
    event_id="e",
    detail={"a": [1, {"b": None}]},
)
VALUES = [
    CampaignSpec(ref="c", name="n", retry=PLAN, options={"a": 1}),
    RemoteCampaign(remote_id="1", redials=True, remote={"x": "y"}),
    CallOrder(ref="r", phone=PHONE, not_before=AT, fields={"debt": "1"}, retry=PLAN, other_phones=("+1",)),
    Receipt(ref="r", accepted=False, result=Result.INVALID_NUMBER, reason="no"),
    Handle(
        ref="r", phone=PHONE, remote={"a": "b"}, pushed_at=AT, send_no=2, ring_no=3, progress=Progress.RINGING
    ),
    REPORT,
    Report(ref="r", progress=Progress.ENDED, result=Result.FAILED, ring_no=2, is_last=True),
    Observation(reports=(REPORT,), cursor="c", complete=True),
    Account(ok=True, balance=Decimal("1.50")),
    RemoteItem(id="1", detail={"a": "b"}),
    Recording(media_type="audio/wav", content=b"\x00\xff"),
    HookRequest(body=b"\xff{}", headers={"A": "b"}, received_at=AT),
]


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_json_carries_a_value_unchanged(value: object) -> None:
    text = json.dumps(to_json(value))
    assert from_json(type(value), json.loads(text)) == value


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_what_is_printed_hides_the_person(value: object) -> None:
    assert "2025550123" not in repr(value)


def test_a_printed_phone_is_masked_not_gone() -> None:
    assert "phone=+120****0123" in repr(Handle(ref="r", phone=PHONE))


def test_times_become_utc_in_json() -> None:
    local = datetime(2026, 6, 1, 9, 0, tzinfo=timezone(timedelta(hours=-3)))
    assert to_json(Handle(ref="r", phone=PHONE, pushed_at=local))["pushed_at"] == "2026-06-01T12:00:00Z"


def test_an_unknown_key_is_refused() -> None:
    with pytest.raises(ValueError, match="Account has no field strange"):
        from_json(Account, {"ok": True, "strange": 1})


def test_a_secret_is_never_encoded() -> None:
    with pytest.raises(TypeError):
        to_json({"a": [Secret("x")]})


def test_a_report_that_can_not_be_matched_is_refused() -> None:
    with pytest.raises(ValueError, match="needs a ref"):
        Report(progress=Progress.ENDED)


def test_a_result_comes_with_the_end_only() -> None:
    with pytest.raises(ValueError, match="progress ENDED"):
        Report(ref="r", progress=Progress.UNKNOWN, result=Result.FAILED)


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match=r"Report\.ended_at is a time without a zone"):
        Report(ref="r", progress=Progress.ENDED, ended_at=AT.replace(tzinfo=None))


@pytest.mark.parametrize(("ref", "phone"), [("", PHONE), ("r", "12025550123"), ("r", "")])
def test_an_order_needs_a_ref_and_an_international_number(ref: str, phone: str) -> None:
    with pytest.raises(ValueError, match="CallOrder"):
        CallOrder(ref=ref, phone=phone)


def test_a_refusal_names_its_result() -> None:
    with pytest.raises(ValueError, match="needs a result"):
        Receipt(ref="r", accepted=False)


def test_headers_are_found_whatever_their_case() -> None:
    hook = HookRequest(body=b"", headers={"X-Signature": "s"}, received_at=AT)
    assert (hook.header("x-signature"), hook.header("X-Other")) == ("s", None)


def test_progress_is_ordered_and_unknown_moves_nothing() -> None:
    order = [Progress.UNKNOWN, Progress.QUEUED, Progress.RINGING, Progress.CONNECTED, Progress.ENDED]
    assert [progress.rank for progress in order] == [-1, 0, 1, 2, 3]
    assert not any(Progress.UNKNOWN.is_after(progress) for progress in order)
    for first, second in permutations(order, 2):
        assert first.is_after(second) is (order.index(first) > order.index(second))


def test_capabilities_default_to_no() -> None:
    nothing = Capabilities()
    assert (nothing.withdraw, nothing.webhooks, nothing.recordings, nothing.native_retry) == (
        False,
        False,
        False,
        None,
    )
    assert nothing.visible_after == timedelta(minutes=15)
    assert nothing.proves_absence is True
    assert nothing.batch_size == 1


def test_reasons_to_withdraw_count_only_where_it_is_possible() -> None:
    assert Capabilities().can_withdraw(Why.PAUSE) is False
    only = Capabilities(withdraw=True, withdraw_why=frozenset({Why.SUPPRESSION}))
    assert (only.can_withdraw(Why.SUPPRESSION), only.can_withdraw(Why.PAUSE)) == (True, False)


def test_every_capability_has_a_note_and_a_vendor_may_say_more() -> None:
    capabilities = Capabilities(notes={"rate": "The sheet says 10 a second."})
    assert capabilities.note("rate") == "The sheet says 10 a second."
    assert capabilities.note("webhooks") == "Whether the provider notifies us."
    assert set(Capabilities.meanings()) == {name for name in to_json(capabilities) if name != "notes"}


def test_a_note_on_nothing_and_an_empty_batch_are_refused() -> None:
    with pytest.raises(ValueError, match="names no field: speed"):
        Capabilities(notes={"speed": "?"})
    with pytest.raises(ValueError, match="at least 1"):
        Capabilities(batch_size=0)
    with pytest.raises(ValueError, match="above 0"):
        Rate(per_second=0)


def test_capabilities_can_be_shown_as_json() -> None:
    shown = to_json(
        Capabilities(
            native_retry=NativeRetry(scope=RetryScope.CALL, smallest=Unit.HOUR), rate=Rate(per_second=10)
        )
    )
    assert shown["native_retry"]["smallest"] == "hour"
    assert shown["rate"] == {"per_second": 10}
    assert shown["visible_after"] == 900.0
    json.dumps(shown)
