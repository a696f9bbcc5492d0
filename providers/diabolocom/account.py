"""Own what an account of Diabolocom must be told: its token, where it lives, and what its words mean.

Never sends anything.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from providers.configuration import FieldFault, InvalidConfiguration, option
from providers.errors import AccountBlocked
from providers.secrets import Secret
from providers.vocabulary import Result

#: A wrap-up says how a call ended; these are no ends of a call that was made.
_NOT_BY_WRAPUP = frozenset({Result.CANCELLED, Result.EXPIRED, Result.UNKNOWN})
MAPPABLE = tuple(result.value for result in Result if result not in _NOT_BY_WRAPUP)


@dataclass(frozen=True, slots=True, kw_only=True)
class DiabolocomCredentials:
    """The token that an administrator makes under Settings > Account > Public APIs (sheet: 1)."""

    private_token: Secret = field(
        metadata=option(label="Private token", help="Sent in the header Private-Token; it can expire.")
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class DiabolocomSettings:
    """Where the account lives, and how its campaigns and wrap-ups are to be read."""

    default_remote_campaign_id: str = field(
        default="",
        metadata=option(
            label="Campaign", help="The remote campaign of campaigns that name none; one of ours at a time."
        ),
    )
    platform: str = field(
        default="",
        metadata=option(
            label="Platform",
            help="The account's zone, such as fr2 or de1. Needed where no base_url is given.",
        ),
    )
    ref_field: str = field(
        default="external_id",
        metadata=option(
            label="Reference field",
            help="The custom field that carries our reference; it is added to the campaign if it is missing, "
            "with a second one beside it, named …_tries, which holds the count of tries at the start.",
        ),
    )
    name_field: str = field(
        default="full_name",
        metadata=option(
            label="Name field",
            help="The custom field for the person's name; left out where the campaign has no such field.",
        ),
    )
    wrapup_results: Mapping[str, str] = field(
        default_factory=dict,
        metadata=option(
            label="Results by wrap-up",
            help="Wrap-up names and the result that each stands for, such as the name of your voicemail "
            f"wrap-up and `voicemail`. Results: {', '.join(MAPPABLE)}. Others are read by their status: "
            "argued, arguedpositive and nonargued as answered, tocall and unreachable as failed. Name your "
            "callback wrap-ups `answered` here, or the person is also called by the timeline.",
        ),
    )
    priority_order: str = field(
        default="unset",
        metadata=option(
            label="Priority",
            help="Which end of the vendor's priority is called first, as your account shows it. `unset`: the "
            "campaign's own priority holds.",
            choices=("unset", "low_first", "high_first"),
        ),
    )
    archive_on_close: bool = field(
        default=False,
        metadata=option(
            label="Archive when closed",
            help="Archive the remote campaign when ours is completed, which can't be undone by API. Off: it is "
            "only paused.",
        ),
    )

    def __post_init__(self) -> None:
        strange = sorted(set(self.wrapup_results.values()) - set(MAPPABLE))
        if strange:
            detail = f"`wrapup_results` may name these results only: {', '.join(MAPPABLE)}."
            raise InvalidConfiguration(
                [FieldFault(pointer="/settings/wrapup_results", code="invalid_choice", detail=detail)]
            )

    @property
    def tries_field(self) -> str:
        """Name the custom field that holds `triesNumber` as it was at the push."""
        return f"{self.ref_field}_tries"

    def result_of(self, wrapup_name: str) -> Result | None:
        """Give the result that the account maps a wrap-up's name to, whatever its case."""
        wanted = wrapup_name.strip().casefold()
        for name, result in self.wrapup_results.items():
            if name.strip().casefold() == wanted:
                return Result(result)
        return None


_PLATFORM = re.compile(r"[a-z][a-z0-9-]{0,30}", re.IGNORECASE)


def address(base_url: str, platform: str) -> str:
    """Give the account's address: the given one, else the one of its zone (sheet: 1, Base URL)."""
    if base_url:
        return base_url
    if not _PLATFORM.fullmatch(platform):
        raise AccountBlocked(
            "Give the account's base_url, or its platform in the settings.", provider="diabolocom"
        )
    return f"https://public-{platform.lower()}.engage.diabolocom.com"
