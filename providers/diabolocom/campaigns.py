"""Own the requests about campaigns, wrap-ups, licences and recordings.

Never makes a campaign: people do that in the portal (sheet: 9, create).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from providers.diabolocom.api import Api, campaign_verdict, tolerant
from providers.diabolocom.values import Campaign, Folder, Licences, Wrapup
from providers.effects import Answer, Effect, Unreadable
from providers.values import Recording

#: The most campaigns of a page (seed: Get campaigns); wrap-ups have pages of 50 and no choice.
CAMPAIGN_PAGE = 200
_ROOT = "/api/v1/voice/campaigns"
_WRAPUPS = "/api/v1/account/wrapups"
#: What a campaign can be told (seed: Update campaign by Id); what is marked as coming is left out.
PATCHABLE = frozenset(
    {
        *("name", "isPaused", "isArchived", "folder", "userIds", "groupIds", "displayedPhoneNumbers"),
        *("minCallingDateOffset", "maxCallingDateOffset", "maxTries", "nextTryDelay", "isRecorded"),
        *("recordingPercentage", "calendarId", "soundPlayedContactPickUp", "contactPriority"),
        *("globalPriority", "autoPurge"),
    }
)


class Campaigns:
    """Campaigns V1."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def get(self, campaign_id: int) -> Campaign:
        """Read a campaign; an unknown one raises `CampaignBlocked` (seed: Get campaign by Id)."""
        return self._api.read(
            f"{_ROOT}/{int(campaign_id)}",
            operation="get_campaign",
            decode=lambda answer: Campaign.read(answer.json()),
            verdict=campaign_verdict,
        )

    def list(self, **filters: Any) -> Iterator[Campaign]:
        """Give the platform's campaigns, by `name`, `mode`, `isPaused`, `isArchived` (seed: Get campaigns)."""
        params = _params(filters, "name", "mode", "isPaused", "isArchived")
        return self._api.pages(
            _ROOT,
            operation="list_campaigns",
            name="campaigns",
            read=Campaign.read,
            params={**params, "pageSize": CAMPAIGN_PAGE},
        )

    def probe(self) -> int:
        """Ask for one campaign at most, to try the token; gives how many came."""
        campaigns, _ = self._api.page(
            _ROOT, operation="check", name="campaigns", read=lambda each: each, params={"pageSize": 1}
        )
        return len(campaigns)

    def patch(self, campaign_id: int, **changes: Any) -> None:
        """Change what is given of a campaign; it can be archived only once it is paused, and that stays."""
        strange = sorted(set(changes) - PATCHABLE)
        if strange or not changes:
            raise ValueError(f"A campaign can be told: {', '.join(sorted(PATCHABLE))}.")
        self._api.http.request(
            "PATCH",
            f"{_ROOT}/{int(campaign_id)}",
            operation="patch_campaign",
            effect=Effect.REPEATABLE,
            json=dict(changes),
            decode=tolerant,  # the body is not documented
            verdict=campaign_verdict,
        )

    def add_fields(self, campaign_id: int, names: Sequence[str], *, phones: Sequence[str] = ()) -> Campaign:
        """Add custom fields; 400 if one is there already, which raises `Refused` (seed: Add campaign field)."""
        fields = [{"name": name, "isPhoneNumber": False} for name in names]
        fields += [{"name": name, "isPhoneNumber": True} for name in phones]
        if not fields:
            raise ValueError("Name a field at least.")
        return self._api.http.request(
            "POST",
            f"{_ROOT}/{int(campaign_id)}/field",
            operation="add_fields",
            effect=Effect.REPEATABLE,  # what is there already is refused
            json={"newCustomFields": fields},
            decode=lambda answer: Campaign.read(answer.json()),
            verdict=campaign_verdict,
        )

    def archive(self, campaign_id: int) -> None:
        """Pause a campaign, then archive it; one that is archived already is left alone."""
        campaign = self.get(campaign_id)
        if campaign.is_archived:
            return  # it can't be changed any more, also not to what it is
        if not campaign.is_paused:
            self.patch(campaign_id, isPaused=True)
        self.patch(campaign_id, isArchived=True)

    def delete(self, campaign_id: int) -> None:
        """Remove an archived campaign with its contacts, for good (seed: Delete campaign by Id)."""
        self._api.http.request(
            "DELETE",
            f"{_ROOT}/{int(campaign_id)}",
            operation="delete_campaign",
            effect=Effect.REPEATABLE,
            decode=tolerant,
            verdict=campaign_verdict,
        )


class Wrapups:
    """Wrap-up codes."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def get(self, wrapup_id: int) -> Wrapup:
        """Read a wrap-up; an unknown one raises `Refused` (seed: Get wrapup by Id)."""
        return self._api.read(
            f"{_WRAPUPS}/{int(wrapup_id)}",
            operation="get_wrapup",
            decode=lambda answer: Wrapup.read(answer.json()),
        )

    def list(self, **filters: Any) -> Iterator[Wrapup]:
        """Give the account's wrap-ups, by `name`, `status`, `isSystem`, `isHidden`, `wrapupFolderId`."""
        params = _params(filters, "name", "status", "isSystem", "isHidden", "wrapupFolderId")
        return self._api.pages(
            _WRAPUPS, operation="list_wrapups", name="wrapups", read=Wrapup.read, params=params or None
        )

    def folders(self, **filters: Any) -> Iterator[Folder]:
        """Give the folders of wrap-ups, by `name`, `isSystem`, `parentFolderId` (seed: Get wrapups folders)."""
        params = _params(filters, "name", "isSystem", "parentFolderId")
        return self._api.pages(
            f"{_WRAPUPS}/folders",
            operation="list_folders",
            name="folders",
            read=Folder.read,
            params=params or None,
        )


def licences(api: Api, month: str) -> Licences:
    """Read what licences a month (YYYY-MM) was billed for (seed: Get licenses billed)."""
    if not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", month):
        raise ValueError("A month is written YYYY-MM.")
    return api.read(
        "/api/v1/statistic-cold/billing/licenses",
        operation="licences",
        decode=lambda answer: Licences.read(answer.json()),
        params={"month": month},
    )


def recording(api: Api, interaction_id: int) -> Recording:
    """Fetch the MP3 of an interaction (seed: Voice interaction recording content).

    The ids come from an archive that the document does not describe: no contact leads to one (sheet: 10).
    """

    def decode(answer: Answer) -> Recording:
        kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != "audio/mpeg" or not answer.body:
            raise Unreadable("It is no recording.")
        return Recording(media_type=kind, content=answer.body)

    return api.read(
        f"/api/v1/recordings/interactions/{int(interaction_id)}/content",
        operation="recording",
        decode=decode,
    )


def _params(given: Mapping[str, Any], *allowed: str) -> dict[str, str]:
    strange = sorted(set(given) - set(allowed))
    if strange:
        raise ValueError(f"There is no filter {', '.join(strange)}; filters: {', '.join(allowed)}.")
    return {
        name: str(value).lower() if isinstance(value, bool) else str(value) for name, value in given.items()
    }
