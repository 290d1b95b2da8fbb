"""The section « Retour d'expérience »: what the board knew at a past instant, beside what was later learnt to be true then."""

import html
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import streamlit as st

from ror.exchange.about import LabelledText
from ror.model.filters import Filters
from ror.model.french import count, number
from ror.model.hindsight import USUAL_WITHIN, WITHIN, Totals
from ror.model.nomenclature import CapacityType
from ror.model.rights import Account, Action
from ror.model.territory import department_name
from ror.services.availability import consult
from ror.services.availability.consult import Board
from ror.services.coordination import after_action
from ror.services.coordination.after_action import Review
from ror.services.region_time import instant_words
from ror.web import columns, past_state, question, session, tables, tiles
from ror.web.tiles import Tile

_TERRITORY, _NEEDS, _WITHIN = "territoire", "besoin", "delai"
_REGION = "Toute la région"
_INSTANT = pa.timestamp("us", tz="UTC")
UNKNOWN = "inconnu"


def render_after_action(account: Account) -> None:
    """Render the instant and the filters of the address, then what was known, what was true, and the units."""
    now = datetime.now(UTC)
    board = consult.current(session.database(), account)
    at = past_state.chosen(account, now)
    past_state.render_field(at, now)
    department, filters, within = _render_filters(board)
    past_state.render_refusal(account, now)
    if at is None:
        if not st.query_params.get(past_state.PARAMETER):
            st.info("Choisissez dans « État au » le jour et l'heure à revoir : ce qui était connu alors, et ce qui était vrai.")
        return
    review = after_action.review(session.database(), account, at, now, filters=filters, department=department, within=within)
    if not review.units:
        st.info("Aucune unité ne correspond à ces filtres à cet instant : élargissez-les.")
        return
    _render_totals(review)
    file = tables.Download(
        "retour-experience", "Connus alors, vrais alors", Action.COORDINATE, at, filters, _criteria(department, within)
    )
    tables.render(_table(review), "retour", file=file, height=tables.full_height(review.units, 15))


def _render_filters(board: Board) -> tuple[str, Filters, timedelta]:
    """Render the filters; return the département ("" for all), the filters, and how late an observation may be."""
    territories = {f"{code} {department_name(code)}": code for code in board.slices if code}
    with st.container(horizontal=True, vertical_alignment="bottom", key="filters"):
        territory = st.selectbox(
            "Territoire", [_REGION, *territories], key=_TERRITORY, placeholder=_REGION, width=220, bind="query-params"
        )
        needs = st.multiselect(
            "Besoin", list(question.needs_by_label()), key=_NEEDS, placeholder="Tous", width=230, bind="query-params"
        )
        within = st.selectbox(
            "Observé ensuite en moins de",
            WITHIN,
            index=WITHIN.index(USUAL_WITHIN),
            format_func=_duration,
            key=_WITHIN,
            placeholder=_duration(USUAL_WITHIN),
            width=200,
            bind="query-params",
        )
    codes = tuple(sorted(question.needs_by_label()[label] for label in needs))
    return territories.get(territory or "", ""), Filters(needs=codes), within or USUAL_WITHIN


def _duration(delay: timedelta) -> str:
    minutes = delay // timedelta(minutes=1)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h"


def _criteria(department: str, within: timedelta) -> tuple[LabelledText, ...]:
    territory = f"{department} {department_name(department)}" if department else _REGION
    return (("Territoire", territory), ("Observé ensuite en moins de", _duration(within)))


def _render_totals(review: Review) -> None:
    """Render the totals known and true then, and how to read them."""
    at = review.view.at
    st.html(f'<h2 class="ror-answers">Le {html.escape(instant_words(at))}, connus alors et vrais alors</h2>')
    with st.container(key="after-action", gap="small"):
        for capacity in CapacityType:
            one = review.totals(capacity)
            if one.units:
                tiles.render(_tiles(capacity, one))
    st.caption(
        "Vrai alors : le dernier nombre observé à cet instant, tel qu'on le sait aujourd'hui (déclaration tardive, correction, "
        f"lecteur, appel) ; à défaut, le premier observé ensuite en moins de {_duration(review.within)}. Sinon : {UNKNOWN}, "
        "et compté ainsi. Les unités et leurs noms sont ceux d'aujourd'hui."
    )


def _tiles(capacity: CapacityType, totals: Totals) -> list[Tile]:
    change = totals.true - totals.known_where_verified
    gap = "autant" if not change else f"{number(abs(change))} de {'plus' if change > 0 else 'moins'}"
    if totals.verified:
        words = f"{_agreed('vrai', totals.true, capacity)} alors, sur {count(totals.verified, 'unité')} dont on le sait ; "
        known_words = (
            f"{number(totals.known_where_verified)} {_agreed('connu', totals.known_where_verified, capacity)} alors : {gap}"
        )
        true = Tile(capacity.of(totals.true), words + known_words)
    else:
        true = Tile("—", "Vrais alors : on ne le sait d'aucune unité")
    verb = "différaient" if totals.differing > 1 else "différait"
    return [
        Tile(
            capacity.of(totals.known), f"{_agreed('connu', totals.known, capacity)} alors, sur {count(totals.units, 'unité')}"
        ),
        true,
        Tile(count(totals.differing, "unité"), f"{verb}, de {capacity.of(totals.gap)} en tout"),
        Tile(count(totals.unknown, "unité"), f"au nombre {UNKNOWN} : rien n'a été appris de cet instant"),
    ]


def _agreed(word: str, quantity: int, capacity: CapacityType) -> str:
    """Return a word with the gender and number of a quantity of beds or places."""
    return f"{word}{'e' if capacity is CapacityType.PLACE else ''}{'s' if quantity > 1 else ''}"


def _table(review: Review) -> pa.Table:
    rows = [one.row for one in review.units]
    comparisons = [one.comparison for one in review.units]
    truths = [one.truth for one in comparisons]
    at = review.view.at
    return pa.table(
        {
            "Structure": [row["structure"] for row in rows],
            "Unité": [row["name"] for row in rows],
            columns.AGE: tables.age_chips(rows),
            columns.UPDATED: [columns.age(at - row["observed_at"] if row["observed_at"] else None) for row in rows],
            "Connu alors": pa.array([one.known for one in comparisons], pa.int32()),
            "Vrai alors": pa.array([truth.available if truth else None for truth in truths], pa.int32()),
            "Écart": pa.array([one.difference for one in comparisons], pa.int32()),
            "Comment": [truth.way.label if truth else UNKNOWN for truth in truths],
            columns.LEARNT_AT: pa.array([truth.learnt_at if truth else None for truth in truths], _INSTANT),
            columns.TRUE_AT: pa.array([truth.true_at if truth else None for truth in truths], _INSTANT),
            "Lit ou place": [CapacityType(row["capacity_type"]).label for row in rows],
            "Département": [f"{row['department']} {department_name(row['department'])}" for row in rows],
        }
    )
