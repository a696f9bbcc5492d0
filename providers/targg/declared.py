"""Own what an account of Targg is configured with, and what the vendor can do by its document.

Never sends a request. Confidence is that of the fact sheet; "silent" means that the document says nothing.
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
    Steering,
    Unit,
)

#: As many calls as the engine ever asks about at once: one look then reads each page of 50 once.
OBSERVE_PAGE = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class TarggCredentials:
    """How an account signs in."""

    api_key: Secret = field(
        metadata=option(label="API key", help="From the API keys page of Targg's web console.")
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class TarggSettings:
    """What all campaigns of an account have in common."""

    default_template_id: str = field(
        default="",
        metadata=option(
            label="Template",
            help="Callbot template of campaigns that name neither a template nor a remote campaign.",
        ),
    )


CAPABILITIES = Capabilities(
    campaigns=CampaignSource.CREATE,
    steer=frozenset(Steering),
    withdraw=True,
    batch_size=1,
    schedule=Schedule.CALLEE_LOCAL,
    correlate=Correlate.REF,
    one_live_per_phone=False,
    observe=Seeing.FEED,
    observe_page=OBSERVE_PAGE,
    webhooks=True,
    native_retry=NativeRetry(
        scope=RetryScope.CAMPAIGN,
        smallest=Unit.HOUR,
        largest=Unit.YEAR,
        business_days=True,
        other_phone=True,
        remainder=Remainder.SINGLE,
    ),
    results=frozenset({Result.ANSWERED, Result.FAILED}),
    browse=frozenset({Catalogue.CAMPAIGNS, Catalogue.TEMPLATES}),
    recordings=True,
    notes={
        "campaigns": (
            "POST /v1/campaign with a template of the web console; a given id is bound to, and its automatic "
            "scheduler and retries are set as we need them by PUT. What Targg does not show (credits_per_day) has "
            "to be in provider_options, or is reset by that."
        ),
        "steer": "PUT /v1/campaign/:id with status active, paused, inactive; close = inactive.",
        "withdraw": (
            "DELETE /v1/call/{id} of a scheduled call; the answer for any other call is not documented."
        ),
        "batch_size": "One call a request; no batch is documented.",
        "schedule": (
            "POST /v1/call `date`: wall clock of the called person, by the number. Which zone the vendor derives is "
            "not said: a time is sent only if all zones of the number agree."
        ),
        "correlate": "externalId of a call is stored and shown; it is no filter.",
        "one_live_per_phone": "The samples show two contacts with one number: nothing is unique.",
        "observe": (
            "GET /v1/calls by contact, or by campaign and day. Which moment and zone the days mean is silent, so "
            "they are never relied on; what is read is filtered by contact wherever the contact is known."
        ),
        "observe_page": "Pages of 50 (documented maximum): 10,000 calls are 200 requests of one look or two.",
        "visible_after": "Silent: the general 15 minutes.",
        "proves_absence": (
            "GET /v1/calls lists all calls, and its filters by contact and campaign are documented (confidence: "
            "high once the call had time to appear)."
        ),
        "webhooks": (
            "The call object at each change of status; no signature, event id, order or retry is documented."
        ),
        "native_retry": (
            "timeline_retry of the campaign: hours to years, business days, another phone. Silent on which results "
            "trigger it, and on whether the same call object rings again: both readings are understood. A call can't "
            "go without its campaign's plan: single calls are made in a second campaign, which is opened beside it."
        ),
        "results": (
            "finished = answered, failed = failed; busy, no answer, voicemail and invalid numbers are all failed. "
            "Of orders: a refused one is rejected, a contact that Targg has blacklisted do_not_call."
        ),
        "browse": "GET /v1/campaigns and /v1/templates.",
        "recordings": "audios.url of a finished call, fetched without our key.",
        "rate": "429 with a wish for exponential back-off; no number is documented.",
        "sessions": "An API key as bearer token; it does not expire.",
    },
)
