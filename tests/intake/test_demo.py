"""The demonstration: files that can be made again, numbers that ring nobody, and a set-up that is done once."""

from __future__ import annotations

import csv
import io
from collections import Counter
from pathlib import Path

import pytest
from django.core.management import call_command

from dialer.demo import files
from dialer.demo.places import PLACES
from dialer.demo.play import CAMPAIGNS
from dialer.intake.contacts import ITEMS_LIMIT
from dialer.models import Campaign, CampaignContact, ContactPhone, Job, ProviderAccount, RetryStep
from dialer.rules.phones import parse_phone
from tests.intake.making import campaign, errors, imported


def records(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def test_the_shipped_files_are_what_their_script_writes() -> None:
    for path, content in files.shipped().items():
        assert path.read_bytes() == content, f"{path.name} is stale: run manage.py make_demo_file"


def test_the_command_writes_any_size_from_any_seed(tmp_path: Path) -> None:
    one, two = tmp_path / "one.csv", tmp_path / "two.csv"
    for path in (one, two):
        call_command(
            "make_demo_file", "--rows", "3000", "--seed", "4", "--output", str(path), stdout=io.StringIO()
        )
    assert one.read_bytes() == two.read_bytes()
    assert len(records(one.read_bytes())) == 3001


def test_the_demo_file_has_the_dirt_of_real_ones() -> None:
    content = files.contacts_csv()
    header, *rows = records(content)
    whole = [row for row in rows if len(row) == len(header)]
    assert content.startswith(b"\xef\xbb\xbf")
    assert len(rows) >= 500
    assert len({row[5] for row in whole} - {""}) >= 7, "countries"
    assert sum(row[5] == "" for row in whole) >= 3, "rows without country"
    assert sum(bool(row[3] or row[4]) for row in whole) >= 150, "people with several phones"
    assert any("\n" in row[10] for row in whole), "quoted line breaks"
    assert len(whole) < len(rows), "rows with wrong columns"
    assert max(Counter(row[0] for row in whole).values()) > 1, "repeated people"


def test_every_number_is_from_the_ranges_that_ring_nobody_and_none_stays_silent_for_ever() -> None:
    shapes = [shape for place in PLACES for shape, _ in place.mobiles + place.landlines]
    for content in files.shipped().values():
        header, *rows = records(content)
        for row in rows:
            for cell in row[2:5] if len(row) == len(header) and row[5] else []:
                if not any(letter.isdigit() for letter in cell) or cell in ("12345", "+999 000 000 000"):
                    continue
                number = parse_phone(cell, row[5]).number
                assert any(_fits(number, shape) for shape in shapes), number
                assert not number.endswith("07"), number


def _fits(number: str, shape: str) -> bool:
    return len(number) == len(shape) and all(
        wanted in ("#", digit) for digit, wanted in zip(number, shape, strict=True)
    )


@pytest.mark.django_db
def test_the_demo_file_is_taken_but_for_its_dirt() -> None:
    job = imported(campaign(), files.contacts_csv(), default_country="US")
    codes = Counter(code for _, code, _ in errors(job))
    assert (job.state, job.total, job.accepted + job.rejected) == ("completed", 520, 520)
    assert job.accepted >= 450
    assert {"duplicate", "wrong_columns", "invalid_email"} <= set(codes)
    assert any(code.startswith("phone_") for code in codes) or "required" in codes
    assert ContactPhone.objects.count() > job.accepted
    assert job.total <= ITEMS_LIMIT


@pytest.mark.django_db
def test_the_demonstration_starts_and_a_second_run_changes_nothing() -> None:
    call_command("demo", stdout=io.StringIO())
    running = Campaign.objects.filter(status="running")
    assert set(running.values_list("external_id", flat=True)) == {
        external_id for external_id, *_ in CAMPAIGNS
    }
    service = Campaign.objects.get(external_id="demo-service")
    assert (service.purpose, service.calling_windows, service.holidays) == ("service", [], "ignore")
    assert [step["after"] for step in service.frozen_steps or []] == ["PT10S", "PT20S"]
    assert Campaign.objects.get(external_id="demo-marketing").purpose == "marketing"
    before = _counts()
    call_command("demo", stdout=io.StringIO())
    assert _counts() == before


def _counts() -> list[int]:
    return [model.objects.count() for model in (ProviderAccount, Campaign, RetryStep, Job, CampaignContact)]


@pytest.mark.django_db
def test_a_demonstration_that_was_interrupted_is_completed() -> None:
    call_command("demo", stdout=io.StringIO())
    expected = _counts()
    Campaign.objects.filter(external_id="demo-marketing").update(
        status="draft", frozen_steps=None, started_at=None
    )
    call_command("demo", stdout=io.StringIO())
    assert _counts() == expected
    assert not Campaign.objects.exclude(status="running").exists()
