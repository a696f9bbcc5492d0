"""Own the two paths that send voice messages: who is taken, who is not, what it costs, and the answer.

Never takes anything back: the API has no way to stop, pause or change a message that was taken.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from providers.sandbox.base import route
from providers.sandbox.line import Call, digits
from providers.sandbox.messages import Request, Response, answered
from providers.sandbox.nrs360.errors import coded, described
from providers.sandbox.nrs360.orders import INTERACTIVE_CODES, VOICE_CODES, VoiceOrder, order_of
from providers.sandbox.nrs360.scheduled import ScheduledRoutes
from providers.sandbox.nrs360.shapes import is_phone, json_of, query_of
from providers.sandbox.nrs360.state import INTERACTIVE, PRICE, VOICE, Sending

#: Each refused recipient's own code is not documented; the table has one that fits.
_NOBODY = 102


class SendingRoutes(ScheduledRoutes):
    """POST voice and POST voice-interactive."""

    @route("POST", "/api/rest/voice")
    def send_voice(self, request: Request) -> Response:
        """Send spoken text."""
        return self._send(request, VOICE, VOICE_CODES)

    @route("POST", "/api/rest/voice-interactive")
    def send_interactive(self, request: Request) -> Response:
        """Send spoken text that asks for keys; path and fields are a guess, only the channel is documented."""
        return self._send(request, INTERACTIVE, INTERACTIVE_CODES)

    def _send(self, request: Request, channel: str, codes: int) -> Response:
        query_of(request)
        order = order_of(json_of(request), now=self.now(), codes=codes)
        phones = self._phones(order)
        good = [phone for phone in phones if self._is_taken(phone)]
        if not good:
            raise coded(_NOBODY)
        if self.balance < PRICE * len(good):
            raise coded(111)
        sending = self._joined(channel, order)
        self._meet(good)
        if sending is None:
            sending = self.open_sending(channel, order.campaign_name, status="OPENED", is_by_people=False)
        self.balance -= PRICE * len(good)
        results = [
            self._accepted(phone, sending, order) if self._is_taken(phone) else self._not_accepted(phone)
            for phone in phones
        ]
        answer: dict[str, Any] = {"sendingId": sending.id, "result": results}
        if not self.is_terse:
            answer["campaignId"] = sending.campaign.id if sending.campaign else 0
        # "Accepted for delivery" is 202 in the table; 207 for a part is known from one public program only.
        return answered(answer, 202 if len(good) == len(phones) else 207)

    def _phones(self, order: VoiceOrder) -> list[str]:
        """List the recipients; one that is named twice is called twice (the document is silent)."""
        if order.to is not None:
            return order.to
        wanted = set(order.external_ids or ())
        found = [contact for contact in self.contacts.values() if contact.external_id in wanted]
        if not found:
            raise coded(195)
        return [str(contact.data["phone"] or contact.data["landline"] or "") for contact in found]

    def _is_taken(self, phone: str) -> bool:
        is_kept_out = self.blacklist_refuses and phone in self.blacklists["voice"]
        return is_phone(phone) and not self.is_refused(phone) and not is_kept_out

    def _joined(self, channel: str, order: VoiceOrder) -> Sending | None:
        """Find the sending that this one joins: the campaign's of the same name, whatever is spoken in it."""
        campaign = self.campaigns_by_name.get((order.campaign_name or "").lower())
        if campaign is None or order.campaign_name is None:
            return None
        if campaign.is_by_people or campaign.sending.channel != channel:
            raise coded(167)  # the document does not say when; a campaign of another kind is the likely case
        return campaign.sending

    def _meet(self, phones: list[str]) -> None:
        """Let the numbers' faults happen before anything is done; one lost answer loses the whole answer."""
        is_lost = False
        for phone in phones:
            self.door(phone)
            is_lost |= self._lose_answer
        self._lose_answer = is_lost

    def _accepted(self, phone: str, sending: Sending, order: VoiceOrder) -> dict[str, Any]:
        number = self.number()
        key = sha256(f"message {number}".encode()).hexdigest()[:20]
        campaign = str(sending.campaign.id) if sending.campaign else "0"
        call = self.line.take(key=key, phone=phone, campaign=campaign, due_at=order.due_at)
        self._prepare(call, sending, order)
        sending.total += 1
        sending.cost += PRICE
        sending.updated_at = self.now()
        if order.due_at is not None:
            self.schedule(call, number, order.message)
        if digits(phone) in self.blacklists["voice"]:
            self.give_up(call, "rejected")
        shown = {"accepted": True, "to": phone, "id": key}
        return {name: value for name, value in shown.items() if name != "to" or not self.is_terse}

    def _prepare(self, call: Call, sending: Sending, order: VoiceOrder) -> None:
        call.facts.update(
            sending=sending,
            events=[],
            word=None,
            pressed=False,
            menu=order.menu,
            windows=order.windows,
            expires_at=order.expires_at,
            notification_url=order.notification_url,
        )

    def _not_accepted(self, phone: str) -> dict[str, Any]:
        shown: dict[str, Any] = {"accepted": False, "to": phone, "error": described(_NOBODY)}
        return {name: value for name, value in shown.items() if name != "to" or not self.is_terse}
