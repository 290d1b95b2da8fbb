"""The ROR code lists that the product uses, typed, from `data/nomenclatures` (ANS publications, 2026-04)."""

import csv
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from functools import cache

from ror.model import french
from ror.settings import DATA, settings


class CapacityType(StrEnum):
    """natureCapacite, list R329."""

    BED = "01"
    PLACE = "02"

    @property
    def label(self) -> str:
        """The noun: « lit » or « place », lower case, singular."""
        return "lit" if self is CapacityType.BED else "place"

    def of(self, number: int) -> str:
        """Format a number with its noun in agreement: « 1 lit », « 1 312 places »."""
        return f"{french.number(number)} {self.label}{'s' if abs(number) > 1 else ''}"


def capacity_types_shown(chosen: CapacityType | None) -> tuple[CapacityType, ...]:
    """Return the capacity types to show: the one that the filters choose, or beds, then places."""
    return (chosen,) if chosen else tuple(CapacityType)


class Temporality(StrEnum):
    """temporaliteCapacite, list R331: the two that a manager declares."""

    CURRENT = "01"
    SEVEN_DAYS = "05"


TEMPORALITY_WORDS = {"01": "maintenant", "02": "dans 1 h", "03": "dans 24 h", "04": "dans 48 h", "05": "sur 7 jours"}
"""The words for a temporality (R331) beside a number; those that no manager declares come from other systems."""


class SourceType(StrEnum):
    """typeSourceCapacite, list R335."""

    MANUAL = "01"
    BED_MANAGEMENT = "02"
    ADMINISTRATION = "03"
    PATIENT_RECORD = "04"


@dataclass(frozen=True, slots=True)
class UnitType:
    """typeOffre, list R244, with what is proposed for the units of this type.

    `activity_fields` are codes of R227, the principal one first: a unit has one of them. `capacity_type` is None where no
    published list gives it, and units may count beds, places or nothing. A `deprecated` code has left the list, and has no
    field; `duty` is the longest time between two declarations. `needs` are codes of `model.needs`; `other_labels` are former
    labels, and the longer ones of the ROR. Two fields are decisions of the region (`model.type_decision`): `counts_nothing`,
    and `followed`, which is false for units that it does not follow.
    """

    code: str
    label: str
    activity_fields: tuple[str, ...]
    capacity_type: CapacityType | None
    duty: timedelta
    deprecated: bool = False
    needs: tuple[str, ...] = ()
    other_labels: tuple[str, ...] = ()
    counts_nothing: bool = False
    followed: bool = True

    @property
    def first_field(self) -> str:
        """The default activity field of a unit of this type; empty for a deprecated type."""
        return next(iter(self.activity_fields), "")


def rows(name: str) -> list[dict[str, str]]:
    """Return the rows of a published list, by the names of its columns."""
    with (DATA / "nomenclatures" / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter=";"))


@cache
def unit_types() -> dict[str, UnitType]:
    """Return the types of units by code, deprecated ones included. The setting `weekly_duty_hours` replaces a duty of 168 h."""
    weekly = settings().weekly_duty_hours
    return {
        row["code"]: UnitType(
            row["code"],
            row["label"],
            _parts(row["activity_fields"]),
            CapacityType(row["capacity_type"]) if row["capacity_type"] else None,
            timedelta(hours=weekly if row["duty_hours"] in ("", "168") else int(row["duty_hours"])),
            row["status"] == "deprecated",
            _parts(row["needs"]),
            _parts(row["other_labels"]),
        )
        for row in rows("unit-types.csv")
    }


def _parts(cell: str) -> tuple[str, ...]:
    return tuple(filter(None, cell.split("|")))


@cache
def labels(code_list: str) -> dict[str, str]:
    """Return the labels of one national list by code; `code_list` as in "R330"."""
    return {row["code"]: row["label"] for row in rows("codes.csv") if row["list"].startswith(f"TRE_{code_list}-")}


def activity_fields() -> dict[str, str]:
    """Return the labels of champActivite (R227) by code, for the codes of at least one unit type."""
    used = {field for unit_type in unit_types().values() for field in unit_type.activity_fields}
    return {code: label for code, label in labels("R227").items() if code in used}
