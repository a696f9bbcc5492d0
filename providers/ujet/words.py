"""Own what UJET's contact statuses mean: the one table, and which words leave a further ring open.

Never ends a call on a word that is not in the table.
"""

from __future__ import annotations

from providers.vocabulary import Progress, Result

#: Every documented contact status (sheet: "Contact status vocabulary"; the vendor's document: the table of contact
#: statuses, there in Portuguese; the API speaks English). The English of the last two is the sheet's translation.
WORDS: dict[str, tuple[Progress, Result | None]] = {
    "Upcoming": (Progress.QUEUED, None),
    "Dialing": (Progress.RINGING, None),
    # There is a call and it waits, whether for the line or for an agent is not said: the lesser claim of the two
    # that can no longer be taken back.
    "Queued": (Progress.RINGING, None),
    "Connected": (Progress.CONNECTED, None),
    "Finished": (Progress.ENDED, Result.ANSWERED),
    "Transferred": (Progress.CONNECTED, None),  # still on
    "Transferred and Finished": (Progress.ENDED, Result.TRANSFERRED),
    "Not Picked Up": (Progress.ENDED, Result.NO_ANSWER),
    # A busy line hides behind this word, and other causes too: the reason is not given, so none is claimed.
    "Not Reached to Contact": (Progress.ENDED, Result.FAILED),
    "Abandoned by Contact": (Progress.ENDED, Result.ABANDONED),
    "Skipped": (Progress.QUEUED, None),  # by one agent; another one gets it
    # Preview mode: an agent looked at it and closed it, before anything rang.
    "Skipped & Closed": (Progress.ENDED, Result.CANCELLED),
    "Invalid Number": (Progress.ENDED, Result.INVALID_NUMBER),
    "Carrier Error": (Progress.ENDED, Result.CARRIER_ERROR),
    "Abandoned by Dialer": (Progress.ENDED, Result.ABANDONED),
    "Voicemail Hung Up": (Progress.ENDED, Result.VOICEMAIL),
    "Dialer General Error": (Progress.ENDED, Result.FAILED),
    "Redial Scheduled": (Progress.QUEUED, None),
    "Do Not Call": (Progress.ENDED, Result.DO_NOT_CALL),
    # The caller id is at fault, not the callee's number: the number stays callable.
    "Invalid Outbound Number": (Progress.ENDED, Result.REJECTED),
    # "Invalid or blocked": which of the two is not said, so the number is not written off.
    "Blocked Phone Number": (Progress.ENDED, Result.REJECTED),
}


def plain(word: str) -> str:
    """Give a status as it is compared: trimmed, whatever its case."""
    return word.strip().casefold()


_BY_PLAIN_WORD = {plain(word): meaning for word, meaning in WORDS.items()}
_REDIAL = plain("Redial Scheduled")
#: Ends after which a native redial may still follow (sheet: "Native redial"; which outcomes trigger one is not
#: documented, and these two are the ones that the sheet names).
_MAY_FOLLOW = frozenset({plain("Not Picked Up"), plain("Not Reached to Contact")})


def meaning_of(word: str) -> tuple[Progress, Result | None]:
    """Translate a status; an unknown one moves nothing."""
    return _BY_PLAIN_WORD.get(plain(word), (Progress.UNKNOWN, None))


def announces_redial(word: str) -> bool:
    """Say whether the vendor has set a further ring of its own."""
    return plain(word) == _REDIAL


def may_be_followed(word: str) -> bool:
    """Say whether a native redial can still come after this end."""
    return plain(word) in _MAY_FOLLOW
