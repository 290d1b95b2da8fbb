"""Build the objects that the JSON interface sends (`ror.api.v1_models`) from rows of the store."""

import json
from collections.abc import Mapping
from typing import Any

from ror.api.v1_models import Coded, Counts, Event, JournalLine, Named, Offer, OtherNumbers, Part, Structure, Unit
from ror.model.count_parts import CODE_LISTS, CountPart, parts_from_json
from ror.model.needs import published_needs
from ror.model.nomenclature import labels
from ror.model.patient_type import patients_of
from ror.model.territory import department_name

StoredRow = Mapping[str, Any]
"""A row of the store, by the names of its columns."""


def coded(code_list: str, code: str) -> Coded:
    """Return a code of a national list with its label."""
    return Coded(code=code, label=labels(code_list).get(code, ""))


def structure(row: StoredRow) -> Structure:
    """Build a structure from a row of `store.pages.structures`."""
    return Structure.model_validate(
        {
            **row,
            "legal_entity": Coded(code=row["legal_entity"], label=row["legal_entity_name"] or ""),
            "category": Coded(code=row["category_code"], label=row["category"]),
            "commune": Coded(code=row["commune_code"], label=row["commune"]),
            "department": department(row),
        }
    )


def department(row: StoredRow) -> Coded:
    """Return the département of a row."""
    return Coded(code=row["department"], label=department_name(row["department"]))


def kind_fields(row: StoredRow) -> dict[str, Coded | list[Coded] | None]:
    """Return the five fields of `Unit` and `Offer` that describe the kind of a unit and what it counts."""
    return {
        "unit_type": Coded(code=row["unit_type"], label=row["type_label"]),
        "activity_field": coded("R227", row["activity_field"]),
        "needs": [_need(code) for code in row["needs"].split("|") if code],
        "capacity_type": coded("R329", row["capacity_type"]) if row["capacity_type"] else None,
        "temporality": coded("R331", row["temporality"]) if row["temporality"] else None,
    }


def _need(code: str) -> Coded:
    return Coded(code=code, label=published_needs()[code].label)


def unit(row: StoredRow) -> Unit:
    """Build a unit from a row of `store.pages.units`."""
    patients = patients_of(row["patient_type"], row["type_label"])
    own = {"unit": row["id"], "department": department(row), "patient_type": patients}
    return Unit.model_validate({**row, **kind_fields(row), **own})


def offer(row: StoredRow) -> Offer:
    """Build an offer from a row of `store.board.offers.read_offers`."""
    return Offer.model_validate(
        {
            **row,
            **kind_fields(row),
            "structure": Named(finess=row["finess"], name=row["structure"]),
            "department": department(row),
            **_numbers(row, row["open"]),
            "others": [_other(other, row["open"]) for other in row["others"] or () if other["observed_at"] is not None],
            "source_type": coded("R335", row["source_type"]) if row["source_type"] else None,
        }
    )


def _numbers(row: StoredRow, is_open: bool) -> dict[str, Any]:
    """Return the counts and parts of a row of the board, or of its `others`; a closed unit offers 0, of no sex."""
    parts = [part for part in parts_from_json(row["parts"]) if is_open or part.key.status != "available"]
    numbers = {**row, "installed": row.get("installed", row["declared_installed"]), "closed": row["closed_count"]}
    return {
        "counts": Counts.model_validate(numbers if is_open else {**numbers, "available": 0}),
        "parts": [_part(part) for part in parts],
    }


def _other(row: StoredRow, is_open: bool) -> OtherNumbers:
    source, temporality = coded("R335", row["source_type"]), coded("R331", row["temporality"])
    return OtherNumbers.model_validate({**row, **_numbers(row, is_open), "temporality": temporality, "source_type": source})


def _part(part: CountPart) -> Part:
    codes = {name: getattr(part.key, name) for name in CODE_LISTS}
    labelled = {name: coded(CODE_LISTS[name], code) if code else None for name, code in codes.items()}
    return Part(status=part.key.status, number=part.number, **labelled)


def event(row: StoredRow) -> Event:
    """Build an event from a row of `store.pages.declarations`."""
    return Event.model_validate(
        {
            **row,
            "temporality": coded("R331", row["temporality"]),
            "counts": Counts.model_validate(row),
            "parts": [_part(part) for part in parts_from_json(row["parts"])],
            "source_type": coded("R335", row["source_type"]),
        }
    )


def journal_line(row: StoredRow) -> JournalLine:
    """Build a line of the journal from a row of `store.journal.following`."""
    return JournalLine.model_validate({**row, **{name: json.loads(row[name] or "{}") for name in ("before", "after")}})
