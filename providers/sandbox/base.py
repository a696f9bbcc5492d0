"""Own what all sandboxes share: routes, one lock, the door's faults by number, the line, and the five verbs.

Never knows a vendor: a subclass brings its routes, its words and its rules, written from the document alone.
"""

from __future__ import annotations

import re
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import ClassVar, TypeVar

from providers.futures import LOST_AFTER_ENDING, LOST_BEFORE_ENDING, REFUSED_ENDING, THROTTLED_ENDING
from providers.sandbox.line import Call, Line, Pace, digits
from providers.sandbox.messages import Lost, Refusal, Request, Response, answered
from providers.values import HookRequest
from providers.vocabulary import Result

Route = Callable[..., Response]
Method = TypeVar("Method", bound=Route)

#: As many notifications wait at most: nobody listens to more of a stand-in.
OUTBOX = 100_000


def route(method: str, pattern: str, *, is_open: bool = False) -> Callable[[Method], Method]:
    """Mark a method as the answer to requests; `{name}` in the pattern is passed on; open = no credentials."""

    def mark(function: Method) -> Method:
        parts = re.split(r"\{(\w+)\}", pattern)
        regex = "".join(f"(?P<{part}>[^/]+)" if n % 2 else re.escape(part) for n, part in enumerate(parts))
        function.route = (method, re.compile(f"{regex}/?"), is_open)  # type: ignore[attr-defined]
        return function

    return mark


class Sandbox:
    """One vendor in miniature. Subclasses set the class attributes and override what is marked so."""

    slug: ClassVar[str]
    #: What an account must be given to be let in, as the adapter's Credentials name it.
    credentials: ClassVar[Mapping[str, str]]
    #: The reference that a campaign or account must be told, for people: shown when the sandbox starts.
    hint: ClassVar[str] = ""

    #: Seconds before each further try of a notification that was not answered with 200; empty: told once.
    hook_pauses: ClassVar[tuple[float, ...]] = ()

    _routes: ClassVar[list[tuple[str, re.Pattern[str], bool, str]]] = []

    def __init__(
        self,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        pace: Pace | None = None,
        is_automatic: bool = True,
    ) -> None:
        """Prepare; not automatic = calls ring and end by `dial` only, as the conformance kit needs it."""
        self.now = now
        self.line = Line(
            now=now,
            pace=pace or Pace(),
            may_dial=self.may_dial,
            again=self.again,
            changed=self.changed,
            is_automatic=is_automatic,
        )
        #: Where notifications go, if the vendor's portal has a field for it; None = nowhere.
        self.hook_url: str | None = None
        self.outbox: deque[tuple[str, HookRequest]] = deque(maxlen=OUTBOX)
        self._lock = threading.RLock()
        self._met: set[str] = set()
        self._lose_answer = False
        self._numbers = 0

    def __init_subclass__(cls) -> None:
        """Collect the routes."""
        super().__init_subclass__()
        found = [(name, getattr(getattr(cls, name), "route", None)) for name in dir(cls)]
        cls._routes = [(*each, name) for name, each in found if each is not None]

    # ---- what a vendor's sandbox brings

    def authorize(self, request: Request) -> None:
        """Let the request in, or raise `Refusal`. Override."""
        raise NotImplementedError  # a sandbox without a door would be no stand-in

    def refused(self, refusal: Refusal) -> Response:
        """Write a refusal as the vendor does. Override."""
        return answered({"message": refusal.message, **refusal.data}, refusal.status)

    def campaigns(self) -> list[str]:
        """List the ids of the remote campaigns; a vendor whose campaigns are made by people has some. Override."""
        return []

    def may_dial(self, call: Call) -> bool:
        """Say whether the call's campaign dials now. Override where campaigns can be paused."""
        return True

    def again(self, call: Call, result: Result) -> bool:
        """Say whether this result makes the vendor ring again by itself, if its plan has a wait left."""
        return True

    def changed(self, call: Call) -> None:
        """Hear of a step in a call's life. Override where the vendor notifies: `notify`."""

    def hook_of(self, call: Call) -> HookRequest:
        """Make the notification about the latest state of a call. Override where the vendor notifies."""
        raise LookupError(f"{self.slug} sends no notifications.")

    # ---- requests

    def respond(self, request: Request) -> Response:
        """Answer one request; raises `Lost` where the connection shall break before anything is done."""
        with self._lock:
            self.line.advance()
            self._lose_answer = False
            try:
                response = self._routed(request)
            except Refusal as refusal:
                return self.refused(refusal)
            return replace(response, is_lost=True) if self._lose_answer else response

    def _routed(self, request: Request) -> Response:
        matching = [(each, match) for each in self._routes if (match := each[1].fullmatch(request.path))]
        if not matching:
            raise Refusal(404, "There is no such path.")
        for (method, _, is_open, name), match in matching:
            if method == request.method:
                if not is_open:
                    self.authorize(request)
                answer: Response = getattr(self, name)(request, **match.groupdict())
                return answer
        raise Refusal(405, "This path does not take this method.")

    def door(self, phone: str) -> None:
        """Meet a number that is being created: some endings stand for a fault at the first try, as the simulator's.

        05: accepted, but the answer is lost. 06: 429 once. 08: lost before it was read, once.
        """
        ending, known = digits(phone)[-2:], digits(phone) in self._met
        self._met.add(digits(phone))
        if known or not self.line.is_automatic:
            return
        if ending == THROTTLED_ENDING:
            raise Refusal(429, "Too many requests.")
        if ending == LOST_BEFORE_ENDING:
            raise Lost
        self._lose_answer = ending == LOST_AFTER_ENDING

    def is_refused(self, phone: str) -> bool:
        """Say whether the vendor takes a number for impossible: those that end in 04."""
        return digits(phone).endswith(REFUSED_ENDING)

    def number(self) -> int:
        """Give the next number, for ids."""
        self._numbers += 1
        return self._numbers

    def notify(self, call: Call, url: str | None = None) -> None:
        """Put the notification about a call's present state into the outbox, if anybody shall hear it."""
        target = url or self.hook_url
        if target is not None:
            self.outbox.append((target, self.hook_of(call)))

    def pass_time(self) -> None:
        """Let calls do what is due, without a request."""
        with self._lock:
            self.line.advance()

    # ---- the verbs of the conformance kit

    def calls(self) -> Sequence[Call]:
        """List every call that will ring or has rung. Override where the vendor can undo what the line did."""
        return self.line.calls

    def dial(self, phone: str, result: Result | str | None) -> None:
        """Ring the latest call of a number; end it with a result or a vendor's word; None = it rings."""
        with self._lock:
            self.line.dial(phone, result)

    def hook(self, phone: str) -> HookRequest:
        """Make the notification about the latest state of a number's call."""
        return self.hook_of(self.line.of_phone(phone)[-1])
