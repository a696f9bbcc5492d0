"""Own what Diabolocom can do, and where its document says so or is silent.

Never used to decide anything here: the engine reads it.
"""

from __future__ import annotations

from providers.capabilities import CAUTIOUS_VISIBLE_AFTER, Capabilities, NativeRetry
from providers.diabolocom.filters import MOST_ENTRIES
from providers.vocabulary import (
    CampaignSource,
    Catalogue,
    Correlate,
    Remainder,
    Result,
    RetryScope,
    Schedule,
    Seeing,
    Steering,
    Unit,
)

CAPABILITIES = Capabilities(
    campaigns=CampaignSource.BIND,
    steer=frozenset(Steering),
    withdraw=True,
    batch_size=1,
    schedule=Schedule.UTC,
    correlate=Correlate.REF,
    one_live_per_phone=False,
    observe=Seeing.FEED,
    observe_page=MOST_ENTRIES,
    visible_after=CAUTIOUS_VISIBLE_AFTER,
    proves_absence=True,
    native_retry=NativeRetry(
        scope=RetryScope.CAMPAIGN,
        smallest=Unit.SECOND,
        largest=Unit.SECOND,
        uniform=True,
        other_phone=False,
        retries_on=None,
        keeps_windows=False,
        remainder=Remainder.SHORTER,
    ),
    results=frozenset(Result) - {Result.EXPIRED, Result.UNKNOWN},
    browse=frozenset({Catalogue.CAMPAIGNS, Catalogue.DISPOSITIONS}),
    recordings=False,
    notes={
        "campaigns": "Campaigns are made by people in the portal; the document has no request that makes one.",
        "steer": "PATCH isPaused and isArchived; a campaign is archived only once it is paused, and for good.",
        "withdraw": "PUT excluded=true: it keeps what is known of the contact. DELETE would lose a result.",
        "batch_size": "Single creates. A batch of 300 tells neither ids nor verdicts.",
        "schedule": "retryDate in UTC, to the second. maxCallingDateTime ends the contact's window.",
        "correlate": "By a custom field of our own, which the adapter adds to the campaign.",
        "one_live_per_phone": "Deduplication is marked as a future release.",
        "observe": "Search by contactIds (500), by the reference, by phones; the feed by lastUpdatedAt beside it. "
        "Whether a call's end moves lastUpdatedAt is not said, so calls are searched and not only fed.",
        "observe_page": "The most entries of an array in a search.",
        "visible_after": "How soon the search shows a new contact is not documented.",
        "proves_absence": "The search lists every contact that is not deleted. Not believed where the campaign "
        "purges contacts by their outcome, or has lost the reference field.",
        "webhooks": "None in the document.",
        "native_retry": "maxTries and nextTryDelay of the campaign, after a wrap-up whose status is tocall; which "
        "results those are is each account's choice. Whether one try is one phone or all phones is not said.",
        "results": "By the wrap-up's status only answered and failed; the others by wrap-up names that the account's "
        "settings map, and by the reason for which a contact is excluded.",
        "browse": "Campaigns, and wrap-ups as dispositions.",
        "recordings": "Recordings are fetched by an interaction id, which nothing documented tells of a contact.",
        "rate": "Not documented.",
        "sessions": "A token in a header; there is no login.",
    },
)
