"""A served sandbox spoils answers, and never turns what was refused into what may have been done."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from providers.http import httpx
from providers.sandbox.faults import FaultPlan, ServedFault
from providers.sandbox.messages import Request, Response, answered
from providers.sandbox.nrs360 import Nrs360Sandbox
from providers.sandbox.serve import ServedSandbox

GARBAGE = FaultPlan(rate=1.0, kinds=(ServedFault.GARBAGE_AFTER,))


class Clerk(Nrs360Sandbox):
    """Answers whatever status its path names."""

    def respond(self, request: Request) -> Response:
        """Answer with the status of the path."""
        status = int(request.path.strip("/"))
        return Response(status=204) if status == 204 else answered({"told": "whole"}, status)


@pytest.fixture
def served() -> Iterator[ServedSandbox]:
    made = ServedSandbox(Clerk, faults=GARBAGE)
    made.start()
    yield made
    made.stop()


@pytest.mark.parametrize(
    ("said", "heard"),
    [(200, 200), (201, 201), (204, 200), (400, 400), (404, 404), (409, 409), (422, 422), (500, 500)],
)
def test_garbage_keeps_the_status_of_what_was_done(served: ServedSandbox, said: int, heard: int) -> None:
    answer = httpx.post(f"{served.base_url}/{said}", trust_env=False)
    assert answer.status_code == heard
    with pytest.raises(ValueError, match=r"."):
        answer.json()


def test_without_faults_the_answer_is_whole(served: ServedSandbox) -> None:
    served.faults.follow(FaultPlan())
    answer = httpx.post(f"{served.base_url}/409", trust_env=False)
    assert (answer.status_code, answer.json()) == (409, {"told": "whole"})
