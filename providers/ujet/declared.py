"""Own what UJET can do: its capabilities, each with the place in the vendor's document, or its silence.

Never sends anything.
"""

from __future__ import annotations

from providers.contract import Capabilities, Rate
from providers.ujet.words import WORDS
from providers.vocabulary import CampaignSource, Catalogue, Correlate, Result, Schedule, Seeing

#: What a refused add comes to, beside the ends of calls.
_OF_RECEIPTS = frozenset({Result.REJECTED})

CAPABILITIES = Capabilities(
    campaigns=CampaignSource.BIND,
    steer=frozenset(),
    withdraw=True,
    batch_size=1,
    schedule=Schedule.NONE,
    correlate=Correlate.REF,
    one_live_per_phone=True,
    observe=Seeing.EACH,
    # A look is one request a call, up to this many in one deadline of 20 s, with one list beside.
    observe_page=20,
    proves_absence=True,
    webhooks=False,
    native_retry=None,
    results=frozenset(result for _, result in WORDS.values() if result is not None) | _OF_RECEIPTS,
    browse=frozenset({Catalogue.CAMPAIGNS}),
    recordings=False,
    rate=Rate(per_second=10),
    notes={
        "campaigns": "No endpoint makes one: they are made in the portal; give `remote_campaign_id`.",
        "steer": "Starting and pausing is done in the portal only.",
        "withdraw": (
            "DELETE contact by our external_unique_id, after a look: what rings is left alone. The answer for an "
            "unknown contact is not documented; 404 is taken for gone."
        ),
        "batch_size": "Single adds give a verdict each. The import of a file answers no id and names no row.",
        "schedule": "A contact is dialed as soon as an agent is free.",
        "correlate": "external_unique_id; its length and uniqueness are not documented.",
        "one_live_per_phone": (
            "The campaign refuses a second contact with a phone (seen for imports, expected for single adds)."
        ),
        "observe": (
            "A status stands in PATCH and DELETE answers only, so a look is a PATCH that changes nothing. Selection "
            "by external_unique_id is documented for DELETE; for PATCH it is the only usable reading."
        ),
        "observe_page": "One request a call; one list more where a call is not found.",
        "visible_after": "Not documented.",
        "proves_absence": (
            "PATCH answers 404 and the contact list does not hold the reference. The list has no documented paging."
        ),
        "webhooks": "None for campaign contacts.",
        "native_retry": (
            "Redials are a campaign setting of the portal (max_redial_count, redial_interval_minutes); no endpoint "
            "sets them. What triggers them is not documented."
        ),
        "results": (
            "Busy has no status of its own and shows as Not Picked Up or Not Reached to Contact. Outside predictive "
            "mode a voicemail may look like an answered call."
        ),
        "browse": (
            "Manager API, read only: the object is documented, the path is seen in third-party client code only. "
            "Unsupported where the tenant has none."
        ),
        "recordings": "None in these endpoints.",
        "rate": "10 requests a second for the whole tenant; an older copy of the same page says 1.",
    },
)
