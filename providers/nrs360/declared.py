"""Own what 360NRS can do: its capabilities, each with the place in the vendor's document, or its silence.

Never sends anything.
"""

from __future__ import annotations

from providers.contract import Capabilities
from providers.nrs360.words import WORDS
from providers.vocabulary import CampaignSource, Catalogue, Correlate, Result, Schedule, Seeing, Why

#: What a refused send comes to, beside the ends of calls.
_OF_RECEIPTS = frozenset({Result.REJECTED, Result.INVALID_NUMBER})

CAPABILITIES = Capabilities(
    campaigns=CampaignSource.CREATE,
    steer=frozenset(),
    withdraw=True,
    withdraw_why=frozenset({Why.SUPPRESSION}),
    blocks=True,
    batch_size=1,
    schedule=Schedule.NONE,
    correlate=Correlate.REF,
    one_live_per_phone=False,
    observe=Seeing.FEED,
    # Neighbours in time share a list of campaigns, so a look is a few requests for all of them.
    observe_page=500,
    proves_absence=False,
    webhooks=True,
    native_retry=None,
    results=frozenset(result for _, result in WORDS.values() if result is not None) | _OF_RECEIPTS,
    browse=frozenset({Catalogue.CAMPAIGNS}),
    recordings=False,
    rate=None,
    notes={
        "campaigns": (
            "No endpoint makes one: every send brings its own by its campaignName, so nothing has to exist before. "
            "`provider_options.message` is required; `remote_campaign_id` may be left out. A given one is looked up "
            "and kept as a label: calls don't join it. POST /voice is not in the document; its core is high "
            "confidence by public programs."
        ),
        "steer": "Nothing pauses, resumes or closes a campaign or a sending.",
        "withdraw": (
            "Nothing stops an accepted send. For a suppression the number goes on the account's voice block list "
            "(PUT v2/blacklist/voice). Whether that stops accepted sends is not documented: only "
            "one that then shows as rejected, and was never sent, counts as taken back. Else it rings out."
        ),
        "withdraw_why": (
            "A block list entry holds for every campaign of the account, so only a suppression makes one, and none "
            "of a single campaign."
        ),
        "blocks": (
            "GET, PUT and DELETE v2/blacklist/voice, a number a request. An entry that was there before is not ours "
            "to take off."
        ),
        "batch_size": (
            "A send takes many numbers, but notifications carry no number, and counts of a shared sending tell "
            "nothing of one call. No limit of recipients is documented."
        ),
        "schedule": (
            "scheduleDate is documented for SMS and e-mail, inferred for voice; a scheduled voice send could not be "
            "listed or cancelled with certainty. Every send is at once."
        ),
        "correlate": (
            "campaignName is our reference; the message id of the answer is in notifications too. Lists and reports "
            "hold no message id, notifications no number."
        ),
        "one_live_per_phone": "Each send has a sending of its own.",
        "observe": (
            "GET campaigns by name, with a star for calls made at about the same time; the events of a sending are "
            "counted there. The events report (CSV) adds times and length, for some ended calls a look. Sendings by "
            "the API stay OPENED: only events tell an end."
        ),
        "observe_page": "Campaign lists have no pages; about 13,000 campaigns fit into one answer.",
        "visible_after": "Not documented.",
        "proves_absence": "Not documented how soon a send shows, and a send has no key against repetition.",
        "webhooks": (
            "POST, form fields, to the notificationUrl of a send (the account's webhook address, or the setting "
            "`notification_url`; seen for SMS, medium confidence for voice). No signature, no number; anything but "
            "200 is repeated 5 times in about 15 minutes. voice-interactive is missing in the list of channels, "
            "and is accepted."
        ),
        "native_retry": (
            "Error codes 176, 177 and 190 speak of call retries; name, range, default and triggers are not "
            "documented. None is sent unless the setting `call_retries_field` names the field: then 0."
        ),
        "results": (
            "A machine that picks up is delivered, like a person; busy is undelivered, like no answer. rejected "
            "gives no reason. Code 102 for the one recipient of a send is an invalid number."
        ),
        "browse": "The voice campaigns of the last days that are not calls of ours; the list has no pages.",
        "recordings": "None in the document.",
        "rate": "Not documented.",
    },
)
