"""A table to join with units: the default descriptions of offers, by the rule of `model.offer_description`."""

from dataclasses import asdict
from functools import cache
from itertools import product

import pyarrow as pa

from ror.model.nomenclature import labels, unit_types
from ror.model.offer_description import offer_description
from ror.model.patient_type import PatientType
from ror.model.registry import Unit
from ror.store.engine.database import Cursor


def register(cursor: Cursor) -> None:
    """Register the table `described`, a row for each type, activity field and patient type ("" included).

    Columns: unit_type, activity_field, patient_type (the keys, as in `Unit`), and those of the `OfferDescription` of an entry
    without a care mode and without an activity.
    """
    cursor.register("described", _descriptions())


@cache
def _descriptions() -> pa.Table:
    keys = product(unit_types(), ("", *labels("R227")), ("", *map(str, PatientType)))
    return pa.Table.from_pylist([_row(*key) for key in keys])


def _row(unit_type: str, activity_field: str, patients: str) -> dict[str, str | int]:
    unit = Unit("", "", "", unit_type, None, "", patient_type=patients)
    key = {"unit_type": unit_type, "activity_field": activity_field, "patient_type": patients}
    return {**key, **asdict(offer_description(unit, activity_field))}
