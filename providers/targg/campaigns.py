"""Own the remote campaign: found by our reference before it is made, brought to what we need, paused, closed.

Never resumes what people stopped in the web console, and makes nothing when a given id is unknown.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Any

from providers.errors import CampaignBlocked
from providers.targg.client import TarggClient
from providers.targg.drafts import CampaignDraft, DayHours
from providers.targg.retries import SINGLES, Timeline, ids_of, read_back, stored, timeline_of
from providers.targg.wire import Missing
from providers.values import CampaignSpec, RemoteCampaign
from providers.vocabulary import Steering

#: The engine's own option, which says that a bound campaign may redial as its owner set it up.
_ACCEPTS_REDIALS = "accept_remote_redials"
#: What follows our reference in the externalId, and the name in the title, of the campaign of single calls.
_SINGLES_REF, _SINGLES_TITLE = ":singles", " (single calls)"
_STATUS = {Steering.PAUSE: "paused", Steering.RESUME: "active", Steering.CLOSE: "inactive"}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Options:
    """What a campaign's provider_options may hold for Targg."""

    credits_per_day: float | None = None
    tags: tuple[str, ...] | None = None
    accepts_redials: bool = False


def open_campaign(client: TarggClient, spec: CampaignSpec, default_template: str) -> RemoteCampaign:
    """Find, make or bind the remote campaign of a spec; twice gives the same one."""
    options = _options(spec.options)
    template = spec.template_id or default_template
    timeline = timeline_of(spec.retry)
    shown = _given(client, spec.remote_id) if spec.remote_id is not None else None
    if spec.remote_id is None and not template:
        raise CampaignBlocked(
            "Targg makes no campaign without a template: give template_id (GET templates lists them), a "
            "default template in the account's settings, or the remote_campaign_id of a campaign that exists."
        )
    if spec.remote_id is None:
        shown = next((each for each in client.campaigns() if each.get("externalId") == spec.ref), None)
    if shown is None:
        draft = CampaignDraft(
            title=spec.name.strip() or spec.ref,
            template_id=template,
            credits_per_day=options.credits_per_day,
            tags=options.tags or (),
            timeline_retry=timeline,
            external_id=spec.ref,
        )
        return _opened(client, client.create_campaign(draft), draft, spec.ref)
    return _brought(client, shown, spec, options, template)


def _given(client: TarggClient, campaign_id: str) -> dict[str, Any]:
    if not campaign_id.strip(" ./"):
        raise CampaignBlocked("The remote campaign's id is empty.")
    try:
        return client.campaign(campaign_id)
    except Missing:
        raise CampaignBlocked("Targg has no campaign with this id.") from None


def _brought(
    client: TarggClient, shown: dict[str, Any], spec: CampaignSpec, options: _Options, template: str
) -> RemoteCampaign:
    """Bring a campaign that exists to what we need; its status stays as it is."""
    _refuse_unusable(shown)
    is_ours = shown.get("externalId") == spec.ref
    if not is_ours and spec.template_id and spec.template_id != shown.get("templateId"):
        raise CampaignBlocked(
            "The remote campaign has another template than template_id; leave one of them out."
        )
    if not is_ours and options.accepts_redials:
        # Its owner's retries stay as they are, and nobody can read what they are.
        return RemoteCampaign(
            remote_id=shown["_id"], name=str(shown.get("title", "")), state=str(shown.get("status", ""))
        )
    draft = _as_shown(shown)
    draft = replace(
        draft,
        template_id=template if is_ours and template else draft.template_id,
        credits_per_day=options.credits_per_day,
        tags=draft.tags if options.tags is None else options.tags,
        timeline_retry=timeline_of(spec.retry),
    )
    client.update_campaign(shown["_id"], draft)
    return _opened(client, shown, draft, spec.ref)


def _refuse_unusable(shown: Mapping[str, Any]) -> None:
    # Deleted ones are 404 or have that status: not stated, so both are understood (sheet: Gaps 15).
    if shown.get("status") not in ("active", "paused"):
        raise CampaignBlocked(
            f"The remote campaign is {shown.get('status')}; set it to active in Targg's web console."
        )


def _opened(client: TarggClient, shown: Mapping[str, Any], draft: CampaignDraft, ref: str) -> RemoteCampaign:
    """Keep what Targg does not show of a campaign: the next PUT has to say it again (sheet: Gaps 6)."""
    remote = {"timeline_retry": stored(draft.timeline_retry or ())}
    if draft.credits_per_day is not None:
        remote["credits_per_day"] = repr(draft.credits_per_day)
    if draft.timeline_retry:
        remote[SINGLES] = _singles(client, draft, ref)
    return RemoteCampaign(
        remote_id=str(shown["_id"]), name=draft.title, state=draft.status, redials=False, remote=remote
    )


def _singles(client: TarggClient, draft: CampaignDraft, ref: str) -> str:
    """Find or make the campaign beside one with a plan, in which calls are made that shall not be redialed.

    A call can't go without its campaign's retries ("Create call" has no such field), and nothing limits how many
    campaigns there are. It is made at once: later nobody could keep its id. It calls nobody by itself.
    """
    given = replace(
        draft,
        title=draft.title + _SINGLES_TITLE,
        tags=(),
        all_days=(),
        timeline_retry=(),
        external_id=ref + _SINGLES_REF,
    )
    shown = next((each for each in client.campaigns() if each.get("externalId") == given.external_id), None)
    if shown is None:
        return str(client.create_campaign(given)["_id"])
    _refuse_unusable(shown)
    client.update_campaign(shown["_id"], replace(given, status=str(shown["status"])))
    return str(shown["_id"])


def steer(client: TarggClient, campaign: RemoteCampaign, to: Steering) -> bool:
    """Set the status of the campaign, and of the one of single calls beside it. False: the campaign had it already."""
    has_changed = False
    for remote_id in ids_of(campaign):
        is_single = remote_id == campaign.remote.get(SINGLES)
        told = _steer(client, campaign, remote_id, () if is_single else read_back(campaign.remote), to)
        has_changed = has_changed or (told and not is_single)
    return has_changed


def _steer(
    client: TarggClient, campaign: RemoteCampaign, remote_id: str, timeline: Timeline | None, to: Steering
) -> bool:
    """Set one status; the rest is said again as it is shown, or as we know it. False: it was so already."""
    try:
        shown = client.campaign(remote_id)
        if shown.get("status") == "deleted":
            raise Missing("It is deleted.")
        credits = campaign.remote.get("credits_per_day")
        draft = replace(
            _as_shown(shown),
            status=_STATUS[to],
            credits_per_day=float(credits) if credits else None,
            timeline_retry=timeline,
        )
        client.update_campaign(remote_id, draft)
    except Missing:
        if to is not Steering.CLOSE:  # what is deleted rings nobody
            raise CampaignBlocked("The remote campaign is gone.") from None
        return False
    return bool(shown.get("status") != _STATUS[to])


def _as_shown(shown: Mapping[str, Any]) -> CampaignDraft:
    """Write a shown campaign as PUT takes it; the automatic scheduler stays off: it calls people by itself."""
    try:
        days = [
            DayHours(day=day["day"], start=day["start"], end=day["end"]) for day in shown.get("allDays") or ()
        ]
        draft = CampaignDraft(
            title=str(shown["title"]),
            template_id=str(shown["templateId"]),
            tags=tuple(str(tag) for tag in shown.get("tags") or ()),
            calls_per_day=shown.get("calls_per_day"),
            has_holiday=shown.get("has_holiday"),
            all_days=tuple(days),
            external_id=shown.get("externalId"),
            status=str(shown["status"]),
        )
        draft.body()
    except (LookupError, TypeError, ValueError):
        raise CampaignBlocked("Targg shows the campaign in a form that can't be written back.") from None
    return draft


def _options(given: Mapping[str, Any]) -> _Options:
    """Read provider_options; those of other providers may stay when a campaign moves, a misspelled limit may not."""
    known = {"credits_per_day", "tags", _ACCEPTS_REDIALS}
    strange = sorted(
        str(name) for name in given if name not in known and get_close_matches(str(name), known, cutoff=0.7)
    )
    if strange:
        raise CampaignBlocked(
            f"provider_options has what Targg does not take: {', '.join(strange)}. It takes: "
            f"{', '.join(sorted(known))}."
        )
    credits, tags = given.get("credits_per_day"), given.get("tags")
    is_number = isinstance(credits, int | float) and not isinstance(credits, bool)
    if credits is not None and not (is_number and math.isfinite(credits) and credits >= 0):
        raise CampaignBlocked("provider_options.credits_per_day must be a number of at least 0.")
    is_list = isinstance(tags, list | tuple) and all(isinstance(tag, str) and tag.strip() for tag in tags)
    if tags is not None and not is_list:
        raise CampaignBlocked("provider_options.tags must be a list of texts.")
    return _Options(
        credits_per_day=None if credits is None else float(credits),
        tags=None if tags is None else tuple(tags),
        accepts_redials=given.get(_ACCEPTS_REDIALS) is True,
    )
