"""Targg's own redials: which ring is which, taken back between two rings, and single calls beside a plan."""

from __future__ import annotations

import json
from typing import Any

import pytest

from providers.contract import (
    CampaignSpec,
    Handle,
    HttpOptions,
    NativePlan,
    NativeStep,
    RemoteCampaign,
    Report,
)
from providers.errors import CampaignBlocked
from providers.sandbox import sandbox_class
from providers.sandbox.line import Pace
from providers.sandbox.targg.state import CALLBOT_TEMPLATE, Redials
from providers.sandbox.transport import SandboxTransport
from providers.secrets import Secret
from providers.targg import Targg, TarggCredentials, TarggSettings
from providers.testing.clock import START, VirtualClock
from providers.vocabulary import Progress, Result, Steering, Unit, Why, Withdrawal
from tests.providers.targg_peer import CALL, CAMPAIGN, CONTACT, NUMBER, OK, Peer, call, handle, listed, order

CALLS = "GET /v1/calls"
TIMELINE = [{"unit": 1, "duration": 2, "option_hour": 1, "phone_choose": 1}]
NATIVE = RemoteCampaign(remote_id=CAMPAIGN, remote={"timeline_retry": json.dumps(TIMELINE)})
#: Nobody answers there.
UNHEARD = "+12025550101"
PLAN = NativePlan(steps=(NativeStep(amount=2, unit=Unit.HOUR), NativeStep(amount=1, unit=Unit.DAY)))
SPEC = CampaignSpec(ref="c", name="Native", retry=PLAN)
#: Ten seconds until the first ring: time enough to take back what has just appeared.
PACE = Pace(wait=10, ring=2, talk=3)


class Story:
    """One order of a native campaign, whose vendor rings by itself as time passes."""

    def __init__(self, **options: Any) -> None:
        self.clock = VirtualClock()
        kind = sandbox_class("targg")
        self.sandbox = kind(now=self.clock.now, **options)
        self.targg = Targg(
            credentials=TarggCredentials(api_key=Secret(kind.credentials["api_key"])),
            settings=TarggSettings(default_template_id=CALLBOT_TEMPLATE),
            now=self.clock.now,
            base_url="https://stand-in.invalid",
            transport=SandboxTransport(self.sandbox),
            http=HttpOptions(account="tests", clock=self.clock.monotonic),
        )
        self.campaign = self.targg.open_campaign(SPEC)
        receipt = self.targg.push(self.campaign, [order(phone=UNHEARD, retry=PLAN)])[0]
        self.remote = {"remote": dict(receipt.remote), "remote_id": receipt.remote_id}

    def handle(self, ring_no: int = 1, progress: Progress = Progress.QUEUED) -> Handle:
        return handle(phone=UNHEARD, pushed_at=START, ring_no=ring_no, progress=progress, **self.remote)

    def pass_time(self, seconds: float) -> None:
        self.clock.advance(seconds)
        self.sandbox.pass_time()

    def told(self, *known: Any) -> list[tuple[str, int]]:
        reports = self.targg.observe(self.campaign, [self.handle(*known)], None).reports
        return [(_word(report), report.ring_no) for report in reports]

    def withdrawn(self, why: Why, ring_no: int) -> Withdrawal:
        return self.targg.withdraw(self.campaign, self.handle(ring_no), why)

    @property
    def rings(self) -> int:
        return len(self.sandbox.line.rings)


def _word(report: Report) -> str:
    return report.raw_status or f"({report.result})"


# ---- which ring is which


@pytest.mark.parametrize("redials", [Redials.SAME, Redials.NEW])
def test_each_ring_of_a_native_plan_is_told_with_its_number(redials: Redials) -> None:
    story = Story(redials=redials)
    told = []
    # Each call rings after a second, for two seconds.
    for seconds in (1.5, 3, 7200, 3, 86_400, 3):
        story.pass_time(seconds)
        told.append(story.told()[-2:])
    first, second = ("(failed)", 1), ("(failed)", 2)
    if redials is Redials.NEW:
        first, second = ("failed", 1), ("failed", 2)
    assert told == [
        [("started", 1)],
        [first, ("scheduled", 2)],
        [first, ("started", 2)],
        [second, ("scheduled", 3)],
        [second, ("started", 3)],
        [second, ("failed", 3)],
    ]
    assert story.rings == 3


def test_a_ring_that_was_seen_and_waits_again_is_over_whatever_its_fields_say() -> None:
    shown = call(call_uuid=None, timestamp=int(START.timestamp()) + 60)
    peer = Peer({CALLS: listed(shown)})
    given = {"remote": {"contact_id": CONTACT}, "pushed_at": START}

    def told(**known: Any) -> list[tuple[int, Progress, Result | None]]:
        reports = peer.targg.observe(NATIVE, [handle(**given, **known)], None).reports
        return [(report.ring_no, report.progress, report.result) for report in reports]

    assert told() == [(1, Progress.QUEUED, None)]
    over = [(1, Progress.ENDED, Result.FAILED), (2, Progress.QUEUED, None)]
    assert told(progress=Progress.RINGING) == over
    assert told(ring_no=2) == over[1:]


def test_what_is_known_to_be_over_is_not_told_again() -> None:
    story = Story()
    story.pass_time(10_000)
    assert story.told() == [("(failed)", 1), ("(failed)", 2), ("scheduled", 3)]
    assert story.told(2) == [("(failed)", 2), ("scheduled", 3)]
    assert story.told(3) == [("scheduled", 3)]


def test_a_clock_of_the_vendor_that_is_not_ours_miscounts_no_ring() -> None:
    story = Story()
    story.pass_time(1.5)
    late = handle(phone=UNHEARD, pushed_at=START.replace(year=2025), **story.remote)
    seen = story.targg.observe(story.campaign, [late], None).reports
    assert [(report.raw_status, report.ring_no) for report in seen] == [("started", 1)]


# ---- between two rings


def test_a_native_redial_in_a_new_call_object_is_withdrawn() -> None:
    again = call(_id="d" * 24, id_custom=f"{NUMBER}_1780333260")
    peer = Peer({CALLS: listed(again, call(status="failed")), f"DELETE /v1/call/{'d' * 24}": OK})
    held = handle(remote={"contact_id": CONTACT}, remote_id=CALL, ring_no=2)
    assert peer.targg.withdraw(NATIVE, held, Why.SUPPRESSION) is Withdrawal.WITHDRAWN
    assert peer.sent == [CALLS, f"DELETE /v1/call/{'d' * 24}"]


@pytest.mark.parametrize("redials", [Redials.SAME, Redials.NEW])
@pytest.mark.parametrize("why", [Why.SUPPRESSION, Why.PAUSE])
def test_a_redial_that_waits_is_taken_back_and_rings_no_more(redials: Redials, why: Why) -> None:
    story = Story(redials=redials)
    story.pass_time(10)
    assert story.withdrawn(why, 2) is Withdrawal.WITHDRAWN
    story.pass_time(200_000)
    assert story.rings == 1


def test_a_ring_that_was_made_is_too_late_and_its_object_stays_until_its_end_is_learned() -> None:
    story = Story()
    story.pass_time(10)
    assert story.withdrawn(Why.PAUSE, 1) is Withdrawal.TOO_LATE
    assert story.told() == [("(failed)", 1), ("scheduled", 2)]


@pytest.mark.parametrize("why", [Why.SUPPRESSION, Why.PAUSE])
def test_a_redial_whose_object_is_still_to_come_is_asked_for_again_and_taken_back(why: Why) -> None:
    story = Story(redials=Redials.LATE, pace=PACE)
    story.pass_time(20)
    assert story.withdrawn(why, 2) is Withdrawal.NOT_YET
    assert story.withdrawn(why, 2) is Withdrawal.NOT_YET
    story.pass_time(7200)
    assert story.withdrawn(why, 2) is Withdrawal.WITHDRAWN
    story.pass_time(200_000)
    assert story.rings == 1


def test_who_said_no_is_not_to_be_disturbed_where_the_vendor_heeds_that() -> None:
    story = Story(redials=Redials.LATE, ignores_contact_status=False)
    story.pass_time(20)
    story.withdrawn(Why.PAUSE, 2)
    contact = story.sandbox.contact_of[story.remote["remote"]["contact_id"]]
    before = {**contact.fields, "phones": [phone["number"] for phone in contact.fields["phones"]]}
    assert contact.status == "active"  # a pause goes on later
    story.withdrawn(Why.SUPPRESSION, 2)
    after = {**contact.fields, "phones": [phone["number"] for phone in contact.fields["phones"]]}
    assert after == {**before, "status": "not_disturb"}
    story.pass_time(8000)
    story.pass_time(200_000)
    assert story.rings == 1


def test_a_contact_that_cannot_be_written_back_is_left_alone() -> None:
    shown = {"_id": CONTACT, "status": "active", "phones": [], "language": "en-us"}
    peer = Peer(
        {
            CALLS: listed(call(status="failed")),
            f"GET /v1/contact/{CONTACT}": {**OK, "contact": shown},
        }
    )
    held = handle(remote={"contact_id": CONTACT}, remote_id=CALL, ring_no=2)
    assert peer.targg.withdraw(NATIVE, held, Why.SUPPRESSION) is Withdrawal.NOT_YET
    assert peer.sent == [CALLS, f"GET /v1/contact/{CONTACT}"]


def test_no_ring_beyond_the_plan_is_waited_for() -> None:
    peer = Peer({CALLS: listed(call(status="failed"))})
    held = handle(remote={"contact_id": CONTACT}, remote_id=CALL, ring_no=3)
    assert peer.targg.withdraw(NATIVE, held, Why.SUPPRESSION) is Withdrawal.TOO_LATE


# ---- single calls beside a plan


def test_a_single_call_of_a_native_campaign_rings_once() -> None:
    story = Story()
    single = order(ref="r-2", phone="+12025550201")
    receipt = story.targg.push(story.campaign, [single])[0]
    assert receipt.accepted
    story.sandbox.line.script["12025550201"] = [Result.BUSY]
    story.pass_time(200_000)
    assert [ring.phone for ring in story.sandbox.line.rings].count("12025550201") == 1
    made = handle(phone=single.phone, pushed_at=START)
    lost = Handle(ref="r-2", phone=made.phone, pushed_at=START)
    for known in (lost, Handle(ref="r-2", phone=made.phone, pushed_at=START, remote=receipt.remote)):
        seen = story.targg.observe(story.campaign, [known], None)
        assert [(report.ring_no, report.result) for report in seen.reports] == [(1, Result.FAILED)]


def test_a_single_call_that_waits_is_withdrawn_from_its_reference_alone() -> None:
    story = Story(pace=PACE)
    story.targg.push(story.campaign, [order(ref="r-2", phone="+12025550201")])
    known = Handle(ref="r-2", phone="+12025550201", pushed_at=START)
    assert story.targg.withdraw(story.campaign, known, Why.PAUSE) is Withdrawal.WITHDRAWN
    story.pass_time(100)
    assert "12025550201" not in [ring.phone for ring in story.sandbox.line.rings]


def test_both_campaigns_are_found_again_and_told_alike() -> None:
    story = Story()
    assert story.targg.open_campaign(SPEC) == story.campaign
    both = [story.sandbox.campaign_of[key] for key in story.sandbox.campaigns()]
    assert [(each.fields["externalId"], len(each.waits)) for each in both] == [("c", 2), ("c:singles", 0)]
    for to, status in ((Steering.PAUSE, "paused"), (Steering.RESUME, "active"), (Steering.CLOSE, "inactive")):
        story.targg.steer(story.campaign, to)
        assert [(each.status, len(each.waits)) for each in both] == [(status, 2), (status, 0)]


def test_a_campaign_of_single_calls_that_people_closed_blocks_the_opening() -> None:
    story = Story()
    story.sandbox.campaign_of[story.campaign.remote["singles_id"]].fields["status"] = "inactive"
    with pytest.raises(CampaignBlocked, match="inactive"):
        story.targg.open_campaign(SPEC)


def test_a_shorter_plan_than_the_campaigns_is_refused() -> None:
    story = Story()
    shorter = NativePlan(steps=PLAN.steps[1:])
    receipt = story.targg.push(story.campaign, [order(ref="r-2", phone="+12025550201", retry=shorter)])[0]
    assert (receipt.accepted, receipt.result) == (False, Result.REJECTED)
    assert len(story.sandbox.call_of) == 1


def test_an_orchestrated_campaign_has_no_second_one_and_rings_once() -> None:
    story = Story()
    quiet = story.targg.open_campaign(CampaignSpec(ref="d", name="Ours"))
    story.targg.push(quiet, [order(ref="r-2", phone="+12025550201")])
    story.pass_time(200_000)
    assert [ring.phone for ring in story.sandbox.line.rings].count("12025550201") == 1
    assert len(story.sandbox.campaign_of) == 3
