"""Own one look at a campaign: its list, matched with the calls that were asked about, and their dials.

Never lets the activity decide anything but when a phone was rung: without it the list's word stands.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import chain

from providers.contract import Handle, Observation, RemoteCampaign, Report
from providers.errors import AccountBlocked, CampaignBlocked, Refused, Throttled, Unavailable
from providers.qvoice import mapping, matching
from providers.qvoice.client import QVoiceClient
from providers.qvoice.configuration import QVoiceSettings
from providers.qvoice.listing import Activity, Leads, read_activity, read_leads
from providers.qvoice.matching import Look
from providers.qvoice.records import ActivityRecord, Lead, digits
from providers.qvoice.sending import UNTOLD, Clock, clock_of, sending_of
from providers.vocabulary import Progress

#: Leads that one instance remembers: some megabytes.
MOST_REMEMBERED = 50_000
#: A lead may wait long for its ring; the ring itself is recent, and the activity is of the whole tenant.
RECENT = timedelta(hours=1)
#: The activity's upper limit is by the vendor's clock, which may be ahead of what we know of it.
AHEAD = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class _Seen:
    """A call, its lead, and how often that lead may be dialed again."""

    call: Handle
    lead: Lead
    redials: int

    @property
    def needs_dials(self) -> bool:
        """Say whether the dials tell more than the word: it rings or has rung, or it may ring several times."""
        return self.redials > 0 or mapping.progress_of(self.lead) is not Progress.QUEUED

    def dials_since(self, now: datetime) -> datetime:
        """Give from when on its dials matter."""
        created = datetime.fromtimestamp(self.lead.created or 0, UTC)
        return created if self.redials else max(created, now - RECENT)


@dataclass(slots=True)
class _Memory:
    """What one instance has learned by looking; lost with it, and never needed."""

    #: What was seen before an order was sent is not that order's.
    first_seen: dict[str, float] = field(default_factory=dict)
    #: The clock of `created`, as our own leads have shown it; another server may write `Date`.
    clock: Clock = UNTOLD

    def noted(self, leads: Leads, seen_at: float) -> Look:
        """Note when leads were seen, and give their look with all that is remembered."""
        if len(self.first_seen) > MOST_REMEMBERED:
            self.first_seen.clear()  # it is of use only between two calls that follow each other at once
        for each in chain.from_iterable(leads.by_number.values()):
            self.first_seen.setdefault(each.id, seen_at)
        return replace(leads.look, learned=self.clock, first_seen=self.first_seen)

    def learn(self, call: Handle, lead: Lead) -> None:
        """Read the clock off a lead that came into being while its request was under way."""
        sending = sending_of(call)
        if sending is not None and sending.end is not None:
            self.clock = self.clock.narrowed(clock_of(lead.created, sending.start, sending.end))


@dataclass(frozen=True, slots=True)
class Looker:
    """What a look needs of the account that looks."""

    client: QVoiceClient
    settings: QVoiceSettings
    now: Callable[[], datetime]
    _memory: _Memory = field(default_factory=lambda: _Memory())

    def look(
        self,
        campaign: RemoteCampaign,
        calls: Sequence[Handle],
        cursor: str | None,
        may_go_on: Callable[[], bool],
    ) -> Observation:
        """Report on calls; a list too long for one look goes on at the cursor, and proves nothing."""
        leads = self.leads(campaign, calls, start_key=cursor or "", may_go_on=may_go_on)
        found, doubts = self._found(calls, leads)
        dials = self._dials(campaign, found, leads)
        reports = [
            report
            for each in found
            for report in mapping.reports_on(each.call, each.lead, dials.get(each.lead.id, ()), each.redials)
        ]
        # "" begins again at the first page; None would leave the engine at the old place.
        following = leads.resume_at if leads.resume_at or cursor else None
        return Observation(reports=(*reports, *doubts), cursor=following, complete=leads.is_whole)

    def leads(
        self,
        campaign: RemoteCampaign,
        calls: Sequence[Handle],
        *,
        start_key: str = "",
        may_go_on: Callable[[], bool] = lambda: True,
    ) -> Leads:
        """Read the leads of the calls' numbers, and remember that they are there."""
        leads = self._read([call.phone for call in calls], campaign, start_key, may_go_on)
        leads.look = self._memory.noted(leads, self.now().timestamp())
        return leads

    def _read(
        self, numbers: list[str], campaign: RemoteCampaign, start_key: str, may_go_on: Callable[[], bool]
    ) -> Leads:
        """Read the leads of some numbers; a start key that is no longer good begins anew."""
        size = self.settings.page_size
        try:
            return read_leads(
                self.client,
                campaign.remote_id,
                numbers,
                now=self.now,
                page_size=size,
                start_key=start_key,
                may_go_on=may_go_on,
            )
        except (Refused, CampaignBlocked, Unavailable) as error:
            if isinstance(error, Refused) and not start_key:
                self.require(campaign)
            # No answer, or one about our speed, says nothing about the key.
            if not start_key or isinstance(error, Throttled) or error.http_status is None:
                raise
        return read_leads(
            self.client, campaign.remote_id, numbers, now=self.now, page_size=size, may_go_on=may_go_on
        )

    def require(self, campaign: RemoteCampaign) -> None:
        """Raise `CampaignBlocked` if it is the campaign that is wrong: 400 is the answer to all mistakes."""
        if all(each.id != campaign.remote_id for each in self.client.campaigns()):
            raise CampaignBlocked("There is no such campaign at QVoice.", provider="qvoice")

    def _found(self, calls: Sequence[Handle], leads: Leads) -> tuple[list[_Seen], list[Report]]:
        taken = {call.remote_id for call in calls if call.remote_id is not None}
        found, doubts = [], []
        for call in calls:
            match = matching.find(call, leads.of(call.phone), taken, leads.look)
            if match.lead is not None:
                taken.add(match.lead.id)
                self._memory.learn(call, match.lead)
                redials = matching.redials_of(call, match.lead, self.settings.retries_offset)
                found.append(_Seen(call, match.lead, redials))
            elif match.doubtful and leads.is_whole:  # else the call's own lead may be on the pages to come
                doubts.append(mapping.doubt(call, match.doubtful))
        return found, doubts

    def _dials(
        self, campaign: RemoteCampaign, found: Sequence[_Seen], leads: Leads
    ) -> dict[str, list[datetime]]:
        """Give the dials of each lead of which more is to be known than its word, by the lead's id."""
        now = self.vendor_now(leads)
        asked = [each for each in found if each.needs_dials and each.lead.created is not None]
        if not asked:
            return {}
        told = self.activity(campaign, min(each.dials_since(now) for each in asked), now)
        if told is None:
            return {}
        by_number, activity = told
        dials = {}
        for each in asked:
            if each.redials and not activity.is_whole:
                continue  # which ring it is can't be counted
            others = [lead for lead in leads.of(each.call.phone) if lead.id != each.lead.id]
            dials[each.lead.id] = matching.dials_of(
                each.lead, others, by_number.get(digits(each.lead.number), ())
            )
        return dials

    def vendor_now(self, leads: Leads) -> datetime:
        """Give the vendor's time, as far as it is known."""
        return self.now() + timedelta(seconds=leads.look.clock.least)

    def activity(
        self, campaign: RemoteCampaign, since: datetime, now: datetime
    ) -> tuple[dict[str, list[ActivityRecord]], Activity] | None:
        """Read a campaign's dials since an instant; None where they can't be told from another's, or not read.

        Records name their campaign by its name only, and names may repeat: then they prove nothing.
        """
        try:
            every = self.client.campaigns()
            name = next((each.name for each in every if each.id == campaign.remote_id), "")
            if not name or sum(each.name == name for each in every) != 1:
                return None
            activity = read_activity(self.client, since, now + AHEAD)
        except Throttled:
            raise  # the account is too fast, whatever the request was
        except (Unavailable, Refused, AccountBlocked):
            return None  # the list was read: what is refused is this report alone
        return matching.dials_by_number(activity.records, name), activity
