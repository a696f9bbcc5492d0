"""One contact of a campaign over the API: changing it, and what may be asked."""

from __future__ import annotations

from datetime import timedelta

import pytest

from dialer import clock
from dialer.models import CampaignContact, ContactPhone
from tests import factories
from tests.api.conftest import refused

pytestmark = pytest.mark.django_db
HELD = {"hold_gate": "window", "hold_reason": "closed"}


def row_of(enrolment):
    return CampaignContact.objects.get(pk=enrolment.pk)


def test_a_hold_is_shown_with_its_gate_reason_and_end(api):
    until = clock.now() + timedelta(hours=1)
    enrolment = factories.enrolled(**HELD, hold_until=until)
    hold = api.get(f"campaign-contacts/{enrolment.pk}").json()["hold"]
    assert (hold["gate"], hold["reason"]) == ("window", "closed")
    assert hold["until"].endswith("Z")


def test_a_patch_changes_person_and_enrolment(api):
    enrolment = factories.enrolled()
    body = {
        "name": "Bea Invented",
        "priority": 1,
        "attributes": {"a": 1},
        "tags": ["t"],
        "not_after": "2030-01-01T00:00:00Z",
        "phones": [{"number": "+442079460111"}, {"number": "+442079460112", "is_main": True}],
    }
    answer = api.patch(f"campaign-contacts/{enrolment.pk}", body)
    assert answer.status_code == 200, answer.content
    shown = answer.json()
    assert {name: shown[name] for name in body if name != "phones"} == {
        n: body[n] for n in body if n != "phones"
    }
    assert [(p["number"], p["is_main"]) for p in shown["phones"]] == [
        ("+442079460111", False),
        ("+442079460112", True),
    ]
    assert shown["next_phone"] == "+442079460112"  # the number that it would have rung is gone
    assert shown["version"] > 1


def test_known_numbers_keep_their_rows(api):
    enrolment = factories.enrolled(["+442079460113"])
    kept = ContactPhone.objects.get()
    body = {"phones": [{"number": "+442079460114", "is_main": True}, {"number": "+442079460113"}]}
    assert api.patch(f"campaign-contacts/{enrolment.pk}", body).json()["next_phone"] == "+442079460113"
    kept.refresh_from_db()
    assert (kept.is_main, kept.position) == (False, 1)


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"phones": []}, "/phones"),
        ({"phones": [{"number": "x"}]}, "/phones/0/number"),
        ({"phones": [{"type": "home"}]}, "/phones/0/number"),
        ({"phones": [{"number": "+442079460111"}] * 2}, "/phones"),
        ({"priority": 11}, "/priority"),
        ({"state": "finished"}, "/state"),
        ({"timezone": "Mars/Olympus"}, "/timezone"),
        ({"not_before": "2030-01-02T00:00:00Z", "not_after": "2030-01-01T00:00:00Z"}, "/not_after"),
    ],
)
def test_a_wrong_patch_changes_nothing(api, body, pointer):
    enrolment = factories.enrolled()
    answer = api.patch(f"campaign-contacts/{enrolment.pk}", {"name": "Changed"} | body)
    assert answer.status_code == (422 if pointer == "/timezone" or "x" in str(body.get("phones")) else 400), (
        answer.content
    )
    assert answer.json()["errors"][0]["pointer"] == pointer
    assert row_of(enrolment).version == 1
    assert row_of(enrolment).contact.name != "Changed"


def test_an_old_version_is_412_and_changes_nothing(api):
    enrolment = factories.enrolled()
    path = f"campaign-contacts/{enrolment.pk}"
    refused(api.patch(path, {"priority": 1}, HTTP_IF_MATCH='"5"'), 412, "version_mismatch")
    assert row_of(enrolment).priority == 5


def test_an_external_id_of_somebody_else_is_refused(api):
    factories.contact(external_id="crm-1")
    enrolment = factories.enrolled()
    refused(api.patch(f"campaign-contacts/{enrolment.pk}", {"external_id": "crm-1"}), 422, "invalid")
    assert row_of(enrolment).contact.external_id is None


def test_a_held_contact_is_judged_anew_after_a_change(api):
    later = clock.now() + timedelta(days=1)
    enrolment = factories.enrolled(**HELD, next_attempt_at=later)
    answer = api.patch(f"campaign-contacts/{enrolment.pk}", {"timezone": "Europe/London"})
    assert answer.json()["hold"] is None
    assert row_of(enrolment).next_attempt_at == enrolment.due_at


def test_call_now_makes_a_waiting_contact_due(api):
    campaign = factories.campaign(status="running")
    enrolment = factories.enrolled(campaign=campaign, due_at=clock.now() + timedelta(days=1))
    answer = api.post(f"campaign-contacts/{enrolment.pk}/call-now")
    assert answer.status_code == 202, answer.content
    assert answer.json()["hold"] is None
    assert row_of(enrolment).next_attempt_at <= clock.now()


def test_call_now_in_a_draft_is_202_and_tells_what_holds_it(api):
    enrolment = factories.enrolled()
    answer = api.post(f"campaign-contacts/{enrolment.pk}/call-now")
    assert answer.status_code == 202
    assert set(answer.json()["hold"]) == {"gate", "reason", "until"}


def test_call_now_is_409_while_a_call_is_under_way(api):
    enrolment = factories.enrolled(campaign=factories.campaign(status="running"), state="in_progress")
    attempt = factories.attempt(enrolment, state="pushed")
    problem = refused(api.post(f"campaign-contacts/{enrolment.pk}/call-now"), 409, "invalid_transition")
    assert (problem["state"], problem["attempt"]) == ("in_progress", str(attempt.pk))
    assert row_of(enrolment).version == 1


def test_call_now_to_a_suppressed_number_is_409_refused_by_gate(api):
    enrolment = factories.enrolled(campaign=factories.campaign(status="running"))
    factories.suppression(enrolment.next_phone.number)
    problem = refused(api.post(f"campaign-contacts/{enrolment.pk}/call-now"), 409, "refused_by_gate")
    assert problem["verdict"]["outcome"] == "refused"
    assert row_of(enrolment).version == 1


def test_reschedule_moves_the_next_attempt(api):
    enrolment = factories.enrolled(campaign=factories.campaign(status="running"))
    at = "2030-05-01T10:00:00Z"
    answer = api.post(f"campaign-contacts/{enrolment.pk}/reschedule", {"at": at})
    assert (answer.status_code, answer.json()["next_attempt_at"]) == (200, at)
    refused(api.post(f"campaign-contacts/{enrolment.pk}/reschedule", {}), 400, "invalid")
    refused(
        api.post(f"campaign-contacts/{enrolment.pk}/reschedule", {"at": at, "x": 1}), 400, "unknown_field"
    )


def test_exclude_ends_the_contact_with_the_reason(api):
    enrolment = factories.enrolled(campaign=factories.campaign(status="running"))
    answer = api.post(f"campaign-contacts/{enrolment.pk}/exclude", {"reason": "asked for a letter"})
    assert answer.status_code == 200
    shown = answer.json()
    assert (shown["state"], shown["finish_reason"]) == ("finished", "excluded")
    assert shown["finish_detail"] == "asked for a letter"
    refused(api.post(f"campaign-contacts/{enrolment.pk}/exclude"), 409, "invalid_transition")


def test_rearm_brings_a_finished_contact_back_but_never_a_suppressed_one(api):
    campaign = factories.campaign(status="running")
    done = factories.enrolled(campaign=campaign, state="finished")
    assert api.post(f"campaign-contacts/{done.pk}/rearm").json()["state"] == "waiting"
    stopped = factories.enrolled(campaign=campaign, state="finished", finish_reason="suppressed")
    refused(api.post(f"campaign-contacts/{stopped.pk}/rearm"), 409, "invalid_transition")
    assert row_of(stopped).state == "finished"


def test_rearm_is_409_with_the_attempt_while_a_call_is_under_way(api):
    enrolment = factories.enrolled(campaign=factories.campaign(status="running"), state="in_progress")
    attempt = factories.attempt(enrolment, state="pushed")
    problem = refused(api.post(f"campaign-contacts/{enrolment.pk}/rearm"), 409, "invalid_transition")
    assert (problem["state"], problem["attempt"]) == ("in_progress", str(attempt.pk))
    assert row_of(enrolment).version == 1


def test_attributes_hold_any_json_and_no_more_than_fits(api):
    enrolment = factories.enrolled()
    nested = {"orders": [{"id": 7, "paid": True, "lines": [1.5, None, "x"]}]}
    path = f"campaign-contacts/{enrolment.pk}"
    assert api.patch(path, {"attributes": nested}).json()["attributes"] == nested
    problem = refused(api.patch(path, {"attributes": {"a": "x" * 20_000}}), 400, "invalid")
    assert problem["errors"][0]["pointer"] == "/attributes/a"
    problem = refused(api.patch(path, {"attributes": {"a": {"b": 1 << 70}}}), 400, "invalid")
    assert problem["errors"][0]["pointer"] == "/attributes/a/b"
    assert row_of(enrolment).attributes == nested


def test_only_a_contact_that_was_never_attempted_is_deleted(api):
    fresh, tried = factories.enrolled(), factories.attempt().campaign_contact
    assert api.delete(f"campaign-contacts/{fresh.pk}").status_code == 204
    answer = api.delete(f"campaign-contacts/{tried.pk}")
    assert answer.status_code == 409
    assert list(CampaignContact.objects.values_list("pk", flat=True)) == [tried.pk]


@pytest.mark.parametrize("action", ["call-now", "rearm", "exclude", "reschedule"])
def test_an_unknown_contact_is_404(api, action):
    body = {"at": "2030-01-01T00:00:00Z"} if action == "reschedule" else {}
    path = f"campaign-contacts/00000000-0000-7000-8000-000000000000/{action}"
    refused(api.post(path, body), 404, "not_found")
