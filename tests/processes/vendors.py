"""Makes one account at a vendor's sandbox and a running campaign of people whose numbers choose what happens.

Run as `python -m tests.processes.vendors SLUG BASE_URL PEOPLE` in the environment of a stage.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, field
from typing import Any

from providers.sandbox import sandbox_class

#: What the last two digits of a number stand for in a sandbox: see `providers/sandbox/line.py` and `base.py`.
ENDINGS = ("00", "01", "02", "03", "04", "05", "06", "08")
STEPS = ("PT1S", "PT2S")
#: The sandboxes' lists lag by nothing; a little longer, so that absence has to be waited for.
VISIBLE_AFTER_SECONDS = 3
#: Nothing is given up within the test but what cannot be found out.
GIVE_UP_AFTER_SECONDS = 3600
UNPROVABLE_AFTER_SECONDS = 30
UNMATCHED_AFTER_SECONDS = 120


@dataclass(frozen=True, kw_only=True)
class Vendor:
    """What a campaign at one vendor needs beyond the account, and what its words can tell apart."""

    campaign: dict[str, Any] = field(default_factory=dict)
    give_up_after_seconds: int = GIVE_UP_AFTER_SECONDS
    #: The finish reason by ending, where it is not the plain one.
    reasons: dict[str, str] = field(default_factory=dict)


#: 00 answered, 01 no answer, 02 busy, 03 voicemail, 04 impossible, 05/06/08 a fault and then answered.
PLAIN = {
    "00": "reached",
    "01": "exhausted",
    "02": "exhausted",
    "03": "exhausted",
    "04": "uncallable",
    "05": "reached",
    "06": "reached",
    "08": "reached",
}

#: 04 is exhausted where the vendor refuses without a reason: that is no proof that the number is impossible.
VENDORS = {
    "targg": Vendor(reasons={"04": "exhausted"}),
    "ujet": Vendor(reasons={"04": "exhausted"}),
    # Matched by number and time: a call that a storm made impossible to tell from its neighbour is given up.
    "qvoice": Vendor(
        give_up_after_seconds=UNMATCHED_AFTER_SECONDS, reasons={"03": "reached", "04": "exhausted"}
    ),
    "nrs360": Vendor(
        campaign={"provider_options": {"message": "Good day, {name}.", "language": "en_US", "gender": "F"}},
        give_up_after_seconds=UNPROVABLE_AFTER_SECONDS,
        # Nothing proves that a lost send was not taken: it is never repeated.
        reasons={"03": "reached", "08": "exhausted"},
    ),
    "diabolocom": Vendor(),
}


def number(place: int) -> str:
    """Give the number of a person: an American one for fiction, with each ending in turn."""
    area, ending = divmod(place, len(ENDINGS))
    return f"+1{212 + area}55501{ENDINGS[ending]}"


def prepare(slug: str, base_url: str, count: int) -> None:
    """Make everything and start the campaign."""
    from dialer import clock
    from dialer.engine import campaigns
    from dialer.intake.contacts import add_contacts
    from tests import factories

    kind, vendor = sandbox_class(slug), VENDORS[slug]
    account = factories.account(
        provider=slug,
        base_url=base_url,
        credentials=dict(kind.credentials),
        visible_after_seconds=VISIBLE_AFTER_SECONDS,
        give_up_after_seconds=vendor.give_up_after_seconds,
    )
    remote = (kind(is_automatic=False).campaigns() or [None])[0] if slug != "nrs360" else None
    campaign = factories.campaign(
        provider_account=account,
        retry_timeline=factories.timeline(STEPS),
        remote_campaign_id=remote,
        template_id=_template(slug),
        **vendor.campaign,
    )
    people = [
        {"external_id": f"p{place}", "name": f"Person {place}", "phones": [{"number": number(place)}]}
        for place in range(count)
    ]
    now = clock.now()
    verdicts = add_contacts(campaign_id=campaign.pk, items=people, now=now)
    assert not verdicts.rejected, verdicts.rejected[:3]
    campaigns.start(campaign_id=campaign.pk, now=now)


def _template(slug: str) -> str | None:
    if slug != "targg":
        return None
    from providers.sandbox.targg.state import CALLBOT_TEMPLATE

    return str(CALLBOT_TEMPLATE)


if __name__ == "__main__":
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    prepare(sys.argv[1], sys.argv[2], int(sys.argv[3]))
