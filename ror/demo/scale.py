"""How large the fiction is: one region, or the whole country."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from ror.demo.catalogue import DEPARTMENTS
from ror.demo.customs import CUSTOMS, Custom, country_customs
from ror.model.territory import departments


@dataclass(frozen=True, slots=True)
class Scale:
    """What is made at this scale; `departments` must hold "94", where the showcase stands.

    `times` multiplies the structures and legal entities of the catalogue. The history is written in `window`s of time, so
    that none holds more than about a million declarations.
    """

    name: str
    departments: tuple[str, ...]
    times: int
    customs: Mapping[str, Custom]
    window: timedelta


REGIONAL = Scale("region", DEPARTMENTS, 1, CUSTOMS, timedelta(days=366))
NATIONAL = Scale("national", tuple(departments()), 82, country_customs(tuple(departments())), timedelta(days=14))
SCALES = {scale.name: scale for scale in (REGIONAL, NATIONAL)}
