"""Works on one leased import of do-not-call entries: a batch a transaction, each stopping whom it names.

Owns what rows of such a file do; their shape is `do_not_call_rows`', leases and offsets are those of every import.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

from django.db import transaction

from dialer.engine.suppression import NewSuppression, suppress
from dialer.intake.do_not_call_rows import Entry, EntryMapper, check_columns, read_entry
from dialer.intake.opening import Opened
from dialer.intake.records import Fault, Refusal, fault
from dialer.intake.slices import Batch, Slice
from dialer.intake.sources import Row, inspect, rows
from dialer.intake.writers import StoredVerdict, writer
from dialer.models import Campaign, Contact, ProviderAccount, Suppression

_REFERENCES = (("contact", Contact), ("campaign", Campaign), ("provider_account", ProviderAccount))


class DoNotCallSlice(Slice):
    """One stretch of work on one import of do-not-call entries."""

    def look(self, opened: Opened) -> dict[str, Any]:
        """Find out what the file is."""
        return inspect(opened, self.params["mapping"], check_columns)

    def walk(self, opened: Opened, offset: int) -> Iterator[Row]:
        """Give the file's rows from an offset on."""
        return rows(opened, self.params["source"], self.params["mapping"], offset, EntryMapper)

    def read(self, index: int, row: Row) -> Any:
        """Check one row."""
        if row.errors is not None or row.item is None:
            return Refusal(index, row.errors or [])
        read = read_entry(row.item, self.params["default_country"], self.params["origin"])
        return Refusal(index, read) if isinstance(read, list) else (index, read)

    def commit(self, batch: Batch) -> None:
        """Record one batch and stop whom it names, or nothing if the lease is lost."""
        read: list[Any] = batch.read.result()
        with transaction.atomic():
            self._hold()
            told = [StoredVerdict(one.row, "rejected", one.errors) for one in read if type(one) is Refusal]
            good = dict(one for one in read if type(one) is not Refusal)
            told += self._take(good)
            if told:
                writer().insert_verdicts(self.job.pk, sorted(told, key=lambda verdict: verdict.row))
            rejected = sum(verdict.verdict == "rejected" for verdict in told)
            self.params |= {"offset": batch.end, "tries": 0}
            self._progress(
                processed=self.job.processed + batch.size,
                accepted=self.job.accepted + batch.size - rejected,
                rejected=self.job.rejected + rejected,
                bytes_read=batch.taken,
                params=self.params,
            )

    def _take(self, good: dict[int, Entry]) -> list[StoredVerdict]:
        """Record entries that name what exists and are not in force already; tell of the others."""
        wrong = self._unknown(good)
        told = [StoredVerdict(index, "rejected", [error]) for index, error in wrong.items()]
        fresh: dict[tuple[Any, ...], Entry] = {}
        known = self._in_force([entry for index, entry in good.items() if index not in wrong])
        for index, entry in good.items():
            if index in wrong:
                continue
            key = _key(entry)
            if key in known or key in fresh:
                detail = "the same entry is in force already, or stands in an earlier row"
                told.append(StoredVerdict(index, "skipped", [fault("", "duplicate", detail)]))
            else:
                fresh[key] = entry
        if fresh and not self.dry_run:
            suppress(entries=[_new(entry) for entry in fresh.values()], now=self.now)
        return told

    def _unknown(self, good: dict[int, Entry]) -> dict[int, Fault]:
        """Find the rows that name nobody, nowhere or the past; puts the person's id where one has an external_id."""
        wanted = {entry.external_id for entry in good.values() if entry.external_id}
        people = dict(
            Contact.objects.filter(external_id__in=wanted).values_list("external_id", "pk") if wanted else ()
        )
        wrong = {}
        for index, entry in good.items():
            if entry.external_id:
                entry.contact = people.get(entry.external_id)
                if entry.contact is None:
                    wrong[index] = fault("/external_id", "does_not_exist", "nobody has this external_id")
            if entry.expires_at is not None and entry.expires_at <= self.now:
                wrong[index] = fault("/expires_at", "past", "this is over already")
        for name, model in _REFERENCES:
            named: set[UUID] = {getattr(entry, name) for entry in good.values()} - {None}
            absent = (
                named - set(model.objects.filter(pk__in=named).values_list("pk", flat=True)) if named else ()
            )
            for index, entry in good.items():
                if getattr(entry, name) in absent:
                    wrong[index] = fault(f"/{name}", "does_not_exist", "there is none of this id")
        return wrong

    def _in_force(self, entries: Sequence[Entry]) -> set[tuple[Any, ...]]:
        """Give the keys of those that would only repeat what holds for ever, or as long."""
        rows = Suppression.objects.filter(Suppression.in_force(self.now))
        columns = ("number", "contact_id", "campaign_id", "provider_account_id", "expires_at")
        numbers = [entry.number for entry in entries if entry.number]
        people = [entry.contact for entry in entries if entry.contact]
        return {
            *rows.filter(number__in=numbers).values_list(*columns),
            *rows.filter(contact_id__in=people).values_list(*columns),
        }


def _key(entry: Entry) -> tuple[Any, ...]:
    return (entry.number, entry.contact, entry.campaign, entry.provider_account, entry.expires_at)


def _new(entry: Entry) -> NewSuppression:
    return NewSuppression(
        number=entry.number,
        contact_id=entry.contact,
        scope=entry.scope,
        campaign_id=entry.campaign,
        provider_account_id=entry.provider_account,
        reason=entry.reason,
        source=entry.source,
        expires_at=entry.expires_at,
    )
