"""Render and read the filters of the consultations; each stands in the address, which can be bookmarked and shared."""

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import streamlit as st

from ror.model.board import Filters
from ror.model.needs import published_needs
from ror.model.nomenclature import CapacityType, activity_fields, unit_types
from ror.web import legend

_NEEDS, _FIELDS, _UNIT_TYPES, _NATURE, _LEAST, _AGES, _SEX = "besoin", "champ", "type", "nature", "mini", "age", "sexe"
_BOTH = "Lits et places"
_TYPES = {_BOTH: None, "Lits": CapacityType.BED, "Places": CapacityType.PLACE}
_ANYBODY = "Tous"
_SEXES = {_ANYBODY: None, "Une femme": "women", "Un homme": "men"}


def render(type_labels: Sequence[str], on_change: Callable[[], None]) -> None:
    """Render the filters, with the types of unit that there are; `on_change` is called when one changes."""
    usual: dict[str, Any] = {"bind": "query-params", "on_change": on_change}
    with st.container(horizontal=True, vertical_alignment="bottom", key="filters"):
        st.multiselect("Besoin", list(_needs()), key=_NEEDS, placeholder="Tous", width=180, **usual)
        st.multiselect("Champ d'activité", list(_fields()), key=_FIELDS, placeholder="Tous", width=170, **usual)
        st.multiselect("Type de l'unité", type_labels, key=_UNIT_TYPES, placeholder="Tous", width=200, **usual)
        st.segmented_control("Lit ou place", list(_TYPES), default=_BOTH, key=_NATURE, required=True, width="content", **usual)
        st.number_input("Disponibles, au moins", min_value=0, value=0, step=1, key=_LEAST, width=130, **usual)
        words = (
            "Au moins une place pour elle ou lui, places indifférentes comprises ; seules comptent les unités qui le disent."
        )
        st.selectbox("Une place pour", list(_SEXES), key=_SEX, placeholder=_ANYBODY, width=130, help=words, **usual)
        st.multiselect("Âge", list(_ranks()), key=_AGES, placeholder="Tous", width=160, **usual)


def selected() -> Filters:
    """Return the filters of the page."""
    state = st.session_state
    return Filters(
        activity_fields=tuple(sorted(_fields()[label] for label in state[_FIELDS])),
        unit_types=tuple(sorted(_unit_types()[label] for label in state[_UNIT_TYPES])),
        capacity_type=_TYPES.get(state[_NATURE] or _BOTH),
        at_least=int(state[_LEAST] or 0),
        ranks=tuple(sorted(_ranks()[words] for words in state[_AGES])),
        needs=tuple(sorted(_needs()[label] for label in state[_NEEDS])),
        sex=_SEXES.get(state[_SEX] or _ANYBODY),
    )


@cache
def _needs() -> dict[str, str]:
    return {need.label: need.code for need in published_needs().values()}


@cache
def _fields() -> dict[str, str]:
    return {label: code for code, label in activity_fields().items()}


@cache
def _unit_types() -> dict[str, str]:
    # Active types last: a deprecated one may have had the same label.
    types = sorted(unit_types().values(), key=lambda unit_type: not unit_type.deprecated)
    return {unit_type.label: unit_type.code for unit_type in types}


def _ranks() -> dict[str, int]:
    return {band.words: band.rank for band in legend.bands()}
