"""Own the words that every provider's answers are translated into.

Never holds a vendor's own words: an adapter maps them and keeps the raw text beside.
"""

from __future__ import annotations

from enum import Enum, StrEnum


class Progress(StrEnum):
    """How far a call has come; compare by `rank`, never by value."""

    UNKNOWN = "unknown"  # a word the adapter doesn't know: never moves anything
    QUEUED = "queued"  # the provider holds it, nothing rings
    RINGING = "ringing"  # the phone rings
    CONNECTED = "connected"  # somebody or something picked up
    ENDED = "ended"  # over, for whatever reason

    @property
    def rank(self) -> int:
        """Give the place in QUEUED < RINGING < CONNECTED < ENDED; UNKNOWN is -1, below all."""
        return _RANKS[self]

    def is_after(self, other: Progress) -> bool:
        """Say whether this is a step forward from `other`."""
        return self.rank > other.rank


_RANKS = {
    Progress.UNKNOWN: -1,
    Progress.QUEUED: 0,
    Progress.RINGING: 1,
    Progress.CONNECTED: 2,
    Progress.ENDED: 3,
}


class Result(StrEnum):
    """The technical end of an attempt."""

    ANSWERED = "answered"  # a person spoke with the agent or bot
    TRANSFERRED = "transferred"  # answered, then handed to somebody else
    NO_ANSWER = "no_answer"  # rang out
    BUSY = "busy"  # engaged
    VOICEMAIL = "voicemail"  # a machine picked up
    ABANDONED = "abandoned"  # picked up, but nobody was there to speak
    REJECTED = "rejected"  # the provider or the callee's network would not take it
    INVALID_NUMBER = "invalid_number"  # no such number: it is never dialed again
    CARRIER_ERROR = "carrier_error"  # the network failed, not the callee
    DO_NOT_CALL = "do_not_call"  # the callee, or the provider's own list, forbids it
    FAILED = "failed"  # failed, and the provider does not say why
    CANCELLED = "cancelled"  # taken back before it rang
    EXPIRED = "expired"  # its time ran out at the provider before it rang
    UNKNOWN = "unknown"  # nobody could find out; never repeated unless a timeline names it


class Steering(StrEnum):
    """What a remote campaign can be told."""

    PAUSE = "pause"
    RESUME = "resume"
    CLOSE = "close"


class Why(StrEnum):
    """Why a held call is taken back; some providers can do it for some reasons only."""

    PAUSE = "pause"  # will be pushed again later
    SUPPRESSION = "suppression"  # the number must not be called at all, or not by this account
    CAMPAIGN_SUPPRESSION = "campaign_suppression"  # somebody said no to this campaign only
    EXCLUSION = "exclusion"  # out of this campaign only
    COMPLETION = "completion"  # the campaign is over
    EXPIRY = "expiry"  # its `not_after` passed
    CANCEL = "cancel"  # an operator cancelled this one attempt


class Withdrawal(StrEnum):
    """What became of a withdrawal."""

    WITHDRAWN = "withdrawn"  # it will not ring
    TOO_LATE = "too_late"  # it rings or has rung
    GONE = "gone"  # the provider does not know it
    NOT_YET = "not_yet"  # nothing can be taken back now, but it may ring later: ask again


class Catalogue(StrEnum):
    """What can be listed at a provider."""

    CAMPAIGNS = "campaigns"
    TEMPLATES = "templates"
    QUEUES = "queues"
    DISPOSITIONS = "dispositions"


class CampaignSource(StrEnum):
    """Where a remote campaign comes from."""

    CREATE = "create"  # the adapter can make one (and bind to a given one)
    BIND = "bind"  # it must exist; its id has to be given


class Schedule(StrEnum):
    """Which kind of future time the provider keeps by itself."""

    NONE = "none"  # dials as soon as it can: hold back until due
    UTC = "utc"
    CALLEE_LOCAL = "callee_local"  # wall time at the callee's place


class Correlate(StrEnum):
    """What a report carries that tells whose call it is."""

    REF = "ref"  # our reference, or an id that the receipt gave
    PHONE = "phone"  # the number only: at most one live call a number and campaign


class Seeing(StrEnum):
    """How `observe` looks."""

    SNAPSHOT = "snapshot"  # reads the whole remote campaign
    FEED = "feed"  # reads what changed since a cursor
    EACH = "each"  # one request a call


class RetryScope(StrEnum):
    """Where a native retry plan lives at the provider."""

    CALL = "call"
    CAMPAIGN = "campaign"


class Remainder(StrEnum):
    """What can become of a native plan that was interrupted (by a pause, say) for the calls that are left."""

    SHORTER = "shorter"  # an order can carry a shorter plan: the provider goes on with the rest
    SINGLE = "single"  # an order can go without a plan: the dialer makes the rest one by one
    NONE = "none"  # every order gets the whole plan: the rest is not called


class Unit(Enum):
    """A unit of waiting, ordered from short to long by `value`."""

    SECOND = 1
    MINUTE = 2
    HOUR = 3
    DAY = 4
    WEEK = 5
    MONTH = 6
    YEAR = 7
