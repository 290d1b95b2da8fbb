"""Random draws that depend on the seed and on time alone, so that the rhythm can be computed piece by piece.

Each (seed, stream, step) has a numpy generator of its own. No sine: its last bit depends on the processor and on where a
value stands in its array.
"""

from zlib import crc32

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


def generator(seed: int, stream: str, *key: int) -> np.random.Generator:
    """Return the generator of a stream, which is named after its subject, or of a step of it."""
    return np.random.default_rng((seed, crc32(stream.encode()), *key))


def noise(seed: int, stream: str, count: int, unit: Ints, step: Ints) -> Floats:
    """Return numbers in [0, 1), one for each row (unit below `count`, step of time), the same for the same unit and step."""
    if not len(unit):
        return np.empty(0)
    first, last = int(step.min()), int(step.max())
    table = np.stack([generator(seed, stream, number).random(count, np.float32) for number in range(first, last + 1)])
    numbers: Floats = table[step - first, unit].astype(np.float64)
    return numbers


def drift(seed: int, stream: str, count: int, unit: Ints, instant: Ints, period: int) -> Floats:
    """Return numbers in [0, 1) that wander: `noise` every `period` microseconds, smoothly joined in between."""
    step = instant // period
    before, after = np.split(noise(seed, stream, count, np.tile(unit, 2), np.concatenate([step, step + 1])), 2)
    part = (instant - step * period) / period
    numbers: Floats = before + (after - before) * part * part * (3 - 2 * part)
    return numbers


def wave(instant: Ints, period: int, peak: int) -> Floats:
    """Return something like a cosine, between -1 and 1, of this period, highest at `peak` (microseconds)."""
    side = np.abs(((instant - peak) % period) / period - 0.5) * 4 - 1
    numbers: Floats = side * (2 - np.abs(side))
    return numbers


def spread(count: int) -> Floats:
    """Return `count` numbers in [0, 1) as evenly spread as can be, in a shuffled order: a share of them is exact."""
    return np.arange(1, count + 1, dtype=np.float64) * _GOLDEN % 1.0
