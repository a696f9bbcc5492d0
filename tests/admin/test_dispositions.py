"""The pages of dispositions, mappings and consents."""

from __future__ import annotations

import pytest
from django.test import Client

from dialer.models import Consent, Disposition, DispositionMapping, ProviderEvent
from tests import factories
from tests.admin.pages import add_of, errors_of, page_of, sent_back

pytestmark = pytest.mark.django_db


def test_a_disposition_is_made_and_its_code_stays_once_calls_are_filed_under_it(boss: Client) -> None:
    answer = boss.post(add_of(Disposition), {"code": "sold", "name": "Sold", "is_success": "on"})
    assert answer.status_code == 302
    made = Disposition.objects.get(code="sold")
    factories.attempt(outcome=made)
    boss.post(page_of(made), {**sent_back(boss, page_of(made)), "code": "other", "name": "Bought"})
    made.refresh_from_db()
    assert (made.code, made.name, made.is_success, made.version) == ("sold", "Bought", True, 2)


def test_an_outcome_that_ends_and_retries_is_refused_in_words(boss: Client) -> None:
    answer = boss.post(add_of(Disposition), {"code": "odd", "name": "Odd", "is_final": "on", "retry": "on"})
    assert "cannot ask for a retry" in str(errors_of(answer))
    assert not Disposition.objects.filter(code="odd").exists()


def test_a_mapping_is_of_an_account_or_of_a_provider(boss: Client) -> None:
    account = factories.account()
    words = {"raw_status": "GHOST", "result": "busy"}
    both = {**words, "provider_account": str(account.pk), "provider": "simulator"}
    assert "Name either" in str(errors_of(boss.post(add_of(DispositionMapping), both)))
    assert "Name either" in str(errors_of(boss.post(add_of(DispositionMapping), words)))
    assert DispositionMapping.objects.count() == 0


def test_a_mapping_made_by_hand_reads_stored_words_anew(boss: Client) -> None:
    row = factories.enrolled(
        campaign=factories.campaign(status="running"), state="in_progress", attempt_count=1
    )
    attempt = factories.attempt(row, state="pushed")
    ProviderEvent.objects.create(
        provider_account=attempt.provider_account,
        dedupe_key="k",
        source="hook",
        state="unknown_word",
        attempt=attempt,
        raw_status="GHOST",
        report={"ref": str(attempt.pk), "progress": "unknown", "raw_status": "GHOST"},
    )
    words = {"raw_status": "GHOST", "result": "busy", "provider": "simulator"}
    assert boss.post(add_of(DispositionMapping), words).status_code == 302
    attempt.refresh_from_db()
    assert (attempt.state, attempt.result) == ("ended", "busy")


def consent(contact_id: object, **fields: str) -> dict[str, str]:
    given = {
        "contact": str(contact_id),
        "purpose": "marketing",
        "basis": "express",
        "captured_at_0": "2026-03-01",
        "captured_at_1": "13:00:00",
    }
    return {**given, **fields}


def test_a_consent_is_added_and_only_its_end_and_proof_are_changed(boss: Client) -> None:
    contact = factories.contact(["+442079460123"])
    answer = boss.post(add_of(Consent), consent(contact.pk, number="+44 20 7946 0123"))
    assert answer.status_code == 302, errors_of(answer)
    made = Consent.objects.get()
    assert made.number == "+442079460123"
    change = {"expires_at_0": "2026-04-01", "expires_at_1": "00:00:00", "basis": "implied"}
    boss.post(page_of(made), {**sent_back(boss, page_of(made)), **change})
    made.refresh_from_db()
    assert (made.basis, made.expires_at.isoformat()) == ("express", "2026-04-01T00:00:00+00:00")


def test_a_consent_for_somebody_elses_number_is_refused(boss: Client) -> None:
    contact = factories.contact(["+442079460123"])
    answer = boss.post(add_of(Consent), consent(contact.pk, number="+442079460124"))
    assert "does not have this number" in str(errors_of(answer))
    assert Consent.objects.count() == 0


def test_the_page_of_an_erased_person_changes_nothing(boss: Client) -> None:
    from dialer import clock
    from dialer.engine import erasure

    contact = factories.contact()
    erasure.erase(contact_id=contact.pk, now=clock.now())
    assert boss.get(page_of(contact)).status_code == 200
    assert boss.post(page_of(contact), {"name": "Back"}).status_code == 403
    contact.refresh_from_db()
    assert contact.name == ""
