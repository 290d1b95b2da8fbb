"""The number of Hypothesis examples of a test: 200 under `make test`, 10,000 under `make faults`."""

import os
from typing import Any

from hypothesis import HealthCheck, settings

_SLOW = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large]
_PROFILE = os.environ.get("HYPOTHESIS_PROFILE", "ci")
_TIMES = 10 if _PROFILE == "faults" else 1


def load_profile() -> None:
    """Load the profile that the variable HYPOTHESIS_PROFILE names, `ci` by default.

    No example has a deadline: a machine shared by many tests is slow at times.
    """
    settings.register_profile("ci", max_examples=200, deadline=None)
    settings.register_profile("faults", max_examples=10_000, deadline=None)
    settings.load_profile(_PROFILE)


def slow_examples(number: int, **options: Any) -> settings:
    """Return the settings of a test whose examples take long, each on a page or in a database that they share.

    It runs `number` of them, ten times as many under `make faults`; `options` are those of Hypothesis.
    """
    return settings(max_examples=number * _TIMES, suppress_health_check=_SLOW, **options)
