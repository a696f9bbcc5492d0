"""Every model has its pages, its search finds rows, and no page costs a query a row."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, User
from django.db import connection
from django.db.models import Model
from django.test import Client
from django.test.utils import CaptureQueriesContext

from dialer import clock, models
from dialer.admin import base
from dialer.admin.base import BoundedCount, BoundedPaginator, ReadOnlyAdmin
from tests import factories
from tests.admin.pages import add_of, list_of, page_of

pytestmark = pytest.mark.django_db

OURS = [model for model in admin.site._registry if model._meta.app_label == "dialer"]
EVERY = [*OURS, User, Group]
READ_ONLY = [model for model in OURS if isinstance(admin.site._registry[model], ReadOnlyAdmin)]


def fill() -> dict[type[Model], Model]:
    """Make one more row of every model, and give it."""
    enrolment = factories.enrolled()
    attempt = factories.attempt(enrolment)
    key, _ = factories.api_key()
    now = clock.now()
    job = models.Job.objects.create(kind="import", campaign=enrolment.campaign, created_by=key)
    event = models.ProviderEvent(
        provider_account=attempt.provider_account, attempt=attempt, source="poll", state="applied"
    )
    event.dedupe_key = str(attempt.pk)
    event.raw_status = "RINGING"
    event.save()
    hook = models.HookMessage.objects.create(
        provider_account=attempt.provider_account, dedupe_key=f"hook {attempt.pk}", read_after=now
    )
    bucket = {"owner_id": key.pk, "kind": "contact", "state": "waiting", "number": 0, "day": now.date()}
    counts = {"total": 1, "priced": 0, "cost": 0}
    return {
        models.Tally: models.Tally.objects.create(**bucket, **counts),
        models.TallyDelta: models.TallyDelta.objects.create(**bucket, **counts),
        models.ProviderAccount: enrolment.campaign.provider_account,
        models.Campaign: enrolment.campaign,
        models.RetryTimeline: enrolment.campaign.retry_timeline,
        models.RetryStep: enrolment.campaign.retry_timeline.steps.first(),
        models.Contact: enrolment.contact,
        models.ContactPhone: enrolment.contact.phones.first(),
        models.CampaignContact: enrolment,
        models.Attempt: attempt,
        models.Suppression: factories.suppression(),
        models.ProviderBlock: models.ProviderBlock.objects.create(
            provider_account=attempt.provider_account, number=factories.phone_number(), act_at=now
        ),
        **outcomes(attempt, key.prefix),
        models.ProviderEvent: event,
        models.HookMessage: hook,
        models.FeedEvent: models.FeedEvent.objects.create(
            kind="campaign_contact.rearmed", campaign_id=enrolment.campaign_id
        ),
        models.Job: job,
        models.JobChunk: models.JobChunk.objects.create(job=job, position=0, data=b"name\n"),
        models.JobVerdict: models.JobVerdict.objects.create(job=job, row=3, verdict="rejected"),
        models.Heartbeat: models.Heartbeat.objects.create(name=f"beat {key.prefix}", beat_at=now),
        models.ApiKey: key,
        models.IdempotencyKey: models.IdempotencyKey.objects.create(
            api_key=key, key=key.prefix, method="POST", path="/x", lease_until=now
        ),
        **webhooks(key.prefix),
        User: User.objects.create_user(f"user {key.prefix}"),
        Group: Group.objects.create(name=f"group {key.prefix}"),
    }


def outcomes(attempt: models.Attempt, mark: str) -> dict[type[Model], Model]:
    outcome = models.Disposition.objects.create(code=f"code-{mark}", name="Sold")
    return {
        models.Disposition: outcome,
        models.DispositionMapping: models.DispositionMapping.objects.create(
            provider_account=attempt.provider_account, raw_status="GHOST", disposition=outcome
        ),
        models.Consent: models.Consent.objects.create(
            contact=factories.contact(external_id=f"crm-{mark}"),
            purpose="service",
            basis="express",
            captured_at=clock.now(),
        ),
    }


def webhooks(mark: str) -> dict[type[Model], Model]:
    endpoint = models.WebhookEndpoint.objects.create(
        url=f"https://receiver.example.com/{mark}", secrets={"current": "whsec_c2VjcmV0"}
    )
    event = models.FeedEvent.objects.create(kind="job.queued")
    delivery = models.WebhookDelivery.objects.create(
        endpoint=endpoint, event=event, kind=event.kind, due_at=clock.now()
    )
    return {models.WebhookEndpoint: endpoint, models.WebhookDelivery: delivery}


def test_every_model_of_ours_is_registered() -> None:
    ours = {
        model for model in models.__dict__.values() if isinstance(model, type) and issubclass(model, Model)
    }
    assert ours == set(OURS)


@pytest.mark.parametrize("model", EVERY, ids=lambda model: model.__name__)
def test_a_list_shows_its_rows(boss: Client, model: type[Model]) -> None:
    row = fill()[model]
    response = boss.get(list_of(model))
    assert response.status_code == 200
    assert row in list(response.context["cl"].result_list)


@pytest.mark.parametrize("model", EVERY, ids=lambda model: model.__name__)
def test_a_row_has_a_page(boss: Client, model: type[Model]) -> None:
    assert boss.get(page_of(fill()[model])).status_code == 200


@pytest.mark.parametrize("model", EVERY, ids=lambda model: model.__name__)
def test_an_add_page_opens_where_people_may_add(boss: Client, model: type[Model]) -> None:
    refused = {*READ_ONLY, models.CampaignContact}
    assert boss.get(add_of(model)).status_code == (403 if model in refused else 200)


@pytest.mark.parametrize("model", READ_ONLY, ids=lambda model: model.__name__)
def test_what_the_engine_writes_can_be_neither_changed_nor_deleted(boss: Client, model: type[Model]) -> None:
    row = fill()[model]
    assert boss.post(page_of(row), {}).status_code == 403
    assert boss.post(page_of(row).replace("/change/", "/delete/"), {"post": "yes"}).status_code == 403
    assert model._default_manager.filter(pk=row.pk).exists()


SEARCHES: dict[type[Model], Callable[[Any], str]] = {
    models.ProviderAccount: lambda row: row.name,
    models.Campaign: lambda row: row.name,
    models.RetryTimeline: lambda row: row.name,
    models.RetryStep: lambda row: row.timeline.name,
    models.Contact: lambda row: row.phones.first().number,
    models.ContactPhone: lambda row: row.number,
    models.CampaignContact: lambda row: row.contact.phones.first().number,
    models.Attempt: lambda row: row.number,
    models.Suppression: lambda row: row.number,
    models.ProviderBlock: lambda row: row.number,
    models.Disposition: lambda row: row.code,
    models.DispositionMapping: lambda row: row.disposition.code,
    models.Consent: lambda row: row.contact.external_id,
    models.ProviderEvent: lambda row: row.dedupe_key,
    models.HookMessage: lambda row: row.dedupe_key,
    models.FeedEvent: lambda row: str(row.campaign_id),
    models.Job: lambda row: row.campaign.name,
    models.JobChunk: lambda row: str(row.job_id),
    models.JobVerdict: lambda row: str(row.job_id),
    models.Heartbeat: lambda row: row.name,
    models.ApiKey: lambda row: row.prefix,
    models.IdempotencyKey: lambda row: row.key,
    models.WebhookEndpoint: lambda row: row.url.rpartition("/")[2],
    models.WebhookDelivery: lambda row: str(row.event_id),
    models.Tally: lambda row: str(row.owner_id),
    models.TallyDelta: lambda row: str(row.owner_id),
    User: lambda row: row.username,
    Group: lambda row: row.name,
}


@pytest.mark.parametrize("model", EVERY, ids=lambda model: model.__name__)
def test_a_search_finds_the_row_and_not_the_others(boss: Client, model: type[Model]) -> None:
    wanted, other = fill()[model], fill()[model]
    found = list(boss.get(list_of(model), {"q": SEARCHES[model](wanted)}).context["cl"].result_list)
    assert wanted in found
    assert other not in found


@pytest.mark.parametrize("model", EVERY, ids=lambda model: model.__name__)
def test_a_search_for_nonsense_finds_nothing(boss: Client, model: type[Model]) -> None:
    fill()
    assert list(boss.get(list_of(model), {"q": "no such thing"}).context["cl"].result_list) == []


@pytest.mark.parametrize("term", ["crm-7", "7946", "Ana Souza", "ana@example.com", "+44 20 7946 0123"])
def test_people_are_found_by_whatever_names_them(boss: Client, term: str) -> None:
    person = factories.contact(
        ["+442079460123"], name="Ana Souza", external_id="crm-7", email="ana@example.com"
    )
    enrolment = factories.enrolled(contact=person)
    factories.enrolled(["+33199001234"])
    for model, row in ((models.Contact, person), (models.CampaignContact, enrolment)):
        assert list(boss.get(list_of(model), {"q": term}).context["cl"].result_list) == [row]


@pytest.mark.parametrize("model", EVERY, ids=lambda model: model.__name__)
def test_a_list_of_many_rows_costs_no_more_queries_than_a_short_one(boss: Client, model: type[Model]) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            boss.get(list_of(model))
        return len(queries)

    fill()
    cost()  # content types are read once
    few = cost()
    for _ in range(5):
        fill()
    assert cost() == few


@pytest.mark.parametrize("model", EVERY, ids=lambda model: model.__name__)
def test_no_page_costs_more_than_a_few_queries(boss: Client, model: type[Model]) -> None:
    row = fill()[model]
    boss.get(page_of(row))
    with CaptureQueriesContext(connection) as queries:
        boss.get(page_of(row))
    assert len(queries) <= 12


def test_no_list_counts_further_than_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(base, "COUNT_LIMIT", 2)
    for _ in range(4):
        factories.suppression()
    paginator = BoundedPaginator(models.Suppression.objects.order_by("-id"), 1)
    assert (int(paginator.count), str(paginator.count), paginator.num_pages) == (3, "more than 2", 3)


def test_a_count_below_the_limit_is_a_number() -> None:
    assert (str(BoundedCount(7)), f"{BoundedCount(7)}") == ("7", "7")


@pytest.mark.parametrize("model", OURS, ids=lambda model: model.__name__)
def test_who_may_only_look_sees_no_way_to_change(staff: Callable[..., Client], model: type[Model]) -> None:
    row = fill()[model]
    client = staff(f"view_{model._meta.model_name}")
    response = client.get(page_of(row))
    assert response.status_code == 200
    assert not response.context["has_change_permission"]
    assert response.context["actions_detail"] == []
    assert client.post(page_of(row), {}).status_code == 403


@pytest.mark.parametrize("model", OURS, ids=lambda model: model.__name__)
def test_who_has_no_permission_sees_nothing(staff: Callable[..., Client], model: type[Model]) -> None:
    row = fill()[model]
    client = staff()
    assert client.get(list_of(model)).status_code == 403
    assert client.get(page_of(row)).status_code == 403


def test_the_pages_carry_the_product_and_instants_as_the_api_writes_them(boss: Client) -> None:
    key, _ = factories.api_key()
    models.ApiKey.objects.filter(pk=key.pk).update(created_at=datetime(2026, 3, 1, 13, 5, 9, tzinfo=UTC))
    page = boss.get(list_of(models.ApiKey)).content.decode()
    assert "2026-03-01 13:05:09" in page
    assert "Dialer" in page[page.index("<title>") : page.index("</title>")]
    assert "Unfold" not in boss.get("/admin/").content.decode()
