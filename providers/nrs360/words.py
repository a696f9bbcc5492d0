"""Own what the vendor's words mean for a call: the events of a message and the statuses of a sending.

Never decides by numbers or times; one word, one meaning.
"""

from __future__ import annotations

from providers.vocabulary import Progress, Result

Meaning = tuple[Progress, Result | None]

_QUEUED: Meaning = (Progress.QUEUED, None)
#: Of other channels (e-mail, landing pages, forms): a call can't have them, and they end nothing.
_NOT_OF_CALLS: Meaning = (Progress.UNKNOWN, None)
_NEVER_AGAIN: Meaning = (Progress.ENDED, Result.DO_NOT_CALL)

#: Document: Events, and the events of a sending; the channel of each is said there. Sheet: Events.
EVENTS: dict[str, Meaning] = {
    "sent": (Progress.RINGING, None),
    # By a person or by a machine: not told apart.
    "delivered": (Progress.ENDED, Result.ANSWERED),
    "undelivered": (Progress.ENDED, Result.NO_ANSWER),
    "rejected": (Progress.ENDED, Result.REJECTED),
    "expired": (Progress.ENDED, Result.EXPIRED),
    "unsubscribed": _NEVER_AGAIN,
    "complaint": _NEVER_AGAIN,
    "opened": _NOT_OF_CALLS,
    "opened_unique": _NOT_OF_CALLS,
    "clicked": _NOT_OF_CALLS,
    "clicked_unique": _NOT_OF_CALLS,
    "hard_bounced": _NOT_OF_CALLS,
    "soft_bounced": _NOT_OF_CALLS,
    "unsubscribed_landing": _NOT_OF_CALLS,
    "form_opened": _NOT_OF_CALLS,
    "form_submitted": _NOT_OF_CALLS,
    "form_rejected": _NOT_OF_CALLS,
}

#: Document: the fields of a campaign's answer. A sending by the API shows OPENED, before and after the call: no
#: status tells a result. FINISHED without an event leaves the result open, so it ends nothing.
STATUSES: dict[str, Meaning] = {
    "PENDING": _QUEUED,
    "SAVED": _QUEUED,
    "SENDING": _QUEUED,
    "PAUSED": _QUEUED,
    "FINISHED": _QUEUED,
    "CANCELLED": (Progress.ENDED, Result.CANCELLED),
    "EDITING": _QUEUED,
    "OPENED": _QUEUED,
    "AUTOMATED": _QUEUED,
    "WAITING": _QUEUED,
}

#: The one table: no word is in both halves.
WORDS: dict[str, Meaning] = EVENTS | STATUSES


def meaning_of(word: str) -> Meaning:
    """Translate a word; one that nobody documented is UNKNOWN and ends nothing."""
    return WORDS.get(word, (Progress.UNKNOWN, None))


def in_order(words: list[str]) -> list[str]:
    """Sort the events of one call as they should be told: forwards, what nobody knows last.

    Of several ends a person's refusal goes first: the engine keeps the first end that it is told.
    """

    def place(word: str) -> tuple[int, bool]:
        progress, result = meaning_of(word)
        rank = progress.rank if progress is not Progress.UNKNOWN else Progress.ENDED.rank + 1
        return rank, result is not Result.DO_NOT_CALL

    return sorted(words, key=place)
