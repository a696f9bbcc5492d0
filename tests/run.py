"""Own `make test`: the suite on SQLite always, and again on PostgreSQL and Redis when they answer.

Never hides what did not run: it is said last, and in CI it is a failure.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections import Counter

from tests import backends

SUMMARY = re.compile(r"^=+ .*\bin \d.*=+$")
COUNTS = re.compile(r"(\d+) (passed|failed|errors?|xfailed|xpassed|skipped|deselected|warnings?)")
NO_TESTS = 5  # pytest's exit code; a selection that is empty in one of the passes is no failure


def run_pass(title: str, arguments: list[str], environment: dict[str, str]) -> tuple[int, str]:
    """Run pytest once, showing its output as it comes; return its exit code and its last line."""
    print(f"\n===== {title} =====", flush=True)
    command = [sys.executable, "-m", "pytest", "-n", "2", "--dist", "loadfile", *arguments]
    summary = "no summary: pytest did not end"
    with subprocess.Popen(
        command, env={**os.environ, **environment}, stdout=subprocess.PIPE, text=True, errors="replace"
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            print(line, end="", flush=True)
            plain = re.sub(r"\x1b\[[0-9;]*m", "", line).strip()
            if SUMMARY.match(plain):
                summary = plain.strip("= ")
    return (0 if process.returncode == NO_TESTS else process.returncode), summary


def main(arguments: list[str]) -> int:
    """Run every pass that can run and say at the end which did."""
    began = time.monotonic()
    postgres, redis = backends.postgres_url(), backends.redis_url()
    rings = f"Redis {backends.shown(redis)}" if redis else "no Redis"
    passes = [(f"SQLite, {rings}", {"DATABASE_URL": "", backends.PASS: "first"})]
    if postgres:
        passes.append(
            (
                f"PostgreSQL {backends.shown(postgres)}, {rings}",
                {"DATABASE_URL": postgres, backends.PASS: "again"},
            )
        )
    ended = [(title, *run_pass(title, arguments, environment)) for title, environment in passes]

    absent = []
    if not postgres:
        absent.append(
            "PostgreSQL did not answer: not tested (set DATABASE_URL, or start it on 127.0.0.1:5432)"
        )
    if not redis:
        absent.append("Redis did not answer: not tested (set REDIS_URL, or start it on 127.0.0.1:6379)")
    print("\nWhat ran:")
    for title, code, summary in ended:
        print(f"  {'ok    ' if code == 0 else 'FAILED'}  {title}: {summary}")
    for line in absent:
        print(f"  ABSENT  {line}")
    incomplete = bool(absent) and backends.in_ci()
    if incomplete:
        print("CI is set: a run without PostgreSQL and Redis is a failure.")
    counts: Counter[str] = Counter()
    for _, _, summary in ended:
        for number, word in COUNTS.findall(summary):
            counts[word] += int(number)
    total = ", ".join(f"{number} {word}" for word, number in counts.items()) or "nothing ran"
    print(f"===== {total} in {time.monotonic() - began:.2f}s =====")
    return 1 if incomplete or any(code for _, code, _ in ended) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
