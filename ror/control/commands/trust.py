"""The command that validates the predictions of how long numbers hold."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from ror.control.context import CommandContext
from ror.errors import Refused
from ror.model.trust.calibration import ProbabilityBand
from ror.model.trust.planting import Detection
from ror.model.trust.validation import Score
from ror.services.availability.trust import validation


def validate(context: CommandContext, *, weeks: int, plant: bool) -> dict[str, Any]:
    """Validate the log on its last weeks; return by claim the scores, over all and by type and need, and the reliability table.

    `plant`: also count how many of the faults planted in a copy of the log are found. Raises `Refused` for a log in which no
    number is followed by another one of its unit.
    """
    report = validation.report(context.db, None, context.now, weeks, plant=plant, on_progress=context.on_progress)
    if report is None:
        raise Refused("No unit has declared twice yet: there is nothing to validate. Import or declare numbers first.")
    claims = {
        claim.value: {
            "all": _score(outcome.score),
            "by_telephone": _score(outcome.calls),
            "shown": outcome.shown,
            "bands": [_band(band) for band in outcome.bands],
            "by_type": _scores(outcome.by_type),
            "by_need": _scores(outcome.by_need),
        }
        for claim, outcome in report.outcomes.items()
    }
    calls = None if report.calls is None else asdict(report.calls)
    faults = {kind: _fault(fault) for kind, fault in report.faults.items()}
    return {"until": report.until.isoformat(), "weeks": report.weeks, "claims": claims, "faults": faults, "calls": calls}


def _fault(found: Detection) -> dict[str, Any]:
    return {
        "planted": found.planted,
        "marked": found.marked,
        "found": found.found,
        "precision": found.precision,
        "recall": found.recall,
    }


def _score(score: Score | None) -> dict[str, Any] | None:
    if score is None:
        return None
    return {
        "cases": score.cases,
        "predicted": score.predicted,
        "observed": score.observed,
        "brier": score.brier,
        "over_rate": score.over_rate,
        "over_climatology": score.over_climatology,
    }


def _scores(scores: Mapping[str, Score]) -> dict[str, dict[str, Any] | None]:
    return {label: _score(score) for label, score in scores.items()}


def _band(band: ProbabilityBand) -> dict[str, Any]:
    return {"low": band.low, "high": band.high, "predicted": band.predicted, "observed": band.observed, "cases": band.cases}
