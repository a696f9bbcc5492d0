"""Each gate on plain facts: what it lets through, what it holds and until when, what it refuses and how that ends."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from dialer.gates.eligibility import CONTACT_GATES, campaign_eligibility, eligibility, verdicts
from dialer.gates.facts import AccountFacts, BudgetFacts, CampaignFacts, Candidate, PhoneFacts
from dialer.gates.load import choose_phone
from dialer.rules.windows import Window

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)  # a Monday
ID = UUID(int=1)
OFFICE = Window(days=frozenset(range(5)), start=9 * 60, end=18 * 60)


def account(**fields: Any) -> AccountFacts:
    base = AccountFacts(
        id=ID,
        name="sim",
        is_enabled=True,
        health_state="healthy",
        health_last_error="",
        probe_at=None,
        room=None,
    )
    return replace(base, **fields)


def budget(**fields: Any) -> BudgetFacts:
    base = BudgetFacts(unit="minutes", per="day", limit=Decimal(5), currency="", used=Decimal(0))
    return replace(base, **fields)


def campaign(**fields: Any) -> CampaignFacts:
    base = CampaignFacts(
        id=ID,
        version=1,
        account=account(),
        status="running",
        is_open=True,
        purpose="service",
        timezone="contact",
        windows=(),
        observes_holidays=False,
        starts_at=None,
        ends_at=None,
        max_attempts_per_contact=None,
        max_attempts_per_day=None,
        daily_call_limit=None,
        calls_today=0,
        daily_budget=None,
        spent_today=Decimal(0),
        day_begins_at=datetime(2026, 3, 2, tzinfo=UTC),
        day_ends_at=datetime(2026, 3, 3, tzinfo=UTC),
    )
    return replace(base, **fields)


def phone(number: str = "+442079460100", **fields: Any) -> PhoneFacts:
    return PhoneFacts(**({"id": ID, "number": number, "country": "GB"} | fields))


def candidate(of: CampaignFacts | None = None, **fields: Any) -> Candidate:
    number = fields.pop("phone", phone())
    base = Candidate(
        campaign=of or campaign(),
        id=ID,
        contact_id=ID,
        timezone=None,
        phone=number,
        phones=(number,) if number else (),
    )
    return replace(base, **fields)


def test_nothing_stands_in_the_way_of_a_plain_service_call() -> None:
    assert eligibility(candidate(), NOON).ok
    assert campaign_eligibility(campaign(), NOON).ok


@pytest.mark.parametrize(
    ("facts", "gate", "code", "until"),
    [
        ({"status": "paused"}, "state", "paused", None),
        ({"is_open": False}, "state", "preparing", None),
        ({"account": account(is_enabled=False)}, "account_health", "disabled", None),
        (
            {"account": account(health_state="open", probe_at=NOON + timedelta(minutes=1))},
            "account_health",
            "open",
            NOON + timedelta(minutes=1),
        ),
        ({"starts_at": NOON + timedelta(hours=1)}, "dates", "not_started", NOON + timedelta(hours=1)),
        (
            {"daily_call_limit": 3, "calls_today": 3},
            "daily_limit",
            "reached",
            datetime(2026, 3, 3, tzinfo=UTC),
        ),
        (
            {"daily_budget": Decimal(5), "spent_today": Decimal(5)},
            "budget",
            "spent",
            datetime(2026, 3, 3, tzinfo=UTC),
        ),
        (
            {"budgets": (budget(used=Decimal("2.5"), limit=Decimal("2.5")),)},
            "budget",
            "spent",
            datetime(2026, 3, 3, tzinfo=UTC),
        ),
        (
            {"budgets": (budget(used=Decimal(9)), budget(per="campaign", used=Decimal(9)))},
            "budget",
            "spent",
            None,
        ),
        ({"account": account(room=0)}, "capacity", "full", NOON + timedelta(seconds=1)),
    ],
)
def test_a_campaign_is_held_with_its_reason(
    facts: dict[str, Any], gate: str, code: str, until: datetime | None
) -> None:
    verdict = campaign_eligibility(campaign(**facts), NOON)
    assert (verdict.outcome, verdict.gate, verdict.code, verdict.until) == ("held", gate, code, until)


@pytest.mark.parametrize("facts", [{"status": "completed"}, {"ends_at": NOON}])
def test_a_campaign_that_is_over_refuses(facts: dict[str, Any]) -> None:
    assert campaign_eligibility(campaign(**facts), NOON).outcome == "refused"


@pytest.mark.parametrize(
    ("facts", "gate", "finish"),
    [
        ({"stop_reason": "excluded"}, "stop", "excluded"),
        ({"suppressed_by": "entry"}, "suppression", "suppressed"),
        ({"phone": phone(suppressed_by="entry")}, "suppression", "suppressed"),
        ({"not_after": NOON}, "contact_dates", "expired"),
        ({"phone": None}, "phone", "uncallable"),
        ({"phone": phone(do_not_disturb=True)}, "phone", "uncallable"),
        ({"phone": phone(is_uncallable=True)}, "phone", "uncallable"),
    ],
)
def test_a_contact_is_refused_and_ends_for_the_reason(facts: dict[str, Any], gate: str, finish: str) -> None:
    verdict = eligibility(candidate(**facts), NOON)
    assert (verdict.outcome, verdict.gate, verdict.finish) == ("refused", gate, finish)


def test_the_cap_in_all_exhausts_and_the_cap_a_day_holds_until_the_day_ends() -> None:
    in_all = eligibility(candidate(campaign(max_attempts_per_contact=2), attempts=2), NOON)
    assert (in_all.outcome, in_all.finish) == ("refused", "exhausted")
    a_day = eligibility(candidate(campaign(max_attempts_per_day=1), attempts=1, attempts_today=1), NOON)
    assert (a_day.outcome, a_day.gate, a_day.until) == ("held", "caps", datetime(2026, 3, 3, tzinfo=UTC))


def test_a_busy_person_is_looked_at_again_soon() -> None:
    verdict = eligibility(candidate(is_busy=True), NOON)
    assert (verdict.gate, verdict.until) == ("person_busy", NOON + timedelta(seconds=10))


def test_a_window_is_local_to_the_called_party() -> None:
    sydney = candidate(campaign(windows=(OFFICE,)), phone=phone("+61280010100"), timezone="Australia/Sydney")
    verdict = eligibility(sydney, NOON)  # 23:00 in Sydney
    assert (verdict.gate, verdict.until) == ("window", datetime(2026, 3, 2, 22, 0, tzinfo=UTC))


def test_a_window_with_a_zone_of_its_own_does_not_ask_where_the_person_is() -> None:
    paris = candidate(campaign(windows=(OFFICE,), timezone="Europe/Paris"), phone=phone("+80012345678"))
    assert eligibility(paris, NOON).ok


def test_windows_need_a_zone_and_fail_closed_without_one() -> None:
    nowhere = candidate(campaign(windows=(OFFICE,)), phone=phone("+80012345678"))
    verdict = eligibility(nowhere, NOON)
    assert (verdict.outcome, verdict.code, verdict.finish) == ("refused", "zone_unknown", "uncallable")


def test_a_number_in_several_zones_waits_until_all_of_them_are_open() -> None:
    toll_free = candidate(campaign(windows=(OFFICE,)), phone=phone("+18005550100"))
    verdict = eligibility(toll_free, NOON)
    assert verdict.outcome in ("held", "refused")
    assert not verdict.ok


def test_windows_that_no_two_zones_share_refuse_for_good() -> None:
    hour = Window(days=frozenset(range(7)), start=9 * 60, end=10 * 60)
    toll_free = candidate(campaign(windows=(hour,)), phone=phone("+18005550100"))
    verdict = eligibility(toll_free, NOON)
    assert (verdict.code, verdict.finish) == ("no_common_window", "uncallable")


def test_service_calls_on_a_holiday_wait_only_where_the_campaign_observes_it() -> None:
    christmas = datetime(2026, 12, 25, 12, 0, tzinfo=UTC)
    assert eligibility(candidate(campaign(observes_holidays=False)), christmas).ok
    verdict = eligibility(candidate(campaign(observes_holidays=True)), christmas)
    # 26 December 2026 is a Saturday, so Monday the 28th is Boxing Day's substitute; the 26th itself is one too.
    assert (verdict.gate, verdict.until) == ("holiday", datetime(2026, 12, 27, 0, 0, tzinfo=UTC))


@pytest.mark.parametrize("purpose", ["marketing", "collections"])
def test_without_law_data_marketing_and_collections_keep_the_default_hours(purpose: str) -> None:
    sunday = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
    late = datetime(2026, 3, 2, 21, 0, tzinfo=UTC)
    facts = candidate(campaign(purpose=purpose))
    assert eligibility(facts, NOON).ok
    assert eligibility(facts, NOON).rule is not None
    assert (eligibility(facts, sunday).gate, eligibility(facts, sunday).until) == (
        "law",
        datetime(2026, 3, 2, 8, 0, tzinfo=UTC),
    )
    assert eligibility(facts, late).until == datetime(2026, 3, 3, 8, 0, tzinfo=UTC)


def test_marketing_where_no_calendar_is_known_is_refused() -> None:
    verdict = eligibility(candidate(campaign(purpose="marketing"), phone=phone("+80012345678")), NOON)
    assert (verdict.outcome, verdict.gate) == ("refused", "law")


def test_holds_push_each_other_to_the_first_instant_at_which_all_are_open() -> None:
    facts = candidate(
        campaign(windows=(OFFICE,), observes_holidays=True), not_before=datetime(2026, 12, 24, 20, tzinfo=UTC)
    )
    # Evening of the 24th, then Christmas, Boxing Day, a Sunday, the substitute Monday: Tuesday nine o'clock.
    assert eligibility(facts, NOON).until == datetime(2026, 12, 29, 9, 0, tzinfo=UTC)


def test_a_hold_never_outlasts_the_contacts_own_end() -> None:
    facts = candidate(campaign(windows=(OFFICE,)), not_after=datetime(2026, 3, 2, 20, tzinfo=UTC))
    verdict = eligibility(facts, datetime(2026, 3, 2, 19, tzinfo=UTC))
    assert (verdict.gate, verdict.until) == ("window", datetime(2026, 3, 2, 20, tzinfo=UTC))


def test_every_gate_answers_for_the_explanation() -> None:
    assert [verdict.gate for verdict in verdicts(candidate(), NOON)] == [gate.name for gate in CONTACT_GATES]


def test_the_same_facts_give_the_same_answer() -> None:
    facts = candidate(campaign(windows=(OFFICE,), purpose="marketing"))
    assert eligibility(facts, NOON) == eligibility(facts, NOON)


def test_the_choice_of_a_number() -> None:
    a = phone("+442079460100", id=UUID(int=1))
    b = phone("+442079460101", id=UUID(int=2))
    quiet = replace(b, do_not_disturb=True)
    refused = replace(a, suppressed_by="entry")
    assert choose_phone((a, b), b.id) == b
    assert choose_phone((a, b), None) == a
    assert choose_phone((a, quiet), b.id) == a
    assert choose_phone((quiet,), b.id) is None
    assert choose_phone((refused, b), a.id) == refused, "a no is not got round by another number"
    assert choose_phone((a, b), a.id, number=b.number) == b
