"""Gates about the person and the number: stop, dates, suppression, phone, caps, busy, quiet period, consent.

Owns those judgements; when the clock alone decides (windows, holidays, law) it is `time_gates`.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from dialer.gates.facts import Candidate
from dialer.gates.verdict import Verdict, allowed, held, refused
from dialer.rules.transitions import FinishReason


class StopGate:
    """A contact that somebody excluded, cancelled or suppressed is not called again."""

    name = "stop"
    by_calendar = False

    def check(self, candidate: Candidate, now: datetime) -> Verdict:
        if candidate.stop_reason:
            return refused(
                self.name,
                candidate.stop_reason,
                f"the contact is {candidate.stop_reason}",
                FinishReason(candidate.stop_reason),
            )
        return allowed(self.name)


class ContactDatesGate:
    """The contact's own not_before and not_after."""

    name = "contact_dates"
    by_calendar = False

    def check(self, candidate: Candidate, now: datetime) -> Verdict:
        if candidate.not_after is not None and now >= candidate.not_after:
            return refused(self.name, "expired", "the contact's not_after has passed", FinishReason.EXPIRED)
        if candidate.not_before is not None and now < candidate.not_before:
            return held(self.name, "not_before", "the contact's not_before is ahead", candidate.not_before)
        return allowed(self.name)


class SuppressionGate:
    """Nobody on a do-not-call list in force here is rung."""

    name = "suppression"
    by_calendar = False

    def check(self, candidate: Candidate, now: datetime) -> Verdict:
        entry = candidate.suppressed_by or (candidate.phone.suppressed_by if candidate.phone else None)
        if entry is None and candidate.phone is None:
            entry = next((phone.suppressed_by for phone in candidate.phones if phone.suppressed_by), None)
        if entry is not None:
            return refused(
                self.name,
                "suppressed",
                "the person or the number is on a do-not-call list",
                FinishReason.SUPPRESSED,
                rule=f"suppression:{entry}",
            )
        return allowed(self.name)


class PhoneGate:
    """There must be a number that may be rung."""

    name = "phone"
    by_calendar = False

    def check(self, candidate: Candidate, now: datetime) -> Verdict:
        phone = candidate.phone
        if phone is None:
            code = "do_not_disturb" if any(p.do_not_disturb for p in candidate.phones) else "no_usable_phone"
            return refused(self.name, code, "no number of the person may be rung", FinishReason.UNCALLABLE)
        if phone.do_not_disturb:
            return refused(
                self.name, "do_not_disturb", "the number is marked do not disturb", FinishReason.UNCALLABLE
            )
        if phone.is_uncallable:
            return refused(
                self.name, "invalid_number", "the number was found not to exist", FinishReason.UNCALLABLE
            )
        return allowed(self.name)


class CapsGate:
    """No more attempts at a person, in all and a day, than the campaign names."""

    name = "caps"
    by_calendar = False

    def check(self, candidate: Candidate, now: datetime) -> Verdict:
        campaign = candidate.campaign
        most = campaign.max_attempts_per_contact
        if most is not None and candidate.attempts >= most:
            return refused(
                self.name, "contact", f"{candidate.attempts} of {most} attempts made", FinishReason.EXHAUSTED
            )
        daily = campaign.max_attempts_per_day
        if daily is not None and candidate.attempts_today >= daily and now < campaign.day_ends_at:
            return held(
                self.name,
                "day",
                f"{candidate.attempts_today} of {daily} attempts made today",
                campaign.day_ends_at,
            )
        return allowed(self.name)


#: Nothing tells when the other call will be over; look again soon, but not with every tick.
BUSY_RECHECK = timedelta(seconds=10)


class PersonBusyGate:
    """One live attempt a person and a number, anywhere."""

    name = "person_busy"
    by_calendar = False

    def check(self, candidate: Candidate, now: datetime) -> Verdict:
        if candidate.is_busy:
            return held(
                self.name,
                "live_attempt",
                "another attempt at this person or number is under way",
                now + BUSY_RECHECK,
            )
        return allowed(self.name)


class QuietPeriodGate:
    """No attempt in the quiet days after a conversation, a refusal or an abandoned call.

    Which events start one, and for how long, is law and policy data; without such data nothing is quiet.
    """

    name = "quiet_period"
    by_calendar = False

    def check(self, candidate: Candidate, now: datetime) -> Verdict:
        until = candidate.extra.get("quiet_until")
        if until is not None and now < until:
            return held(
                self.name, "quiet", "a quiet period holds", until, rule=candidate.extra.get("quiet_rule")
            )
        return allowed(self.name)


class ConsentGate:
    """Where a rule asks for consent, there must be one in force; without such a rule nothing is asked."""

    name = "consent"
    by_calendar = False

    def check(self, candidate: Candidate, now: datetime) -> Verdict:
        if candidate.extra.get("consent_required_by") and not candidate.extra.get("consent"):
            return refused(
                self.name,
                "no_consent",
                "a rule asks for the person's consent and none is recorded",
                FinishReason.UNCALLABLE,
                rule=candidate.extra["consent_required_by"],
            )
        return allowed(self.name)
