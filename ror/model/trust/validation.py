"""Validate the probabilities of numbers on weeks that were not used to learn them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ror.model.trust import calibration
from ror.model.trust.calibration import ProbabilityBand
from ror.model.trust.checks import Bools, Checks, Claim, Floats, Sample, concatenated
from ror.model.trust.estimate import Estimate, Groups, fit_estimate


@dataclass(frozen=True, slots=True)
class Score:
    """How good the predictions of some cases were.

    `predicted` and `observed` are shares over all of them. `brier` is compared with the Brier scores of two references learnt
    from the same weeks: a single rate for all (`of_rate`), and one rate by type and needs, whatever the age (`of_climatology`).
    """

    cases: int
    predicted: float
    observed: float
    brier: float
    of_rate: float
    of_climatology: float

    @property
    def over_rate(self) -> float:
        """By which share the Brier score is smaller than that of a single rate."""
        return calibration.skill(self.brier, self.of_rate)

    @property
    def over_climatology(self) -> float:
        """By which share the Brier score is smaller than that of one rate by type and needs."""
        return calibration.skill(self.brier, self.of_climatology)


@dataclass(frozen=True, slots=True, eq=False)
class Predicted:
    """Cases with the prediction of each, those of the two references, and whether it would have been shown."""

    sample: Sample
    predicted: Floats
    rate: Floats
    climatology: Floats
    shown: Bools

    def score(self, rows: Bools | slice = slice(None)) -> Score | None:
        """Return the score of the predictions among some rows that would have been shown, None without a case."""
        chosen = np.zeros(len(self.shown), dtype=np.bool_)
        chosen[rows] = True
        rows = chosen & self.shown
        cases, held = self.sample.cases[rows], self.sample.held[rows]
        total = float(cases.sum())
        if not total:
            return None
        scores = [calibration.brier(of[rows], cases, held) for of in (self.predicted, self.rate, self.climatology)]
        return Score(round(total), float(cases @ self.predicted[rows]) / total, float(held.sum()) / total, *scores)

    def bands(self) -> list[ProbabilityBand]:
        """Return the reliability table of the predictions that would have been shown."""
        rows = self.shown
        return calibration.bands(self.predicted[rows], self.sample.cases[rows], self.sample.held[rows])

    def of_groups(self, groups: Sequence[int]) -> Bools:
        """Return whether each row is of one of some groups."""
        return np.isin(self.sample.group, groups)

    @property
    def shown_share(self) -> float:
        """The share of the cases whose probability would have been shown."""
        return float(self.shown @ self.sample.cases / max(self.sample.cases.sum(), 1))


@dataclass(frozen=True, slots=True, eq=False)
class Validation:
    """The validation of one claim: on all cases, and on those that were checked by telephone."""

    claim: Claim
    every: Predicted
    calls: Predicted


def validate(checks: Checks, claim: Claim, groups: Groups, held_out: int, learnt: int) -> Validation:
    """Validate a claim on the last `held_out` weeks, each predicted from the `learnt` weeks before it."""
    last = int(checks.period.max(initial=-1))
    every, calls = [], []
    for week in range(last - held_out + 1, last + 1):
        past, present = (
            checks.where((checks.period < week) & (checks.period >= week - learnt)),
            checks.where(checks.period == week),
        )
        estimate, references = fit_estimate(past, claim, groups), _references(past.of(claim), len(groups.parents))
        every.append(_predict(estimate, references, present.of(claim)))
        calls.append(_predict(estimate, references, present.calls_of(claim)))
    return Validation(claim, _concatenated(every), _concatenated(calls))


def _predict(estimate: Estimate, references: tuple[float, Floats], sample: Sample) -> Predicted:
    found = estimate.probability(sample.unit, sample.group, sample.size, sample.hours)
    rate, of_groups = references
    return Predicted(sample, found.value, np.full(len(sample.unit), rate), of_groups[sample.group], found.usable)


def _references(past: Sample, groups: int) -> tuple[float, Floats]:
    """Return the single rate of the past, and the rate of each group; a group without a case has the single rate."""
    rate = float(past.held.sum() / max(past.cases.sum(), 1))
    cases, held = (np.bincount(past.group, of, minlength=groups) for of in (past.cases, past.held))
    return rate, np.where(cases > 0, held / np.maximum(cases, 1), rate)


def _concatenated(parts: Sequence[Predicted]) -> Predicted:
    arrays = (np.concatenate([getattr(part, name) for part in parts]) for name in ("predicted", "rate", "climatology", "shown"))
    return Predicted(concatenated([part.sample for part in parts]), *arrays)
