"""« Encore vrai », in words: the probability that a number still stands or leaves a place, and the expected total."""

from dataclasses import dataclass

from ror.model.french import number
from ror.model.nomenclature import CapacityType
from ror.model.trust.expected import Total

MIN_PERCENT, MAX_PERCENT = 1, 99
"""The percentages that are written. Beyond them it is « moins de 1 % » or « plus de 99 % »: nothing here is certain."""

WIDE = 100
"""The width of the interval of a total from which its numbers are rounded to tens."""


@dataclass(frozen=True, slots=True)
class Chance:
    """A probability, with the bounds of its 80 % interval."""

    value: float
    low: float
    high: float

    @property
    def words(self) -> str:
        """The probability: « 86 % », « plus de 99 % », « moins de 1 % »."""
        return percent_words(self.value)

    @property
    def percent(self) -> int:
        """The probability in percent for a table of numbers, between `MIN_PERCENT` and `MAX_PERCENT`."""
        return min(max(round(100 * self.value), MIN_PERCENT), MAX_PERCENT)

    @property
    def interval(self) -> str:
        """The interval: « entre 81 et 90 % », « plus de 92 % » where it reaches up to certainty."""
        low, high = round(100 * min(self.low, self.value)), round(100 * max(self.high, self.value))
        if high > MAX_PERCENT:
            return f"plus de {min(low, MAX_PERCENT)} %"
        if low < MIN_PERCENT:
            return f"moins de {max(high, MIN_PERCENT)} %"
        return f"entre {low} et {high} %" if low < high else "à un point près"


@dataclass(frozen=True, slots=True)
class StillTrue:
    """The chances that a number still stands, and that at least one place is left; None where it is not known."""

    same: Chance | None = None
    any_left: Chance | None = None

    def claims(self, capacity: CapacityType) -> list[tuple[str, Chance]]:
        """Return the claims about a number in words, « encore vrai à 86 % », « au moins un : 97 % », each with its chance."""
        one = {CapacityType.BED: "un", CapacityType.PLACE: "une"}[capacity]
        predicted = ((self.same, "encore vrai à"), (self.any_left, f"au moins {one} :"))
        return [(f"{words} {chance.words}", chance) for chance, words in predicted if chance]


def percent_words(share: float) -> str:
    """Return a probability in whole percent, never 0 nor 100."""
    percent = round(100 * share)
    if percent > MAX_PERCENT:
        return f"plus de {MAX_PERCENT} %"
    return f"moins de {MIN_PERCENT} %" if percent < MIN_PERCENT else f"{percent} %"


def expected_words(total: Total, capacity: CapacityType) -> str:
    """Format the expected total and its bounds: « environ 3 060 attendus (2 880 à 3 230) »."""
    step = 10 if total.high - total.low >= WIDE else 1
    mean, low, high = (number(step * round(of / step)) for of in (total.mean, total.low, total.high))
    agreement = {CapacityType.BED: "attendu", CapacityType.PLACE: "attendue"}[capacity]
    return f"environ {mean} {agreement}{'s' if total.mean >= 2 else ''} ({low} à {high})"
