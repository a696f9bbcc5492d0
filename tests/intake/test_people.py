"""Who is the same person, what is a duplicate, and what each policy changes.

Long because every duplicate policy is tried on the same people.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from dialer.engine.errors import Invalid, InvalidTransition, NotFound
from dialer.intake.contacts import add_contacts
from dialer.models import Campaign, CampaignContact, Contact, ContactPhone
from tests import factories
from tests.intake.making import NOW, add, campaign, phone

pytestmark = pytest.mark.django_db


def enrolment(verdict: dict[str, Any]) -> CampaignContact:
    return CampaignContact.objects.select_related("contact", "next_phone").get(pk=verdict["id"])


def finish(verdict: dict[str, Any], reason: str = "reached", **fields: Any) -> None:
    CampaignContact.objects.filter(pk=verdict["id"]).update(
        state="finished",
        finish_reason=reason,
        finished_at=NOW,
        next_attempt_at=None,
        due_at=None,
        next_phone=None,
        **fields,
    )


def codes(verdict: dict[str, Any]) -> list[tuple[str, str]]:
    return [(error["pointer"], error["code"]) for error in verdict["errors"]]


def test_a_new_contact_waits_and_is_due_at_once_on_its_main_phone() -> None:
    number = phone()
    verdicts = add(campaign(), {"external_id": "a", "name": "Ana", "phone": number, "attributes": {"x": 1}})
    [accepted] = verdicts.accepted
    row = enrolment(accepted)
    assert accepted == {
        "index": 0,
        "id": str(row.pk),
        "external_id": "a",
        "phone": number,
        "outcome": "created",
    }
    assert (row.state, row.due_at, row.next_attempt_at, row.attempt_count) == ("waiting", NOW, NOW, 0)
    assert (row.next_phone.number, row.next_phone.is_main, row.next_phone.country) == (number, True, "FR")
    assert (row.contact.name, row.attributes, row.priority, row.version) == ("Ana", {"x": 1}, 5, 1)
    assert (row.created_at, row.contact.created_at) == (NOW, NOW)


def test_not_before_is_when_it_becomes_due() -> None:
    later = NOW + timedelta(hours=3)
    [accepted] = add(campaign(), {"phone": phone(), "not_before": later.isoformat()}).accepted
    row = enrolment(accepted)
    assert (row.due_at, row.next_attempt_at, row.not_before) == (later, later, later)


def test_the_first_call_goes_to_the_first_phone_that_may_be_rung() -> None:
    quiet, free = phone(), phone()
    phones = [{"number": quiet, "is_main": True, "do_not_disturb": True}, {"number": free}]
    [accepted] = add(campaign(), {"phones": phones}).accepted
    assert accepted["phone"] == quiet
    assert enrolment(accepted).next_phone.number == free


def test_somebody_with_no_callable_phone_is_taken_and_left_to_the_gates() -> None:
    number = phone()
    [accepted] = add(campaign(), {"phones": [{"number": number, "do_not_disturb": True}]}).accepted
    assert enrolment(accepted).next_phone.number == number


def test_one_bad_item_loses_no_other() -> None:
    verdicts = add(campaign(), {"phone": phone()}, {"phone": "12"}, "x", {"phone": phone()})
    assert [verdict["index"] for verdict in verdicts.accepted] == [0, 3]
    assert [verdict["index"] for verdict in verdicts.rejected] == [1, 2]
    assert CampaignContact.objects.count() == 2


def test_an_external_id_is_one_person_in_the_whole_system() -> None:
    first, second, number = campaign(), campaign(), phone()
    add(first, {"external_id": "a", "name": "Ana", "phone": number})
    [accepted] = add(second, {"external_id": "a", "name": "Ana Souza", "phone": number}).accepted
    assert Contact.objects.count() == 1
    assert Contact.objects.get().name == "Ana Souza"
    assert enrolment(accepted).campaign == second


def test_an_enrolment_elsewhere_calls_the_number_that_its_row_names() -> None:
    first, second, old, new = campaign(), campaign(), phone(), phone()
    add(first, {"external_id": "a", "phone": old})
    [accepted] = add(second, {"external_id": "a", "phone": new}).accepted
    row = enrolment(accepted)
    assert row.next_phone.number == new
    phones = row.contact.phones.order_by("position").values_list("number", "is_main", "position")
    assert list(phones) == [(old, True, 0), (new, False, 1)]


def test_without_external_id_the_exact_main_phone_finds_the_person() -> None:
    first, second, number = campaign(), campaign(), phone()
    add(first, {"name": "Ana", "phone": number})
    add(second, {"phone": number})
    assert Contact.objects.count() == 1


def test_a_person_with_external_id_is_not_found_by_phone() -> None:
    first, second, number = campaign(), campaign(), phone()
    add(first, {"external_id": "a", "phone": number})
    add(second, {"phone": number})
    assert Contact.objects.count() == 2


def test_another_phone_that_is_not_the_main_one_finds_nobody() -> None:
    target, main, other = campaign(), phone(), phone()
    add(target, {"phones": [{"number": main}, {"number": other}]})
    assert len(add(target, {"phone": other}).accepted) == 1
    assert Contact.objects.count() == 2


@pytest.mark.parametrize("by", ["external_id", "phone"])
def test_reject_names_the_duplicate_and_changes_nothing(by: str) -> None:
    target, number = campaign(), phone()
    item = {"external_id": "a", "phone": number} if by == "external_id" else {"phone": number}
    add(target, item | {"name": "Ana"})
    before = list(Contact.objects.values()), list(CampaignContact.objects.values())
    [rejected] = add(target, item | {"name": "Other"}).rejected
    assert codes(rejected) == [(f"/{by}", "duplicate")]
    assert (list(Contact.objects.values()), list(CampaignContact.objects.values())) == before


def test_an_unfinished_contact_with_the_same_main_phone_is_a_duplicate() -> None:
    target, number = campaign(), phone()
    add(target, {"external_id": "a", "phone": number})
    [rejected] = add(target, {"external_id": "b", "phone": number}).rejected
    assert codes(rejected) == [("/phone", "duplicate")]
    assert Contact.objects.count() == 1


def test_a_finished_contact_with_the_same_main_phone_is_none() -> None:
    target, number = campaign(), phone()
    [first] = add(target, {"external_id": "a", "phone": number}).accepted
    finish(first)
    assert len(add(target, {"external_id": "b", "phone": number}).accepted) == 1


def test_the_same_person_is_a_duplicate_also_when_finished() -> None:
    target, number = campaign(), phone()
    [first] = add(target, {"external_id": "a", "phone": number}).accepted
    finish(first)
    assert codes(add(target, {"external_id": "a", "phone": number}).rejected[0]) == [
        ("/external_id", "duplicate")
    ]


def test_later_items_of_a_call_see_earlier_ones() -> None:
    number = phone()
    verdicts = add(
        campaign(),
        {"external_id": "a", "phone": number},
        {"external_id": "a", "phone": phone()},
        {"phone": number},
    )
    assert [verdict["index"] for verdict in verdicts.accepted] == [0]
    assert [codes(verdict) for verdict in verdicts.rejected] == [
        [("/external_id", "duplicate")],
        [("/phone", "duplicate")],
    ]


def test_skip_reports_the_existing_contact_and_changes_nothing() -> None:
    target, number = campaign(), phone()
    [first] = add(target, {"external_id": "a", "phone": number, "name": "Ana"}).accepted
    before = list(Contact.objects.values()), list(CampaignContact.objects.values())
    item = {"external_id": "a", "phone": phone(), "name": "Other"}
    assert add(target, item, on_duplicate="skip").accepted == [
        first | {"outcome": "skipped", "duplicate": True, "phone": number}
    ]
    assert (list(Contact.objects.values()), list(CampaignContact.objects.values())) == before


def test_merge_updates_fields_and_adds_phones_and_keeps_the_state() -> None:
    target, old, new = campaign(), phone(), phone()
    item = {"external_id": "a", "phone": old, "name": "Ana", "attributes": {"a": 1, "b": 1}, "tags": ["x"]}
    [first] = add(target, item).accepted
    finish(first)
    change = {
        "external_id": "a",
        "name": "Ana Souza",
        "email": "ana@example.com",
        "phones": [{"number": new, "type": "work"}],
        "attributes": {"b": 2},
        "tags": ["y", "x"],
        "priority": 1,
    }
    [merged] = add(target, change, on_duplicate="merge").accepted
    assert (merged["id"], merged["outcome"], merged["duplicate"]) == (first["id"], "merged", True)
    row = enrolment(first)
    assert (row.state, row.finish_reason, row.next_phone) == ("finished", "reached", None)
    assert (row.attributes, row.tags, row.priority, row.version) == ({"a": 1, "b": 2}, ["x", "y"], 1, 2)
    assert (row.contact.name, row.contact.email, row.contact.version) == ("Ana Souza", "ana@example.com", 2)
    assert list(row.contact.phones.values_list("number", "type", "is_main")) == [
        (old, "other", True),
        (new, "work", False),
    ]


def test_merge_leaves_what_the_item_does_not_give() -> None:
    target, number = campaign(), phone()
    add(target, {"external_id": "a", "phone": number, "name": "Ana", "language": "fr", "priority": 2})
    [merged] = add(
        target, {"external_id": "a", "phone": number, "email": None}, on_duplicate="merge"
    ).accepted
    row = enrolment(merged)
    assert (row.contact.name, row.contact.language, row.priority) == ("Ana", "fr", 2)
    assert row.contact.version == 1


def test_merge_marks_a_known_phone_do_not_disturb_only_when_told() -> None:
    target, number = campaign(), phone()
    add(target, {"external_id": "a", "phones": [{"number": number, "do_not_disturb": True}]})
    add(target, {"external_id": "a", "phone": number}, on_duplicate="merge")
    assert ContactPhone.objects.get().do_not_disturb is True
    told = {"external_id": "a", "phones": [{"number": number, "do_not_disturb": False}]}
    add(target, told, on_duplicate="merge")
    assert ContactPhone.objects.get().do_not_disturb is False


def test_merge_gives_an_unnamed_person_the_external_id() -> None:
    target, number = campaign(), phone()
    [first] = add(target, {"phone": number}).accepted
    [merged] = add(target, {"external_id": "a", "phone": number}, on_duplicate="merge").accepted
    assert (merged["id"], merged["external_id"]) == (first["id"], "a")
    assert Contact.objects.get().external_id == "a"


def test_merge_never_mixes_two_people_whom_the_caller_tells_apart() -> None:
    target, number = campaign(), phone()
    add(target, {"external_id": "a", "phone": number, "name": "Ana"})
    item = {"external_id": "b", "phone": number, "name": "Bia"}
    [rejected] = add(target, item, on_duplicate="merge").rejected
    assert codes(rejected) == [("/phone", "duplicate")]
    assert list(Contact.objects.values_list("external_id", "name")) == [("a", "Ana")]


def test_merge_makes_a_held_contact_looked_at_again() -> None:
    target, number = campaign(), phone()
    [first] = add(target, {"external_id": "a", "phone": number}).accepted
    CampaignContact.objects.filter(pk=first["id"]).update(
        hold_gate="window", hold_reason="closed", hold_until=NOW, next_attempt_at=NOW + timedelta(days=2)
    )
    add(target, {"external_id": "a", "phone": number, "timezone": "Europe/Paris"}, on_duplicate="merge")
    row = enrolment(first)
    assert (row.next_attempt_at, row.due_at, row.hold_gate, row.hold_until) == (NOW, NOW, "", None)


def test_rearm_starts_a_finished_contact_again() -> None:
    target, number = campaign(), phone()
    [first] = add(target, {"external_id": "a", "phone": number}).accepted
    finish(first, attempt_count=3, used_steps=[0, 1], next_step=1, finish_detail="x", stop_reason="excluded")
    [again] = add(target, {"external_id": "a", "phone": number, "name": "Ana"}, on_duplicate="rearm").accepted
    assert (again["id"], again["outcome"]) == (first["id"], "rearmed")
    row = enrolment(first)
    assert (row.state, row.finish_reason, row.finish_detail, row.finished_at) == ("waiting", "", "", None)
    assert (row.due_at, row.next_attempt_at, row.next_phone.number) == (NOW, NOW, number)
    assert (row.used_steps, row.next_step, row.stop_reason, row.attempt_count) == ([], None, "", 3)
    assert row.contact.name == "Ana"


def test_rearm_leaves_a_suppressed_contact_finished() -> None:
    target, number = campaign(), phone()
    [first] = add(target, {"external_id": "a", "phone": number}).accepted
    finish(first, "suppressed")
    [merged] = add(target, {"external_id": "a", "phone": number}, on_duplicate="rearm").accepted
    assert merged["outcome"] == "merged"
    assert (enrolment(first).state, enrolment(first).finish_reason) == ("finished", "suppressed")


def test_rearm_only_merges_a_contact_that_waits() -> None:
    target, number = campaign(), phone()
    add(target, {"external_id": "a", "phone": number})
    later = NOW + timedelta(hours=1)
    [merged] = add(target, {"external_id": "a", "phone": number}, on_duplicate="rearm", now=later).accepted
    assert merged["outcome"] == "merged"
    assert enrolment(merged).due_at == NOW


@pytest.mark.parametrize("status", ["completed", "archived"])
def test_a_campaign_that_is_over_takes_nobody(status: str) -> None:
    target = campaign(status=status)
    with pytest.raises(InvalidTransition) as refused:
        add(target, {"phone": phone()})
    assert (refused.value.state, Contact.objects.count()) == (status, 0)


@pytest.mark.parametrize("status", ["draft", "running", "pausing", "paused"])
def test_every_other_campaign_takes_contacts(status: str) -> None:
    assert len(add(campaign(status=status), {"phone": phone()}).accepted) == 1


def test_an_unknown_campaign_is_named() -> None:
    with pytest.raises(NotFound, match="campaign"):
        add_contacts(campaign_id=factories.contact().pk, items=[], now=NOW)


def test_more_than_ten_thousand_items_are_refused_whole() -> None:
    target = campaign()
    with pytest.raises(Invalid) as refused:
        add(target, *({"phone": "+33199001234"} for _ in range(10_001)))
    assert (refused.value.code, Contact.objects.count()) == ("too_many", 0)


def test_ten_thousand_items_go_in_one_call() -> None:
    items = [{"external_id": f"x{n}", "phone": f"+331990{n:05d}"} for n in range(10_000)]
    verdicts = add(campaign(), *items)
    assert (len(verdicts.accepted), verdicts.rejected) == (10_000, [])
    assert CampaignContact.objects.count() == 10_000


def test_a_dry_run_answers_the_same_and_keeps_nothing() -> None:
    target, number = campaign(), phone()
    verdicts = add(target, {"phone": number}, {"phone": number}, dry_run=True)
    assert ([v["index"] for v in verdicts.accepted], [v["index"] for v in verdicts.rejected]) == ([0], [1])
    assert (Contact.objects.count(), CampaignContact.objects.count()) == (0, 0)


def test_a_number_without_a_common_hour_is_taken_with_a_warning() -> None:
    morning = [{"days": ["mon"], "start": "09:00", "end": "10:00"}]
    target: Campaign = campaign(purpose="service", calling_windows=morning)
    australian = "+61491570156"  # a mobile: anywhere from Perth to Lord Howe Island
    verdicts = add(target, {"phone": australian}, {"phone": phone(), "timezone": "Europe/Paris"})
    assert [warning["code"] for warning in verdicts.accepted[0]["warnings"]] == ["no_common_window"]
    assert "warnings" not in verdicts.accepted[1]


def test_merge_lets_the_gates_judge_a_changed_person_anew_in_other_campaigns_too() -> None:
    first, second, number = campaign(), campaign(), phone()
    [elsewhere] = add(second, {"external_id": "a", "phone": number}).accepted
    add(first, {"external_id": "a", "phone": number})
    CampaignContact.objects.filter(pk=elsewhere["id"]).update(
        hold_gate="window", hold_reason="closed", hold_until=NOW, next_attempt_at=NOW + timedelta(days=2)
    )
    item = {"external_id": "a", "phone": number, "timezone": "Europe/Paris"}
    add(first, item, on_duplicate="merge")
    row = enrolment(elsewhere)
    assert (row.next_attempt_at, row.hold_gate, row.due_at) == (NOW, "", NOW)
