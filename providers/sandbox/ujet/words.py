"""Own the vendor's status words of a contact, and which word a call's stage or result comes to.

Never knows a campaign's rules; where the vendor tells two results apart by the mode only, it asks for the mode.
"""

from __future__ import annotations

from providers.sandbox.line import Call, Stage
from providers.vocabulary import Result

UPCOMING = "Upcoming"
DIALING = "Dialing"
CONNECTED = "Connected"
FINISHED = "Finished"
TRANSFERRED_AND_FINISHED = "Transferred and Finished"
NOT_PICKED_UP = "Not Picked Up"
NOT_REACHED = "Not Reached to Contact"
INVALID_NUMBER = "Invalid Number"
VOICEMAIL = "Voicemail Hung Up"
REDIAL_SCHEDULED = "Redial Scheduled"
DO_NOT_CALL = "Do Not Call"
INVALID_OUTBOUND_NUMBER = "Invalid Outbound Number"
ABANDONED_BY_DIALER = "Abandoned by Dialer"
DIALER_ERROR = "Dialer General Error"
SKIPPED_AND_CLOSED = "Skipped & Closed"

#: Every word of the document's status table, in its order, as the API spells it (the sample answers are English).
STATUSES = (
    UPCOMING,
    DIALING,
    "Queued",
    CONNECTED,
    FINISHED,
    "Transferred",
    TRANSFERRED_AND_FINISHED,
    NOT_PICKED_UP,
    NOT_REACHED,
    "Abandoned by Contact",
    "Skipped",
    SKIPPED_AND_CLOSED,
    INVALID_NUMBER,
    "Carrier Error",
    ABANDONED_BY_DIALER,
    VOICEMAIL,
    DIALER_ERROR,
    REDIAL_SCHEDULED,
    DO_NOT_CALL,
    INVALID_OUTBOUND_NUMBER,
    "Blocked Phone Number",
)
#: Those after which a contact is dialed again or is on a call; all other words of the table are final.
OPEN = frozenset({UPCOMING, DIALING, "Queued", CONNECTED, "Transferred", "Skipped", REDIAL_SCHEDULED})
REACHED = frozenset({FINISHED, TRANSFERRED_AND_FINISHED})
#: The counts of a campaign spell two words otherwise (manager API, campaign object).
COUNTED_AS = {INVALID_NUMBER: "Invalid Number or Name", INVALID_OUTBOUND_NUMBER: "Invalid outbound number"}

#: A withdrawn call's contact is removed or blocked, and then shown otherwise: the word is never seen.
_STAGES = {Stage.RINGING: DIALING, Stage.CONNECTED: CONNECTED, Stage.WITHDRAWN: SKIPPED_AND_CLOSED}
_RESULTS = {
    Result.ANSWERED: FINISHED,
    Result.TRANSFERRED: TRANSFERRED_AND_FINISHED,
    Result.NO_ANSWER: NOT_PICKED_UP,
    Result.BUSY: NOT_REACHED,  # the table has no word for a busy line
    Result.ABANDONED: ABANDONED_BY_DIALER,
    Result.REJECTED: "Blocked Phone Number",
    Result.INVALID_NUMBER: INVALID_NUMBER,
    Result.CARRIER_ERROR: "Carrier Error",
    Result.DO_NOT_CALL: DO_NOT_CALL,
    Result.CANCELLED: SKIPPED_AND_CLOSED,
}
PREDICTIVE = "predictive"


def word_of(call: Call, mode: str) -> str:
    """Say a call's state in the vendor's word; a machine is noticed in predictive mode only."""
    if call.word is not None:
        return call.word
    if call.stage is Stage.WAITING:
        return REDIAL_SCHEDULED if call.ring_no else UPCOMING
    if call.stage is not Stage.ENDED:
        return _STAGES[call.stage]
    return ended_word(call.result, mode)


def ended_word(result: Result | None, mode: str) -> str:
    """Say a result in the vendor's word."""
    if result is Result.VOICEMAIL:
        return VOICEMAIL if mode == PREDICTIVE else FINISHED
    return DIALER_ERROR if result is None else _RESULTS.get(result, DIALER_ERROR)
