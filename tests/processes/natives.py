"""Makes a campaign whose vendor redials by itself, and then does what people do: suppress, pause, resume, call now.

Run as `python -m tests.processes.natives SLUG BASE_URL` in the environment of a stage: it makes all, says `ready`
and then follows the lines of its standard input, saying `done` after each.
"""

from __future__ import annotations

import os
import sys
from datetime import timedelta
from typing import Any

from providers.sandbox import sandbox_class
from providers.vocabulary import Result

#: What each person's phone comes to, ring by ring; the last one holds for all further rings.
SCRIPTS: tuple[tuple[Result, ...], ...] = (
    (Result.ANSWERED,),
    (Result.ANSWERED,),
    (Result.NO_ANSWER, Result.ANSWERED),
    (Result.BUSY, Result.ANSWERED),
    (Result.NO_ANSWER, Result.ANSWERED),
    (Result.BUSY, Result.NO_ANSWER, Result.ANSWERED),
    (Result.NO_ANSWER, Result.BUSY, Result.ANSWERED),
    (Result.NO_ANSWER,),
    (Result.BUSY,),
    (Result.NO_ANSWER,),
    (Result.NO_ANSWER,),  # says no after the first ring
)
NO_SAYER = len(SCRIPTS) - 1
#: Two waits: Targg's shortest, an hour of a vendor whose time runs faster; elsewhere seconds of ours.
WAITS = {"targg": "PT1H", "qvoice": "PT12S", "diabolocom": "PT12S"}
VISIBLE_AFTER_SECONDS = 3


def number(place: int) -> str:
    """Give the number of a person: an American one for fiction, with an ending that means nothing to a sandbox."""
    return f"+12125550{110 + place}"


def rings_of(place: int) -> int:
    """Say how often a person is rung, if nobody says no: until answered, three times at most."""
    script = SCRIPTS[place]
    return script.index(Result.ANSWERED) + 1 if Result.ANSWERED in script else 3


def make(slug: str, base_url: str) -> Any:
    """Make the account, the people and the campaign, and start it."""
    from dialer import clock
    from dialer.engine import campaigns
    from dialer.intake.contacts import add_contacts
    from tests import factories

    kind = sandbox_class(slug)
    account = factories.account(
        provider=slug,
        base_url=base_url,
        credentials=dict(kind.credentials),
        visible_after_seconds=VISIBLE_AFTER_SECONDS,
    )
    campaign = factories.campaign(
        provider_account=account,
        retry_timeline=factories.timeline((WAITS[slug], WAITS[slug])),
        retry_mode="native",
        remote_campaign_id=(kind(is_automatic=False).campaigns() or [None])[0],
        template_id=_template() if slug == "targg" else None,
    )
    people = [
        {"external_id": f"p{place}", "phones": [{"number": number(place)}]} for place in range(len(SCRIPTS))
    ]
    verdicts = add_contacts(campaign_id=campaign.pk, items=people, now=clock.now())
    assert not verdicts.rejected, verdicts.rejected[:3]
    campaigns.start(campaign_id=campaign.pk, now=clock.now())
    return campaign


def _template() -> str:
    from providers.sandbox.targg.state import CALLBOT_TEMPLATE

    return str(CALLBOT_TEMPLATE)


def follow(campaign: Any, word: str) -> None:
    """Do one thing."""
    from dialer import clock
    from dialer.engine import campaigns, contacts, suppression
    from dialer.models import CampaignContact

    now = clock.now()
    if word == "suppress":
        entry = suppression.NewSuppression(number=number(NO_SAYER))
        suppression.suppress(entries=[entry], now=now)
    elif word == "pause":
        campaigns.pause(campaign_id=campaign.pk, now=now)
    elif word == "resume":
        campaigns.resume(campaign_id=campaign.pk, now=now)
    else:
        # The vendor's hour is some seconds, ours is an hour.
        waiting = CampaignContact.objects.filter(campaign=campaign, due_at__gt=now + timedelta(minutes=1))
        for key in waiting.filter(state="waiting").values_list("pk", flat=True):
            contacts.call_now(campaign_contact_id=key, now=now)


if __name__ == "__main__":
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    made = make(sys.argv[1], sys.argv[2])
    print("ready", flush=True)
    for line in sys.stdin:
        follow(made, line.strip())
        print("done", flush=True)
