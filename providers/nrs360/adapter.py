"""Own 360NRS' side of the contract: one spoken message a call, found again by its campaign's name.

Never sends twice, never schedules, and deletes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

from providers.contract import (
    Account,
    CallOrder,
    CampaignSpec,
    Handle,
    HookRequest,
    Observation,
    Provider,
    Receipt,
    RemoteCampaign,
    RemoteItem,
    Report,
)
from providers.errors import CampaignBlocked, ProviderError, Refused, Unsupported
from providers.nrs360.blacklist import OwnList
from providers.nrs360.client import Nrs360Client
from providers.nrs360.codes import CODES, Reaction, refusal_of_send
from providers.nrs360.configuration import Nrs360Credentials, Nrs360Settings
from providers.nrs360.declared import CAPABILITIES
from providers.nrs360.looking import MOST_REPORTS, Look
from providers.nrs360.records import CampaignRecord, SendAnswer, SendVerdict
from providers.nrs360.script import CannotFill, Script
from providers.nrs360.telling import VOICE_CHANNELS, ref_in, told_by_hook
from providers.nrs360.voice import VoiceSend
from providers.nrs360.wire import digits_of
from providers.vocabulary import Catalogue, Progress, Result, Why, Withdrawal

#: Our campaigns have no counterpart at the vendor: their ids are made up from our own, and known by this.
_ID_PREFIX = "nrs360-"
#: What `browse` lists, a day a request: our own calls are campaigns too, and there are no pages.
_BROWSED_DAYS = 14


class Nrs360(Provider):
    """360NRS voice messages; `base_url` is scheme and host."""

    slug = "nrs360"
    name = "360NRS"
    capabilities = CAPABILITIES
    Credentials = Nrs360Credentials
    Settings = Nrs360Settings
    default_base_url = "https://dashboard.360nrs.com"  # sheet: Basics

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.client = Nrs360Client(
            username=self.credentials.username,
            api_password=self.credentials.api_password,
            base_url=self.base_url,
            now=self.now,
            options=self.http_options,
            transport=self.transport,
        )
        self.blocklist = OwnList(self.client.blacklist)

    def check(self) -> Account:
        """Read the account, with its balance where it is told."""
        found = self.client.account()
        return Account(ok=True, balance=found.balance, currency=found.currency or None)

    def open_campaign(self, spec: CampaignSpec) -> RemoteCampaign:
        """Check the text and give an id of our own; an id of the vendor's is looked up, and serves as a label."""
        if spec.retry is not None:
            raise self._unsupported("360NRS takes no retry plan.", "open_campaign")
        try:
            script = Script.of_options(
                spec.options,
                message=self.settings.message,
                language=self.settings.language,
                gender=self.settings.gender,
            )
        except CampaignBlocked as error:
            raise self._placed(error, "open_campaign") from None
        remote_id = spec.remote_id or f"{_ID_PREFIX}{spec.ref}"
        found = None if remote_id.startswith(_ID_PREFIX) else self._known(remote_id)
        return RemoteCampaign(
            remote_id=remote_id,
            name=found.name if found else spec.name,
            state="open",
            redials=None,  # the default of call retries is not documented
            remote=script.remote(),
        )

    def _known(self, remote_id: str) -> CampaignRecord:
        if not remote_id.isdecimal():
            raise CampaignBlocked(
                "Campaigns of 360NRS have whole numbers as ids; leave remote_campaign_id out: none is needed.",
                provider=self.slug,
                operation="open_campaign",
            )
        return self.client.campaigns.get(remote_id)

    def push(self, campaign: RemoteCampaign, calls: Sequence[CallOrder]) -> list[Receipt]:
        """Speak to one number at once, under a campaign name that is our reference."""
        if len(calls) > self.capabilities.batch_size:
            raise ValueError("360NRS takes one order a push.")
        return [self._pushed(campaign, order) for order in calls]

    def _pushed(self, campaign: RemoteCampaign, order: CallOrder) -> Receipt:
        if order.retry is not None or (order.not_before is not None and order.not_before > self.now()):
            raise self._unsupported("360NRS takes no plan and no time.", "push")
        script = self._script(campaign)
        try:
            message = script.spoken_to(order.name, order.fields)
            answer = self.client.voice.send(self._send_of(order, script, message), ref=order.ref)
            return self._receipt(order, answer)
        except CannotFill as error:
            return _refused(order, Result.REJECTED, str(error))
        except Refused as error:
            return _refused(order, error.result, error.detail)
        except CampaignBlocked as error:
            if script.is_personal and _is_about_the_text(error):
                return _refused(order, Result.REJECTED, error.detail)
            raise self._placed(error, "push") from None

    def _script(self, campaign: RemoteCampaign) -> Script:
        try:
            return Script.of_remote(campaign.remote)
        except CampaignBlocked as error:
            raise self._placed(error, "push") from None

    def _send_of(self, order: CallOrder, script: Script, message: str) -> VoiceSend:
        named = {
            self.settings.notification_url_field: self.settings.notification_url or self.hook_url,
            self.settings.caller_field: digits_of(order.caller_id or ""),
        }
        more: dict[str, Any] = {name: value for name, value in named.items() if name and value}
        if self.settings.call_retries_field:
            more[self.settings.call_retries_field] = 0
        return VoiceSend(
            to=[order.phone],
            message=message,
            language=script.language,
            gender=script.gender,
            campaign_name=order.ref,
            more=more,
        )

    def _receipt(self, order: CallOrder, answer: SendAnswer) -> Receipt:
        verdict = answer.verdicts[0]
        if not verdict.accepted:
            raise self._placed(_refusal(verdict), "push")
        remote = {
            "campaignName": order.ref,
            "campaignId": answer.campaign_id or "",
            "sendingId": answer.sending_id or "",
        }
        return Receipt(
            ref=order.ref,
            accepted=True,
            remote_id=verdict.id,
            remote={name: value for name, value in remote.items() if value},
        )

    def observe(self, campaign: RemoteCampaign, calls: Sequence[Handle], cursor: str | None) -> Observation:
        """Look the calls up by name, many in a list; without calls, whatever of ours came since the cursor."""
        with self.client.budget():
            look = self._look()
            return look.at(calls, cursor) if calls else look.since(cursor)

    def _look(self, most_reports: int = MOST_REPORTS) -> Look:
        return Look(self.client, now=self.now(), clock=self.http_options.clock, most_reports=most_reports)

    def withdraw(self, campaign: RemoteCampaign, call: Handle, why: Why) -> Withdrawal:
        """Put a suppressed number on the account's block list, and tell what shows of its call afterwards.

        Nothing stops an accepted send for certain: only a rejection that shows, of a call that was never sent,
        is WITHDRAWN. A call that shows nothing yet is TOO_LATE: it may ring, and must be counted if it does.
        """
        if not self.capabilities.can_withdraw(why):
            raise self._unsupported("360NRS takes a call back for a suppression only.", "withdraw")
        with self.client.budget():
            self.client.blacklist.add(call.phone, ref=call.ref)
            seen = self._look(most_reports=0).at([call], None)
        if not seen.reports:
            return Withdrawal.GONE
        has_rung = any(report.progress is Progress.RINGING for report in seen.reports)
        is_rejected = any(report.result is Result.REJECTED for report in seen.reports)
        return Withdrawal.WITHDRAWN if is_rejected and not has_rung else Withdrawal.TOO_LATE

    def parse_webhook(self, request: HookRequest) -> list[Report]:
        """Read one event of one message; ours by the campaign's name, else by the message id."""
        return told_by_hook(request)

    def browse(self, kind: Catalogue) -> Iterator[RemoteItem]:
        """List the account's voice campaigns of the last 14 days, without our own calls."""
        if kind not in self.capabilities.browse:
            raise self._unsupported(f"360NRS has no list of {kind}.", "browse")
        found: dict[str, CampaignRecord] = {}
        now = self.now()
        with self.client.budget():
            for day in range(_BROWSED_DAYS):
                before = None if day == 0 else now - timedelta(days=day)
                after = now - timedelta(days=day + 1)
                listed = self.client.campaigns.find(before=before, after=after, operation="browse")
                found |= {campaign.id: campaign for campaign in listed if _is_made_by_people(campaign)}
        return iter([_item(campaign) for campaign in found.values()])

    def _unsupported(self, text: str, operation: str) -> Unsupported:
        return Unsupported(text, provider=self.slug, operation=operation)

    def _placed(self, error: ProviderError, operation: str) -> ProviderError:
        error.provider, error.operation = error.provider or self.slug, error.operation or operation
        return error


def _refusal(verdict: SendVerdict) -> ProviderError:
    """Give the error for a recipient that is named as not accepted; a code that says "accepted" is none."""
    is_code = verdict.code in CODES and CODES[verdict.code].reaction is not Reaction.ACCEPTED
    return refusal_of_send(verdict.code if is_code else None)


def _is_about_the_text(error: CampaignBlocked) -> bool:
    return any(error.code == str(code) for code, row in CODES.items() if row.reaction is Reaction.MESSAGE)


def _refused(order: CallOrder, result: Result, reason: str) -> Receipt:
    return Receipt(ref=order.ref, accepted=False, result=result, reason=reason)


def _is_made_by_people(campaign: CampaignRecord) -> bool:
    is_voice = any(sending.channel in VOICE_CHANNELS for sending in campaign.sendings)
    return is_voice and ref_in(campaign.name) is None


def _item(campaign: CampaignRecord) -> RemoteItem:
    states = sorted({sending.status for sending in campaign.sendings})
    channels = sorted({sending.channel for sending in campaign.sendings})
    return RemoteItem(
        id=campaign.id,
        name=campaign.name,
        state=", ".join(states),
        detail={"type": campaign.type, "channel": ", ".join(channels)},
    )
