"""Own what a QVoice account must be told, and what the vendor's document says it can do.

Never sends anything.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from providers.configuration import option
from providers.contract import Capabilities, NativeRetry
from providers.secrets import Secret
from providers.vocabulary import (
    CampaignSource,
    Catalogue,
    Correlate,
    Remainder,
    Result,
    RetryScope,
    Schedule,
    Seeing,
    Unit,
)

#: The vendor's own sample of a paged call asks for 1000; it names no limit of a page ("Get Campaigns activity").
LARGEST_PAGE = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class QVoiceCredentials:
    """What the login and the two headers need ("Get access token")."""

    username: str = field(metadata=option(label="User name", help="The portal user that the API acts as."))
    password: Secret = field(metadata=option(label="Password", help="The portal user's password."))
    domain: str = field(metadata=option(label="Domain", help="The tenant that the user belongs to."))
    # Where to find it is not documented: it is asked for, never derived (sheet: Basics, Auth).
    account_id: str = field(
        metadata=option(label="Account id", help="Sent as X-Account-ID; ask QVoice if the portal hides it.")
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class QVoiceSettings:
    """What the document leaves open, with the reading that calls people least often as the default."""

    default_remote_campaign_id: str = field(
        default="",
        metadata=option(
            label="Campaign", help="The remote campaign of campaigns that name none; one of ours at a time."
        ),
    )
    page_size: int = field(
        default=LARGEST_PAGE,
        metadata=option(
            label="Page size", help="Leads asked for at a time.", minimum=1, maximum=LARGEST_PAGE
        ),
    )
    # "retries" may count tries after the first, or all of them (sheet: Add a lead).
    retries_offset: int = field(
        default=0,
        metadata=option(
            label="Retries offset",
            help="0: `retries` counts the tries after the first. 1: it counts all; set it if nothing is dialed.",
            minimum=0,
            maximum=1,
        ),
    )
    # Whether a small or a large number comes first is not documented: a wrong guess would turn the order round.
    send_priority: bool = field(
        default=False,
        metadata=option(label="Send priorities", help="Off: all leads get the same priority."),
    )
    lead_type: str = field(
        default="", metadata=option(label="Lead type", help="Free text, written into each lead's `type`.")
    )
    note_attribute: str = field(
        default="",
        metadata=option(
            label="Note attribute", help="The contact's attribute that agents shall see as the lead's note."
        ),
    )


CAPABILITIES = Capabilities(
    campaigns=CampaignSource.BIND,
    withdraw=True,
    batch_size=1,
    schedule=Schedule.NONE,
    correlate=Correlate.PHONE,
    one_live_per_phone=True,
    observe=Seeing.SNAPSHOT,
    # One look reads the whole list, so it may ask about as many calls as the engine ever gives.
    observe_page=10_000,
    proves_absence=True,
    native_retry=NativeRetry(
        scope=RetryScope.CALL,
        smallest=Unit.SECOND,
        largest=Unit.SECOND,
        uniform=True,
        retries_on=None,
        keeps_windows=False,
        units_documented=False,
        remainder=Remainder.SHORTER,
    ),
    results=frozenset({Result.ANSWERED, Result.FAILED}),
    browse=frozenset({Catalogue.CAMPAIGNS, Catalogue.QUEUES}),
    sessions=True,
    notes={
        "campaigns": "No call creates one; they are made in the portal (documented by absence).",
        "steer": "No call starts or stops a campaign; leads that were not dialed can be taken back.",
        "withdraw": (
            "Delete Lead. It never says that it came too late, so the lead is looked at before; that a running "
            "call goes on is inferred."
        ),
        "withdraw_why": "Delete Lead asks for no reason, so any will do.",
        "batch_size": "Add Lead to campaign takes one lead.",
        "schedule": "Add Lead to campaign takes no time: a lead is dialed as soon as an agent is free.",
        "correlate": "`ticket_id` is written and never returned; leads are matched by number and `created`.",
        "one_live_per_phone": (
            "Duplicate numbers are not documented to be refused, and two leads of one number can't be told apart."
        ),
        "observe": "Get Leads status by Campaign: the whole campaign, by pages.",
        "observe_page": "Our choice: one look reads the list once, whatever number of calls it is about.",
        "visible_after": "Not documented: the cautious 15 minutes.",
        "proves_absence": (
            "The list holds all leads of a campaign; only a list with its `next_start_key` read to the end counts."
        ),
        "webhooks": "None is documented.",
        "native_retry": (
            "`retries` and `cool_off` of Add Lead to campaign. Undocumented: the unit of `cool_off` (read as "
            "seconds), whether `retries` counts the first try (read as: no), and what triggers a retry."
        ),
        "results": (
            "`success` and `failed`; their meanings are inferred, no reason of a failure is given, and a fourth "
            "status exists whose name the document lost."
        ),
        "browse": "Get Campaigns status and Leads by status; Get Queues status.",
        "recordings": "None is documented.",
        "rate": "None is documented; 429 is obeyed.",
        "sessions": "Get access token; how long a token lasts is not documented (read as one hour).",
    },
)
