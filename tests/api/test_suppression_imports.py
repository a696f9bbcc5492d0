"""Do-not-call entries from a file: a job with verdicts, each batch in force as it is committed."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from dialer import clock
from dialer.intake import jobs
from dialer.models import Job, JobChunk, Suppression
from tests import factories
from tests.api.conftest import refused

pytestmark = pytest.mark.django_db

ADDRESS = "suppressions/imports"


def sent(api: Any, data: bytes | str, **fields: Any) -> Any:
    body = data.encode() if isinstance(data, str) else data
    return api.post(ADDRESS, {"file": SimpleUploadedFile("dnc.csv", body), **fields}, format="multipart")


def done(api: Any, data: bytes | str, **fields: Any) -> dict[str, Any]:
    answer = sent(api, data, **fields)
    assert answer.status_code == 202, answer.content
    jobs.run_due(now=clock.now(), budget_seconds=30)
    return api.get(f"jobs/{answer.json()['id']}").json()


def verdicts(job: dict[str, Any]) -> list[tuple[int, str, str]]:
    rows = Job.objects.get(pk=job["id"]).verdicts.order_by("row")
    return [(row.row, row.verdict, row.errors[0]["code"]) for row in rows]


def counts(job: dict[str, Any]) -> tuple[Any, ...]:
    return job["kind"], job["state"], job["total"], job["accepted"], job["rejected"]


def test_a_list_of_numbers_stops_who_waits_and_its_bytes_go(api):
    row = factories.enrolled(["+442079460155"], campaign=factories.campaign(status="running"))
    job = done(api, "Telephone;Reason\n+44 20 7946 0155;asked\n0207 946 0156;\n", default_country="GB")
    assert counts(job) == ("suppressions", "completed", 2, 2, 0)
    entries = list(Suppression.objects.order_by("id").values_list("number", "scope", "reason", "source"))
    assert entries == [
        ("+442079460155", "global", "asked", "import"),
        ("+442079460156", "global", "", "import"),
    ]
    row.refresh_from_db()
    assert (row.state, row.finish_reason) == ("finished", "suppressed")
    assert JobChunk.objects.count() == 0


@pytest.mark.parametrize("kind", ["json", "ndjson", "gzip"])
def test_other_kinds_of_files_are_read_as_well(api, kind):
    rows = [{"phone": "+442079460155", "source": "registry"}, {"phone": "+442079460156"}]
    text = json.dumps(rows) if kind == "json" else "\n".join(map(json.dumps, rows))
    job = done(api, gzip.compress(text.encode()) if kind == "gzip" else text, source="nightly")
    assert counts(job)[2:] == (2, 2, 0)
    assert set(Suppression.objects.values_list("source", flat=True)) == {"registry", "nightly"}


def test_an_entry_that_names_a_person_stops_all_numbers_and_campaigns(api):
    person = factories.contact(["+442079460155", "+442079460156"], external_id="crm-1")
    rows = [factories.enrolled(contact=person, campaign=factories.campaign(status="running")) for _ in "ab"]
    assert counts(done(api, "external_id\ncrm-1\nnobody\n"))[2:] == (2, 1, 1)
    for row in rows:
        row.refresh_from_db()
        assert (row.state, row.finish_reason) == ("finished", "suppressed")
    assert Suppression.objects.get().contact_id == person.pk


def test_each_wrong_row_is_told_and_loses_none_of_the_others(api):
    campaign = factories.campaign()
    lines = [
        "phone,contact,scope,campaign,expires_at",
        "12,,,,",
        ",,,,2030-01-01T00:00:00Z",
        f"+442079460155,{factories.contact().pk},,,",
        "+442079460155,,campaign,,",
        f"+442079460155,,,{campaign.pk},",
        "+442079460155,,everywhere,,",
        "+442079460155,,,,2001-01-01T00:00:00Z",
        ",0195a3c2-0000-7000-8000-000000000001,,,",
        ",me,,,",
        f"+442079460155,,campaign,{campaign.pk},2099-01-01T00:00:00Z",
        f"+442079460155,,campaign,{campaign.pk},2099-01-01T00:00:00Z",
    ]
    job = done(api, "\n".join(lines))
    assert counts(job)[2:] == (11, 2, 9)
    assert [code for _, _, code in verdicts(job)] == [
        "phone_no_country",
        "required",
        "required",
        "scope",
        "scope",
        "invalid_choice",
        "past",
        "does_not_exist",
        "invalid",
        "duplicate",
    ]
    entry = Suppression.objects.get()
    assert (entry.campaign_id, entry.scope) == (campaign.pk, "campaign")


def test_a_list_that_comes_again_adds_nothing(api):
    text = "phone\n+442079460155\n+442079460156\n"
    done(api, text)
    job = done(api, text + "+442079460157\n")
    assert [verdict for _, verdict, _ in verdicts(job)] == ["skipped", "skipped"]
    assert Suppression.objects.count() == 3


def test_a_dry_run_judges_and_stores_nobody(api):
    job = done(api, "phone\n+442079460155\nnonsense\n", dry_run="true")
    assert counts(job)[2:] == (2, 1, 1)
    assert Suppression.objects.count() == 0


def test_columns_are_named_by_a_mapping(api):
    mapping = json.dumps({"Wer": "phone", "phone": None})
    job = done(api, "Wer,phone\n+442079460155,x\n", mapping=mapping)
    assert (counts(job)[2:], Suppression.objects.get().number) == ((1, 1, 0), "+442079460155")
    problem = refused(sent(api, "a\nb\n", mapping='{"a": "colour"}'), 422, "invalid_mapping")
    assert problem["errors"][0]["pointer"] == "/mapping/a"
    assert Job.objects.count() == 1


def test_a_file_that_names_nobody_fails_as_a_whole(api):
    job = done(api, "colour,reason\nred,none\n")
    assert (job["state"], "phone" in job["error"]) == ("failed", True)
    job = done(api, "phone,telephone\n+442079460155,+442079460156\n")
    assert (job["state"], "several columns" in job["error"]) == ("failed", True)
    assert Suppression.objects.count() == 0


def test_an_upload_needs_the_right_to_write(caller):
    refused(sent(caller("read"), "phone\n+442079460155\n"), 403, "insufficient_scope")
    assert Job.objects.count() == 0


def test_a_job_goes_on_where_a_killed_worker_left_it(api, monkeypatch):
    from dialer.intake.do_not_call import DoNotCallSlice

    text = "phone\n" + "".join(f"+4420794{number:05}\n" for number in range(60000, 60999))
    monkeypatch.setattr("dialer.intake.slices.writer", lambda: _Small())
    sent(api, text)
    now = clock.now()
    commit = DoNotCallSlice.commit

    def dies(self: Any, batch: Any) -> None:
        commit(self, batch)
        raise KeyboardInterrupt

    monkeypatch.setattr(DoNotCallSlice, "commit", dies)
    with pytest.raises(KeyboardInterrupt):
        jobs.run_due(now=now, budget_seconds=30)
    monkeypatch.setattr(DoNotCallSlice, "commit", commit)
    assert Suppression.objects.count() == 100
    Job.objects.update(lease_until=None)
    jobs.run_due(now=now, budget_seconds=30)
    assert (Job.objects.get().accepted, Suppression.objects.count()) == (999, 999)


class _Small:
    BATCH_ROWS = 100
