"""Makes one account at a vendor's sandbox and a running campaign of people whose numbers choose what happens.

Run as `python -m tests.processes.vendors SLUG BASE_URL PEOPLE [REQUESTS_PER_SECOND]` in the environment of a stage.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from providers.sandbox import sandbox_class
from providers.vocabulary import Result

#: What becomes of a number by its last two digits, ring by ring (the last goes on): by a sandbox's own fixed endings
#: (see `providers/sandbox/line.py` and `base.py`) ...
FIXED: dict[str, tuple[Result, ...]] = {
    "00": (Result.ANSWERED,),
    "01": (Result.NO_ANSWER,),
    "02": (Result.BUSY,),
    "03": (Result.VOICEMAIL,),
    "04": (),  # impossible: refused, never rung
    "05": (Result.ANSWERED,),  # taken, the answer is lost
    "06": (Result.ANSWERED,),  # too many requests, once
    "08": (Result.ANSWERED,),  # lost before it was read, once
}
#: ... and by script.
SCRIPTED: dict[str, tuple[Result, ...]] = {
    "10": (Result.TRANSFERRED,),
    "11": (Result.NO_ANSWER, Result.ANSWERED),
    "12": (Result.DO_NOT_CALL,),
    "13": (Result.INVALID_NUMBER,),
}
ENDINGS = FIXED | SCRIPTED
STEPS = ("PT1S", "PT2S")
#: The sandboxes' lists lag by nothing; a little longer, so that absence has to be waited for.
VISIBLE_AFTER_SECONDS = 3
#: Nothing is given up within the test but what cannot be found out.
GIVE_UP_AFTER_SECONDS = 3600
UNPROVABLE_AFTER_SECONDS = 30
UNMATCHED_AFTER_SECONDS = 60


class Unknown(StrEnum):
    """When an attempt may honestly end `unknown`: counted, not repeated."""

    NEVER = "never"  # whatever was sent is found, or proven absent and sent again
    NEVER_RUNG = "never rung"  # no absence is proven: what the vendor never had ends so; what it has is found
    UNMATCHED = "unmatched"  # told by number and time alone: in a storm two orders may look the same


@dataclass(frozen=True, kw_only=True)
class Vendor:
    """What a campaign at one vendor needs beyond the account, and what its words can tell apart."""

    campaign: dict[str, Any] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)
    give_up_after_seconds: int = GIVE_UP_AFTER_SECONDS
    #: In a storm, where the documented rate alone would decide how long the test takes: one that a tenant might agree.
    agreed_rate: int | None = None
    #: How its words show an outcome, where they have no word of its own for it.
    shows: dict[Result, Result] = field(default_factory=dict)
    #: As what the refusal of an impossible number is told: no reason is no proof that it is impossible.
    refuses: Result = Result.REJECTED
    unknown: Unknown = Unknown.NEVER
    #: Whether a no is told behind the end of its call, as a word of its own: the call then counts as answered, and the
    #: number is called no more.
    tells_no_behind: bool = False


_SPOKEN_WITH = dict.fromkeys((Result.TRANSFERRED, Result.VOICEMAIL), Result.ANSWERED)
_FAILED = (Result.NO_ANSWER, Result.BUSY, Result.VOICEMAIL, Result.DO_NOT_CALL, Result.INVALID_NUMBER)

VENDORS = {
    "targg": Vendor(shows={Result.TRANSFERRED: Result.ANSWERED, **dict.fromkeys(_FAILED, Result.FAILED)}),
    "ujet": Vendor(agreed_rate=40, shows={Result.BUSY: Result.FAILED}),
    "qvoice": Vendor(
        give_up_after_seconds=UNMATCHED_AFTER_SECONDS,
        shows={**dict.fromkeys(_FAILED, Result.FAILED), **_SPOKEN_WITH},
        unknown=Unknown.UNMATCHED,
    ),
    "nrs360": Vendor(
        campaign={"provider_options": {"message": "Good day, {name}.", "language": "en_US", "gender": "F"}},
        give_up_after_seconds=UNPROVABLE_AFTER_SECONDS,
        # "Rejected" is also what the operator of a good number may say.
        shows={Result.BUSY: Result.NO_ANSWER, Result.INVALID_NUMBER: Result.REJECTED, **_SPOKEN_WITH},
        refuses=Result.INVALID_NUMBER,
        unknown=Unknown.NEVER_RUNG,
        tells_no_behind=True,
    ),
    "diabolocom": Vendor(
        # The names that this account's people have given to the wrap-ups of the sandbox.
        settings={
            "wrapup_results": {
                "Goes ahead": "transferred",
                "asked us to stop": "do_not_call",
                "Rang out": "no_answer",
                "Line engaged": "busy",
                "Mailbox picked up": "voicemail",
                "Number leads nowhere": "invalid_number",
            }
        },
        refuses=Result.INVALID_NUMBER,
    ),
}


def number(place: int) -> str:
    """Give the number of a person: an American one for fiction, with each ending in turn."""
    area, ending = divmod(place, len(ENDINGS))
    return f"+1{212 + area}55501{list(ENDINGS)[ending]}"


def prepare(slug: str, base_url: str, count: int, rate: float | None) -> None:
    """Make everything and start the campaign."""
    from dialer import clock
    from dialer.engine import campaigns
    from dialer.intake.contacts import add_contacts
    from tests import factories

    kind, vendor = sandbox_class(slug), VENDORS[slug]
    account = factories.account(
        provider=slug,
        base_url=base_url,
        settings=vendor.settings,
        credentials=dict(kind.credentials),
        visible_after_seconds=VISIBLE_AFTER_SECONDS,
        give_up_after_seconds=vendor.give_up_after_seconds,
        max_requests_per_second=rate,
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
    prepare(sys.argv[1], sys.argv[2], int(sys.argv[3]), float(sys.argv[4]) if sys.argv[4:] else None)
