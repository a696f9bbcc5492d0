"""Own one world: its clock, its chance, its workers and people, and the loop that runs it to quiescence.

Everything in it follows from the seed; the engine is called through its ticks and its acts alone.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from dialer.engine import accounts, ticks
from dialer.engine import campaigns as engine_campaigns
from dialer.models import ProviderAccount
from dialer.reports.tallies import fold
from providers import contract, errors
from providers.ledger import MemoryLedger
from tests.scenarios.simulation import horizon, judge, operators
from tests.scenarios.simulation.faults import Shaky
from tests.scenarios.simulation.generator import Maker, Plan, plan_of
from tests.scenarios.simulation.invariants import Watch, faults_of_stats, faults_of_tallies
from tests.scenarios.simulation.mirror import Mirror, Picture
from tests.scenarios.simulation.workers import Floor, Worker

#: What a second worker may be doing.
SECOND = (
    "dispatch",
    "dispatch",
    "observe",
    "reconcile",
    "recover",
    "withdraw",
    "campaigns",
    "suppress",
    "give_up",
)
#: A worker writes some dozens of times in a tick; later deaths would mostly miss.
LAST_WRITE = 30
#: Ticks of long intervals come less often than once a round; those that would find nothing, hardly ever.
RATES = {"cleanup": 0.01, "give_up": 0.4, "campaigns": 0.5}
IDLE_RATE = 0.05
#: Deltas are folded every so many checks, so that checks meet them in both tables.
FOLD_EACH = 5
#: Inside a call to a provider there is time for others; between two statements there hardly is.
PROVIDER_FACTOR = 6


class Broken(BaseException):
    """An invariant does not hold; the text says which and how to see it again.

    No exception of the usual kind: those raised inside a tick are caught at its edge.
    """


class World:
    """All there is of one seed."""

    def __init__(self, seed: int, *, show: Callable[[str], None] | None = None) -> None:
        self.seed, self.show = seed, show
        self.plan: Plan = plan_of(seed)
        self.now = self.plan.begins
        self.calm_from = self.plan.begins + self.plan.stormy
        self.fault_rng, self.turn_rng = Random(f"faults {seed}"), Random(f"turns {seed}")
        self.act_rng, self.lag_rng = Random(f"acts {seed}"), Random(f"lags {seed}")
        self.ledger, self.mirror, self.watch = MemoryLedger(), Mirror(), Watch()
        self.floor = Floor(mirror=self.mirror, between=self._others, note=self.note)
        self.maker = Maker(seed, self.now)
        self.trace: list[str] = []
        self.turns = self.pushes = self.rounds = 0
        self.quiet, self.last_mark = 0, ()
        self.is_tidied = False
        self._later: list[tuple[datetime, int, Callable[[], object]]] = []
        self._acts: list[tuple[datetime, int, operators.Act]] = []
        self._count = itertools.count()
        self._lags: dict[UUID, float] = {}
        self._checked: tuple[int, datetime] | None = None

    # --- what others ask of a world -------------------------------------------------------------------------

    def note(self, text: str) -> None:
        """Write a line of the trace."""
        depth = "  " * max(0, len(self.floor.stack) - 1)
        line = f"{self.now:%m-%d %H:%M:%S.%f}"[:-4] + f"  {depth}{text}"
        self.trace.append(line)
        if self.show is not None:
            self.show(line)

    def fail(self, text: str) -> None:
        """Stop the world: this must not be."""
        self.note(f"BROKEN: {text}")
        raise Broken(
            f"seed {self.seed}: {text}\n"
            f"  see it again: .venv/bin/python -m tests.scenarios.simulation {self.seed} -v\n  "
            + "\n  ".join(self.trace[-25:])
        )

    @staticmethod
    def short(key: UUID) -> str:
        """Give the part of an id by which the trace calls a row."""
        return str(key)[-4:]

    def picture(self) -> Picture:
        """Give what is committed now."""
        return self.mirror.picture()

    def lag_of(self, account_id: UUID) -> float:
        """Give the seconds that an account's lists lag behind: always less than when absence may be believed."""
        return self._lags.get(account_id, 0.0)

    def wrap(self, provider: contract.Provider, account: Any) -> Any:
        """Stand between the engine and a provider."""
        return Shaky(provider, account, self)

    def later(self, wait: timedelta, act: Callable[[], object]) -> None:
        """Let something happen at the provider's after a while."""
        heapq.heappush(self._later, (self.now + wait, next(self._count), act))

    def schedule(self, wait: timedelta, act: operators.Act) -> None:
        """Let somebody do something after a while."""
        heapq.heappush(self._acts, (self.now + wait, next(self._count), act))

    def pass_time(self, wait: timedelta) -> None:
        """Let time pass; what happens at the provider's meanwhile happens at its own instant."""
        until = self.now + wait
        while self._later and self._later[0][0] <= until:
            at, _, act = heapq.heappop(self._later)
            self.now = max(self.now, at)
            try:
                act()
                self.note("a request arrived late")
            except errors.ProviderError:
                self.note("a late request was not taken")
        self.now = until

    def judge_push(self, order: contract.CallOrder, account_id: UUID) -> None:
        """Judge a push by what was committed when its worker decided it."""
        self.pushes += 1
        worker = self.floor.top
        seen = (worker.seen if worker is not None else None) or self.picture()
        for fault in judge.faults_of_push(order, account_id, seen, self.ledger, self.now, self.watch.rushed):
            self.fail(f"push to ...{order.phone[-4:]} (attempt {order.ref[-4:]}): {fault}")

    # --- turns ----------------------------------------------------------------------------------------------

    def _others(self, point: str) -> Callable[[], None] | None:
        """Choose what runs between two steps of a worker, mostly nothing."""
        if len(self.floor.stack) != 1 or self.now >= self.calm_from:
            return None
        rate = self.plan.between_rate * (PROVIDER_FACTOR if point == "provider" else 1)
        if self.turn_rng.random() >= rate:
            return None
        if self._acts and self.turn_rng.random() < 0.4:
            return self._next_act
        names = self.turn_rng.choices(SECOND, k=self.turn_rng.choice((1, 1, 3)))
        return lambda: [self._tick(name, "2nd") for name in names] and None

    def suspend(self) -> None:
        """Let the running worker's machine stand still after its request was answered, past its lease, maybe."""
        if len(self.floor.stack) != 1:
            return
        self.note("suspended")
        for _ in range(self.turn_rng.randrange(2, 6)):
            self.pass_time(timedelta(seconds=self.turn_rng.uniform(5, 60)))
            for name in ("recover", "reconcile", "observe", "dispatch"):
                self._tick(name, "2nd", in_danger=name == "dispatch")

    def _worker(self, name: str, *, in_danger: bool = False) -> Worker:
        rng = self.turn_rng
        rate = max(self.plan.kill_rate, in_danger * 0.5)
        dies = self.now < self.calm_from and rng.random() < rate
        # Early writes are where most is decided, and most ticks write little.
        last = rng.choice((5, 10, LAST_WRITE))
        return Worker(
            name=name, dies_at=rng.randrange(1, last) if dies else None, dies_before=rng.random() < 0.5
        )

    def _next_act(self) -> None:
        self.turns += 1
        _, _, act = heapq.heappop(self._acts)
        worker = self._worker(f"operator {act.__name__}")
        if act in operators.SURVIVING:
            worker.dies_at = None
        self.floor.run(worker, lambda: operators.carry_out(self, act))
        if worker.is_dead and (act.__name__ == "start" or self.act_rng.random() < 0.5):
            self.schedule(timedelta(seconds=30), act)  # no answer came: people ask again

    def _tick(self, name: str, who: str, *, in_danger: bool = False) -> None:
        self.turns += 1
        tick = next(tick for tick in ticks.TICKS if tick.name == name)
        worker = self._worker(f"{who} {name}", in_danger=in_danger)
        before = self.mirror.version
        self.floor.run(worker, lambda: self._at_its_edge(tick.run))
        if worker.is_dead:
            # Its memory is gone with it.
            accounts.wrap_providers(self.wrap, ledger=self.ledger)
        if self.mirror.version != before:
            self.note(f"{who} {name}")

    def _at_its_edge(self, run: Callable[[datetime], int]) -> None:
        try:
            run(self.now)
        except RuntimeError as crash:
            # What an adapter throws in a step that no account guards ends the step, as it ends a task.
            if "peer said" not in str(crash):
                raise

    # --- the loop -------------------------------------------------------------------------------------------

    def begin(self) -> None:
        """Make the rows and plan what people will do."""
        rng = self.maker.rng
        made = [self.maker.account() for _ in range(rng.choice((1, 1, 2, 3)))]
        for account in made:
            self._lags[account.pk] = self.lag_rng.choice((0.0, 0.3, 0.8)) * account.visible_after_seconds
        campaigns = [self.maker.campaign(rng.choice(made)) for _ in range(rng.choice((1, 1, 2, 3)))]
        for _ in range(rng.randrange(3, 16)):
            self.watch.enrolled.add(self.maker.enrol(rng.choice(campaigns), self.now).pk)
        for campaign in campaigns:
            wait = timedelta(seconds=self.act_rng.choice((0, 0, 0, 600)))
            self.schedule(wait, operators.start_of(campaign.pk))
        spread = self.act_rng.choice((60, 1200, 40_000))
        for act in self.act_rng.choices(*zip(*operators.ACTS, strict=True), k=self.plan.operators):
            self.schedule(timedelta(seconds=self.act_rng.uniform(0, spread)), act)

    def round(self, *, is_whole: bool = False) -> None:
        """Let people act that are due, then the ticks whose message arrives run once; check after each."""
        self.rounds += 1
        while self._acts and self._acts[0][0] <= self.now:
            self._next_act()
            self.check()
        for tick in ticks.TICKS:
            if is_whole or self._is_rung(tick.name):
                self._tick(tick.name, "1st")
                self.check()

    def _is_rung(self, name: str) -> bool:
        """Say whether a tick's message arrives."""
        if self.now < self.calm_from and self.turn_rng.random() < self.plan.skip_rate:
            return False
        is_wanted = horizon.is_wanted(name, self.picture(), self.now)
        return self.turn_rng.random() < (RATES.get(name, 1.0) if is_wanted else IDLE_RATE)

    def is_calm(self) -> bool:
        """Say whether the storm is over and people have done what they wanted."""
        return self.now >= self.calm_from and not self._acts and not self._later

    def tidy(self) -> None:
        """Let people bring back what was paused or switched off, so that everything can end."""
        for campaign in self.picture().campaigns.values():
            if campaign.status in ("pausing", "paused"):
                engine_campaigns.resume(campaign_id=campaign.id, now=self.now)
        ProviderAccount.objects.filter(is_enabled=False).update(is_enabled=True, updated_at=self.now)
        self.is_tidied = True
        self.note("the storm is over")

    def check(self) -> None:
        """Check every invariant, if anything can have changed."""
        mark = (self.mirror.version, self.now)
        if mark == self._checked:
            return
        self._checked = mark
        seen = self.picture()
        for fault in self.watch.faults(seen, self.ledger, self.now):
            self.fail(fault)
        for fault in faults_of_tallies(seen):
            self.fail(fault)
        if self.watch.checks % FOLD_EACH == 0:
            fold()
        if self.watch.checks % 40 == 0:
            for fault in faults_of_stats(seen, self.now):
                self.fail(fault)

    def advance(self) -> None:
        """Go on to the next instant at which something may happen, sometimes late."""
        waiting = [self._later[0][0]] if self._later else []
        waiting += [self._acts[0][0]] if self._acts else []
        if self.now < self.calm_from:
            waiting.append(self.calm_from)
            if len(waiting) == 1 and horizon.is_done(self.picture()):
                return self.pass_time(self.calm_from - self.now)
        until = horizon.next_instant(self, waiting)
        if self.now < self.calm_from and self.turn_rng.random() < 0.04:
            # Nobody rings the bell for a while.
            until += timedelta(seconds=self.turn_rng.choice((5, 70, 400, 4000)))
        return self.pass_time(until - self.now)
