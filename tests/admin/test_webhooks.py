"""The pages of outgoing webhooks: switched off and on, sent again, and no secret anywhere."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from dialer import clock
from dialer.feed import endpoints
from dialer.models import FeedEvent, WebhookDelivery, WebhookEndpoint
from tests.admin.pages import button_of, choose, list_of, messages_of, page_of, press

pytestmark = pytest.mark.django_db


@pytest.fixture
def endpoint() -> WebhookEndpoint:
    columns = endpoints.first_columns(None)
    return WebhookEndpoint.objects.create(url="https://receiver.example.com/hook", **columns)


@pytest.fixture
def delivery(endpoint: WebhookEndpoint) -> WebhookDelivery:
    event = FeedEvent.objects.create(kind="job.queued")
    return WebhookDelivery.objects.create(endpoint=endpoint, event=event, kind=event.kind, state="failed")


def test_it_is_switched_off_and_on(boss: Client, endpoint: WebhookEndpoint) -> None:
    press(boss, endpoint, "disable")
    endpoint.refresh_from_db()
    assert (endpoint.is_enabled, endpoint.disabled_reason) == (False, "by_request")
    assert "disabled: by request" in boss.get(page_of(endpoint)).content.decode()
    assert (
        "is disabled already" in messages_of(choose(boss, WebhookEndpoint, "disable_selected", endpoint))[0]
    )
    choose(boss, WebhookEndpoint, "enable_selected", endpoint)
    endpoint.refresh_from_db()
    assert (endpoint.is_enabled, endpoint.disabled_reason) == (True, "")


def test_a_delivery_is_sent_again(boss: Client, delivery: WebhookDelivery) -> None:
    press(boss, delivery, "redeliver")
    delivery.refresh_from_db()
    assert (delivery.state, delivery.due_at is not None) == ("pending", True)


def test_not_for_a_disabled_endpoint(boss: Client, delivery: WebhookDelivery) -> None:
    press(boss, delivery.endpoint, "disable")
    before = WebhookDelivery.objects.values().get()
    answer = choose(boss, WebhookDelivery, "redeliver_selected", delivery)
    assert "the endpoint is disabled; enable it first" in messages_of(answer)[-1]
    assert WebhookDelivery.objects.values().get() == before


def test_no_page_shows_a_secret(boss: Client, endpoint: WebhookEndpoint, delivery: WebhookDelivery) -> None:
    secrets = [endpoint.secrets["current"], endpoints.rotate(endpoint_id=endpoint.pk, now=clock.now())]
    pages = [page_of(endpoint), page_of(delivery), list_of(WebhookEndpoint), list_of(WebhookDelivery)]
    for page in pages:
        shown = boss.get(page).content.decode()
        assert not any(secret in shown for secret in secrets)
        assert "whsec_" not in shown


def test_who_may_only_look_can_ask_for_nothing(
    staff: Callable[..., Client], endpoint: WebhookEndpoint, delivery: WebhookDelivery
) -> None:
    client = staff("view_webhookendpoint", "view_webhookdelivery")
    before = (WebhookEndpoint.objects.values().get(), WebhookDelivery.objects.values().get())
    for row, name in ((endpoint, "disable"), (delivery, "redeliver")):
        assert client.post(button_of(row, name), {"_form_submitted": "on"}).status_code == 403
    assert (WebhookEndpoint.objects.values().get(), WebhookDelivery.objects.values().get()) == before
