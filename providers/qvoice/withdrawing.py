"""Own how one call is taken back: looked at, deleted if it waits, and looked at again where nobody is sure.

Never deletes what may be another call's or may be ringing, except where somebody must not be called again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from providers.contract import Handle, RemoteCampaign
from providers.errors import CampaignBlocked, ProviderError, Refused, Throttled, Unavailable
from providers.qvoice import matching
from providers.qvoice.listing import Leads
from providers.qvoice.looking import Looker
from providers.qvoice.mapping import progress_of
from providers.qvoice.records import Lead, digits
from providers.qvoice.sending import Sending, sending_of
from providers.vocabulary import Progress, Why, Withdrawal

#: Between two native rings no word is documented, so a lead that cools off looks like one that rings: for these
#: the end of the present ring is given up for the certainty that no other follows.
_SOMEBODY_SAID_NO = frozenset({Why.SUPPRESSION, Why.CAMPAIGN_SUPPRESSION, Why.EXCLUSION})
#: Leads are a campaign's: whichever entry it is, nobody may call this person for it.
_SUPPRESSED = frozenset({Why.SUPPRESSION, Why.CAMPAIGN_SUPPRESSION})


@dataclass(frozen=True, slots=True)
class Withdrawer:
    """Take back calls of one campaign."""

    looker: Looker
    campaign: RemoteCampaign

    def withdraw(self, call: Handle, why: Why) -> Withdrawal:
        """Delete the call's lead if it waits.

        A running call goes on without its lead and nobody would learn its end, so what is not `new` stays
        (sheet: Delete lead); unless it may ring again, and somebody has said no.
        """
        lead, leads = self._lead(call)
        if lead is not None:
            return self._deleted(call, lead, why)
        if not leads.is_whole:
            raise Unavailable(
                "Its list could not be read to the end.", provider="qvoice", operation="withdraw"
            )
        doubtful = matching.find(call, leads.of(call.phone), (), leads.look).doubtful
        waiting = [each for each in doubtful if progress_of(each) is Progress.QUEUED]
        if doubtful and len(waiting) == len(doubtful) and why in _SUPPRESSED:
            # Whichever of them is ours: nobody may call this person.
            answers = [self._deleted(call, each, why) for each in waiting]
            return Withdrawal.TOO_LATE if Withdrawal.TOO_LATE in answers else Withdrawal.WITHDRAWN
        if doubtful and (self._is_settled(call) or not all(matching.is_over(each) for each in doubtful)):
            return Withdrawal.GONE
        return self._absent(
            call, why, leads
        )  # what is over may be an earlier call's, and ours is yet to come

    def _deleted(self, call: Handle, lead: Lead, why: Why) -> Withdrawal:
        progress = progress_of(lead)
        if progress is not Progress.QUEUED:
            redials = matching.redials_of(call, lead, self.looker.settings.retries_offset)
            if progress is not Progress.ENDED and redials and why in _SOMEBODY_SAID_NO:
                self.looker.client.delete_lead(lead.id)  # this ring goes on, and none follows
            return Withdrawal.TOO_LATE
        try:
            self.looker.client.delete_lead(lead.id)
        except Throttled:
            raise
        except (Refused, Unavailable) as error:
            return self._after(call, lead, error)
        return Withdrawal.WITHDRAWN

    def _after(self, call: Handle, lead: Lead, error: ProviderError) -> Withdrawal:
        """Look what became of a lead whose deletion was refused, or has no known end."""
        leads = self.looker.leads(self.campaign, [call])
        again = next((each for each in leads.of(call.phone) if each.id == lead.id), None)
        if again is not None and progress_of(again) is not Progress.QUEUED:
            return Withdrawal.TOO_LATE
        if again is None and leads.is_whole:
            # A moment ago it waited, and only a deletion takes it off the list.
            return Withdrawal.WITHDRAWN
        raise error

    def _lead(self, call: Handle) -> tuple[Lead | None, Leads]:
        lead = self._by_key(call.remote_id) if call.remote_id else None
        if lead is not None:
            return lead, Leads()
        leads = self.looker.leads(self.campaign, [call])
        return matching.find(call, leads.of(call.phone), (), leads.look).lead, leads

    def _by_key(self, lead_id: str) -> Lead | None:
        """Ask for one lead by beginning the list at its id: keys look like ids (sheet: Leads of a campaign).

        That is inferred, so the answer counts only if it begins with that lead; else the whole list is read.
        """
        try:
            page = self.looker.client.lead_page(self.campaign.remote_id, start_key=lead_id, page_size=1)
        except Throttled:
            raise
        except (Refused, CampaignBlocked, Unavailable) as error:
            if error.http_status is None:  # no answer says nothing about the key
                raise
            return None
        return next((lead for lead in page.leads[:1] if lead.id == lead_id), None)

    def _absent(self, call: Handle, why: Why, leads: Leads) -> Withdrawal:
        """Judge a call that the whole list does not show: taken off it, or perhaps not on it yet.

        The engine asks no more after `GONE`, so of a suppressed person's accepted lead it is told to ask again.
        """
        sending = sending_of(call)
        if sending is None:
            return Withdrawal.GONE
        if call.remote_id is not None or self._is_settled(call):
            return self._vanished(call, sending, leads)
        if why in _SUPPRESSED and sending.is_exact:
            raise Unavailable("The lead is not on the list yet.", provider="qvoice", operation="withdraw")
        return Withdrawal.GONE

    def _is_settled(self, call: Handle) -> bool:
        sending = sending_of(call)
        return sending is not None and self.looker.now().timestamp() >= sending.start + matching.ABSENT_AFTER

    def _vanished(self, call: Handle, sending: Sending, leads: Leads) -> Withdrawal:
        """Judge a lead that was deleted, in an answer that was lost or in the portal: did it ring before?"""
        since = datetime.fromtimestamp(sending.span(leads.look.clock, leads.look.learned).earliest, UTC)
        told = self.looker.activity(self.campaign, since, self.looker.vendor_now(leads))
        if told is None or not told[1].is_whole:
            return Withdrawal.GONE
        return Withdrawal.TOO_LATE if told[0].get(digits(call.phone)) else Withdrawal.WITHDRAWN
