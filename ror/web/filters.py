"""The filters of the consultations; each stands in the address, which can be bookmarked and shared."""

import streamlit as st

from ror.model.board import Filters
from ror.model.nomenclature import CapacityType, activity_fields, unit_types
from ror.web import legend

_BOTH = "Lits et places"
_TYPES = {_BOTH: None, "Lits": CapacityType.BED, "Places": CapacityType.PLACE}


def show() -> Filters:
    """Draw the filters; returns what they ask for."""
    fields, types = activity_fields(), unit_types()
    by_label = {label: code for code, label in fields.items()}
    type_codes = {kind.label: kind.code for kind in types.values()}
    ranks = {band.words: band.rank for band in legend.bands()}
    with st.container(horizontal=True, vertical_alignment="bottom", key="filters"):
        chosen_fields = st.multiselect(
            "Champ d'activité", list(by_label), key="champ", bind="query-params", placeholder="Tous", width=260
        )
        chosen_types = st.multiselect(
            "Type de l'unité", sorted(type_codes), key="type", bind="query-params", placeholder="Tous", width=300
        )
        nature = st.segmented_control(
            "Lit ou place", list(_TYPES), default=_BOTH, key="nature", bind="query-params", required=True, width="content"
        )
        at_least = st.number_input(
            "Disponibles, au moins", min_value=0, value=0, step=1, key="mini", bind="query-params", width=150
        )
        ages = st.multiselect("Âge", list(ranks), key="age", bind="query-params", placeholder="Tous", width=260)
    return Filters(
        activity_fields=tuple(sorted(by_label[label] for label in chosen_fields)),
        unit_types=tuple(sorted(type_codes[label] for label in chosen_types)),
        capacity_type=_TYPES.get(nature or _BOTH),
        at_least=int(at_least or 0),
        ranks=tuple(sorted(ranks[words] for words in ages)),
    )
