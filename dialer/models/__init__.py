"""The canonical model: what is true, held by constraints wherever a database can hold it.

One module a family; nothing here decides or calls out.
"""

from __future__ import annotations

from dialer.models.accounts import Ailment, Health, ProviderAccount
from dialer.models.attempts import Attempt, Origin
from dialer.models.blocks import ProviderBlock
from dialer.models.campaigns import Campaign, Holidays, Purpose, RetryMode
from dialer.models.consents import Basis, Consent
from dialer.models.contacts import PHONE_TYPES, CampaignContact, Contact, ContactPhone
from dialer.models.dispositions import CallEvent, Disposition, DispositionMapping
from dialer.models.feed import FeedEvent
from dialer.models.inbox import EventSource, EventState, HookMessage, HookState, ProviderEvent
from dialer.models.jobs import Heartbeat, Job, JobChunk, JobKind, JobState, JobVerdict
from dialer.models.keys import SCOPES, ApiKey, IdempotencyKey
from dialer.models.suppressions import Scope, Suppression
from dialer.models.tallies import Tally, TallyDelta, TallyKind
from dialer.models.timelines import RetryStep, RetryTimeline
from dialer.models.webhooks import DeliveryState, DisabledReason, WebhookDelivery, WebhookEndpoint

__all__ = [
    "PHONE_TYPES",
    "SCOPES",
    "Ailment",
    "ApiKey",
    "Attempt",
    "Basis",
    "CallEvent",
    "Campaign",
    "CampaignContact",
    "Consent",
    "Contact",
    "ContactPhone",
    "DeliveryState",
    "DisabledReason",
    "Disposition",
    "DispositionMapping",
    "EventSource",
    "EventState",
    "FeedEvent",
    "Health",
    "Heartbeat",
    "Holidays",
    "HookMessage",
    "HookState",
    "IdempotencyKey",
    "Job",
    "JobChunk",
    "JobKind",
    "JobState",
    "JobVerdict",
    "Origin",
    "ProviderAccount",
    "ProviderBlock",
    "ProviderEvent",
    "Purpose",
    "RetryMode",
    "RetryStep",
    "RetryTimeline",
    "Scope",
    "Suppression",
    "Tally",
    "TallyDelta",
    "TallyKind",
    "WebhookDelivery",
    "WebhookEndpoint",
]
