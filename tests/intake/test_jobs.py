"""Import jobs: stored with their file, worked on in slices, resumed, cancelled, ended with a reason."""

from __future__ import annotations

import gzip
import io
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from dialer.engine.errors import Invalid, InvalidTransition
from dialer.intake import jobs, slices, writer_postgres, writer_sqlite
from dialer.intake.jobs import TRIES_WITHOUT_PROGRESS, cancel, errors_csv, run_due, run_slice
from dialer.models import Campaign, CampaignContact, Contact, Job, JobChunk, JobVerdict
from tests.intake.making import NOW, campaign, errors, import_job, imported

pytestmark = pytest.mark.django_db


def csv_of(numbers: range, name: str = "") -> bytes:
    lines = "".join(f"c{n},+3319900{n:04d},{name}\n" for n in numbers)
    return f"external_id,phone,name\n{lines}".encode()


@pytest.fixture
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer_sqlite.SqliteWriter, "BATCH_ROWS", 10)
    monkeypatch.setattr(writer_postgres.PostgresWriter, "BATCH_ROWS", 10)


def one_batch(job: Job, **options: Any) -> None:
    assert run_slice(**({"now": NOW, "budget_seconds": 0, "job_id": job.pk} | options))
    job.refresh_from_db()


def test_a_new_job_is_queued_with_its_file_and_nothing_else_happens() -> None:
    content = csv_of(range(3))
    job = import_job(campaign(), content)
    assert (job.state, job.kind, job.bytes_total, job.total) == ("queued", "import", len(content), None)
    assert b"".join(bytes(chunk.data) for chunk in JobChunk.objects.filter(job=job)) == content
    assert Contact.objects.count() == 0


def test_a_large_file_is_stored_in_whole_chunks() -> None:
    content = csv_of(range(3), "x" * 900_000)

    class Dribble(io.BytesIO):
        def read(self, size: int = -1) -> bytes:
            return super().read(min(size, 300_001))

    job = jobs.create_import(
        campaign_id=campaign().pk,
        stream=Dribble(content),
        filename="f.csv",
        mapping=None,
        default_country=None,
        now=NOW,
    )
    sizes = [len(chunk.data) for chunk in JobChunk.objects.filter(job=job).order_by("position")]
    assert sizes == [1024**2, 1024**2, len(content) - 2 * 1024**2]


def test_a_job_runs_to_its_end_with_counts_and_verdicts() -> None:
    content = csv_of(range(5)) + b"c1,+33199000001,\nc9,12,\nc9\n"
    job = imported(campaign(), content)
    assert (job.state, job.error, job.total, job.processed) == ("completed", "", 8, 8)
    assert (job.accepted, job.rejected, job.bytes_read) == (5, 3, len(content))
    assert (job.lease_until, job.finished_at) == (None, NOW)
    assert errors(job) == [
        (6, "duplicate", "/external_id"),
        (7, "phone_no_country", "/phone"),
        (8, "wrong_columns", ""),
    ]
    assert CampaignContact.objects.count() == 5


def test_the_default_country_reads_national_numbers_and_a_row_may_have_its_own() -> None:
    content = b"phone,country\n01 99 00 00 01,\n020 7946 0001,GB\n"
    assert imported(campaign(), content, default_country="fr").accepted == 2


def test_skipped_rows_are_accepted_and_listed() -> None:
    target = campaign()
    imported(target, csv_of(range(2)))
    job = imported(target, csv_of(range(3)), on_duplicate="skip")
    assert (job.accepted, job.rejected) == (3, 0)
    assert list(JobVerdict.objects.filter(job=job).values_list("row", "verdict")) == [
        (1, "skipped"),
        (2, "skipped"),
    ]


def test_merge_and_rearm_leave_no_verdicts() -> None:
    target = campaign()
    imported(target, csv_of(range(2)))
    job = imported(target, csv_of(range(2), "Ana"), on_duplicate="merge")
    assert (job.accepted, errors(job)) == (2, [])
    assert set(Contact.objects.values_list("name", flat=True)) == {"Ana"}


@pytest.mark.usefixtures("small_batches")
def test_a_slice_stops_at_its_budget_and_the_next_one_goes_on_behind_it() -> None:
    job = import_job(campaign(), csv_of(range(25)))
    seen = []
    while True:
        one_batch(job)
        seen.append((job.processed, job.accepted, job.state, CampaignContact.objects.count()))
        if job.state == "completed":
            break
        assert job.lease_until is None
    assert seen == [(10, 10, "running", 10), (20, 20, "running", 20), (25, 25, "completed", 25)]


@pytest.mark.usefixtures("small_batches")
@pytest.mark.parametrize("packed", [False, True])
def test_every_format_goes_on_where_it_stopped(packed: bool) -> None:
    rows = [f'{{"external_id": "c{n}", "phone": "+3319900{n:04d}"}}' for n in range(33)]
    for target, text in ((campaign(), "[" + ",\n".join(rows) + "]"), (campaign(), "\n".join(rows))):
        content = gzip.compress(text.encode()) if packed else text.encode()
        job = import_job(target, content)
        while job.state in ("queued", "running"):
            one_batch(job)
        assert (job.state, job.processed, job.accepted) == ("completed", 33, 33)
        assert target.contacts.count() == 33


@pytest.mark.usefixtures("small_batches")
def test_a_batch_that_dies_before_its_commit_leaves_nothing_and_is_done_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    job = import_job(campaign(), csv_of(range(25)))
    one_batch(job)
    progress = slices.Slice._progress

    def die(part: Any, **values: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(slices.Slice, "_progress", die)
    with pytest.raises(KeyboardInterrupt):
        one_batch(job)
    monkeypatch.setattr(slices.Slice, "_progress", progress)
    assert CampaignContact.objects.count() == 10
    assert not run_slice(now=NOW, budget_seconds=0, job_id=job.pk)  # its lease has not run out
    while run_slice(now=NOW + timedelta(minutes=5), budget_seconds=60, job_id=job.pk):
        pass
    job.refresh_from_db()
    assert (job.state, job.processed, job.accepted, job.rejected) == ("completed", 25, 25, 0)
    assert CampaignContact.objects.count() == 25


@pytest.mark.usefixtures("small_batches")
def test_a_worker_that_lost_its_lease_writes_nothing() -> None:
    job = import_job(campaign(), csv_of(range(25)))
    lease = jobs._lease(NOW, job.pk)
    assert lease is not None
    late = slices.Slice(lease, NOW)
    assert jobs._lease(NOW + timedelta(minutes=5), job.pk) is not None
    with ThreadPoolExecutor(1) as checker, pytest.raises(slices.LostLease):
        late.commit(late.take(late.rows(), 10, 1, checker))
    assert (CampaignContact.objects.count(), Job.objects.get().processed) == (0, 0)


@pytest.mark.usefixtures("small_batches")
def test_a_cancelled_job_keeps_what_it_took_and_takes_no_more() -> None:
    job = import_job(campaign(), csv_of(range(25)))
    one_batch(job)
    cancel(job_id=job.pk, now=NOW)
    assert not run_slice(now=NOW + timedelta(hours=1), budget_seconds=60, job_id=job.pk)
    job.refresh_from_db()
    assert (job.state, job.processed, CampaignContact.objects.count()) == ("cancelled", 10, 10)


def test_a_job_that_has_ended_cannot_be_cancelled() -> None:
    job = imported(campaign(), csv_of(range(1)))
    with pytest.raises(InvalidTransition):
        cancel(job_id=job.pk, now=NOW)
    job.refresh_from_db()
    assert job.state == "completed"


@pytest.mark.usefixtures("small_batches")
def test_the_end_of_the_campaign_ends_the_job_with_that_reason() -> None:
    target = campaign(status="running")
    job = import_job(target, csv_of(range(25)))
    one_batch(job)
    Campaign.objects.filter(pk=target.pk).update(status="completed", completed_at=NOW)
    one_batch(job)
    assert (job.state, job.processed, CampaignContact.objects.count()) == ("failed", 10, 10)
    assert "the campaign is completed" in job.error


def test_a_file_that_cannot_be_read_fails_with_the_reason() -> None:
    job = imported(campaign(), b"PK\x03\x04...")
    assert (job.state, job.processed) == ("failed", 0)
    assert "save the sheet as CSV" in job.error


def test_a_file_that_breaks_off_keeps_its_rows_and_fails_with_the_reason() -> None:
    job = imported(campaign(), b'[{"phone": "+33199000001"}, {"phone": "+33199')
    assert (job.state, job.processed, job.accepted) == ("failed", 1, 1)
    assert "cut off" in job.error


def test_an_import_into_a_campaign_that_is_over_is_refused() -> None:
    with pytest.raises(InvalidTransition):
        import_job(campaign(status="completed"), csv_of(range(1)))
    assert (Job.objects.count(), JobChunk.objects.count()) == (0, 0)


@pytest.mark.parametrize(
    ("content", "options", "code"),
    [
        (b"", {}, "empty_file"),
        (b"phone\n1\n", {"on_duplicate": "replace"}, "invalid_choice"),
        (b"phone\n1\n", {"default_country": "ZZ"}, "invalid_country"),
        (b"phone\n1\n", {"mapping": {"a": "fone"}}, "invalid_mapping"),
        (b"phone\n1\n", {"mapping": ["phone"]}, "invalid_mapping"),
    ],
)
def test_what_cannot_become_a_job_is_refused_and_not_stored(
    content: bytes, options: dict[str, Any], code: str
) -> None:
    with pytest.raises(Invalid) as refused:
        import_job(campaign(), content, **options)
    assert (refused.value.code, Job.objects.count(), JobChunk.objects.count()) == (code, 0, 0)


@pytest.mark.usefixtures("small_batches")
@pytest.mark.parametrize(("policy", "accepted"), [("reject", 25), ("skip", 50), ("merge", 50)])
def test_a_dry_run_judges_the_whole_file_and_keeps_nothing(policy: str, accepted: int) -> None:
    twice = csv_of(range(25)) + b"".join(csv_of(range(25)).splitlines(keepends=True)[1:])
    job = imported(campaign(), twice, dry_run=True, on_duplicate=policy)
    assert (job.state, job.processed, job.accepted, job.rejected) == (
        "completed",
        50,
        accepted,
        50 - accepted,
    )
    assert (Contact.objects.count(), CampaignContact.objects.count()) == (0, 0)


@pytest.mark.usefixtures("small_batches")
def test_a_dry_run_that_was_stopped_still_knows_the_rows_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slices, "DRY_RUN_SECONDS", 0)
    twice = csv_of(range(15)) + b"".join(csv_of(range(15)).splitlines(keepends=True)[1:])
    job = import_job(campaign(), twice, dry_run=True)
    while job.state in ("queued", "running"):
        one_batch(job)
    assert (job.processed, job.accepted, job.rejected) == (30, 15, 15)


def test_a_job_that_never_gets_on_is_given_up() -> None:
    job = import_job(campaign(), csv_of(range(1)))
    at = NOW
    for _ in range(TRIES_WITHOUT_PROGRESS):
        assert jobs._lease(at, job.pk) is not None
        at += timedelta(hours=1)
    assert not run_slice(now=at, budget_seconds=60, job_id=job.pk)
    job.refresh_from_db()
    assert (job.state, CampaignContact.objects.count()) == ("failed", 0)


@pytest.mark.usefixtures("small_batches")
def test_run_due_works_off_what_waits_and_takes_jobs_in_turn() -> None:
    made = [import_job(campaign(), csv_of(range(25))) for _ in range(2)]
    run_slice(now=NOW + timedelta(seconds=1), budget_seconds=0)
    run_slice(now=NOW + timedelta(seconds=2), budget_seconds=0)
    assert sorted(Job.objects.values_list("processed", flat=True)) == [10, 10]
    run_due(now=NOW + timedelta(seconds=3), budget_seconds=60)
    assert {Job.objects.get(pk=job.pk).state for job in made} == {"completed"}
    assert run_due(now=NOW) == 0


def test_the_error_file_lists_row_code_and_words_and_no_formula() -> None:
    job = imported(campaign(), b"phone,=cmd\n12,\n+33199000001,x\n")
    JobVerdict.objects.filter(job=job).update(
        errors=[
            {"pointer": "/a", "code": "c", "detail": "=1+1"},
            {"pointer": "/b", "code": "d", "detail": 'x, "y"'},
        ]
    )
    assert "".join(errors_csv(job)).splitlines() == [
        "row,verdict,code,pointer,detail",
        "1,rejected,c,/a,'=1+1",
        '1,rejected,d,/b,"x, ""y"""',
    ]


def test_warnings_are_listed_with_the_job() -> None:
    target = campaign(calling_windows=[{"days": ["mon"], "start": "09:00", "end": "10:00"}])
    job = imported(target, b"phone\n+61491570156\n")
    assert (job.accepted, errors(job)) == (1, [(1, "no_common_window", "/timezone")])
    assert JobVerdict.objects.get(job=job).verdict == "warned"
