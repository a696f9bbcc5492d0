"""`import_contacts`: finds its campaign, goes on with its own job, says what was wrong, fails when nothing came in."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from dialer import clock
from dialer.intake.jobs import run_slice
from dialer.models import Campaign, Contact, Job
from tests.intake.making import campaign, import_job

pytestmark = pytest.mark.django_db

CSV = b"external_id,phone\na,01 99 00 12 34\nb,12\n"


def run(target: str, path: Path, *options: str) -> str:
    out = io.StringIO()
    call_command("import_contacts", target, str(path), *options, stdout=out)
    return out.getvalue()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = tmp_path / "people.csv"
    made.write_bytes(CSV)
    return made


@pytest.mark.parametrize("by", ["pk", "external_id", "name"])
def test_the_campaign_is_found_by_id_external_id_or_name(by: str, path: Path) -> None:
    target = campaign(external_id="renewals", name="March renewals")
    output = run(str(getattr(target, by)), path, "--default-country", "fr")
    assert "completed: 2 rows, 1 accepted, 1 rejected" in output
    assert "row 2: /phone phone_too_short:" in output
    assert target.contacts.count() == 1


def test_no_line_shows_a_phone_number(path: Path) -> None:
    output = run(campaign().name, path, "--default-country", "FR")
    assert "1234" not in output.replace(" ", "")


def test_a_name_that_two_campaigns_have_is_refused_with_their_ids(path: Path) -> None:
    ids = [str(campaign(name="twice").pk) for _ in range(2)]
    with pytest.raises(CommandError) as refused:
        run("twice", path)
    assert all(pk in str(refused.value) for pk in ids)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--default-country", "XX"), "ISO 3166"),
        (("--mapping", "{"), "not JSON"),
        (("--mapping", "[]"), "must be an object"),
        (("--mapping", '{"phone": "fone"}'), "/mapping/phone"),
    ],
)
def test_options_that_cannot_be_are_refused_before_anything_is_stored(
    options: tuple[str, ...], words: str, path: Path
) -> None:
    with pytest.raises(CommandError, match=words):
        run(campaign().name, path, *options)
    assert Job.objects.count() == 0


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"nowhere\.csv: No such file"):
        run(campaign().name, tmp_path / "nowhere.csv")


def test_an_import_that_takes_nobody_fails(path: Path) -> None:
    with pytest.raises(CommandError, match="no row was accepted"):
        run(campaign().name, path)


def test_a_file_that_cannot_be_read_fails_with_its_reason(tmp_path: Path) -> None:
    made = tmp_path / "people.xlsx"
    made.write_bytes(b"PK\x03\x04")
    with pytest.raises(CommandError, match="Excel"):
        run(campaign().name, made)


def test_a_dry_run_keeps_nothing(path: Path) -> None:
    output = run(campaign().name, path, "--default-country", "FR", "--dry-run")
    assert "dry run, nothing kept" in output
    assert Contact.objects.count() == 0


def unfinished(target: Campaign, **options: Any) -> Job:
    defaults: dict[str, Any] = {"default_country": "FR", "now": clock.now()}
    return import_job(target, CSV, **(defaults | options))


def test_the_same_file_goes_on_with_its_unfinished_job(path: Path) -> None:
    target = campaign()
    job = unfinished(target)
    assert f"going on with job {job.pk}" in run(target.name, path, "--default-country", "FR")
    assert list(Job.objects.values_list("pk", "state")) == [(job.pk, "completed")]


def test_the_same_file_with_other_options_is_another_job(path: Path) -> None:
    target = campaign()
    other = unfinished(target, on_duplicate="merge")
    run(target.name, path, "--default-country", "FR")
    assert Job.objects.exclude(pk=other.pk).get().state == "completed"


def test_the_same_file_is_a_new_job_once_the_first_has_ended(path: Path) -> None:
    target = campaign()
    job = unfinished(target)
    while run_slice(now=clock.now(), budget_seconds=60, job_id=job.pk):
        pass
    with pytest.raises(CommandError, match="no row was accepted"):
        run(target.name, path, "--default-country", "FR")
    assert Job.objects.count() == 2
