"""Calibration of the predicted probabilities on generated logs unlike the demonstration's (`benchmarks.kit.made_logs`).

Prints for each log and claim the Brier score against a single rate and against one rate by type, and by how many points the
predicted probability differs from the observed share in the bands of 2,000 cases or more.

Run: PYTHONPATH=. python -m benchmarks.calibration [--quick]
"""

import sys

from benchmarks.kit import made_logs
from ror.model.trust.checks import Claim
from ror.model.trust.validation import Validation, validate
from ror.services.availability.trust.check_history import HELD_OUT_WEEKS, LEARNT_WEEKS

JUDGED = 2_000
"""The fewest cases with which a band is judged."""


def validated(kind: str, claim: Claim, units: int = 0) -> Validation:
    """Return the validation of a claim on a generated log."""
    checks, groups = made_logs.made_log(kind, units=units)
    return validate(checks, claim, groups, HELD_OUT_WEEKS, LEARNT_WEEKS)


def residuals(validation: Validation) -> list[float]:
    """Return the difference between predicted probability and observed share of each band that is judged."""
    return [band.gap for band in validation.every.bands() if band.cases >= JUDGED]


def main() -> None:
    """Print a line for each log and claim; with --quick for the first kind of log only."""
    for kind in list(made_logs.KINDS)[: 1 if "--quick" in sys.argv else None]:
        for claim in Claim:
            validation = validated(kind, claim, 40 if "--quick" in sys.argv else 0)
            if (score := validation.every.score()) is None:
                continue
            gaps = " ".join(f"{100 * gap:+.1f}" for gap in residuals(validation)) or "no band of 2,000 cases"
            print(
                f"{kind:14} {claim.value:9} {score.cases:7,} cases  {score.over_rate:6.1%} better than a single rate  "
                f"{score.over_climatology:6.1%} than by type  points: {gaps}",
                flush=True,
            )


if __name__ == "__main__":
    main()
