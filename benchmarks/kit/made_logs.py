"""Logs of declarations made otherwise than the demonstration's: other rates, silences and reporting biases, counted as checks.

The truth of a unit is a number that jumps: mostly by one or two, at times to what is usual there. Its rate is that of its type
times a factor of its own. What is declared of it depends on the kind of the log.
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
"""The last weeks of the log « shift », in which numbers change so much more often."""


def made_log(kind: str, seed: int = 1, units: int = 0) -> tuple[Checks, Groups]:
    """Return the checks of a log of a kind, and its groups: one a type."""
    chance, parts = np.random.default_rng(seed), []
    count = units or KINDS[kind]
    for unit in range(count):
        times, numbers = _truth(kind, unit, chance)
        at = _declared_at(kind, times, numbers, chance)
        found = numbers[np.searchsorted(times, at, side="right") - 1]
        parts.append((np.full(len(at), unit), at, _copied(kind, found, chance)))
    unit, at, number = (np.concatenate(column) for column in zip(*parts, strict=True))
    return _checks(unit, at, number), Groups(count, np.arange(len(TYPE_HOURS)))


def _truth(kind: str, unit: int, chance: np.random.Generator) -> tuple[Floats, Ints]:
    """Return when the number of a unit changes, in hours, and what it becomes."""
    rate = np.exp(chance.normal(-np.log(TYPE_HOURS[unit % len(TYPE_HOURS)]), 0.7))
    most, usual = int(chance.integers(2, 25)), chance.beta(1.2, 3)
    times, numbers = [0.0], [int(chance.binomial(most, usual))]
    while times[-1] < WEEKS * WEEK:
        faster = SHIFT if kind == "shift" and times[-1] > (WEEKS - SHIFT_WEEKS) * WEEK else 1.0
        times.append(times[-1] + chance.exponential(1 / (rate * faster)))
        step = int(chance.choice([-2, -1, -1, 1, 1, 2]))
        jumped = numbers[-1] + step if chance.random() < 0.7 else int(chance.binomial(most, usual))
        numbers.append(int(np.clip(jumped, 0, most)))
    return np.array(times), np.array(numbers)


def _declared_at(kind: str, times: Floats, numbers: Ints, chance: np.random.Generator) -> Floats:
    """Return when a unit declares, in hours."""
    end = WEEKS * WEEK
    if kind == "feeds":
        return np.arange(chance.random(), end, 1.0)
    if kind == "sparse":
        return np.sort(chance.uniform(0, end, WEEKS))
    period = float(chance.choice([8, 24, 24, 48, 84, 168]))
    at = np.arange(chance.random() * period, end, period)
    at = (at + chance.normal(0, period * 0.08, len(at)))[chance.random(len(at)) > 0.15]
    if chance.random() < 0.3:
        silent = chance.uniform(0, end - 500)
        at = at[(at < silent) | (at > silent + chance.uniform(200, 800))]
    if kind in ("change-driven", "mixture"):
        changes = times[1:][numbers[1:] != numbers[:-1]]
        predicted = chance.random(len(changes)) < (0.5 if chance.random() < 0.5 else 0.1)
        at = np.concatenate([at, changes[predicted] + chance.exponential(0.5)])
    return np.sort(at[(at > 0) & (at < end)])


def _copied(kind: str, numbers: Ints, chance: np.random.Generator) -> Ints:
    """Return what is declared of numbers: three units in ten repeat their last one, half of the time or nearly always."""
    if kind not in ("copied", "mixture") or chance.random() >= 0.3:
        return numbers
    repeated = chance.random(len(numbers)) < chance.choice([0.5, 0.9])
    last = np.maximum.accumulate(np.where(repeated, 0, np.arange(len(numbers))))
    return numbers[last]


def _checks(unit: Ints, at: Floats, number: Ints) -> Checks:
    """Return the checks of declarations by unit and time, one a row."""
    same_unit = unit[1:] == unit[:-1]
    hours = (at[1:] - at[:-1])[same_unit]
    before, found, who = number[:-1][same_unit], number[1:][same_unit], unit[1:][same_unit]
    period = (at[1:][same_unit] // WEEK).astype(np.int64)
    age = np.digitize(hours, AGE_EDGES).astype(np.int64)
    ones, none = np.ones(len(who)), np.zeros(len(who))
    held = ((found == before).astype(float), (found > 0).astype(float))
    columns = (period, who, who % len(TYPE_HOURS), size_of(before), age, none > 0)
    return Checks(*columns, np.maximum(hours, AGES[0] / 100), ones, *held, none, none, none)
