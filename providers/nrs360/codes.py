"""Own the vendor's numeric error codes: the HTTP status each comes with, and what it means for a send.

Never quotes the vendor's text: a description may repeat what was sent, and that is about a person.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, auto
from typing import Any, NamedTuple

from providers.errors import AccountBlocked, Ambiguous, CampaignBlocked, ProviderError, Refused
from providers.http import Answer
from providers.vocabulary import Result


class Reaction(Enum):
    """What a code says about a voice send, besides that it was not accepted."""

    ACCEPTED = auto()  # no error at all
    NUMBER = auto()  # the one recipient is no number that can be called
    ORDER = auto()  # this send only
    MESSAGE = auto()  # the text: one person's, if it has placeholders; else everybody's
    CAMPAIGN = auto()  # what the campaign sends is wrong for everybody alike
    ACCOUNT = auto()  # credentials, address, credit, or a setting of the account
    MAYBE = auto()  # the vendor failed while it worked on it, or has it already


class Code(NamedTuple):
    """One code of the vendor's error table."""

    http: int
    reaction: Reaction
    meaning: str


_A, _C, _O = Reaction.ACCOUNT, Reaction.CAMPAIGN, Reaction.ORDER

#: Document: Errors; every row of it. A 400 that every call of a campaign would get alike blocks the campaign instead
#: of using up its list; `callRetries` and the notification address come from the account's settings.
CODES: dict[int, Code] = {
    0: Code(202, Reaction.ACCEPTED, "accepted"),
    101: Code(500, Reaction.MAYBE, "the vendor's database failed"),
    102: Code(400, Reaction.NUMBER, "no recipient can be called"),
    103: Code(401, _A, "user name or API password is wrong"),
    104: Code(400, Reaction.MESSAGE, "there is no text"),
    105: Code(400, Reaction.MESSAGE, "the text is too long"),
    106: Code(400, _C, "there is no sender"),
    107: Code(400, _C, "the sender is too long"),
    108: Code(400, _C, "the time to send at is wrong"),
    109: Code(400, _A, "the notification address is refused; correct `notification_url` in the settings"),
    110: Code(400, _C, "the number of parts is wrong or too high"),
    111: Code(402, _A, "the credit is used up"),
    112: Code(401, _A, "this machine's address is not allowed; allow it in the vendor's portal"),
    113: Code(400, _C, "the coding is wrong"),
    114: Code(400, _C, "the e-mail subject is wrong"),
    115: Code(400, _C, "the e-mail sender is not confirmed"),
    116: Code(400, _C, "the reply address is wrong"),
    117: Code(400, _C, "the reply address is not confirmed"),
    118: Code(401, _A, "e-mail is stopped for too many bounces"),
    119: Code(400, _C, "the expiry is wrong"),
    120: Code(400, _C, "the guid is wrong"),
    121: Code(400, _C, "the scheduled time is wrong"),
    122: Code(500, Reaction.MAYBE, "the vendor failed to update"),
    123: Code(500, Reaction.MAYBE, "the vendor failed to delete"),
    125: Code(400, _C, "the body is no JSON to the vendor"),
    126: Code(400, _C, "the campaign name is empty"),
    130: Code(400, _C, "the language is not known; correct provider_options.language"),
    131: Code(400, _C, "the gender is not known; correct provider_options.gender"),
    132: Code(400, _C, "the caller number is refused; correct the campaign's caller_id"),
    133: Code(400, _C, "the audio address is wrong"),
    134: Code(400, _C, "the audio format is not supported"),
    140: Code(400, _C, "the template is missing"),
    141: Code(400, _C, "the landing placeholder is missing"),
    142: Code(400, _C, "the placeholders can't be split"),
    150: Code(400, _A, "the account has no billing profile"),
    151: Code(400, _A, "the payment page could not be opened"),
    152: Code(400, _A, "the account's VAT number is wrong"),
    153: Code(400, _A, "the way of paying is wrong"),
    154: Code(400, _A, "the conversion rate is wrong"),
    155: Code(400, _A, "an upper limit is reached"),
    156: Code(400, _A, "a lower limit is reached"),
    157: Code(400, _A, "the invoice could not be made"),
    160: Code(400, _C, "interactive: the language is not known"),
    161: Code(400, _C, "interactive: the gender is not known"),
    162: Code(400, _C, "interactive: the caller number is refused"),
    163: Code(400, _C, "interactive: the audio address is wrong"),
    164: Code(400, _C, "interactive: the audio format is not supported"),
    165: Code(400, _C, "interactive: the type of speech is wrong"),
    166: Code(400, _C, "interactive: the type of a menu option is wrong"),
    # Every send of ours has a name of its own: if that campaign is there, so is the send.
    167: Code(400, Reaction.MAYBE, "a campaign of this name is there already"),
    168: Code(400, _C, "interactive: the type of speech is empty"),
    169: Code(400, _C, "interactive: the menu is empty"),
    170: Code(400, _C, "interactive: a key is empty"),
    171: Code(400, _C, "interactive: a key is no number"),
    172: Code(400, _C, "interactive: a key is out of range"),
    173: Code(400, _C, "interactive: a sub menu has no options"),
    174: Code(400, _C, "interactive: a transfer has no prefix"),
    175: Code(400, _C, "interactive: a transfer has no number"),
    176: Code(400, _A, "the number of call retries is no integer; see `call_retries_field` in the settings"),
    177: Code(
        400, _A, "the number of call retries is out of range; see `call_retries_field` in the settings"
    ),
    178: Code(400, _C, "the cost limit is no integer"),
    179: Code(400, _C, "the number of speech retries is no integer"),
    180: Code(400, _C, "the number of speech retries is out of range"),
    181: Code(400, _C, "the speech timeout is no integer"),
    182: Code(400, _C, "the speech timeout is out of range"),
    183: Code(400, _C, "the available times are no list"),
    184: Code(400, _C, "a day of the available times is no integer"),
    185: Code(400, _C, "a day of the available times is out of range"),
    186: Code(400, _C, "a beginning of the available times is written wrongly"),
    187: Code(400, _C, "an end of the available times is written wrongly"),
    188: Code(400, _C, "an available time ends before it begins"),
    189: Code(400, _C, "an available time lacks a property"),
    190: Code(400, _A, "the number of call retries is empty; see `call_retries_field` in the settings"),
    191: Code(400, _C, "the cost limit is empty"),
    192: Code(400, _C, "the number of speech retries is empty"),
    193: Code(400, _C, "the speech timeout is empty"),
    194: Code(400, _C, "the available times are empty"),
    195: Code(400, _O, "no external id is one of a contact"),
    196: Code(400, _C, "an available time is too short"),
    422: Code(422, _O, "a value is not valid"),
}


def code_in(data: Any) -> int | None:
    """Read the code of `{"error": {"code": n}}`; as text, or as a bare `errorCode`, it is read too."""
    if not isinstance(data, Mapping):
        return None
    error = data.get("error")
    raw = error.get("code") if isinstance(error, Mapping) else data.get("errorCode")
    if isinstance(raw, bool):
        return None
    return int(raw) if isinstance(raw, int) or (isinstance(raw, str) and raw.isdecimal()) else None


def said(code: int | None) -> str:
    """Say in our own words what a code means."""
    if code is None:
        return "It refused without a code."
    known = CODES.get(code)
    meaning = known.meaning if known else "the vendor's document does not list it"
    return f"{meaning[0].upper()}{meaning[1:]} (code {code})."


def refusal_of_send(code: int | None) -> ProviderError:
    """Give the error for a send that was answered with this code instead of a message id."""
    reaction = CODES[code].reaction if code in CODES else Reaction.ORDER
    text, word = said(code), "" if code is None else str(code)
    if reaction is Reaction.ACCOUNT:
        return AccountBlocked(text, code=word)
    if reaction in (Reaction.CAMPAIGN, Reaction.MESSAGE):
        return CampaignBlocked(text, code=word)
    if reaction in (Reaction.MAYBE, Reaction.ACCEPTED):  # "accepted" instead of an id names no message
        return Ambiguous(text, code=word)
    is_bad_number = reaction is Reaction.NUMBER
    return Refused(text, code=word, result=Result.INVALID_NUMBER if is_bad_number else Result.REJECTED)


#: Statuses that say all by themselves, however the body is; the house's table reads them (document: the HTTP
#: column; sheet: Gaps 14, the two systems must not be mixed).
_BY_STATUS_ALONE = frozenset({408, 425, 429})
_ACCOUNT_STATUSES = frozenset({401, 402, 403})


def verdict_of_send(answer: Answer) -> ProviderError | None:
    """Judge the answer to a voice send that is not a 2xx."""
    if not 400 <= answer.status < 500 or answer.status in _BY_STATUS_ALONE:
        return None
    code = _code_of(answer)
    if answer.status in _ACCOUNT_STATUSES:
        return AccountBlocked(said(code), code="" if code is None else str(code))
    if answer.status == 404:
        # Whatever it says, no call can be sent there.
        return CampaignBlocked("Voice sends are not found at this base_url.")
    return refusal_of_send(code)


def verdict_of_request(answer: Answer) -> ProviderError | None:
    """Judge any other answer that is not a 2xx: what is refused is refused, the account's faults are its own."""
    if not 400 <= answer.status < 500 or answer.status in _BY_STATUS_ALONE:
        return None
    code = _code_of(answer)
    word = "" if code is None else str(code)
    is_account = code in CODES and CODES[code].reaction is Reaction.ACCOUNT
    if answer.status in _ACCOUNT_STATUSES or is_account:
        return AccountBlocked(said(code), code=word)
    return Refused(said(code), code=word)


def _code_of(answer: Answer) -> int | None:
    try:
        return code_in(answer.json())
    except ValueError:
        return None
