"""`/webhook-endpoints`: a secret that is shown once, addresses that are refused, and what a change brings along.

Long because one resource has all of that, and its deliveries.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection
from standardwebhooks import Webhook

from dialer import clock
from dialer.api.problems import UNPROCESSABLE
from dialer.feed import endpoints, guard, numbering
from dialer.models import FeedEvent, IdempotencyKey, WebhookDelivery, WebhookEndpoint
from dialer.models.ids import new_id
from tests import factories
from tests.api.conftest import Api, refused
from tests.feed.receiver import Receiver, receiving

URL = "https://receiver.example.com/hook"


@pytest.fixture(autouse=True)
def asked(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Resolve `inside...` to an address of ours and everything else to a public one; note the open transactions."""
    seen: list[bool] = []

    def resolve(host: str, port: int) -> list[str]:
        seen.append(connection.in_atomic_block)
        return ["10.1.2.3"] if host.startswith("inside") else ["93.184.215.14"]

    monkeypatch.setattr(guard, "by_system", resolve)
    return seen


def made(api: Api, **fields: Any) -> dict[str, Any]:
    answer = api.post("webhook-endpoints", {"url": URL} | fields)
    assert answer.status_code == 201, answer.content
    return answer.json()


def row() -> dict[str, Any]:
    return WebhookEndpoint.objects.values().get()


def test_one_is_made_with_defaults_and_shows_its_secret_once(api: Api) -> None:
    FeedEvent.objects.create(kind="job.queued")
    numbering.number_due()
    shown = made(api)
    secret = shown.pop("secret")
    Webhook(secret)
    assert secret.startswith("whsec_")
    assert (shown["event_types"], shown["campaign"], shown["description"]) == ([], None, None)
    assert (shown["is_enabled"], shown["version"], shown["previous_until"]) == (True, 1, None)
    assert (shown["health"].pop("failures_in_row"), set(shown["health"].values())) == (0, {None})
    shown["health"]["failures_in_row"] = 0
    assert api.get(f"webhook-endpoints/{shown['id']}").json() == shown
    assert api.get("webhook-endpoints").json()["results"] == [shown]
    assert row()["cursor"] == 1


def test_a_secret_of_ones_own_is_taken(api: Api) -> None:
    secret = "whsec_" + "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo="
    assert made(api, secret=secret)["secret"] == secret
    problem = refused(api.post("webhook-endpoints", {"url": URL, "secret": "hunter2"}), 400, "invalid")
    assert [(e["pointer"], e["code"]) for e in problem["errors"]] == [("/secret", "invalid_secret")]
    assert WebhookEndpoint.objects.count() == 1


def test_the_answer_to_a_repeated_request_is_the_same_and_kept_encrypted(api: Api) -> None:
    headers = {"HTTP_IDEMPOTENCY_KEY": "one"}
    first = api.post("webhook-endpoints", {"url": URL}, **headers)
    again = api.post("webhook-endpoints", {"url": URL}, **headers)
    assert (again.json(), again["Idempotent-Replayed"]) == (first.json(), "true")
    assert first.json()["secret"] not in IdempotencyKey.objects.get().body
    assert WebhookEndpoint.objects.count() == 1


@pytest.mark.parametrize(
    ("fields", "pointer", "code"),
    [
        ({"url": "http://receiver.example.com/"}, "/url", "insecure"),
        ({"url": "https://inside.example.com/"}, "/url", "forbidden_address"),
        ({"url": "https://me:you@receiver.example.com/"}, "/url", "invalid"),
        ({"url": "nowhere"}, "/url", "invalid"),
        ({"url": 7}, "/url", "invalid_type"),
        ({"url": None}, "/url", "null"),
        ({"event_types": ["attempt.nothing"]}, "/event_types/0", "unknown_event_type"),
        ({"event_types": "attempt.ended"}, "/event_types", "not_a_list"),
        ({"campaign": str(new_id())}, "/campaign", "does_not_exist"),
        ({"description": "x" * 301}, "/description", "max_length"),
        ({"is_enabled": "perhaps"}, "/is_enabled", "invalid"),
        ({"health": {}}, "/health", "unknown_field"),
        ({"cursor": 1}, "/cursor", "unknown_field"),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(
    api: Api, fields: Any, pointer: str, code: str
) -> None:
    answer = api.post("webhook-endpoints", {"url": URL} | fields)
    status = 422 if code in UNPROCESSABLE else 400
    assert answer.status_code == status, answer.content
    assert [(error["pointer"], error["code"]) for error in answer.json()["errors"]] == [(pointer, code)]
    assert not WebhookEndpoint.objects.exists()
    kept = made(api)
    before = row()
    answer = api.patch(f"webhook-endpoints/{kept['id']}", fields)
    assert answer.status_code == status
    assert row() == before


@pytest.mark.parametrize(
    "url", ["https://127.0.0.1/", "https://[::1]/", "https://2130706433/", "https://0x7f.1/"]
)
def test_our_own_network_is_refused_however_it_is_spelt(
    api: Api, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.undo()
    problem = refused(api.post("webhook-endpoints", {"url": url}), 422, "invalid")
    assert [error["code"] for error in problem["errors"]] == ["forbidden_address"]


def test_the_installation_may_allow_its_own_network_and_http(api: Api, settings: Any) -> None:
    settings.DIALER_WEBHOOK_ALLOW_PRIVATE = True
    assert made(api, url="http://inside.example.com:8080/hook")["url"].startswith("http://inside")


@pytest.mark.django_db(transaction=True)
def test_names_are_resolved_outside_of_transactions(asked: list[bool]) -> None:
    api = Api(factories.api_key(["admin"])[1])
    kept = made(api)
    api.patch(f"webhook-endpoints/{kept['id']}", {"url": URL}, HTTP_IDEMPOTENCY_KEY="k")
    assert asked == [False, False]


def test_reading_needs_read_and_writing_admin(api: Api, caller: Callable[..., Api]) -> None:
    path = f"webhook-endpoints/{made(api)['id']}"
    assert caller("read").get(path).status_code == 200
    assert caller("read").get(f"{path}/deliveries").status_code == 200
    before = row()
    for method, address in (
        ("post", "webhook-endpoints"),
        ("patch", path),
        ("put", path),
        ("delete", path),
        ("post", f"{path}/test"),
        ("post", f"{path}/rotate-secret"),
        ("post", f"{path}/deliveries/{new_id()}/redeliver"),
    ):
        refused(getattr(caller("write"), method)(address, {"url": URL}), 403, "insufficient_scope")
    assert row() == before


def test_a_version_that_has_passed_is_refused(api: Api) -> None:
    path = f"webhook-endpoints/{made(api)['id']}"
    assert api.patch(path, {"description": "CRM"}, HTTP_IF_MATCH='"1"')["ETag"] == '"2"'
    refused(api.patch(path, {"description": "ERP"}, HTTP_IF_MATCH='"1"'), 412, "version_mismatch")
    assert row()["description"] == "CRM"


def test_switching_off_is_told_and_switching_on_forgets_failures(api: Api) -> None:
    path = f"webhook-endpoints/{made(api)['id']}"
    off = api.patch(path, {"is_enabled": False}).json()
    assert (off["is_enabled"], off["health"]["disabled_reason"]) == (False, "by_request")
    assert FeedEvent.objects.get().data == {"webhook_endpoint": off["id"], "reason": "by_request"}
    WebhookEndpoint.objects.update(failures_in_row=9, failing_since=clock.now(), resume_at=clock.now())
    on = api.patch(path, {"is_enabled": True}).json()
    assert (on["health"]["failures_in_row"], on["health"]["disabled_at"]) == (0, None)
    assert (on["health"]["failing_since"], on["health"]["resume_at"]) == (None, None)
    assert FeedEvent.objects.count() == 1


def test_another_address_begins_without_the_failures_of_the_old_one(api: Api) -> None:
    path = f"webhook-endpoints/{made(api)['id']}"
    WebhookEndpoint.objects.update(failures_in_row=9, failing_since=clock.now(), resume_at=clock.now())
    changed = api.patch(path, {"url": f"{URL}/other"}).json()
    assert (changed["health"]["failures_in_row"], changed["health"]["failing_since"]) == (0, None)


def test_put_sets_back_what_it_does_not_name_but_not_the_secret(api: Api) -> None:
    kept = made(api, event_types=["job.*"], description="CRM")
    answer = api.put(f"webhook-endpoints/{kept['id']}", {"url": URL}).json()
    assert (answer["event_types"], answer["description"], answer["version"]) == ([], None, 2)
    assert WebhookEndpoint.objects.get().secrets["current"] == kept["secret"]
    assert "secret" not in answer


def test_a_new_secret_is_shown_once_and_the_old_one_signs_on(api: Api) -> None:
    kept = made(api)
    answer = api.post(f"webhook-endpoints/{kept['id']}/rotate-secret")
    assert (answer.status_code, answer.json()["version"]) == (200, 2)
    fresh = answer.json()["secret"]
    endpoint = WebhookEndpoint.objects.get()
    assert endpoints.signing_keys(endpoint, clock.now()) == [fresh, kept["secret"]]
    assert answer.json()["previous_until"] is not None
    assert fresh not in str(api.get("webhook-endpoints").json())
    own = "whsec_" + "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo="
    assert "secret" not in api.patch(f"webhook-endpoints/{kept['id']}", {"secret": own}).json()
    assert endpoints.signing_keys(WebhookEndpoint.objects.get(), clock.now()) == [own, fresh]


def test_one_is_deleted_with_its_deliveries(api: Api) -> None:
    kept = made(api)
    delivery_for(kept)
    assert api.delete(f"webhook-endpoints/{kept['id']}").status_code == 204
    assert not WebhookDelivery.objects.exists()
    refused(api.get(f"webhook-endpoints/{kept['id']}/deliveries"), 404, "not_found")


def test_a_campaign_that_an_endpoint_follows_says_so_when_it_is_to_be_deleted(api: Api) -> None:
    campaign = factories.campaign()
    made(api, campaign=str(campaign.pk))
    refused(api.delete(f"campaigns/{campaign.pk}"), 409, "in_use")


# --- test, deliveries, redelivery -----------------------------------------------------------------------------


@pytest.fixture
def receiver(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    monkeypatch.undo()
    settings.DIALER_WEBHOOK_ALLOW_PRIVATE = True
    with receiving() as here:
        yield here


def test_a_test_is_sent_now_and_reports_the_answer(api: Api, receiver: Receiver) -> None:
    kept = made(api, url=receiver.url)
    answer = api.post(f"webhook-endpoints/{kept['id']}/test")
    assert answer.status_code == 200
    shown = answer.json()
    assert (shown["state"], shown["response_status"], shown["event"]) == ("delivered", 204, None)
    assert (shown["event_type"], shown["tries"], shown["error"]) == ("webhook.test", 1, None)
    (came,) = receiver.came
    payload = Webhook(kept["secret"]).verify(came.body, came.headers)
    assert (payload["type"], came.headers["webhook-id"]) == ("webhook.test", shown["id"])
    assert api.get(f"webhook-endpoints/{kept['id']}/deliveries").json()["results"] == [shown]


def test_a_test_that_fails_is_an_answer_too(api: Api, receiver: Receiver) -> None:
    kept = made(api, url=receiver.url)
    receiver.reply = lambda _: (500, {}, b"no: call +12125550100")
    shown = api.post(f"webhook-endpoints/{kept['id']}/test").json()
    assert (shown["state"], shown["response_status"]) == ("failed", 500)
    assert (shown["error"], shown["excerpt"]) == ("it answered 500", "no: call +121****0100")
    refused(api.post(f"webhook-endpoints/{kept['id']}/deliveries/{shown['id']}/redeliver"), 409, "is_a_test")


def delivery_for(kept: dict[str, Any], **fields: Any) -> WebhookDelivery:
    event = FeedEvent.objects.create(kind="job.queued")
    columns = {"endpoint_id": kept["id"], "event": event, "kind": event.kind, "due_at": clock.now()} | fields
    return WebhookDelivery.objects.create(**columns)


def test_deliveries_are_listed_newest_first_and_searched(api: Api) -> None:
    kept, other = made(api), made(api)
    first, second = delivery_for(kept), delivery_for(kept, state="failed", due_at=None)
    delivery_for(other)
    path = f"webhook-endpoints/{kept['id']}/deliveries"

    def found(query: str) -> list[str]:
        return [shown["id"] for shown in api.every(f"{path}?{query}")]

    assert found("page_size=1") == [str(second.pk), str(first.pk)]
    assert found("state=failed") == [str(second.pk)]
    assert found("event_type=job.queued") == [str(second.pk), str(first.pk)]
    assert found(f"event={first.event_id}") == [str(first.pk)]
    refused(api.get(f"{path}?state=lost"), 400, "invalid")
    refused(api.get(f"webhook-endpoints/{new_id()}/deliveries"), 404, "not_found")


def test_a_delivery_is_sent_again(api: Api) -> None:
    kept = made(api)
    delivery = delivery_for(kept, state="failed", due_at=None, tries=10)
    answer = api.post(f"webhook-endpoints/{kept['id']}/deliveries/{delivery.pk}/redeliver")
    assert answer.status_code == 202
    assert (answer.json()["state"], answer.json()["tries"]) == ("pending", 0)
    delivery.refresh_from_db()
    assert (delivery.state, delivery.due_at is not None) == ("pending", True)


def test_what_cannot_be_sent_again_is_refused_and_stays(api: Api) -> None:
    kept, other = made(api), made(api)
    delivery = delivery_for(kept, state="failed", due_at=None, tries=10)
    before = WebhookDelivery.objects.values().get()
    refused(api.post(f"webhook-endpoints/{other['id']}/deliveries/{delivery.pk}/redeliver"), 404, "not_found")
    api.patch(f"webhook-endpoints/{kept['id']}", {"is_enabled": False})
    path = f"webhook-endpoints/{kept['id']}/deliveries/{delivery.pk}/redeliver"
    refused(api.post(path), 409, "invalid_transition")
    assert WebhookDelivery.objects.values().get() == before


def test_no_log_line_holds_an_address_or_a_secret(
    api: Api, receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    kept = made(api, url=f"{receiver.url}?token=abc123")
    api.post(f"webhook-endpoints/{kept['id']}/test")
    api.post(f"webhook-endpoints/{kept['id']}/rotate-secret")
    said = "\n".join(record.getMessage() for record in caplog.records)
    assert "abc123" not in said
    assert "whsec_" not in said
