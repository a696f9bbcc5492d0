"""Own what becomes of a voice message in the vendor's words, and the notification of each word.

Never answers a request; whoever listens hears words and message ids, but no phone and no sending.
"""

from __future__ import annotations

from urllib.parse import urlencode

from providers.sandbox.line import Call, Stage
from providers.sandbox.nrs360.shapes import spaced
from providers.sandbox.nrs360.state import INTERACTIVE, Account, Event, Pressed
from providers.sandbox.nrs360.windows import is_open
from providers.values import HookRequest
from providers.vocabulary import Result

#: Where the network's results end up in the vendor's events ("Campos da resposta" of the campaigns).
#: Person and machine, and no answer and busy, are not told apart. Nothing = the vendor never tells.
WORDS: dict[Result, tuple[str, ...]] = {
    Result.ANSWERED: ("delivered",),
    Result.TRANSFERRED: ("delivered",),
    Result.VOICEMAIL: ("delivered",),
    Result.ABANDONED: ("delivered",),
    Result.NO_ANSWER: ("undelivered",),
    Result.BUSY: ("undelivered",),
    Result.FAILED: ("undelivered",),
    Result.CARRIER_ERROR: ("rejected",),
    Result.REJECTED: ("rejected",),
    Result.INVALID_NUMBER: ("rejected",),
    Result.DO_NOT_CALL: ("delivered", "unsubscribed"),
    Result.EXPIRED: ("expired",),
    Result.CANCELLED: (),
    Result.UNKNOWN: (),
}
#: A message goes out once, however often it is said that it did.
_COUNTS_AS_PROCESSED = "sent"


class Events(Account):
    """The life of messages."""

    def may_dial(self, call: Call) -> bool:
        """Hold a message outside its available times; give it up when it has expired."""
        expires_at = call.facts["expires_at"]
        if expires_at is not None and self.now() >= expires_at:
            self.give_up(call, "expired")
            return False
        return is_open(call.facts["windows"], self.now())

    def again(self, call: Call, result: Result) -> bool:
        """Say no: nothing is redialed, as no retry is taken."""
        return False

    def give_up(self, call: Call, word: str | None) -> bool:
        """Take a message off the line, with the word that is told of it, if any; False = it rings or is over."""
        call.facts["word"] = word
        return self.line.withdraw(call)

    def changed(self, call: Call) -> None:
        """Write down what happened, and tell it."""
        for word in self._words(call):
            self._happened(call, word)
        if call.stage is Stage.ENDED and call.word is None:
            self._heard(call)

    def hook_of(self, call: Call) -> HookRequest:
        """Make the notification of the latest event ("Receber nova notificação de evento")."""
        if not call.facts["events"]:
            raise LookupError("Nothing has happened to this message that is told.")
        event: Event = call.facts["events"][-1]
        sending = self.sending_of(call)
        contact = self.contacts_by_phone.get(call.phone)
        told = {
            "id": call.key,
            "channel": sending.channel,  # the voice-interactive one is not in the document's list: assumed
            "contactId": str(contact.id if contact else 0),
            "campaignId": str(sending.campaign.id if sending.campaign else 0),  # documented: 0 without a name
            "formId": "",
            "campaignName": sending.campaign.name if sending.campaign else "",
            "event": event.word,
            "extra": "",  # said to be JSON, but nothing is said of it for these events
            "eventDate": spaced(event.at),  # its format is not shown: unlike that of the report, to be safe
        }
        return HookRequest(
            body=urlencode(told).encode(),
            headers={"content-type": "application/x-www-form-urlencoded"},
            received_at=self.now(),
        )

    def press(self, phone: str, key: str) -> None:
        """Let the callee of the latest interactive call of a number press a key."""
        call = self.line.of_phone(phone)[-1]
        sending, said = self.sending_of(call), dict(call.facts["menu"])
        if sending.channel != INTERACTIVE:
            raise LookupError("Nobody is asked for a key in this call.")
        call.facts["pressed"] = True
        sending.keys.append(Pressed(phone=call.phone, key=key, message=said.get(key, ""), at=self.now()))

    def _words(self, call: Call) -> tuple[str, ...]:
        if call.word is not None:
            return (call.word,)
        if call.stage is Stage.RINGING:
            return (_COUNTS_AS_PROCESSED,)
        if call.stage is Stage.ENDED:
            return WORDS[call.result] if call.result is not None else ()
        # While somebody listens nothing is told: the report's row of a call has its length, so it comes after.
        if call.stage is Stage.WITHDRAWN and call.facts["word"] is not None:
            return (call.facts["word"],)
        return ()

    def _happened(self, call: Call, word: str) -> None:
        sending = self.sending_of(call)
        event = Event(word=word, call=call, at=call.changed_at)
        call.facts["events"].append(event)
        sending.events.append(event)
        sending.counts[word] += 1
        sending.processed += word == _COUNTS_AS_PROCESSED
        sending.updated_at = max(sending.updated_at, event.at)
        for _ in range(2 if self.duplicates else 1):
            self.notify(call, call.facts["notification_url"])

    def _heard(self, call: Call) -> None:
        """Do what the callee asked for: out of the list, or a key of the menu."""
        if call.result is Result.DO_NOT_CALL:
            self.blacklist("voice", call.phone, self.sending_of(call))
        if call.result is Result.ANSWERED and call.facts["menu"] and not call.facts["pressed"]:
            self.press(call.phone, call.facts["menu"][0][0])
