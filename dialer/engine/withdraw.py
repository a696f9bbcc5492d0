"""Takes back calls that a provider holds: for a suppression, a pause, an exclusion, an end.

Owns asking for it and what the answer means. What cannot be taken back rings out and is counted.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Case, IntegerField, Value, When

from dialer import clock
from dialer.engine import accounts, blocks, interrupted, limits, moves, pacing, rows
from dialer.engine.apply import apply
from dialer.engine.lanes import spread
from dialer.engine.looking import handles, look, untold
from dialer.engine.news import News
from dialer.engine.push import remote_campaign
from dialer.engine.rings import is_native
from dialer.models import Attempt, Campaign, EventSource, ProviderAccount
from dialer.rules.transitions import AttemptState
from providers import errors
from providers.contract import Observation
from providers.vocabulary import Result, Why, Withdrawal

#: One round may take this long; the next begins at the next tick.
BUDGET_SECONDS = 2.0
#: A provider that could not be asked is asked again soon: somebody said no. Then ever later, or those who fail
#: would use up the requests of all others.
RETRY_FIRST, RETRY_LAST = timedelta(seconds=2), timedelta(seconds=60)
#: A ring that is still to come may be days away.
LONGEST_WAIT = timedelta(minutes=15)
MOST_TRIES = 10  # from here on the wait no longer grows
#: Holds an attempt against other withdrawing workers for longer than a request can take.
TURN = timedelta(seconds=30)
#: Who said no comes before who only waits.
_ORDER = Case(
    When(withdraw_why__in=[Why.SUPPRESSION.value, Why.CAMPAIGN_SUPPRESSION.value], then=Value(0)),
    When(withdraw_why=Why.EXCLUSION.value, then=Value(1)),
    default=Value(2),
    output_field=IntegerField(),
)


def withdraw_account(account_id: UUID, now: datetime) -> int:
    """Ask back what the account's provider holds and shall not ring; returns how many were asked for.

    A few at a time, read anew each time: who says no meanwhile comes next, not behind the rest of a pause.
    """
    account = ProviderAccount.objects.filter(pk=account_id).first()
    if account is None:
        return 0
    in_process = accounts.capabilities_of(account).in_process
    width = 1 if in_process else settings.DIALER_PUSH_THREADS
    until = time.monotonic() + BUDGET_SECONDS
    asked = 0
    while time.monotonic() < until:
        due = [row for row in _due(account, width) if _can(account, row)]
        granted = (
            limits.take(account_id=account.pk, wanted=len(due), now=clock.now(), is_withdrawal=True)
            if due
            else 0
        )
        if not granted:
            break
        campaigns = Campaign.objects.in_bulk({row.campaign_id for row in due})
        spread(due[:granted], partial(_withdraw_all, account, campaigns), width=width)
        asked += granted
    return asked


def _due(account: ProviderAccount, limit: int) -> list[Attempt]:
    rows = Attempt.objects.filter(provider_account=account, is_live=True, withdraw_after__lte=clock.now())
    return list(rows.exclude(withdraw_why="").order_by(_ORDER, "withdraw_after", "pk")[:limit])


def _withdraw_all(account: ProviderAccount, campaigns: dict[UUID, Campaign], part: Sequence[Attempt]) -> None:
    for attempt in part:
        try:
            with pacing.turn(account):
                if _take_turn(attempt, clock.now()):
                    _withdraw(account, campaigns[attempt.campaign_id], attempt)
        except pacing.RateUsedUp:
            return  # nothing was asked: the wish stands, and the next round takes it up


def _can(account: ProviderAccount, attempt: Attempt) -> bool:
    """Whether the provider takes calls back for this reason; if not, the wish ends here and the call rings out."""
    if accounts.capabilities_of(account).can_withdraw(Why(attempt.withdraw_why)):
        return True
    _let_ring(attempt, doubtful=attempt.withdraw_tries)
    return False


def _let_ring(attempt: Attempt, *, doubtful: int) -> None:
    """End the asking; a graver wish that came meanwhile goes on. `doubtful` requests may yet have taken it back."""
    mine = Attempt.objects.filter(pk=attempt.pk)
    mine.update(withdraw_tries=doubtful)
    mine.filter(withdraw_why=attempt.withdraw_why).update(withdraw_after=None)


def _take_turn(attempt: Attempt, now: datetime) -> bool:
    """Claim the request and count it before it is made: its answer may be lost, and so may we."""
    mine = Attempt.objects.filter(pk=attempt.pk, is_live=True, withdraw_after=attempt.withdraw_after)
    attempt.withdraw_tries = min(attempt.withdraw_tries + 1, MOST_TRIES)
    return bool(mine.update(withdraw_after=now + TURN, withdraw_tries=attempt.withdraw_tries))


def _withdraw(account: ProviderAccount, campaign: Campaign, attempt: Attempt) -> None:
    if is_native(campaign) and not _is_still_held(account, campaign, attempt):
        return
    try:
        provider = accounts.provider_for(account)
        (named,) = handles(account, [attempt])
        why = Why(attempt.withdraw_why)
        is_ours = why is Why.SUPPRESSION and blocks.begun(account, provider, attempt.number, clock.now())
        answer = provider.withdraw(remote_campaign(campaign), named, why)
    except (errors.Refused, errors.Unsupported):
        # An answer about this one call: it will not be taken back, and says nothing about the account.
        _let_ring(attempt, doubtful=attempt.withdraw_tries - 1)
        return
    except errors.ProviderError as error:
        now = clock.now()
        accounts.failed(account_id=account.pk, error=error, now=now)
        # Only while the wish stands: a resume may have taken it back meanwhile.
        Attempt.objects.filter(pk=attempt.pk, is_live=True).exclude(withdraw_why="").update(
            withdraw_after=now + min(RETRY_FIRST * 2 ** (attempt.withdraw_tries - 1), RETRY_LAST)
        )
        return
    now = clock.now()
    accounts.succeeded(account_id=account.pk, now=now)
    if is_ours:
        blocks.done(account.pk, attempt.number, now)
    if answer is Withdrawal.WITHDRAWN:
        withdrawn(attempt, campaign, now=now)
    elif answer is Withdrawal.GONE:
        _gone(account, campaign, attempt, now)
    elif answer is Withdrawal.NOT_YET:
        _ask_later(attempt, now)
    else:
        # It rings, so that no earlier request can have taken it back either.
        _let_ring(attempt, doubtful=0)


def _is_still_held(account: ProviderAccount, campaign: Campaign, attempt: Attempt) -> bool:
    """Learn first what has rung of a plan that the provider carries out; False if this ring is over.

    Taking back the next ring may take with it what is known of this one. Whatever follows it is asked back in turn.
    """
    _look(account, campaign, attempt)
    attempt.refresh_from_db()
    return attempt.is_live and bool(attempt.withdraw_why)


def _ask_later(attempt: Attempt, now: datetime) -> None:
    """Ask again for a ring that is still to come: seldom while it is far away, often when it is due.

    A look that sees it come into being brings the next request forward.
    """
    due = max(attempt.due_at, attempt.pushed_at or attempt.due_at)
    pause = min(max(abs(now - due) / 4, RETRY_FIRST), LONGEST_WAIT)
    # Nothing was taken back by this request; an earlier one whose answer was lost stays in doubt.
    Attempt.objects.filter(pk=attempt.pk, is_live=True, withdraw_why=attempt.withdraw_why).update(
        withdraw_after=now + pause, withdraw_tries=max(0, attempt.withdraw_tries - 1)
    )


def _gone(account: ProviderAccount, campaign: Campaign, attempt: Attempt, now: datetime) -> None:
    """Find out what became of a call that the provider no longer knows.

    An earlier request of ours whose answer was lost may have removed it: then its proven absence is a withdrawal.
    Without such a request silence settles nothing.
    """
    is_absent = _is_absent(account, campaign, attempt)
    # A ring of the provider's own has its instant ahead; its order was sent with the first one.
    since = attempt.sent_at if attempt.native_of_id else attempt.pushed_at or attempt.sent_at
    if not is_absent or attempt.withdraw_tries < 2 or since is None:
        _let_ring(attempt, doubtful=attempt.withdraw_tries)
        return
    believed_at = since + timedelta(seconds=account.visible_after_seconds)
    if now >= believed_at:
        withdrawn(attempt, campaign, now=now)
    else:
        Attempt.objects.filter(pk=attempt.pk, withdraw_why=attempt.withdraw_why).update(
            withdraw_after=believed_at
        )


def _is_absent(account: ProviderAccount, campaign: Campaign, attempt: Attempt) -> bool:
    """Look once and apply what is told; True if a complete look proves that the call is not there."""
    seen = _look(account, campaign, attempt)
    if seen is None:
        return False
    is_told = not untold([attempt], seen.reports)
    return seen.complete and not is_told and accounts.capabilities_of(account).proves_absence


def _look(account: ProviderAccount, campaign: Campaign, attempt: Attempt) -> Observation | None:
    seen = look(account, campaign, [attempt], cursor=None)
    if seen is not None:
        apply(
            account_id=account.pk,
            reports=seen.reports,
            source=EventSource.POLL,
            now=clock.now(),
            campaign_id=campaign.pk,
        )
    return seen


def withdrawn(held: Attempt, campaign: Campaign, *, now: datetime) -> bool:
    """Record that a held call was taken back before it rang; False when it moved on meanwhile."""
    news = News()
    with transaction.atomic():
        contacts, attempts = rows.lock_both([(held.pk, held.campaign_contact_id)])
        contact, attempt = contacts[held.campaign_contact_id], attempts[held.pk]
        if attempt.state not in (AttemptState.PUSHED, AttemptState.INDETERMINATE):
            return False
        moves.end_attempt(
            attempt,
            AttemptState.CANCELLED,
            Result.CANCELLED,
            at=now,
            reason=f"withdrawn: {moves.asked_back_for(attempt)}",
            news=news,
        )
        interrupted.taken_back(contact, attempt, campaign, now=now, news=news)
        rows.save_contacts([contact], now=now)
        rows.save_attempts([attempt])
        news.write()
    return True
