"""Generated inputs: the number of Hypothesis examples of a test, by profile, and the outcome of a parser on one.

200 under `make test`, 10,000 under `make faults`, 30 under `make mutants`.
"""

import os
from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, settings

from ror.errors import RorError

_SLOW = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large]
_PROFILE = os.environ.get("HYPOTHESIS_PROFILE", "ci")
_TIMES = 10 if _PROFILE == "faults" else 1


def load_profile() -> None:
    """Load the profile that the variable HYPOTHESIS_PROFILE names, `ci` by default.

    No example has a deadline: a machine shared by many tests is slow at times.
    """
    settings.register_profile("ci", max_examples=200, deadline=None)
    settings.register_profile("faults", max_examples=10_000, deadline=None)
    # The same examples for each mutant: a failure then comes from the mutation, not from another example.
    settings.register_profile("mutants", max_examples=30, deadline=None, derandomize=True, database=None)
    settings.load_profile(_PROFILE)


def slow_examples(number: int, **options: Any) -> settings:
    """Return the settings of a test whose examples are slow: each runs a page, or uses a database that they share.

    It runs `number` of them, ten times as many under `make faults`; `options` are those of Hypothesis.
    """
    return settings(max_examples=number * _TIMES, suppress_health_check=_SLOW, **options)


def page_examples(**options: Any) -> settings:
    """Return the settings of a test whose examples run a page each: 15 of them, 500 under `make faults`."""
    return settings(max_examples=500 if _PROFILE == "faults" else 15, suppress_health_check=_SLOW, **options)


def outcome(parser: Callable[..., Any], *arguments: Any) -> tuple[Any, str]:
    """Call a parser; return its value and "", or None and the sentence that refuses the arguments."""
    try:
        return parser(*arguments), ""
    except RorError as error:
        refusal = error.user_message
    assert refusal.endswith((".", ")."))
    return None, refusal
