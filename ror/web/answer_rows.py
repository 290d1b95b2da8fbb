"""Render a list of units or places as rows of HTML: the number first, its age, what and where it is, whom to call.

A row opens its unit by one press or by the keyboard, and is read as a list by a screen reader. The rules of the order are those
of `model.ranking`.
"""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from functools import cache
from typing import Any

import streamlit as st

from ror.model import contact
from ror.model.count_parts import SEXES, parts_words, sex_parts
from ror.model.declaration import Channel
from ror.model.french import number
from ror.model.freshness import CLOSED_LABEL, LATE, age_words
from ror.model.nomenclature import CapacityType, capacity_types_shown
from ror.services.availability.answers import Answer
from ror.services.availability.consult import Summary
from ror.settings import PACKAGE, settings
from ror.web import telephones, trust_marks

Row = dict[str, Any]
"""A row of the list, in texts: id, figure, of, age, late, mark, title, place, note, far; `calls`: `telephones.links`;
`trust`: `trust_marks.row`; `band`: the style of its band, None when it is closed."""


@cache
def _component() -> "st.components.v2.types.ComponentRenderer":
    script = (PACKAGE / "web" / "answer_rows.js").read_text("utf-8")
    return st.components.v2.component("ror_answer_rows", js=script, isolate_styles=False)


def render(rows: Sequence[Row], key: str, label: str, on_open: Callable[[str], None]) -> None:
    """Render rows; `label` names the list, `on_open` is called with the id of the row that is pressed."""

    def open_row() -> None:
        if chosen := st.session_state[key].get("open"):
            on_open(str(chosen))

    _component()(data={"rows": list(rows), "label": label}, key=key, on_open_change=open_row)


def unit_row(answer: Answer, at: datetime) -> Row:
    """Return the row of a unit, whose age is counted to an instant."""
    capacity = CapacityType(answer.capacity_type)
    noun = capacity.of(answer.available or 0).split(" ", 1)[-1]
    age = age_words(at - answer.observed_at) if answer.observed_at else ""
    installed = f"sur {answer.installed}" if answer.installed is not None else ""
    return {
        "id": answer.unit,
        "figure": "—" if answer.available is None else str(answer.available),
        "of": f"{noun} {installed}".strip(),
        **age_chip(answer.rank, age, answer.closed_until),
        "late": LATE if answer.overdue else "",
        "trust": trust_marks.row(answer.still_true, capacity),
        "mark": answer.contradiction.words(at) if answer.contradiction else "",
        "title": answer.name,
        "place": _place(answer),
        "note": " · ".join(filter(None, (_by_telephone(answer), _sexes(answer), answer.comment))),
        "far": distance_words(answer.distance),
        "calls": telephones.links(answer.contacts),
    }


def _place(answer: Answer) -> str:
    """Return the structure and its commune, unless the name of the structure already contains the commune."""
    has_commune = answer.commune.removesuffix(" Arrondissement") in answer.structure
    return answer.structure if has_commune else f"{answer.structure}, {answer.commune}"


def age_chip(rank: int | None, age: str, closed_until: date | None = None) -> Row:
    """Return the age of a row with the style of its band; a closed unit has no rank."""
    if rank is None:
        until = f"jusqu'au {closed_until:%d/%m}" if closed_until else ""
        return {"age": f"{CLOSED_LABEL} {until}".strip(), "band": None}
    band = settings().age_bands[rank]
    return {"age": f"{band.shape} {age or band.label}", "band": {"background": band.colour, "color": band.ink}}


def _by_telephone(answer: Answer) -> str:
    """Return the words for a number that the coordination declared by telephone, without names; "" for other numbers."""
    return Channel.TELEPHONE.label.capitalize() if answer.channel == Channel.TELEPHONE else ""


def _sexes(answer: Answer) -> str:
    """Return « dont 2 femmes, 1 indifférent », in the words of the sheets; "" when the unit does not say."""
    parts = [part for part in sex_parts({name: getattr(answer, name) or 0 for name in SEXES}) if part.number]
    return f"dont {parts_words(parts, 'available')}" if parts else ""


def distance_words(kilometres: float | None) -> str:
    """Format a distance: « 800 m », « 3,4 km », « 27 km »; "" for an unknown one."""
    if kilometres is None:
        return ""
    if kilometres < 0.95:
        return f"{max(1, round(kilometres * 10)) * 100} m"
    return f"{kilometres:.1f} km".replace(".", ",") if kilometres < 9.95 else f"{kilometres:.0f} km"


def place_row(summary: Summary, key: str, name: str, place: str = "", *, capacity: CapacityType | None = None) -> Row:
    """Return the row of a département or a structure from its summary, in the band of its median unit.

    Its figure is the number of beds with that of places beside it, or the number of the only capacity that is asked for.
    """
    figures = {CapacityType.BED: summary["beds"], CapacityType.PLACE: summary["places"]}
    nature, *others = capacity_types_shown(capacity)
    noun = nature.of(figures[nature]).split(" ", 1)[1]
    band = None if summary["rank"] is None else settings().age_bands[summary["rank"]]
    empty = CLOSED_LABEL if summary["shut"] else "aucune unité"
    return {
        "id": key,
        "figure": number(figures[nature]),
        "of": ", ".join([noun, *(other.of(figures[other]) for other in others)]),
        "age": band.words if band else empty,
        "band": band and {"background": band.colour, "color": band.ink},
        "late": f"{summary['overdue']} en retard" if summary["overdue"] else "",
        "trust": [],
        "mark": "",
        "title": name,
        "place": place,
        "note": "",
        "far": "",
        "calls": telephones.links(contact.of_structure(summary.get("bed_telephone", ""), summary.get("telephone", ""))),
    }
