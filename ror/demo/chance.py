"""Chance as a function: the same number for the same (seed, stream, unit, step), whenever and in whatever order it is asked.

That is what lets the rhythm be computed piece by piece. Only integer operations, products and sums: no sine, whose last
bit depends on the processor and on where a value stands in its array.
"""

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
"""Durations in microseconds; instants are microseconds since 1970 in UTC."""

_GOLDEN = 0.6180339887498949
_WORD = (1 << 64) - 1


def noise(seed: int, stream: int, unit: Ints, step: Ints | int = 0) -> Floats:
    """Numbers in [0, 1), one for each unit and step (broadcast together): the SplitMix64 finalizer, twice."""
    start = np.uint64((seed * 0x9E3779B97F4A7C15 + stream * 0xD1B54A32D192ED03) & _WORD)
    mixed = unit.astype(np.uint64) * np.uint64(0xBF58476D1CE4E5B9) + start
    for addend in (np.asarray(step, np.int64).astype(np.uint64) * np.uint64(0x94D049BB133111EB), start):
        mixed = mixed + addend
        mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        mixed = mixed ^ (mixed >> np.uint64(31))
    return (mixed >> np.uint64(11)).astype(np.float64) * 2.0**-53


def drift(seed: int, stream: int, unit: Ints, instant: Ints, knot: int) -> Floats:
    """A number in [0, 1) that wanders: `noise` every `knot` microseconds, smoothly joined in between."""
    step = instant // knot
    before, after = noise(seed, stream, unit, step), noise(seed, stream, unit, step + 1)
    part = (instant - step * knot) / knot
    result: Floats = before + (after - before) * part * part * (3 - 2 * part)
    return result


def wave(instant: Ints, period: int, peak: int) -> Floats:
    """Something like a cosine, between -1 and 1, of this period, highest at `peak` (microseconds)."""
    part = ((instant - peak) % period) / period
    side = np.abs(part - 0.5) * 4 - 1
    result: Floats = side * (2 - np.abs(side))
    return result


def spread(count: int, start: float = 0.0) -> Floats:
    """`count` numbers in [0, 1) as evenly spread as can be, in a shuffled order: a share of them is a share, not a draw."""
    return (start + np.arange(1, count + 1, dtype=np.float64) * _GOLDEN) % 1.0
