"""Own the numbers for Prometheus: gauges read from the database at scrape time, equal in every process.

Never counts by itself and never labels anything with what a person could be known by.
"""

from __future__ import annotations

from collections.abc import Iterator

from django.db import DatabaseError
from django.db.models import Count, Model, Q
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from dialer import clock
from dialer.models import Attempt, Campaign, Heartbeat, Job, ProviderAccount, TallyKind
from dialer.reports.tallies import totals_by_kind


class LedgerCollector(Collector):
    """What stands in the database, as gauges."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Read everything anew."""
        yield _counted("dialer_campaigns", "Campaigns by status.", Campaign, "status")
        yield _counted("dialer_jobs", "Jobs by kind and state.", Job, "kind", "state")
        yield from _tallied()
        yield from _accounts()
        age = GaugeMetricFamily(
            "dialer_tick_age_seconds", "Seconds since a tick last ran to its end.", labels=["tick"]
        )
        now = clock.now()
        for name, beat_at in Heartbeat.objects.values_list("name", "beat_at"):
            age.add_metric([name], max(0.0, (now - beat_at).total_seconds()))
        yield age


def _counted(name: str, text: str, model: type[Model], *columns: str) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, text, labels=list(columns))
    rows = model._default_manager.order_by().values_list(*columns).annotate(rows=Count("pk"))
    for *labels, rows_count in rows:
        family.add_metric([str(label or "") for label in labels], rows_count)
    return family


#: Family, what it says, and the labels: the tables that are too large to be counted at every scrape.
_TALLIED = {
    TallyKind.CONTACT: ("dialer_contacts", "Campaign contacts by state.", ("state", "finish_reason")),
    TallyKind.ATTEMPT: ("dialer_attempts", "Attempts by state and result.", ("state", "result")),
    TallyKind.EVENT: ("dialer_provider_events", "Facts from providers by what became of them.", ("state",)),
}


def _tallied() -> Iterator[GaugeMetricFamily]:
    totals = totals_by_kind()
    for kind, (name, text, labels) in _TALLIED.items():
        family = GaugeMetricFamily(name, text, labels=list(labels))
        for words, count in totals[kind].items():
            family.add_metric(words[: len(labels)], count)
        yield family


def _accounts() -> Iterator[GaugeMetricFamily]:
    health = GaugeMetricFamily(
        "dialer_account_health",
        "1 for the account's present health.",
        labels=["account", "provider", "state"],
    )
    live = GaugeMetricFamily("dialer_live_attempts", "Attempts that may still ring.", labels=["account"])
    doubt = GaugeMetricFamily(
        "dialer_indeterminate_attempts", "Attempts that the provider may or may not have.", labels=["account"]
    )
    counts = {
        account: (live_count, doubt_count)
        for account, live_count, doubt_count in Attempt.objects.filter(is_live=True)
        .order_by()
        .values_list("provider_account_id")
        .annotate(live=Count("pk"), doubt=Count("pk", filter=Q(state="indeterminate")))
    }
    for account in ProviderAccount.objects.only("name", "provider", "health_state"):
        live_count, doubt_count = counts.get(account.pk, (0, 0))
        health.add_metric([account.name, account.provider, account.health_state], 1)
        live.add_metric([account.name], live_count)
        doubt.add_metric([account.name], doubt_count)
    yield from (health, live, doubt)


def exposition() -> tuple[bytes, str]:
    """Return this process' own counters and the database's numbers; without a database the former alone."""
    body = generate_latest(REGISTRY)
    ledger = CollectorRegistry(auto_describe=False)
    try:
        ledger.register(LedgerCollector())
        body += generate_latest(ledger)
    except DatabaseError:
        body += b"# the database does not answer: no ledger numbers\n"
    return body, CONTENT_TYPE_LATEST
