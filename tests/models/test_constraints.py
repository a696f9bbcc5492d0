"""The database itself refuses what must never be true, whoever writes: one case for every constraint there is.

Long because there are many.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, models, transaction

from dialer.models import (
    ApiKey,
    CampaignContact,
    ContactPhone,
    FeedEvent,
    HookMessage,
    IdempotencyKey,
    Job,
    JobChunk,
    JobVerdict,
    ProviderBlock,
    ProviderEvent,
    RetryStep,
    Tally,
    WebhookDelivery,
    WebhookEndpoint,
)
from dialer.models.feed import FeedState
from tests import factories
from tests.models import outcome_cases

Row = models.Model
Change = dict[str, Any] | Callable[[Any], dict[str, Any]]
Case = tuple[str, Callable[[], Row], Change]
OTHER = "foo"
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
NUMBER = "+442079460999"


def two_phones() -> ContactPhone:
    return factories.contact([factories.phone_number(), NUMBER]).phones.last()


def two_attempts(**fields: Any) -> Row:
    row = factories.enrolled()
    factories.attempt(row, number=NUMBER, **fields)
    return factories.attempt(row, number=NUMBER)


def attempts_of_two_people() -> Row:
    first = factories.enrolled()
    factories.attempt(first, number=NUMBER, state="pushed")
    return factories.attempt(factories.enrolled(campaign=first.campaign), number=NUMBER)


def second_native() -> Row:
    row = factories.enrolled()
    order = factories.attempt(row)
    factories.attempt(row, origin="native", native_of=order, ring_no=2)
    return factories.attempt(row, origin="native", native_of=order, ring_no=3)


def second_bucket() -> Tally:
    owner = factories.account().pk
    rest = {"detail": "", "number": 1, "day": NOW.date(), "currency": "", "total": 1, "priced": 0, "cost": 0}
    made = [Tally(owner_id=owner, kind="attempt", state=state, **rest) for state in ("claimed", "pushed")]
    return Tally.objects.bulk_create(made)[1]


def second_step() -> RetryStep:
    return factories.timeline().steps.last()


def campaigns_at_one_account() -> Row:
    first = factories.campaign(remote_campaign_id="r", external_id="e")
    return factories.campaign(provider_account=first.provider_account)


def second_person() -> Row:
    factories.contact(external_id="e")
    return factories.contact()


def enrolled_beside() -> CampaignContact:
    return factories.enrolled(campaign=factories.enrolled().campaign)


def event(**fields: Any) -> ProviderEvent:
    made = {"dedupe_key": "a", "source": "poll", "state": "applied", "provider_account": factories.account()}
    return ProviderEvent.objects.create(**(made | fields))


def second_event() -> ProviderEvent:
    return event(dedupe_key="b", provider_account=event().provider_account)


def hook(**fields: Any) -> HookMessage:
    made = {"dedupe_key": "a", "read_after": NOW, "provider_account": factories.account()}
    return HookMessage.objects.create(**(made | fields))


def second_hook() -> HookMessage:
    return hook(dedupe_key="b", provider_account=hook().provider_account)


def job() -> Job:
    return Job.objects.create(kind="import")


def second_chunk() -> JobChunk:
    chunk = JobChunk.objects.create(job=job(), position=0, data=b"")
    return JobChunk.objects.create(job=chunk.job, position=1, data=b"")


def second_verdict() -> JobVerdict:
    verdict = JobVerdict.objects.create(job=job(), row=1, verdict="rejected")
    return JobVerdict.objects.create(job=verdict.job, row=2, verdict="skipped")


def second_block() -> ProviderBlock:
    at_account = {"provider_account": factories.account(), "act_at": NOW}
    ProviderBlock.objects.create(number=NUMBER, **at_account)
    return ProviderBlock.objects.create(number=factories.phone_number(), **at_account)


def second_write() -> IdempotencyKey:
    same = {"api_key": factories.api_key()[0], "method": "POST", "path": "/", "lease_until": NOW}
    IdempotencyKey.objects.create(key="a", **same)
    return IdempotencyKey.objects.create(key="b", **same)


def key() -> ApiKey:
    return factories.api_key()[0]


def second_fact() -> FeedEvent:
    FeedEvent.objects.create(kind="a", number=1)
    return FeedEvent.objects.create(kind="b")


def feed_state() -> FeedState:
    return FeedState.objects.create(last_number=3, trimmed_to=1)


def endpoint() -> WebhookEndpoint:
    return WebhookEndpoint.objects.create(
        url="https://receiver.example.com/", secrets={"current": "whsec_YQ=="}
    )


def second_delivery() -> WebhookDelivery:
    same = {"endpoint": endpoint(), "kind": "a", "due_at": NOW}
    WebhookDelivery.objects.create(event=FeedEvent.objects.create(kind="a"), **same)
    return WebhookDelivery.objects.create(event=FeedEvent.objects.create(kind="b"), **same)


def running() -> Row:
    return factories.campaign(status="running")


def finished() -> Row:
    return factories.enrolled(state="finished")


def held() -> Row:
    return factories.enrolled(state="in_progress")


def pushed() -> Row:
    return factories.attempt(state="pushed")


#: The constraint (or those that may answer first), a valid row, and what must not become of it.
CASES: list[Case] = [
    ("account_health_word", factories.account, {"health_state": OTHER}),
    ("account_health_cause_word", factories.account, {"health_cause": OTHER}),
    ("account_give_up_not_before_visible", factories.account, {"give_up_after_seconds": 1}),
    ("account_rate_range", factories.account, {"max_requests_per_second": 0}),
    ("account_rate_range", factories.account, {"max_requests_per_second": 10_001}),
    ("account_concurrency_positive", factories.account, {"max_concurrent_calls": 0}),
    ("account_bucket_factor_range", factories.account, {"bucket_factor": 0}),
    ("account_open_has_probe", factories.account, {"health_state": "open"}),
    ("step_position_once", second_step, {"position": 0}),
    ("step_day_rule_word", second_step, {"day_rule": OTHER}),
    ("step_phone_word", second_step, {"phone": OTHER[:3]}),
    ("step_after_given", second_step, {"after": ""}),
    ("campaign_status_word", running, {"status": OTHER}),
    ("campaign_purpose_word", running, {"purpose": OTHER}),
    ("campaign_retry_mode_word", running, {"retry_mode": OTHER}),
    ("campaign_holidays_word", running, {"holidays": OTHER}),
    ("campaign_remote_once", campaigns_at_one_account, {"remote_campaign_id": "r"}),
    ("campaign_external_id_once", campaigns_at_one_account, {"external_id": "e"}),
    ("campaign_external_id_not_empty", running, {"external_id": ""}),
    ("campaign_budget_not_negative", running, {"daily_budget": -1}),
    ("campaign_completed_has_instant", running, {"status": "completed"}),
    ("campaign_started_is_frozen", factories.campaign, {"status": "running"}),
    ("campaign_started_is_frozen", running, {"frozen_steps": None}),
    ("campaign_ends_after_start", running, {"starts_at": NOW, "ends_at": NOW - timedelta(days=1)}),
    ("campaign_priority_range", running, {"priority": 11}),
    ("campaign_cap_contact_positive", running, {"max_attempts_per_contact": 0}),
    ("campaign_cap_day_positive", running, {"max_attempts_per_day": 0}),
    ("contact_external_id_once", second_person, {"external_id": "e"}),
    ("contact_external_id_not_empty", second_person, {"external_id": ""}),
    ("phone_once_a_person", two_phones, lambda row: {"number": row.contact.phones.first().number}),
    ("phone_one_main", two_phones, {"is_main": True}),
    ("phone_is_e164", two_phones, {"number": "02079460999"}),
    ("phone_type_word", two_phones, {"type": OTHER}),
    (
        "enrolment_once",
        enrolled_beside,
        lambda row: {"contact": row.campaign.contacts.exclude(pk=row.pk).get().contact},
    ),
    ("enrolment_state_word", held, {"state": OTHER}),
    ("enrolment_finish_word", finished, {"finish_reason": OTHER}),
    ("enrolment_stop_word", held, {"stop_reason": OTHER}),
    ("enrolment_result_word", held, {"last_result": OTHER}),
    ("enrolment_waiting_has_instant", factories.enrolled, {"next_attempt_at": None}),
    ("enrolment_waiting_has_instant", factories.enrolled, {"state": "dispatching"}),
    ("enrolment_finished_has_reason", finished, {"finish_reason": ""}),
    ("enrolment_finished_has_reason", finished, {"finished_at": None}),
    ("enrolment_finished_has_reason", finished, {"state": "in_progress", "finish_reason": ""}),
    ("enrolment_finished_has_reason", held, {"state": "finished"}),
    ("enrolment_priority_range", held, {"priority": 11}),
    ("attempt_sequence_once", two_attempts, {"sequence": 1}),
    ("attempt_sequence_from_one", two_attempts, {"sequence": 0}),
    (
        "attempt_one_live_a_contact",
        lambda: two_attempts(state="pushed"),
        {"state": "pushed", "is_live": True, "number": "+442079460998"},
    ),
    ("attempt_one_live_a_number", attempts_of_two_people, {"state": "pushed", "is_live": True}),
    ("attempt_native_ring_once", second_native, {"ring_no": 2}),
    ("attempt_native_has_its_order", second_native, {"native_of": None}),
    ("attempt_native_has_its_order", pushed, {"origin": "native"}),
    ("attempt_state_word", factories.attempt, {"state": OTHER}),
    ("attempt_result_word", factories.attempt, {"result": OTHER}),
    ("attempt_origin_word attempt_native_has_its_order", factories.attempt, {"origin": OTHER}),
    ("attempt_live_says_state", factories.attempt, {"is_live": True}),
    ("attempt_live_says_state", pushed, {"is_live": False}),
    ("attempt_end_has_result", factories.attempt, {"result": ""}),
    ("attempt_ended_has_instant", factories.attempt, {"ended_at": None}),
    ("attempt_lease_only_claimed", pushed, {"lease_until": NOW}),
    ("attempt_indeterminate_was_sent", pushed, {"state": "indeterminate", "sent_at": None}),
    ("attempt_is_e164", pushed, {"number": "02079460999"}),
    ("feed_number_once", second_fact, {"number": 1}),
    ("feed_state_is_one", feed_state, {"id": 2}),
    ("feed_trimmed_behind", feed_state, {"trimmed_to": 4}),
    ("feed_trimmed_behind", feed_state, {"trimmed_to": -1}),
    ("endpoint_reason_word", endpoint, {"is_enabled": False, "disabled_reason": OTHER, "disabled_at": NOW}),
    ("endpoint_disabled_has_reason", endpoint, {"is_enabled": False}),
    ("endpoint_disabled_has_reason", endpoint, {"disabled_reason": "gone", "disabled_at": NOW}),
    ("endpoint_has_url", endpoint, {"url": ""}),
    (
        "delivery_once",
        second_delivery,
        lambda row: {"event": row.endpoint.deliveries.exclude(pk=row.pk).get().event},
    ),
    ("delivery_state_word delivery_due_says_state", second_delivery, {"state": OTHER}),
    ("delivery_due_says_state", second_delivery, {"state": "delivered"}),
    ("delivery_due_says_state", second_delivery, {"due_at": None}),
    ("hook_once", second_hook, {"dedupe_key": "a"}),
    ("hook_state_word hook_due_says_state", hook, {"state": OTHER}),
    ("hook_due_says_state", hook, {"state": "done"}),
    ("event_once", second_event, {"dedupe_key": "a"}),
    ("event_has_key", event, {"dedupe_key": ""}),
    ("event_source_word", event, {"source": OTHER}),
    ("event_state_word", event, {"state": OTHER}),
    ("api_key_has_hash", key, {"key_hash": ""}),
    ("idempotency_once", second_write, {"key": "a"}),
    ("job_state_word job_end_has_instant", job, {"state": OTHER}),
    ("job_kind_word", job, {"kind": OTHER}),
    ("job_end_has_instant", job, {"state": "completed"}),
    ("job_chunk_once", second_chunk, {"position": 0}),
    ("job_verdict_once", second_verdict, {"row": 1}),
    ("job_verdict_word", second_verdict, {"verdict": OTHER}),
    ("provider_block_once", second_block, {"number": NUMBER}),
    ("provider_block_rests_only_when_added", second_block, {"act_at": None}),
    ("provider_block_is_e164", second_block, {"number": "02079460999"}),
    (
        "suppression_scope_word suppression_scope_names_its_place",
        factories.suppression,
        {"scope": OTHER},
    ),
    ("suppression_names_one", factories.suppression, {"number": None}),
    ("suppression_scope_names_its_place", factories.suppression, {"scope": "campaign"}),
    ("suppression_is_e164", factories.suppression, {"number": "02079460999"}),
    ("tally_once", second_bucket, {"state": "claimed"}),
    ("tally_kind_word", second_bucket, {"kind": OTHER}),
    *outcome_cases.CASES,
]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("names", "make", "change"), CASES, ids=[f"{n}-{i}" for i, (n, _, _) in enumerate(CASES)]
)
def test_it_is_refused(names: str, make: Callable[[], Row], change: Change) -> None:
    row = make()
    rows = type(row)._default_manager.filter(pk=row.pk)
    before = rows.values().get()

    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        rows.update(**(change(row) if callable(change) else change))

    said = str(refused.value)
    if connection.vendor == "sqlite" and said.startswith("UNIQUE"):
        assert names in UNIQUE  # SQLite names the columns instead
    else:
        assert any(f"{quote}{name}{quote}" in f"{said} " for name in names.split() for quote in ('"', " "))
    assert rows.values().get() == before


def constraints() -> dict[str, models.BaseConstraint]:
    found = apps.get_app_config("dialer").get_models()
    return {constraint.name: constraint for model in found for constraint in model._meta.constraints}


UNIQUE = {name for name, made in constraints().items() if isinstance(made, models.UniqueConstraint)}


def test_every_constraint_has_its_case() -> None:
    assert {name for names, _, _ in CASES for name in names.split()} == set(constraints())
