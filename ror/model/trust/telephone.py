"""The reliability of a unit by telephone: the share of calls that confirm its number, with its interval."""

from dataclasses import dataclass

from scipy.special import betaincinv

from ror.model.french import count

MIN_CALLS = 3
"""Fewest calls for a share to be shown."""

LEVEL = 0.8


@dataclass(frozen=True, slots=True)
class Reliability:
    """Calls to a unit, those that confirmed its number, their share, and the interval that holds the true share at 80 %."""

    calls: int
    confirmed: int
    share: float
    low: float
    high: float

    @property
    def words(self) -> str:
        """The reliability on the screens: « 7 appels sur 9 ont confirmé ce que l'unité déclare (57 à 91 %) »."""
        verb = "ont" if self.confirmed > 1 else "a"
        bounds = f"{100 * self.low:.0f} à {100 * self.high:.0f} %"
        if not self.confirmed:
            return f"Aucun appel sur {self.calls} n'a confirmé ce que l'unité déclare ({bounds})"
        return f"{count(self.confirmed, 'appel')} sur {self.calls} {verb} confirmé ce que l'unité déclare ({bounds})"


def reliability(calls: int, confirmed: int) -> Reliability | None:
    """Return the reliability of these calls, None for too few of them: Jeffreys' interval (Brown, Cai and DasGupta, 2001)."""
    if calls < MIN_CALLS:
        return None
    of = confirmed + 0.5, calls - confirmed + 0.5
    low = float(betaincinv(*of, (1 - LEVEL) / 2)) if confirmed else 0.0
    high = float(betaincinv(*of, (1 + LEVEL) / 2)) if confirmed < calls else 1.0
    return Reliability(calls, confirmed, confirmed / calls, low, high)


def contradicted_often(found: Reliability | None, usual: float) -> bool:
    """Return whether calls confirm a unit less often than all units together, beyond chance."""
    return found is not None and found.high < usual
