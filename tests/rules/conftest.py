"""Own how property tests run here: the same examples each time, and no file left behind."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

# Derandomized: a red run is red again at once. 150 examples keep the directory under half a minute.
settings.register_profile(
    "rules",
    derandomize=True,
    database=None,
    deadline=None,
    max_examples=150,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("rules")
