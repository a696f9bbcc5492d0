"""Own the numeric error table of 360NRS: code, HTTP status, and what it is about in words of ours.

Never decides when something is wrong. The vendor's own texts are not repeated: nobody may match on them.
"""

from __future__ import annotations

from providers.sandbox.messages import Refusal

CREDENTIALS = 103
JSON = 125
GUID = 120
VALIDATION = 422

#: "Erros" in the document, without the codes of e-mail and landing pages (114-118, 140-142) and of
#: billing (150-157), which no path of this stand-in can meet; 400 where no status is given.
TABLE: dict[int, tuple[int, str]] = {
    101: (500, "database trouble"),
    102: (400, "nobody valid to send to"),
    103: (401, "user or API password not known"),
    104: (400, "there is no text"),
    105: (400, "the text is too long"),
    108: (400, "the instant to send at is not possible"),
    109: (400, "the notification address is no URL"),
    111: (402, "the credit does not suffice"),
    112: (401, "requests from this address are not allowed"),
    119: (400, "the expiration is no possible instant"),
    120: (400, "no such GUID"),
    121: (400, "the scheduled instant is not readable"),
    122: (500, "updating failed"),
    123: (500, "deleting failed"),
    125: (400, "not readable as JSON"),
    126: (400, "the campaign's name is blank"),
    167: (400, "a campaign of that name exists"),
    **{
        first + step: (400, f"{channel}: {text}")
        for first, channel in ((130, "voice"), (160, "interactive voice"))
        for step, text in enumerate(
            ("language", "gender", "caller", "address of the audio", "format of the audio")
        )
    },
    165: (400, "speech type not known"),
    166: (400, "menu option type not known"),
    168: (400, "speech type blank"),
    169: (400, "menu blank"),
    170: (400, "key blank"),
    171: (400, "key no number"),
    172: (400, "key out of range"),
    173: (400, "sub menu blank"),
    174: (400, "transfer without a prefix"),
    175: (400, "transfer without a phone"),
    176: (400, "call retries: no integer"),
    177: (400, "call retries: out of range"),
    178: (400, "cost limit: no integer"),
    179: (400, "speech retries: no integer"),
    180: (400, "speech retries: out of range"),
    181: (400, "speech timeout: no integer"),
    182: (400, "speech timeout: out of range"),
    183: (400, "available times: no array"),
    184: (400, "available times: day no integer"),
    185: (400, "available times: day out of range"),
    186: (400, "available times: start unreadable"),
    187: (400, "available times: end unreadable"),
    188: (400, "available times: start after end"),
    189: (400, "available times: a property is missing"),
    190: (400, "call retries: given, but blank"),
    191: (400, "cost limit: given, but blank"),
    192: (400, "speech retries: given, but blank"),
    193: (400, "speech timeout: given, but blank"),
    194: (400, "available times: given, but blank"),
    195: (400, "none of the contacts' external ids is known"),
    196: (400, "available times: too short"),
}


def coded(code: int) -> Refusal:
    """Make the refusal with a number of the table."""
    status, text = TABLE[code]
    return Refusal(status, text, code=code)


def invalid(text: str) -> Refusal:
    """Make the refusal of a request whose fields are wrong: 422 is its status and its number."""
    return Refusal(VALIDATION, text, code=VALIDATION)


def described(code: int) -> dict[str, object]:
    """Write a number of the table as a recipient's own error."""
    return {"code": code, "description": TABLE[code][1]}
