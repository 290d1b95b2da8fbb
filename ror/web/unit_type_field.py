"""The field « Type de l'unité » of the questions: types in the order of their fields of activity, each after its field.

The address has the labels alone. Streamlit would put there what is displayed, so the field is not bound to the address
(`bind`): it writes its parameter, and takes its value from it.
"""

from collections.abc import Callable, Iterable
from functools import cache
from typing import Literal

import streamlit as st

from ror.model.nomenclature import activity_fields, unit_types
from ror.model.search import folded
from ror.web import address

PARAMETER = "type"
_KEY = "types-by-field"
_WITHOUT_FIELD = "Autre"


def render(
    labels: Iterable[str], on_change: Callable[[], None] | None = None, width: "int | Literal['stretch']" = "stretch"
) -> None:
    """Render the field, with the labels of the types to choose from; `on_change` is called when its value changes."""
    chosen = chosen_labels()

    def choose() -> None:
        address.step(**{PARAMETER: st.session_state[_KEY]})
        if on_change:
            on_change()

    if st.session_state.get(_KEY) != chosen:
        st.session_state[_KEY] = chosen
    st.multiselect(
        "Type de l'unité",
        sorted({*labels, *chosen}, key=_order),
        format_func=words,
        key=_KEY,
        placeholder="Tous",
        filter_mode="contains",
        width=width,
        on_change=choose,
    )


def chosen_labels() -> list[str]:
    """Return the labels of types in the address, without unknown ones."""
    return [label for label in st.query_params.get_all(PARAMETER) if label in codes_by_label()]


def chosen_codes() -> tuple[str, ...]:
    """Return the codes of the types in the address, sorted."""
    return tuple(sorted(codes_by_label()[label] for label in chosen_labels()))


@cache
def codes_by_label() -> dict[str, str]:
    """Return the codes of the types of units by label."""
    # Active types last, so that they win over a deprecated type of the same label.
    types = sorted(unit_types().values(), key=lambda unit_type: not unit_type.deprecated)
    return {unit_type.label: unit_type.code for unit_type in types}


def words(label: str) -> str:
    """Return a type after the acronym of its field, as « PSY · Hospitalisation libre », or after the field that has none."""
    field = activity_fields().get(_field(label), _WITHOUT_FIELD)
    acronym = field.partition("(")[2].rstrip(")")
    return f"{acronym or field} · {label}"


def _order(label: str) -> tuple[bool, str, str]:
    field = _field(label)
    return not field, field, folded(label)


def _field(label: str) -> str:
    """Return the code of the first field of activity of a type; "" for a type without one."""
    code = codes_by_label().get(label)
    return unit_types()[code].first_field if code else ""
