"""Cases of what the database refuses about dispositions, mappings and consents; run by `test_constraints`."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from dialer.models import Consent, Disposition, DispositionMapping
from tests import factories

THEN = datetime(2026, 3, 2, 12, tzinfo=UTC)
OTHER = "foo"


def outcome(code: str = "told", **fields: Any) -> Disposition:
    return Disposition.objects.create(**({"code": code, "name": code} | fields))


def mapping(**fields: Any) -> DispositionMapping:
    if "provider" not in fields:
        fields["provider_account"] = fields.get("provider_account") or factories.account()
    return DispositionMapping.objects.create(**({"raw_status": "a", "result": "busy"} | fields))


def second_of_account() -> DispositionMapping:
    first = mapping()
    return mapping(provider_account=first.provider_account, raw_status="b")


def second_of_provider() -> DispositionMapping:
    mapping(provider="simulator")
    return mapping(provider="simulator", raw_status="b")


def consent() -> Consent:
    return Consent.objects.create(
        contact=factories.contact(), purpose="service", basis="express", captured_at=THEN
    )


CASES = [
    ("disposition_code_once", lambda: (outcome("one"), outcome("two"))[1], {"code": "one"}),
    ("disposition_code_word", outcome, {"code": "Told You"}),
    ("disposition_event_word", outcome, {"event": OTHER}),
    ("disposition_has_name", outcome, {"name": ""}),
    ("disposition_retry_ends_nothing", outcome, {"retry": True, "is_final": True}),
    ("mapping_of_one", mapping, {"provider": "simulator"}),
    ("mapping_of_one", mapping, {"provider_account": None}),
    ("mapping_reads_a_word", mapping, {"raw_status": ""}),
    ("mapping_says_something", mapping, {"result": ""}),
    ("mapping_result_word", mapping, {"result": "cancelled"}),
    ("mapping_once_an_account", second_of_account, {"raw_status": "a"}),
    ("mapping_once_a_provider", second_of_provider, {"raw_status": "a"}),
    ("consent_purpose_word", consent, {"purpose": OTHER}),
    ("consent_basis_word", consent, {"basis": OTHER}),
    ("consent_ends_after_capture", consent, {"expires_at": THEN.replace(year=2025)}),
    ("consent_is_e164", consent, {"number": "02079460999"}),
    ("campaign_daily_limit_positive", factories.campaign, {"daily_call_limit": 0}),
    ("attempt_is_e164", lambda: factories.attempt(state="pushed"), {"number": ""}),
    ("suppression_names_one", factories.suppression, {"number_hash": "a"}),
]
