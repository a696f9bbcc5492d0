"""One look at a provider: the question about some attempts, and what a failed question says of the account.

Never decides when to look, nor what follows from the answer.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

from dialer import clock
from dialer.engine import accounts, campaigns, limits, pacing
from dialer.engine.match import as_id
from dialer.engine.push import remote_campaign
from dialer.engine.rings import root_of
from dialer.models import Attempt, Campaign, ContactPhone, ProviderAccount
from dialer.rules.transitions import AttemptState
from providers import contract, errors
from providers.vocabulary import Correlate, Progress, Seeing

#: Numbers in one query; SQLite takes 999 parameters in old builds.
NAMES_A_QUERY = 500
#: A list that one look can't read to its end is read on this often: a round must end within a worker's time limit.
MOST_LOOKS = 3

HANDLE_COLUMNS = (
    "id",
    "number",
    "provider_ref",
    "remote",
    "pushed_at",
    "sending_at",
    "sends",
    "campaign_contact_id",
    "native_of_id",
    "contact_id",
    "ring_no",
    "state",
    "due_at",
    "claimed_at",
    "heard_at",
)
_PROGRESS = {AttemptState.RINGING: Progress.RINGING, AttemptState.CONNECTED: Progress.CONNECTED}


def look(
    account: ProviderAccount, campaign: Campaign, attempts: Sequence[Attempt], *, cursor: str | None
) -> contract.Observation | None:
    """Ask the provider about these attempts; None when it could not be asked."""
    try:
        provider = accounts.provider_for(account)
        with pacing.turn(account):
            seen = provider.observe(remote_campaign(campaign), handles(account, attempts), cursor)
    except errors.CampaignBlocked as error:
        campaigns.block(campaign_id=campaign.pk, reason=error.reason, now=clock.now())
        return None
    except errors.ProviderError as error:  # also where the account's own rate left no request
        accounts.failed(account_id=account.pk, error=error, now=clock.now())
        return None
    accounts.succeeded(account_id=account.pk, now=clock.now())
    return seen


def find(
    account: ProviderAccount, campaign: Campaign, attempts: Sequence[Attempt]
) -> contract.Observation | None:
    """Ask about exactly these: the place where polls of the campaign stand is neither used nor moved.

    A list too long for one look is read on from where the look ended; only a whole one proves an absence.
    """
    seen = look(account, campaign, attempts, cursor=None)
    capabilities = accounts.capabilities_of(account)
    if seen is None or not capabilities.proves_absence or capabilities.observe is Seeing.EACH:
        return seen
    reports, places = list(seen.reports), {seen.cursor}
    for _ in range(MOST_LOOKS - 1):
        left = untold(attempts, reports)
        if seen.complete or not seen.cursor or not left:
            break
        if not limits.take(account_id=account.pk, wanted=1, now=clock.now()):
            break
        more = look(account, campaign, left, cursor=seen.cursor)
        if more is None or more.cursor in places:
            break
        reports += more.reports
        places.add(more.cursor)
        seen = contract.Observation(cursor=more.cursor, complete=False)
    return contract.Observation(reports=tuple(reports), complete=seen.complete)


def untold(attempts: Sequence[Attempt], reports: Sequence[contract.Report]) -> list[Attempt]:
    """Give the attempts of which no report speaks, by whatever name."""
    refs = {as_id(report.ref) for report in reports if report.ref}
    ids = {report.remote_id for report in reports if report.remote_id}
    numbers = {report.phone for report in reports if report.phone and not report.ref}
    return [
        row
        for row in attempts
        if root_of(row) not in refs and row.provider_ref not in ids and row.number not in numbers
    ]


def handles(account: ProviderAccount, attempts: Sequence[Attempt]) -> list[contract.Handle]:
    """Name calls to the provider, each with what tells it from our others where reports carry the number alone."""
    by_phone = accounts.capabilities_of(account).correlate is Correlate.PHONE
    others = _others(account, attempts) if by_phone else {}
    return [handle(row, others.get(row.pk, ())) for row in attempts]


def handle(attempt: Attempt, others: Sequence[str] = ()) -> contract.Handle:
    """Say to the provider which call we mean, with all that is known of it."""
    return contract.Handle(
        ref=str(root_of(attempt)),
        phone=attempt.number,
        remote_id=attempt.provider_ref or None,
        remote=attempt.remote,
        # A redial's own instant may lie ahead: the order that the provider knows went out with the first ring.
        pushed_at=attempt.sending_at if attempt.native_of_id else attempt.pushed_at or attempt.sending_at,
        send_no=max(1, attempt.sends),
        others=tuple(others),
        ring_no=attempt.ring_no,
        progress=_PROGRESS.get(AttemptState(attempt.state), Progress.QUEUED),
    )


def _others(account: ProviderAccount, attempts: Sequence[Attempt]) -> dict[UUID, list[str]]:
    """Give, by attempt, the provider's ids of our other orders to its number: what they name is not its call.

    They are found by person, for which there is an index; whoever has the number now may have been rung on it.
    """
    found: dict[str, set[tuple[UUID, str]]] = defaultdict(set)
    for start in range(0, len(attempts), NAMES_A_QUERY):
        part = attempts[start : start + NAMES_A_QUERY]
        numbers = {row.number for row in part}
        owners = set(ContactPhone.objects.filter(number__in=numbers).values_list("contact_id", flat=True))
        rung = Attempt.objects.filter(
            contact_id__in=owners | {row.contact_id for row in part},
            number__in=numbers,
            provider_account=account,
        ).exclude(provider_ref="")
        for number, ref, pk, root in rung.values_list("number", "provider_ref", "pk", "native_of_id"):
            found[number].add((root or pk, ref))
    return {
        row.pk: sorted(
            ref
            for root, ref in found[row.number]
            if root != root_of(row) and ref != (row.provider_ref or None)
        )
        for row in attempts
    }
