"""Own the paths under `/_sandbox/` by which people and tests direct a served sandbox and read its ledger.

Never part of a vendor's API; faults and credentials do not hold here.

    GET  /_sandbox                 what it is: slug, credentials, campaigns, time
    GET  /_sandbox/rings           every phone that rang, in order
    GET  /_sandbox/calls           every call that was taken, with its stage and result
    GET  /_sandbox/requests        how many requests came, and how many within the busiest second
    PUT  /_sandbox/script          {"+12025550110": ["no_answer", "answered"]}: outcomes ring by ring, by phone
    PUT  /_sandbox/faults          {"rate": 0.3, "kinds": ["drop_after"], "seed": 7, "hang_seconds": 2}
    PUT  /_sandbox/clock           {"advance_seconds": 3600, "speed": 10}
    PUT  /_sandbox/hooks           {"url": "http://127.0.0.1:8000/hooks/..."}: the portal's webhook address
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import Any

from providers.sandbox.base import Sandbox
from providers.sandbox.clock import SandboxClock
from providers.sandbox.faults import FaultPlan, Faults, ServedFault
from providers.sandbox.line import Call, Ring, digits
from providers.sandbox.messages import Refusal, Request, Response, answered
from providers.vocabulary import Result

PREFIX = "/_sandbox"


class Control:
    """Answers the control requests of one served sandbox."""

    def __init__(
        self,
        sandbox: Sandbox,
        clock: SandboxClock,
        faults: Faults,
        arrivals: Collection[tuple[float, str, str]] = (),
    ) -> None:
        self._sandbox, self._clock, self._faults, self._arrivals = sandbox, clock, faults, arrivals
        self._answers: dict[tuple[str, str], Callable[[Request], Any]] = {
            ("GET", ""): self._about,
            ("GET", "/rings"): lambda _: [_ring(ring) for ring in self._sandbox.line.rings],
            ("GET", "/calls"): lambda _: [_call(call) for call in self._sandbox.calls()],
            ("GET", "/requests"): self._requests,
            ("PUT", "/script"): self._script,
            ("PUT", "/faults"): self._fault_plan,
            ("PUT", "/clock"): self._set_clock,
            ("PUT", "/hooks"): self._hooks,
        }

    def respond(self, request: Request) -> Response:
        """Answer one control request; junk is 400 with the reason."""
        act = self._answers.get((request.method, request.path.removeprefix(PREFIX).rstrip("/")))
        if act is None:
            return answered({"detail": "Unknown; see providers/sandbox/control.py."}, 404)
        self._sandbox.pass_time()
        try:
            return answered(act(request))
        except Refusal as refusal:
            return answered({"detail": refusal.message}, refusal.status)
        except (ValueError, TypeError, AttributeError) as error:
            return answered({"detail": str(error)}, 400)

    def _about(self, request: Request) -> dict[str, Any]:
        return {
            "slug": self._sandbox.slug,
            "credentials": dict(self._sandbox.credentials),
            "campaigns": self._sandbox.campaigns(),
            "hint": self._sandbox.hint,
            "now": self._clock.now().isoformat(),
        }

    def _requests(self, request: Request) -> dict[str, Any]:
        instants = [at for at, _, _ in list(self._arrivals)]
        return {"count": len(instants), "busiest_second": busiest(instants)}

    def _script(self, request: Request) -> dict[str, Any]:
        given = {
            digits(phone): [Result(word) for word in words]
            for phone, words in request.json().items()
            if words
        }
        self._sandbox.line.script.update(given)
        return {"phones": len(self._sandbox.line.script)}

    def _fault_plan(self, request: Request) -> dict[str, Any]:
        data = request.json()
        kinds = tuple(ServedFault(kind) for kind in data.pop("kinds", list(ServedFault)))
        self._faults.follow(FaultPlan(kinds=kinds, **data))
        return {"rate": self._faults.plan.rate, "kinds": list(kinds)}

    def _set_clock(self, request: Request) -> dict[str, Any]:
        now = self._clock.adjust(**request.json())
        self._sandbox.pass_time()
        return {"now": now.isoformat(), "speed": self._clock.speed}

    def _hooks(self, request: Request) -> dict[str, Any]:
        self._sandbox.hook_url = request.json()["url"] or None
        return {"url": self._sandbox.hook_url}


def busiest(instants: Iterable[float], seconds: float = 1.0) -> int:
    """Count the most instants that fall into one sliding second."""
    ordered, first, most = sorted(instants), 0, 0
    for place, at in enumerate(ordered):
        while ordered[first] <= at - seconds:
            first += 1
        most = max(most, place - first + 1)
    return most


def _ring(ring: Ring) -> dict[str, Any]:
    return {
        "phone": f"+{ring.phone}",
        "ref": ring.ref,
        "campaign": ring.campaign,
        "at": ring.at.isoformat(),
        "ring_no": ring.ring_no,
        "call": ring.call,
    }


def _call(call: Call) -> dict[str, Any]:
    return {
        "call": call.key,
        "phone": f"+{call.phone}",
        "ref": call.ref,
        "campaign": call.campaign,
        "stage": call.stage.name.lower(),
        "result": call.result,
        "rings": call.ring_no,
        "accepted_at": call.accepted_at.isoformat(),
    }
