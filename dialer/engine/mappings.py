"""Reads a provider's words by the mappings that people made: which result and which disposition they stand for.

Owns that reading; never changes a state.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from uuid import UUID

from django.db.models import Q

from dialer.models import Disposition, DispositionMapping, ProviderAccount
from providers.contract import Report
from providers.vocabulary import Progress, Result


@dataclass(slots=True)
class Words:
    """The mappings that hold for one account, those that say most exactly what they mean first."""

    mappings: list[DispositionMapping] = field(default_factory=list)

    def read(self, report: Report) -> Report:
        """Give the report with the result that its words are mapped to.

        Only a mapping that names the status and a result makes an unknown word final. A no stays one.
        """
        if report.result is Result.DO_NOT_CALL or report.progress not in (Progress.ENDED, Progress.UNKNOWN):
            return report
        is_unknown = report.progress is Progress.UNKNOWN
        for row in self._matching(report):
            if row.result and (row.raw_status or not is_unknown):
                return replace(report, progress=Progress.ENDED, result=Result(row.result))
        return report

    def outcome(self, report: Report) -> Disposition | None:
        """Give the disposition that the report's words are mapped to."""
        if report.progress is not Progress.ENDED:
            return None
        return next((row.disposition for row in self._matching(report) if row.disposition), None)

    def _matching(self, report: Report) -> Iterable[DispositionMapping]:
        for row in self.mappings:
            is_same_status = row.raw_status in ("", report.raw_status)
            if is_same_status and row.raw_disposition in ("", report.disposition or ""):
                yield row


def words_of(account_id: UUID, reports: Iterable[Report]) -> Words:
    """Read the mappings of an account, if any of these reports could need one."""
    if not any(report.progress in (Progress.ENDED, Progress.UNKNOWN) for report in reports):
        return Words()
    slugs = ProviderAccount.objects.filter(pk=account_id).values("provider")
    found = DispositionMapping.objects.filter(
        Q(provider_account_id=account_id) | Q(provider_account__isnull=True, provider__in=slugs)
    ).select_related("disposition")
    return Words(sorted(found.order_by("pk"), key=_exactness))


def _exactness(row: DispositionMapping) -> tuple[bool, bool, bool]:
    """Sort the account's own words before the provider's, and the more exact before the less."""
    return (
        row.provider_account_id is None,
        not (row.raw_status and row.raw_disposition),
        not row.raw_disposition,
    )
