"""Parlor in miniature: what its invented document says, and nothing of its faults."""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import Any

from providers.codec import from_json
from providers.http import httpx
from providers.testing import PlannedRing, VirtualClock
from providers.values import HookRequest, NativeStep
from providers.vocabulary import Result

USER, PASSWORD = "hostess", "open-sesame-12345"
_WORD_OF = {
    Result.ANSWERED: "spoke",
    Result.NO_ANSWER: "unheard",
    Result.BUSY: "engaged",
    Result.VOICEMAIL: "machine",
    Result.INVALID_NUMBER: "wrong",
}
Reply = tuple[int, Any]


class ParlorStandIn:
    def __init__(self, clock: VirtualClock) -> None:
        self._clock = clock
        self.transport = httpx.MockTransport(self._answer)
        self.halls: list[dict[str, Any]] = []
        self.bells: list[dict[str, Any]] = []
        self.logins = 0

    # ---- the five verbs

    def campaigns(self) -> list[str]:
        return [hall["id"] for hall in self.halls]

    def rings(self) -> list[PlannedRing]:
        return [
            PlannedRing(
                phone=bell["number"],
                ref=bell["note"],
                not_before=datetime.fromisoformat(bell["from"]) if bell["from"] else None,
                most=1 + len(bell["again"]),
                waits=tuple(from_json(NativeStep, step) for step in bell["again"]),
            )
            for bell in self.bells
        ]

    def dial(self, phone: str, result: Result | str | None) -> None:
        bell = self._of(phone)
        if result is None and bell["word"] in _WORD_OF.values() and bell["round"] <= len(bell["again"]):
            bell["round"] += 1
        bell["word"] = "chiming" if result is None else _WORD_OF.get(result, str(result))  # type: ignore[arg-type]
        bell["at"] = self._clock.now().isoformat()

    def hook(self, phone: str) -> HookRequest:
        body = json.dumps({**_shown(self._of(phone)), "authorization": f"Basic {PASSWORD}"})
        return HookRequest(body=body.encode(), received_at=self._clock.now())

    def _of(self, phone: str) -> dict[str, Any]:
        return next(bell for bell in reversed(self.bells) if bell["number"] == phone.removeprefix("+"))

    # ---- the API

    def _answer(self, request: httpx.Request) -> httpx.Response:
        path, data = request.url.path, json.loads(request.read() or b"null")
        if path == "/session":
            return _response(self._session(data))
        if not request.headers.get("Authorization", "").startswith("Bearer parlor-session-"):
            return _response((401, {"why": "no session"}))
        if sound := re.fullmatch(r"/bells/by-note/([^/]+)/sound", path):
            return self._sound(sound[1])
        return _response(self._route(request, path, data))

    def _route(self, request: httpx.Request, path: str, data: Any) -> Reply:
        if path == "/purse":
            return 200, {"balance": "12.50"}
        if path == "/halls":
            return self._open(data) if request.method == "POST" else _page(request, self.halls)
        if bell := re.fullmatch(r"/bells/by-note/([^/]+)/round/(\d+)", path):
            return self._take_back(bell[1], int(bell[2]))
        found = re.fullmatch(r"/halls/([^/]+)(?:/(\w+))?", path)
        hall = next((hall for hall in self.halls if found and hall["id"] == found[1]), None)
        if found is None or hall is None:
            return 404, {"why": "no such hall"}
        if found[2] == "state":
            hall["state"] = data["state"]
            return 200, hall
        if found[2] == "bells":
            return self._take(data) if request.method == "POST" else _page(request, self.bells)
        return 200, hall

    def _session(self, data: Any) -> Reply:
        if data != {"user": USER, "password": PASSWORD}:
            return 400, {"why": "who are you?"}
        self.logins += 1
        return 200, {"token": f"parlor-session-{self.logins:04d}"}

    def _open(self, data: Any) -> Reply:
        self.halls.append({"id": f"hall-{len(self.halls) + 1}", "state": "open", **data})
        return 201, self.halls[-1]

    def _take(self, data: list[dict[str, Any]]) -> Reply:
        answers = []
        for wish in data:
            if wish["number"].endswith("104"):
                answers.append({"note": wish["note"], "taken": False, "why": "no such number"})
                continue
            number = len(self.bells) + 1
            bell = {
                **wish,
                "id": f"bell-{number:06d}",
                "word": "waiting",
                "round": 1,
                "at": self._clock.now().isoformat(),
            }
            self.bells.append(bell)
            answers.append({"note": wish["note"], "taken": True, "id": bell["id"]})
        return 200, {"bells": answers}

    def _take_back(self, note: str, round_: int) -> Reply:
        mine = [bell for bell in self.bells if bell["note"] == note]
        if not mine:
            return 404, {"why": "no such bell"}
        if any(bell["word"] in _WORD_OF.values() and bell["round"] < round_ for bell in mine):
            mine[-1]["again"] = mine[-1]["again"][: mine[-1]["round"] - 1]
            return 200, {"outcome": "withdrawn"}
        if any(bell["word"] != "waiting" for bell in mine):
            return 200, {"outcome": "too_late"}
        self.bells = [bell for bell in self.bells if bell["note"] != note]
        return 200, {"outcome": "withdrawn"}

    def _sound(self, note: str) -> httpx.Response:
        if any(bell["note"] == note and bell["word"] == "spoke" for bell in self.bells):
            return httpx.Response(200, headers={"Content-Type": "audio/wav"}, content=b"RIFF0000WAVE")
        return httpx.Response(404)


def _shown(bell: dict[str, Any]) -> dict[str, Any]:
    return {name: bell[name] for name in ("id", "note", "number", "guest", "word", "at", "round")}


def _page(request: httpx.Request, items: list[dict[str, Any]]) -> Reply:
    start = int(request.url.params.get("after") or 0)
    end = start + int(request.url.params["count"])
    return 200, {"items": items[start:end], "after": str(end) if end < len(items) else None}


def _response(reply: Reply) -> httpx.Response:
    return httpx.Response(reply[0], json=reply[1])
