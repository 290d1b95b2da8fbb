"""Render the parts of the board beside its map: tiles, ranked answers, a unit in place, what changed since yesterday."""

import html
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Literal

import pyarrow.compute as pc
import streamlit as st

from ror.model import french
from ror.model.french import count
from ror.model.freshness import freshness_words
from ror.model.nomenclature import CapacityType
from ror.model.ranking import Ranking
from ror.model.rights import Account
from ror.model.territory import department_name
from ror.model.trust.still_true import expected_words
from ror.services.availability import answers, changes, past_boards, still_true, trends
from ror.services.availability.answers import Answer, Answers
from ror.services.availability.changes import UnitChange
from ror.services.availability.consult import UnitRow, View
from ror.services.region_time import instant_words, region_zone
from ror.settings import settings
from ror.web import (
    answer_rows,
    feedback,
    past_state,
    question,
    session,
    structure_sheet,
    trust_marks,
    unit_history,
    window,
)
from ror.web import tiles as tile_row
from ror.web.markdown import literal
from ror.web.tiles import Tile

_RANKING_NEAR, _RANKING = "tri", "ordre"
"""The parameters of the order, with a place and without one: their choices and their usual order are not the same."""


def render_tiles(account: Account, view: View) -> None:
    """Render the totals of a view: beds, places (or one of them), units on time and overdue; no place narrows them."""
    st.html('<p class="ror-scope">Dans toute la région :</p>')
    tile_row.render(view.cache.get("tiles", lambda: _tiles(account, view)))


def _tiles(account: Account, view: View) -> list[Tile]:
    db, region, bands = session.database(), view.region, settings().age_bands
    change = changes.last_day(db, account, view).totals()
    days = trends.last_days(db, account, view).to_pydict()
    shut = f" ; {count(region['shut'], 'autre fermée', 'autres fermées')}" if region["shut"] else ""
    on_time = [None if share is None else share * region["units"] for share in days["up_to_date"]]
    shown = {
        CapacityType.BED: Tile(
            count(region["beds"], "lit"),
            freshness_words(region["beds_fresh"], region["beds_old"], "confirmé", bands),
            change["beds"],
            days["beds"],
            _expected(view, CapacityType.BED),
        ),
        CapacityType.PLACE: Tile(
            count(region["places"], "place"),
            freshness_words(region["places_fresh"], region["places_old"], "confirmée", bands),
            change["places"],
            days["places"],
            _expected(view, CapacityType.PLACE),
        ),
    }
    return [
        *(tile for nature, tile in shown.items() if view.filters.capacity_type in (None, nature)),
        Tile(
            f"{count(region['up_to_date'], 'unité')} à jour",
            f"sur {french.number(region['units'])}{shut}",
            change["up_to_date"],
            on_time,
        ),
        Tile(f"{count(region['overdue'], 'unité')} en retard", "", change["overdue"], days["overdue"]),
    ]


def _expected(view: View, capacity: CapacityType) -> str:
    total = still_true.total(session.database(), view, capacity)
    return expected_words(total, capacity) if total else ""


def instant(view: View, past: datetime | None) -> str:
    """Return the instant of a view in words: « Données de 07 h 14, en direct », or the past instant."""
    if past is not None:
        return f"État au {instant_words(view.at)}"
    return f"Données de {view.at.astimezone(region_zone()):%H h %M} ● en direct"


def find(view: View, departments: Sequence[str]) -> Answers:
    """Return the answers to the question of the page, of some départements or of all of them."""
    db, point = session.database(), question.near()
    kilometres = question.kilometres() if point else None
    ranking = _ranking()
    # Cached: 12 ms for a region, needed again when a unit is opened from the list and after « back ».
    return view.cache.get(
        ("answers", point, kilometres, ranking, tuple(departments)),
        lambda: answers.find(db, view, point, kilometres, ranking, departments),
    )


def _rankings() -> list[Ranking]:
    """Return the orders to choose from, the default first; ordering by distance needs a place."""
    return [ranking for ranking in Ranking if question.near() or ranking is not Ranking.DISTANCE]


def _ranking_key() -> str:
    return _RANKING_NEAR if question.near() else _RANKING


def _ranking() -> Ranking:
    key, orders = _ranking_key(), _rankings()
    # A page opened at an address draws its answers before the control, which reads the address.
    named = {one.label: one for one in orders}
    chosen = st.session_state.get(key, named.get(st.query_params.get(key, "")))
    return Ranking(chosen) if chosen in orders else orders[0]


def title(results: Answers, department: str) -> str:
    """Return what was found in words: « 5 unités, réanimation à moins de 30 km de Melun (77) : 7 lits »."""
    offered = [
        count(results.summary[name], noun) for name, noun in (("beds", "lit"), ("places", "place")) if results.summary[name]
    ]
    what = f"{count(results.total, 'unité')}{_question_words(department)}"
    return f"{what} : {' et '.join(offered)}" if offered else what


def _question_words(department: str) -> str:
    """Return the question as it follows a noun: « , réanimation à moins de 30 km de Melun (77) »; "" without a question."""
    words = question.words(department)
    # « Réanimation » in a sentence, but « HAD » and « Essonne ».
    inside = words if words[1:2].isupper() or words == department_name(department) else f"{words[:1].lower()}{words[1:]}"
    return f", {inside}" if words else ""


def notes(account: Account, view: View, past: datetime | None) -> dict[str, str]:
    """Return what was learnt later about the units of a past view, in words by unit; empty for the present view."""
    if past is None:
        return {}
    later = past_boards.recorded_later(session.database(), account, view)
    return {unit: past_state.later_words(row, view.at) for unit, row in later.items()}


def render_answers(
    view: View, results: Answers, department: str, notes: Mapping[str, str], on_open: Callable[[str], None]
) -> None:
    """Render the ranked units, with `notes` by unit; when none is within the radius, say so and render the nearest ones."""
    heading = f'<h2 class="ror-answers">{html.escape(title(results, department))}</h2>'
    if not results.total:
        st.html(heading)
        if results.beyond:
            radius = f"{question.kilometres():.0f} km"
            st.info(f"Aucune unité à moins de {radius} : voici les plus proches.")
            _render_rows(results.beyond, view.at, "plus-proches", on_open)
        else:
            st.info("Aucune unité ne correspond à ces filtres : élargissez-les.")
        return
    with st.container(horizontal=True, vertical_alignment="center", key="answers-title"):
        st.html(heading, width="stretch")
        st.segmented_control(
            "Classer par",
            _rankings(),
            default=_rankings()[0],
            format_func=lambda one: one.label,
            key=_ranking_key(),
            required=True,
            label_visibility="collapsed",
            width="content",
            bind="query-params",
        )
    with st.container(height=_height(results), border=False, key="answers"):
        rows = [answer_rows.unit_row(one, view.at) for one in results.answers]
        rows = [row | {"note": " · ".join(filter(None, (notes.get(row["id"]), row["note"])))} for row in rows]
        answer_rows.render(rows, "reponses", "Unités", on_open)
    chances = [one.still_true for one in results.answers]
    if explanation := trust_marks.explanation(chances):
        st.html(explanation)
    remarks = _left_out(results.total - len(results.answers))
    if _ranking() is Ranking.RELIABILITY and not any(one.any_left for one in chances):
        remarks.append(_NO_RELIABILITY)
    if results.unplaced:
        remarks.append(f"{count(results.unplaced, 'structure')} sans position, hors de ce classement.")
    if remarks:
        st.caption(" ".join(remarks))


_NO_RELIABILITY = "« Fiabilité » : rien n'est su de ce que valent ces nombres ; ils sont classés par distance, puis par âge."


def _left_out(units: int) -> list[str]:
    """Return, in a list, the sentence that counts the `units` left out of a cut list; an empty list for 0."""
    return [f"{count(units, 'autre unité', 'autres unités')} : précisez la question."] if units else []


def _height(results: Answers) -> "int | Literal['content']":
    return 520 if len(results.answers) > 8 else "content"


def _render_rows(units: Sequence[Answer], at: datetime, key: str, on_open: Callable[[str], None]) -> None:
    answer_rows.render([answer_rows.unit_row(one, at) for one in units], key, "Unités", on_open)


def unit_row(view: View, unit: str) -> UnitRow | None:
    """Return the row of a unit in the board; None for an unknown unit and for ""."""
    if not unit:
        return None
    rows: list[UnitRow] = view.board.units.filter(pc.equal(view.board.units["unit"], unit)).to_pylist()
    return rows[0] if rows else None


def render_unit(
    account: Account, view: View, row: UnitRow, back: str, on_back: Callable[[], None], on_open: Callable[[str], None]
) -> None:
    """Render the sheet of a unit in place of the answers; `back` names the list that « ← » returns to."""
    st.button(f"← {literal(back)}", key="unit-back", type="tertiary", on_click=on_back)
    # The focus and the scroll go to this title, from the row that was pressed somewhere in a long list.
    st.html(f'<h2 class="ror-answers">{html.escape(row["name"])}</h2>')
    structure_sheet.render_units(view, [row])
    if not st.query_params.get(past_state.PARAMETER):
        feedback.render(account, view, [row])
    structure_sheet.render_download(view, [row])
    structure_sheet.render_identity(row)
    if row["available"] in (None, 0) or row["rank"] in (None, 3, 4):
        alternatives = answers.alternatives(session.database(), view, row["unit"])
        if alternatives:
            st.html('<h3 class="ror-answers">Les plus proches pour le même besoin</h3>')
            _render_rows(alternatives, view.at, f"autres-{row['unit']}", on_open)
    unit_history.render(account, view, row)


def render_changes(
    account: Account, view: View, departments: Sequence[str], department: str, on_open: Callable[[str], None]
) -> None:
    """Render the units that got worse within 24 hours (fewer beds or places, closed, silent, late), then the better ones.

    They are those near the place of the question, in some départements (none: all); `department` is that of the address.
    """
    db, point = session.database(), question.near()
    day_changes = changes.last_day(db, account, view)
    kilometres = question.kilometres() if point else None
    near = answers.nearby(db, view, point, kilometres, departments) if point or departments else None
    # On a phone a list scrolls with the page, not inside a strip of it, and is shorter.
    phone = window.is_phone()
    most = MAX_CHANGE_LINES // 10 if phone else MAX_CHANGE_LINES
    for key, words, changed in (
        ("pire", "Dégradé depuis hier", day_changes.worse),
        ("mieux", "Amélioré depuis hier", day_changes.better),
    ):
        rows = [one for one in changed if near is None or one.unit["unit"] in near.units]
        st.html(f'<h2 class="ror-answers">{words}{html.escape(_question_words(department))} : {count(len(rows), "unité")}</h2>')
        if rows:
            height: int | Literal["content"] = "content" if phone or len(rows) <= _VISIBLE_CHANGES else _VISIBLE_CHANGES * 57
            with st.container(height=height, border=False, key=key):
                lines = [_change_row(one, view.at) for one in rows[:most]]
                answer_rows.render(lines, f"{key}-lignes", words, on_open)
            for remark in _left_out(len(rows) - len(lines)):
                st.caption(remark)
        else:
            st.caption("Aucune unité.")
        unplaced = sum(one.unit["unit"] in near.unplaced for one in changed) if near else 0
        if unplaced:
            st.caption(f"{count(unplaced, 'unité')} sans position connue, hors de cette liste.")


_VISIBLE_CHANGES, MAX_CHANGE_LINES = 5, 200
"""How many lines of a list are visible without scrolling, and how many are sent at most; a tenth of that to a phone."""


def _change_row(change: UnitChange, at: datetime) -> answer_rows.Row:
    row = answers.answer(change.unit)
    before = "—" if change.before is None else str(change.before)
    return answer_rows.unit_row(row, at) | {"note": f"{change.kind.label} : {before} hier", "far": ""}
