"""Generated logs of declarations, as checks, with other rates, silences and reporting biases than the demonstration's.

The true number of a unit moves in jumps: mostly by one or two, at times to a number that is usual for the unit. Their rate is
that of its type times a factor of the unit. When and how the true number is declared depends on the kind of the log.
"""

import numpy as np

from ror.model.trust.checks import AGE_EDGES, AGES, Checks, Floats, Ints, size_of
from ror.model.trust.estimate import Groups

KINDS = {"regular": 300, "change-driven": 300, "copied": 300, "sparse": 80, "feeds": 60, "shift": 300, "mixture": 600}
"""The kinds of logs, with their numbers of units."""

WEEKS = 34
WEEK = 168.0
TYPE_HOURS = (6, 12, 24, 48, 100, 200, 400, 800)
"""The hours between two changes, by type of unit."""

SHIFT_WEEKS, SHIFT = 6, 2.5
"""The last weeks of the log « shift », and how many times more often numbers change in them."""


def made_log(kind: str, seed: int = 1, units: int = 0) -> tuple[Checks, Groups]:
    """Return the checks of a generated log of this kind, and its groups: one for each type of unit."""
    rng, parts = np.random.default_rng(seed), []
    count = units or KINDS[kind]
    for unit in range(count):
        times, numbers = _truth(kind, unit, rng)
        at = _declared_at(kind, times, numbers, rng)
        found = numbers[np.searchsorted(times, at, side="right") - 1]
        parts.append((np.full(len(at), unit), at, _copied(kind, found, rng)))
    unit, at, number = (np.concatenate(column) for column in zip(*parts, strict=True))
    return _checks(unit, at, number), Groups(count, np.arange(len(TYPE_HOURS)))


def _truth(kind: str, unit: int, rng: np.random.Generator) -> tuple[Floats, Ints]:
    """Return the hours at which the true number of a unit changes, and the number after each change."""
    rate = np.exp(rng.normal(-np.log(TYPE_HOURS[unit % len(TYPE_HOURS)]), 0.7))
    most, usual = int(rng.integers(2, 25)), rng.beta(1.2, 3)
    times, numbers = [0.0], [int(rng.binomial(most, usual))]
    while times[-1] < WEEKS * WEEK:
        faster = SHIFT if kind == "shift" and times[-1] > (WEEKS - SHIFT_WEEKS) * WEEK else 1.0
        times.append(times[-1] + rng.exponential(1 / (rate * faster)))
        step = int(rng.choice([-2, -1, -1, 1, 1, 2]))
        jumped = numbers[-1] + step if rng.random() < 0.7 else int(rng.binomial(most, usual))
        numbers.append(int(np.clip(jumped, 0, most)))
    return np.array(times), np.array(numbers)


def _declared_at(kind: str, times: Floats, numbers: Ints, rng: np.random.Generator) -> Floats:
    """Return the hours at which a unit declares."""
    end = WEEKS * WEEK
    if kind == "feeds":
        return np.arange(rng.random(), end, 1.0)
    if kind == "sparse":
        return np.sort(rng.uniform(0, end, WEEKS))
    period = float(rng.choice([8, 24, 24, 48, 84, 168]))
    at = np.arange(rng.random() * period, end, period)
    at = (at + rng.normal(0, period * 0.08, len(at)))[rng.random(len(at)) > 0.15]
    if rng.random() < 0.3:
        silent = rng.uniform(0, end - 500)
        at = at[(at < silent) | (at > silent + rng.uniform(200, 800))]
    if kind in ("change-driven", "mixture"):
        changes = times[1:][numbers[1:] != numbers[:-1]]
        predicted = rng.random(len(changes)) < (0.5 if rng.random() < 0.5 else 0.1)
        at = np.concatenate([at, changes[predicted] + rng.exponential(0.5)])
    return np.sort(at[(at > 0) & (at < end)])


def _copied(kind: str, numbers: Ints, rng: np.random.Generator) -> Ints:
    """Return numbers as declared: in two kinds of logs, three in ten units repeat the last one at least half of the time."""
    if kind not in ("copied", "mixture") or rng.random() >= 0.3:
        return numbers
    repeated = rng.random(len(numbers)) < rng.choice([0.5, 0.9])
    last = np.maximum.accumulate(np.where(repeated, 0, np.arange(len(numbers))))
    return numbers[last]


def _checks(unit: Ints, at: Floats, number: Ints) -> Checks:
    """Return the checks of declarations, which are given in the order of units and times: each is checked by the next one."""
    same_unit = unit[1:] == unit[:-1]
    hours = (at[1:] - at[:-1])[same_unit]
    before, found, who = number[:-1][same_unit], number[1:][same_unit], unit[1:][same_unit]
    period = (at[1:][same_unit] // WEEK).astype(np.int64)
    age = np.digitize(hours, AGE_EDGES).astype(np.int64)
    ones, none = np.ones(len(who)), np.zeros(len(who))
    held = ((found == before).astype(float), (found > 0).astype(float))
    columns = (period, who, who % len(TYPE_HOURS), size_of(before), age, none > 0)
    return Checks(*columns, np.maximum(hours, AGES[0] / 100), ones, *held, none, none, none)
