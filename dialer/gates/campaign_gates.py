"""Gates that are judged once a campaign, before any contact is looked at; never written to contacts.

Owns state, account health, dates, daily limit, budget and capacity.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from dialer.gates.facts import CampaignFacts
from dialer.gates.verdict import Verdict, allowed, held, refused
from dialer.rules.transitions import CampaignStatus, FinishReason


class StateGate:
    """Only a running campaign that is prepared at its provider dials."""

    name = "state"

    def check(self, campaign: CampaignFacts, now: datetime) -> Verdict:
        if campaign.status in (CampaignStatus.COMPLETED, CampaignStatus.ARCHIVED):
            return refused(
                self.name, campaign.status, f"the campaign is {campaign.status}", FinishReason.CANCELLED
            )
        if campaign.status != CampaignStatus.RUNNING:
            return held(self.name, campaign.status, f"the campaign is {campaign.status}", None)
        if not campaign.is_open:
            return held(self.name, "preparing", "the campaign is being prepared at the provider", None)
        return allowed(self.name)


class AccountHealthGate:
    """No call through an account that is switched off or whose circuit breaker is open."""

    name = "account_health"

    def check(self, campaign: CampaignFacts, now: datetime) -> Verdict:
        account = campaign.account
        if not account.is_enabled:
            return held(self.name, "disabled", f"the provider account {account.name!r} is switched off", None)
        if account.health_state == "open":
            why = account.health_last_error or "too many failures in a row"
            return held(
                self.name,
                "open",
                f"the provider account {account.name!r} is stopped: {why}",
                account.probe_at,
            )
        return allowed(self.name)


class DatesGate:
    """No call before `starts_at` and none from `ends_at` on."""

    name = "dates"

    def check(self, campaign: CampaignFacts, now: datetime) -> Verdict:
        if campaign.ends_at is not None and now >= campaign.ends_at:
            return refused(self.name, "ended", "the campaign's ends_at has passed", FinishReason.EXPIRED)
        if campaign.starts_at is not None and now < campaign.starts_at:
            return held(self.name, "not_started", "the campaign's starts_at is ahead", campaign.starts_at)
        return allowed(self.name)


class DailyLimitGate:
    """No more calls a day than the campaign allows; the day is the campaign's own."""

    name = "daily_limit"

    def check(self, campaign: CampaignFacts, now: datetime) -> Verdict:
        limit = campaign.daily_call_limit
        if limit is not None and campaign.calls_today >= limit and now < campaign.day_ends_at:
            return held(
                self.name,
                "reached",
                f"{campaign.calls_today} of {limit} calls made today",
                campaign.day_ends_at,
            )
        return allowed(self.name)


class BudgetGate:
    """No call when the day's money, or a budget of money, minutes or attempts, is used up."""

    name = "budget"

    def check(self, campaign: CampaignFacts, now: datetime) -> Verdict:
        budget = campaign.daily_budget
        if budget is not None and campaign.spent_today >= budget and now < campaign.day_ends_at:
            return held(
                self.name, "spent", f"{campaign.spent_today} of {budget} spent today", campaign.day_ends_at
            )
        over = [each for each in campaign.budgets if each.used >= each.limit]
        # What no midnight renews is told first.
        for each in sorted(over, key=lambda each: each.per):
            until = campaign.day_ends_at if each.per == "day" else None
            unit = each.currency if each.unit == "money" else each.unit
            words = f"{each.used.normalize():f} of {each.limit:f} {unit} used"
            return held(
                self.name, "spent", f"{words} {_PERIODS[each.per]}", until, rule=f"budget:{each.unit}"
            )
        return allowed(self.name)


_PERIODS = {"day": "today", "campaign": "by the campaign"}

#: A full account frees a place when a call ends; nothing tells when, so look again soon.
CAPACITY_RECHECK = timedelta(seconds=1)


class CapacityGate:
    """No more calls at a time than the account may hold."""

    name = "capacity"

    def check(self, campaign: CampaignFacts, now: datetime) -> Verdict:
        if campaign.account.room is not None and campaign.account.room <= 0:
            return held(
                self.name, "full", "the account holds as many calls as it may", now + CAPACITY_RECHECK
            )
        return allowed(self.name)


CAMPAIGN_GATES = (
    StateGate(),
    AccountHealthGate(),
    DatesGate(),
    DailyLimitGate(),
    BudgetGate(),
    CapacityGate(),
)
