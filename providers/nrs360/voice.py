"""Own the two kinds of voice sends as typed requests: a spoken text, and a menu that answers to keys.

Never retries, never plans, and sends no field that was not asked for: none of the vendor's optional ones is
documented with certainty.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from providers.http import Answer, Effect
from providers.nrs360.codes import verdict_of_send
from providers.nrs360.records import SendAnswer, send_answer_of
from providers.nrs360.wire import Wire, digits_of
from providers.values import PRIVATE, Value

#: Sheet: keys of a menu, by the error codes 170 to 172.
_KEYS = range(10)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class VoiceSend(Value):
    """A text to be spoken to everybody in `to` (E.164 with plus), at once.

    `more` are further fields in the vendor's own names: what the sheet marks R, and what settings name.
    """

    to: Sequence[str] = field(metadata=PRIVATE)
    message: str = field(metadata=PRIVATE)
    language: str
    gender: str
    campaign_name: str
    more: Mapping[str, Any] = field(default_factory=dict, metadata=PRIVATE)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class MenuOption(Value):
    """What a key does: say something (`message`), go on to a sub menu (`options`) or transfer the call.

    `type` is in the vendor's words, of which none is documented: "message", "menu" and "transfer" are inferred
    from the error codes 166 and 173 to 175.
    """

    key: int
    type: str
    message: str = field(default="", metadata=PRIVATE)
    options: Sequence[MenuOption] = ()
    prefix: str = ""
    phone: str = field(default="", metadata=PRIVATE)

    def body(self) -> dict[str, Any]:
        """Write the option as the vendor would read it; keys outside 0 to 9 are refused here."""
        if self.key not in _KEYS:
            raise ValueError("A key is 0 to 9.")
        texts = {"message": self.message, "prefix": self.prefix, "phone": self.phone}
        body: dict[str, Any] = {"key": self.key, "type": self.type}
        body |= {name: value for name, value in texts.items() if value}
        if self.options:
            body["options"] = [option.body() for option in self.options]
        return body


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class InteractiveSend(Value):
    """A spoken text with a menu. Low confidence: channel, keys report and errors 160 to 175 are documented, the
    path and every field's name are reconstructed (sheet: voice-interactive); confirm with the vendor first.
    """

    voice: VoiceSend
    menu: Sequence[MenuOption]
    speech_type: str = "text"


class Voice:
    """Send voice messages. Each method begins calls: a repeated request is a second call."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def send(self, order: VoiceSend, *, ref: str = "") -> SendAnswer:
        """Speak a text to one or several numbers (sheet: POST /api/rest/voice).

        The vendor has no key against repetition: give each request a `campaign_name` of its own, by which it can be
        found again. Raises `Refused`, `CampaignBlocked` or `AccountBlocked` by the code where nobody was accepted.
        """
        return self._sent("/voice", "send_voice", _body(order), order, ref)

    def send_interactive(self, order: InteractiveSend, *, ref: str = "") -> SendAnswer:
        """Speak a text with a menu to one or several numbers; see `InteractiveSend` for how little is certain."""
        if not order.menu:
            raise ValueError("Give a menu.")
        body = _body(order.voice)
        body |= {"speechType": order.speech_type, "menu": [option.body() for option in order.menu]}
        return self._sent("/voice-interactive", "send_interactive", body, order.voice, ref)

    def _sent(
        self, path: str, operation: str, body: dict[str, Any], order: VoiceSend, ref: str
    ) -> SendAnswer:
        phones = body["to"]

        def read(answer: Answer) -> SendAnswer:
            return send_answer_of(answer, phones)

        return self._wire.request(
            "POST",
            path,
            operation=operation,
            effect=Effect.ONCE,
            json=body,
            decode=read,
            verdict=verdict_of_send,
            ref=ref,
        )


def _body(order: VoiceSend) -> dict[str, Any]:
    phones = [digits_of(phone) for phone in order.to]
    if not phones or not all(phones):
        raise ValueError("Give at least one number.")
    if len(set(phones)) < len(phones):
        raise ValueError("A number is given twice: their calls could not be told apart.")
    if not order.campaign_name.strip() or not order.message.strip():
        raise ValueError("Give a campaign name and a message.")
    return {
        "to": phones,
        "message": order.message,
        "language": order.language,
        "gender": order.gender,
        "campaignName": order.campaign_name,
        **order.more,
    }
