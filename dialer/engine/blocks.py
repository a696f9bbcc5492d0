"""Numbers that a withdrawal puts on a provider's own list: kept there while somebody says no, and then taken off.

Owns that only our own entries are removed, and that a lost answer is asked for again. Never calls anybody.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from dialer import clock
from dialer.engine import accounts, limits, pacing
from dialer.models import Health, ProviderAccount, ProviderBlock, Suppression
from providers import errors
from providers.contract import Blocklist, Provider

#: Holds an entry against other workers for longer than a request can take.
TURN = timedelta(seconds=30)
#: What failed is tried again soon, then ever later; it is never given up.
RETRY_FIRST, RETRY_LAST = timedelta(seconds=5), timedelta(hours=1)
MOST_TRIES = 20  # from here on the wait no longer grows
#: Entries looked at in one round.
LIMIT = 100
LIFT_LIMIT = 500


def begun(account: ProviderAccount, provider: Provider, number: str, now: datetime) -> bool:
    """Note that a number is about to be put on the provider's list; False if that entry is not ours.

    Written before the request, so that a lost answer leaves something to go on with.
    """
    if provider.blocklist is None:
        return False
    entry, _ = ProviderBlock.objects.get_or_create(
        provider_account=account, number=number, defaults={"act_at": now + TURN}
    )
    return entry.is_ours or bool(_is_ours(provider.blocklist, entry))


def done(account_id: UUID, number: str, now: datetime) -> None:
    """Note that the provider has put a number on its list for us."""
    mine = ProviderBlock.objects.filter(provider_account_id=account_id, number=number)
    with transaction.atomic():
        if mine.filter(removing_at__isnull=True).update(is_ours=True, added_at=now, act_at=None, tries=0):
            return
        # A removal that was under way forgot it, or finds out itself that the number must be on the list again.
        ProviderBlock.objects.get_or_create(
            provider_account_id=account_id, number=number, defaults={"is_ours": True, "added_at": now}
        )


def _is_ours(blocklist: Blocklist, entry: ProviderBlock) -> bool | None:
    """Ask whether the list is without the number, before we first put it there; else the entry is somebody else's.

    None where the provider does not say: then the number is put there, and nobody knows whose it is to take off.
    """
    try:
        is_held = blocklist.holds(entry.number)
    except errors.Refused:
        return None
    unasked = ProviderBlock.objects.filter(pk=entry.pk, is_ours=False)
    if is_held:
        # Another worker may have asked before us, and what we see is what it has put there since.
        unasked.delete()
        return ProviderBlock.objects.filter(pk=entry.pk).exists()
    unasked.update(is_ours=True)
    return True


def _covering() -> Q:
    """Select the entries whose number somebody has said no for, at that account or everywhere."""
    here = Q(provider_account__isnull=True) | Q(provider_account_id=OuterRef("provider_account_id"))
    entries = Suppression.objects.filter(here, Suppression.in_force(clock.now()), campaign__isnull=True)
    by_person = entries.filter(contact__phones__number=OuterRef("number"))
    return Q(Exists(entries.filter(number=OuterRef("number")))) | Q(Exists(by_person))


def note_lifted(*, now: datetime) -> int:
    """Find the entries that nobody says no for any more, and let them be taken off; returns how many."""
    resting = ProviderBlock.objects.filter(~_covering(), act_at__isnull=True)
    ids = list(resting.order_by("pk").values_list("pk", flat=True)[:LIFT_LIMIT])
    return ProviderBlock.objects.filter(pk__in=ids, act_at__isnull=True).update(act_at=now)


def accounts_with_due(now: datetime) -> list[UUID]:
    """List the accounts with entries about which something is to be done."""
    due = ProviderBlock.objects.filter(act_at__lte=now)
    return list(due.order_by("provider_account_id").values_list("provider_account_id", flat=True).distinct())


def settle_account(account_id: UUID, now: datetime) -> int:
    """Put on the account's list, or take off it, what is due; returns how many were settled."""
    # Also of an account that is switched off: what others call from it goes on.
    account = ProviderAccount.objects.filter(pk=account_id).exclude(health_state=Health.OPEN).first()
    if account is None:
        return 0
    settled = 0
    due = ProviderBlock.objects.filter(provider_account=account, act_at__lte=now).order_by("act_at", "pk")
    for entry in due[:LIMIT]:
        if not limits.take(account_id=account.pk, wanted=1, now=clock.now()):
            break
        if not _take_turn(entry, clock.now()):
            continue
        try:
            provider = accounts.provider_for(account)
            with pacing.turn(account):
                settled += _settle(provider, entry)
        except errors.ProviderError as error:
            _later(account, entry, error)
            if not isinstance(error, errors.Refused):
                break
    return settled


def _take_turn(entry: ProviderBlock, now: datetime) -> bool:
    mine = ProviderBlock.objects.filter(pk=entry.pk, act_at=entry.act_at)
    entry.tries = min(entry.tries + 1, MOST_TRIES)
    return bool(mine.update(act_at=now + TURN, tries=entry.tries))


def _later(account: ProviderAccount, entry: ProviderBlock, error: errors.ProviderError) -> None:
    now = clock.now()
    if not isinstance(error, errors.Refused):  # a refusal speaks of this number alone
        accounts.failed(account_id=account.pk, error=error, now=now)
    wait = min(RETRY_FIRST * 2 ** (entry.tries - 1), RETRY_LAST)
    ProviderBlock.objects.filter(pk=entry.pk, act_at__isnull=False).update(act_at=now + wait)


def _settle(provider: Provider, entry: ProviderBlock) -> int:
    mine = ProviderBlock.objects.filter(pk=entry.pk)
    if provider.blocklist is None:
        mine.delete()
        return 1
    if mine.filter(_covering()).exists():
        _add(provider.blocklist, entry)
        return 1
    if mine.filter(is_ours=False).delete()[0]:
        return 1  # nothing of ours is there
    mine.update(removing_at=clock.now(), added_at=None)
    provider.blocklist.remove(entry.number)
    # Somebody may have said no while it was being taken off; then it is put there again at once.
    if not mine.filter(~_covering(), removing_at__isnull=False).delete()[0]:
        mine.update(removing_at=None, act_at=clock.now(), tries=0)
    return 1


def _add(blocklist: Blocklist, entry: ProviderBlock) -> None:
    mine = ProviderBlock.objects.filter(pk=entry.pk)
    is_ours = entry.is_ours or _is_ours(blocklist, entry)
    if is_ours is False:
        return
    blocklist.add(entry.number)
    if is_ours:
        mine.update(is_ours=True, added_at=clock.now(), removing_at=None, act_at=None, tries=0)
    else:
        mine.filter(is_ours=False).delete()
