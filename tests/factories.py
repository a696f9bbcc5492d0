"""Small functions that make valid rows for tests; every keyword overrides one column.

Owns nothing but defaults: a test names what it is about and leaves the rest to these.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from dialer import clock
from dialer.keys import issue_api_key
from dialer.models import (
    ApiKey,
    Attempt,
    Campaign,
    CampaignContact,
    Contact,
    ContactPhone,
    ProviderAccount,
    RetryStep,
    RetryTimeline,
    Suppression,
)

_count = itertools.count(1)

TERMINAL_ATTEMPTS = ("ended", "rejected", "cancelled")
TERMINAL_CAMPAIGNS = ("completed", "archived")

#: British area codes with a thousand numbers each that are reserved for fiction (496 0xxx, 7946 0xxx).
FICTION = [
    "+44207946",
    "+44113496",
    "+44114496",
    "+44191498",
    "+44116496",
    "+44117496",
    "+44118496",
    "+44121496",
    "+44131496",
    "+44141496",
    "+44151496",
    "+44161496",
]


def phone_number(ending: str = "00") -> str:
    """Give a number reserved for fiction that ends in the two digits that the simulator reads; 110 an ending."""
    block, area = divmod(next(_count), len(FICTION))
    return f"{FICTION[area]}0{block % 10}{ending}"


def account(**fields: Any) -> ProviderAccount:
    """Make an enabled simulator account that needs no credentials."""
    defaults = {"name": f"account {next(_count)}", "provider": "simulator"}
    return ProviderAccount.objects.create(**(defaults | fields))


def timeline(steps: Sequence[str | dict[str, Any]] = ("PT2H", "PT4H"), **fields: Any) -> RetryTimeline:
    """Make a timeline; a step is a duration, or a mapping of step fields."""
    made = RetryTimeline.objects.create(**({"name": f"timeline {next(_count)}"} | fields))
    for position, step in enumerate(steps):
        data = {"after": step} if isinstance(step, str) else step
        RetryStep.objects.create(timeline=made, position=position, **data)
    return made


def campaign(**fields: Any) -> Campaign:
    """Make a campaign that may call at any hour (purpose `service`); with a later status it is frozen."""
    fields.setdefault("provider_account", None)
    fields["provider_account"] = fields["provider_account"] or account()
    fields["retry_timeline"] = fields.get("retry_timeline") or timeline()
    defaults: dict[str, Any] = {
        "name": f"campaign {next(_count)}",
        "purpose": "service",
        "holidays": "ignore",
    }
    status = fields.get("status", "draft")
    if status not in ("draft", "archived"):
        now = clock.now()
        defaults |= {
            "frozen_steps": fields["retry_timeline"].steps_data(),
            "retry_plan": {"mode": "orchestrated", "obstacles": [], "waivers": []},
            "started_at": now,
            "opened_at": now,
        }
    if status in TERMINAL_CAMPAIGNS:
        defaults["completed_at"] = clock.now()
    return Campaign.objects.create(**(defaults | fields))


def contact(phones: Iterable[str | dict[str, Any]] | None = None, **fields: Any) -> Contact:
    """Make a person with phones, the first of them main; without `phones` one that the simulator answers."""
    made = Contact.objects.create(**({"name": f"Person {next(_count)}"} | fields))
    for position, phone in enumerate([phone_number()] if phones is None else phones):
        data = {"number": phone} if isinstance(phone, str) else phone
        defaults = {"type": "mobile", "is_main": position == 0, "position": position}
        ContactPhone.objects.create(contact=made, **(defaults | data))
    return made


def enrolled(
    phones: Iterable[str | dict[str, Any]] | None = None, *, due_at: datetime | None = None, **fields: Any
) -> CampaignContact:
    """Enrol a person in a campaign, waiting and due now unless `state` says otherwise."""
    fields["campaign"] = fields.get("campaign") or campaign()
    fields["contact"] = fields.get("contact") or contact(phones)
    state = fields.setdefault("state", "waiting")
    due = due_at or clock.now()
    defaults: dict[str, Any] = {"next_phone": fields["contact"].phones.first()}
    if state == "waiting":
        defaults |= {"due_at": due, "next_attempt_at": due}
    if state == "finished":
        defaults |= {"finish_reason": "reached", "finished_at": clock.now(), "next_phone": None}
    return CampaignContact.objects.create(**(defaults | fields))


def attempt(enrolment: CampaignContact | None = None, **fields: Any) -> Attempt:
    """Make an attempt of an enrolment, ended without an answer unless `state` says otherwise.

    The enrolment's own state and counters are left as they are: give them to `enrolled` where they matter.
    """
    enrolment = enrolment or enrolled()
    now = clock.now()
    state = fields.setdefault("state", "ended")
    phone = enrolment.contact.phones.first()
    defaults: dict[str, Any] = {
        "provider_account": enrolment.campaign.provider_account,
        "campaign": enrolment.campaign,
        "campaign_contact": enrolment,
        "contact": enrolment.contact,
        "phone": phone,
        "number": phone.number if phone else phone_number(),
        "sequence": enrolment.attempts.count() + 1,
        "due_at": now,
        "claimed_at": now,
        "is_live": state not in TERMINAL_ATTEMPTS,
    }
    if state not in ("claimed", "cancelled"):
        defaults |= {"sending_at": now, "sent_at": now, "sends": 1}
    if state in ("pushed", "ringing", "connected", "ended"):
        defaults |= {"pushed_at": now, "provider_ref": f"remote-{next(_count)}"}
    if state == "ended":
        defaults |= {"started_at": now, "ended_at": now, "result": "no_answer"}
    if state == "rejected":
        defaults |= {"result": "rejected"}
    if state == "cancelled":
        defaults |= {"result": "cancelled"}
    return Attempt.objects.create(**(defaults | fields))


def suppression(number: str | None = None, **fields: Any) -> Suppression:
    """Make a global do-not-call entry of a number, or of `contact`."""
    if "contact" not in fields:
        fields["number"] = number or phone_number()
    return Suppression.objects.create(**fields)


def api_key(scopes: Sequence[str] = ("admin",), **fields: Any) -> tuple[ApiKey, str]:
    """Make an API key and return its row with the text that a caller sends."""
    name = fields.pop("name", f"key {next(_count)}")
    row, text = issue_api_key(name, scopes, fields.pop("expires_at", None))
    if fields:
        ApiKey.objects.filter(pk=row.pk).update(**fields)
        row.refresh_from_db()
    return row, text
