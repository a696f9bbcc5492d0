"""Two requests with one Idempotency-Key at the same time, each on its own connection to PostgreSQL."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from dialer import clock
from dialer.api import timelines
from dialer.models import IdempotencyKey, RetryTimeline
from tests import factories
from tests.api.conftest import Api, refused

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
BODY = {"name": "evenings", "steps": []}


def sent(key: str) -> Any:
    try:
        return Api(key).post("retry-timelines", BODY, HTTP_IDEMPOTENCY_KEY="same")
    finally:
        connection.close()


@pytest.fixture
def key() -> str:
    return factories.api_key(["write"])[1]


class Gate:
    """Stops the first write in its middle until the test lets it go on."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, real: Callable[..., None]) -> None:
        self.reached, self.open = threading.Event(), threading.Event()
        self.first = True
        self.real = real
        monkeypatch.setattr(timelines, "_write_steps", self)

    def __call__(self, *args: Any) -> None:
        if self.first:
            self.first = False
            self.reached.set()
            assert self.open.wait(20)
        self.real(*args)


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Gate:
    return Gate(monkeypatch, timelines._write_steps)


def test_while_the_first_writes_the_second_is_told_so_and_the_third_gets_its_answer(key, gate):
    with ThreadPoolExecutor() as pool:
        first = pool.submit(sent, key)
        assert gate.reached.wait(20)
        refused(sent(key), 409, "idempotency_in_progress")
        gate.open.set()
        answer = first.result()
    assert answer.status_code == 201
    replayed = sent(key)
    assert replayed["Idempotent-Replayed"] == "true"
    assert replayed.content == answer.content
    assert RetryTimeline.objects.count() == 1


def test_of_sixteen_at_once_one_writes(key):
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(sent, [key] * 16))
    assert {answer.status_code for answer in answers} <= {201, 409}
    bodies = {answer.content for answer in answers if answer.status_code == 201}
    assert len(bodies) == 1
    assert RetryTimeline.objects.count() == 1


def test_a_request_that_outlived_its_lease_does_not_count_beside_its_successor(key, gate):
    with ThreadPoolExecutor() as pool:
        late = pool.submit(sent, key)
        assert gate.reached.wait(20)
        IdempotencyKey.objects.update(lease_until=clock.now() - timedelta(seconds=1))
        # It takes the key over, or waits until the late one has ended, as the database orders their writes.
        successor = pool.submit(sent, key)
        gate.open.set()
        answers = [late.result(), successor.result()]
    assert sorted(answer.status_code for answer in answers) in ([201, 201], [201, 409])
    assert RetryTimeline.objects.count() == 1
    assert IdempotencyKey.objects.get().status_code == 201
