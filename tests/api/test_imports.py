"""Uploads of contact files and the jobs that they make."""

from __future__ import annotations

import gzip
import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from dialer import clock
from dialer.intake import jobs
from dialer.models import CampaignContact, Job
from tests import factories
from tests.api.conftest import refused

pytestmark = pytest.mark.django_db
CSV = b"external_id,phone\n1,+442079460140\n2,nonsense\n3,+442079460141\n"


def file(content: bytes = CSV, name: str = "people.csv") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


@pytest.fixture
def path(db):
    return f"campaigns/{factories.campaign().pk}/imports"


def test_a_file_becomes_a_job_that_ends_with_verdicts(api, path):
    answer = api.post(path, {"file": file()}, format="multipart")
    assert answer.status_code == 202, answer.content
    job = answer.json()
    assert (job["kind"], job["state"], job["errors_url"]) == ("import", "queued", None)
    assert job["result_url"] is None
    assert job["params"]["filename"] == "people.csv"
    assert CampaignContact.objects.count() == 0  # nothing is read before the answer
    jobs.run_due(now=clock.now())
    done = api.get(f"jobs/{job['id']}").json()
    assert (done["state"], done["total"], done["accepted"], done["rejected"]) == ("completed", 3, 2, 1)
    assert done["progress"] == 1.0
    errors = api.get(done["errors_url"])
    assert errors["Content-Type"].startswith("text/csv")
    lines = b"".join(errors.streaming_content).decode().splitlines()
    assert len(lines) == 2
    assert lines[1].startswith("2,rejected,")
    result = api.get(done["result_url"])
    lines = b"".join(result.streaming_content).decode().splitlines()
    assert lines[0] == "row,verdict,code,pointer,detail"
    assert [line.split(",")[:2] for line in lines[1:]] == [
        ["1", "accepted"],
        ["2", "rejected"],
        ["3", "accepted"],
    ]
    assert api.get("jobs?state=completed").json()["results"] == [done]


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (gzip.compress(CSV, mtime=0), "people.csv.gz"),
        (b'[{"phone": "+442079460142"}]', "people.json"),
        (b'{"phone": "+442079460143"}\n{"phone": "+442079460144"}\n', "people.ndjson"),
    ],
)
def test_the_formats_are_told_by_their_content(api, path, content, name):
    answer = api.post(path, {"file": file(content, name)}, format="multipart")
    jobs.run_due(now=clock.now())
    assert api.get(f"jobs/{answer.json()['id']}").json()["state"] == "completed"
    assert CampaignContact.objects.count() >= 1


def test_a_mapping_a_country_and_a_policy_come_with_the_file(api, path):
    fields = {
        "file": file(b"Tel;Kunde\n020 7946 0145;Ana\n"),
        "mapping": json.dumps({"Tel": "phone", "Kunde": "name"}),
        "default_country": "GB",
        "on_duplicate": "merge",
        "dry_run": "true",
    }
    answer = api.post(path, fields, format="multipart")
    assert answer.status_code == 202, answer.content
    params = answer.json()["params"]
    assert (params["default_country"], params["on_duplicate"], params["dry_run"]) == ("GB", "merge", True)
    jobs.run_due(now=clock.now())
    assert api.get(f"jobs/{answer.json()['id']}").json()["accepted"] == 1
    assert CampaignContact.objects.count() == 0


def test_an_old_or_locked_workbook_is_415(api, path):
    old = file(b"\xd0\xcf\x11\xe0rest", "people.csv")
    refused(api.post(path, {"file": old}, format="multipart"), 415, "unsupported_file")
    assert Job.objects.count() == 0


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({}, "/file"),
        ({"file": "text"}, "/file"),
        ({"on_duplicate": "guess"}, "/on_duplicate"),
        ({"mapping": "{"}, "/mapping"),
        ({"mapping": "[]"}, "/mapping"),
        ({"default_country": "GBR"}, "/default_country"),
        ({"colour": "red"}, "/colour"),
    ],
)
def test_a_wrong_field_is_named(api, path, fields, pointer):
    sent = fields if pointer == "/file" else {"file": file(), **fields}
    answer = api.post(path, sent, format="multipart")
    # What is readable as a form and no mapping is impossible rather than malformed.
    assert answer.status_code == (422 if pointer == "/mapping" else 400), answer.content
    assert answer.json()["errors"][0]["pointer"] == pointer
    assert Job.objects.count() == 0


def test_a_broken_form_is_400_and_json_is_415(api, path):
    broken = api.post(path, b"--x\r\n", content_type="multipart/form-data; boundary=")
    assert broken.status_code == 400
    refused(api.post(path, {"file": "x"}), 415, "unsupported_media_type")
    assert Job.objects.count() == 0


def test_an_upload_under_a_key_is_stored_once_whatever_its_boundary(api, path):
    answers = [
        api.post(path, {"file": file()}, format="multipart", HTTP_IDEMPOTENCY_KEY="up") for _ in range(2)
    ]
    assert answers[1]["Idempotent-Replayed"] == "true"
    other = api.post(path, {"file": file(CSV + b"4,x\n")}, format="multipart", HTTP_IDEMPOTENCY_KEY="up")
    refused(other, 422, "idempotency_conflict")
    assert Job.objects.count() == 1


def test_a_job_is_cancelled_once(api, path):
    job = api.post(path, {"file": file()}, format="multipart").json()
    assert api.post(f"jobs/{job['id']}/cancel").json()["state"] == "cancelled"
    refused(api.post(f"jobs/{job['id']}/cancel"), 409, "invalid_transition")
    jobs.run_due(now=clock.now())
    assert CampaignContact.objects.count() == 0
