"""A write under an Idempotency-Key happens once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from dialer import clock
from dialer.models import ApiKey, Campaign, CampaignContact, IdempotencyKey, RetryTimeline
from tests import factories
from tests.api.conftest import Api, refused

pytestmark = pytest.mark.django_db
BODY = {"name": "evenings", "steps": []}


def post(api: Api, key: str = "k1", body: dict | None = None, path: str = "retry-timelines", **headers):
    return api.post(path, BODY if body is None else body, HTTP_IDEMPOTENCY_KEY=key, **headers)


def test_a_replay_gives_the_stored_answer_and_does_nothing(api):
    first, second = post(api), post(api)
    assert (first.status_code, second.status_code) == (201, 201)
    assert second.content == first.content
    assert second["Content-Type"] == first["Content-Type"]
    assert second["ETag"] == first["ETag"]
    assert "Idempotent-Replayed" not in first
    assert second["Idempotent-Replayed"] == "true"
    assert RetryTimeline.objects.count() == 1


def test_every_kind_of_write_takes_a_key(api):
    timeline = factories.timeline()
    for method, body in (("patch", {"name": "a"}), ("put", {"name": "b", "steps": []}), ("delete", None)):
        answers = [
            getattr(api, method)(f"retry-timelines/{timeline.pk}", body, HTTP_IDEMPOTENCY_KEY=method)
            for _ in "12"
        ]
        assert answers[0].status_code == answers[1].status_code < 300
        assert answers[1].content == answers[0].content
        assert answers[1]["Idempotent-Replayed"] == "true"


def test_an_action_is_replayed_although_its_state_would_refuse_it_now(api):
    campaign = factories.campaign()
    answers = [post(api, "go", {}, f"campaigns/{campaign.pk}/archive") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert Campaign.objects.get().version == answers[0].json()["version"]


@pytest.mark.parametrize("other", [{"body": {"name": "other", "steps": []}}, {"path": "retry-timelines?x=1"}])
def test_the_same_key_with_another_request_is_422(api, other):
    post(api)
    if "path" in other:
        refused(post(api, **other), 400, "unknown_field")  # judged before the key
        return
    refused(post(api, **other), 422, "idempotency_conflict")
    assert RetryTimeline.objects.count() == 1


def test_the_same_key_at_another_address_is_422(api):
    post(api)
    refused(post(api, path="campaigns"), 422, "idempotency_conflict")


def test_keys_of_different_callers_do_not_meet(caller):
    assert post(caller("write")).status_code == 201
    assert post(caller("write"), body={"name": "other", "steps": []}).status_code == 201


def test_a_refusal_of_the_content_is_stored(api):
    first = post(api, body={"name": "x", "steps": [{}]})
    second = post(api, body={"name": "x", "steps": [{}]})
    refused(second, 400, "invalid")
    assert second.content == first.content
    assert second["Idempotent-Replayed"] == "true"


def test_a_refusal_that_may_pass_is_not_stored(api):
    campaign = factories.campaign()
    refused(post(api, "k", {}, f"campaigns/{campaign.pk}/pause"), 409, "invalid_transition")
    assert IdempotencyKey.objects.count() == 0
    answer = api.patch(
        f"campaigns/{campaign.pk}", {"name": "n"}, HTTP_IDEMPOTENCY_KEY="k", HTTP_IF_MATCH='"9"'
    )
    refused(answer, 412, "version_mismatch")
    assert IdempotencyKey.objects.count() == 0


def test_a_key_without_the_scope_leaves_nothing(caller):
    refused(post(caller("read")), 403, "insufficient_scope")
    assert IdempotencyKey.objects.count() == 0


def test_a_crash_frees_the_key_and_undoes_the_write(api, monkeypatch):
    from dialer.api import timelines

    def crash(*_: object) -> None:
        raise RuntimeError

    with monkeypatch.context() as patch:
        patch.setattr(timelines, "_write_steps", crash)
        refused(post(api), 500, "internal_error")
    assert RetryTimeline.objects.count() == IdempotencyKey.objects.count() == 0
    assert post(api).status_code == 201


def test_while_the_first_runs_the_second_is_409(api):
    post(api)
    IdempotencyKey.objects.update(status_code=None, lease_until=clock.now() + timedelta(seconds=60))
    answer = post(api)
    assert refused(answer, 409, "idempotency_in_progress")["retryable"] is True
    assert answer["Retry-After"] == "1"
    assert RetryTimeline.objects.count() == 1


def test_an_expired_lease_without_an_answer_is_free(api):
    key = ApiKey.objects.get()
    IdempotencyKey.objects.create(
        api_key=key, key="k1", method="POST", path="/x", body_hash="0", lease_until=clock.now()
    )
    assert post(api).status_code == 201
    assert "Idempotent-Replayed" in post(api)


def test_an_answer_is_forgotten_after_seven_days(api):
    post(api)
    IdempotencyKey.objects.update(created_at=clock.now() - timedelta(days=7))
    again = post(api)
    assert (again.status_code, "Idempotent-Replayed" in again) == (201, False)
    assert RetryTimeline.objects.count() == 2


@pytest.mark.parametrize("key", ["", "x" * 256, "é", "a\tb"])
def test_a_key_must_be_short_printable_ascii(api, key):
    refused(post(api, key), 400, "invalid_header")
    assert RetryTimeline.objects.count() == 0


def test_a_bulk_call_is_replayed_with_its_verdicts(api):
    campaign = factories.campaign()
    body = {"contacts": [{"phone": factories.phone_number()}, {"phone": "x"}]}
    first, second = (post(api, "bulk", body, f"campaigns/{campaign.pk}/contacts") for _ in range(2))
    assert first.status_code == 201
    assert second.json() == first.json()
    assert CampaignContact.objects.count() == 1
