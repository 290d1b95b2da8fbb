"""Render « Consultation par département »: totals, map, tables, and « Détail par structure »."""

from collections.abc import Callable

import pyarrow as pa
import pyarrow.compute as pc
import streamlit as st

from ror.drawing import charts, maps
from ror.model import french
from ror.model.freshness import freshness_words
from ror.model.nomenclature import CapacityType, capacity_types_shown
from ror.model.territory import department_name
from ror.services.availability import consult
from ror.services.availability.consult import Summary, View
from ror.services.region_time import instant_words
from ror.settings import settings
from ror.web import address, chart_tables, session, tables

DETAIL_TABS, BY_UNIT, DRAWN = "detail_tabs", "Par unité", "Carte et graphiques"
MAP_HEIGHT = 360
CHOOSE, CLOSE = "Choisissez un département ici, sur la carte ou dans le tableau", "Toute la région (ferme le détail)"


def by_department(view: View) -> list[Summary]:
    """Return a summary for each département of the region: zeros and no colour where no unit matches."""
    nothing = consult.NO_UNIT
    return view.cache.get("lines", lambda: [view.departments.get(code, {"department": code, **nothing}) for code in view.codes])


def render_no_match() -> None:
    """Render the sentence for filters that no unit matches."""
    st.info("Aucune unité ne correspond à ces filtres : élargissez-les.")


def chosen_department(view: View, parameter: str) -> str:
    """Return the département of the address; "" when there is none or it has no unit."""
    code: str = st.query_params.get(parameter, "")
    return code if code in view.codes else ""


def render_departments_table(view: View, on_open: Callable[[str], None]) -> None:
    """Render the départements, one a line; `on_open` is called with the code of the line that is pressed."""
    table = view.cache.get("departments", lambda: tables.departments_table(view, by_department(view)))
    tables.render(
        table,
        "departements",
        on_open=lambda line: on_open(view.codes[line]),
        file=tables.view_download(view, "departements", "Départements"),
        cache=view.cache,
    )


def render_department_field(view: View, parameter: str, on_open: Callable[[], None]) -> None:
    """Render the list that chooses the département of the address; `on_open` is called after a change."""
    code, codes = chosen_department(view, parameter), view.codes
    key = f"choose-{code}"

    def select() -> None:
        address.step(**{parameter: st.session_state[key]})
        on_open()

    st.selectbox(
        "Détail par structure de",
        ["", *codes],
        index=codes.index(code) + 1 if code else 0,
        format_func=lambda one: named(one) or (CLOSE if code else CHOOSE),
        key=key,
        placeholder="Cherchez un département",
        on_change=select,
    )


def named(code: str) -> str:
    """Return the code and the name of a département; "" for none."""
    return f"{code} {department_name(code)}" if code else ""


def totals(summary: Summary, capacity_type: CapacityType | None) -> str:
    """Return the HTML of the available beds and places, separately (or one of them), with how many are fresh and old."""
    count = french.count
    shut = f" ; {count(summary['shut'], 'autre fermée', 'autres fermées')}" if summary["shut"] else ""
    bands = settings().age_bands
    beds = freshness_words(summary["beds_fresh"], summary["beds_old"], "confirmé", bands)
    places = freshness_words(summary["places_fresh"], summary["places_old"], "confirmée", bands)
    lines = {
        CapacityType.BED: f"<b>{count(summary['beds'], 'lit')}</b> {beds}",
        CapacityType.PLACE: f"<b>{count(summary['places'], 'place')}</b> {places}",
    }
    units = f"<b>{count(summary['units'], 'unité')}</b> dont {french.number(summary['overdue'])} en retard{shut}"
    shown = [*(lines[one] for one in capacity_types_shown(capacity_type)), units]
    return '<div class="ror-sums">' + "".join(f"<p>{line}</p>" for line in shown) + "</div>"


def render_department_title(code: str) -> None:
    """Render the title of « Détail par structure » of a département."""
    st.header(f"Détail par structure : {department_name(code)} ({code})", anchor="detail")


def render_department(view: View, code: str) -> None:
    """Render « Détail par structure » of one département: tables by structure and by unit, a map and charts."""
    rows = view.structures(code)
    render_department_title(code)
    if not rows:
        render_no_match()
        return
    st.html(view.cache.get(("sums", code), lambda: totals(view.departments[code], view.filters.capacity_type)))
    # Only the open tab is sent: the table of the units is the longest of the page.
    by_structure, by_unit, drawn = st.tabs(["Par structure", BY_UNIT, DRAWN], key=DETAIL_TABS, on_change="rerun")
    if drawn.open:
        with drawn:
            _structures_map(view, code)
            _chart(view, code, "02", "Places")
            _chart(view, code, "01", "Lits")
        return
    if not by_unit.open:
        with by_structure:
            _structures_table(view, code)
        return
    with by_unit:
        finess = view.cache.get(("finess", code), lambda: view.units_of(code)["finess"].to_pylist())
        table = view.cache.get(("units table", code), lambda: tables.units_table(view, view.units_of(code).to_pylist()))
        tables.render(
            table,
            "unites",
            on_open=lambda line: open_structure(finess[line]),
            file=tables.view_download(view, f"unites-{code}", f"Unités, {named(code)}"),
            height=420,
        )


def open_structure(finess: str) -> None:
    """Store the structure to open: a callback cannot render, so the next run goes there (`visit_picked_structure`)."""
    st.session_state["open_structure"] = finess


def visit_picked_structure() -> None:
    """Go to the structure that `open_structure` stored, if there is one."""
    if finess := st.session_state.pop("open_structure", ""):
        address.visit(f"/structures?structure={finess}")


def _structures_map(view: View, code: str) -> None:
    def pick() -> None:
        points = st.session_state["carte-structures"]["selection"].get(maps.SELECTION, [])
        if points:
            open_structure(points[0]["finess"])

    st.vega_lite_chart(
        view.cache.get(("points", code), lambda: pa.Table.from_pylist(view.structures(code), _POINTS)),
        maps.structures((code,), MAP_HEIGHT, consult.outlines(session.database(), view).version),
        key="carte-structures",
        alt=f"Carte des structures, {named(code)}, le {instant_words(view.at)} ; « Par structure » les a en tableau.",
        on_select=pick,
        selection_mode=maps.SELECTION,
    )


_POINTS = pa.schema(
    [
        *((name, pa.string()) for name in ("finess", "structure", "commune")),
        *((name, pa.int32()) for name in ("rank", "beds", "places")),
        *((name, pa.float64()) for name in ("longitude", "latitude")),
    ]
)
"""Columns of the map of structures, from their summaries."""


def _chart(view: View, code: str, capacity_type: str, words: str) -> None:
    rows = view.cache.get(
        ("bars", code, capacity_type), lambda: view.places_by_age(code).filter(pc.field("capacity_type") == capacity_type)
    )
    with st.container(height=MAP_HEIGHT, border=False):
        if not rows.num_rows:
            st.caption(f"{words} disponibles : aucune disponibilité déclarée.")
            return
        spec = charts.places_by_structure(words)
        name = f"{words} disponibles par structure et par âge, {named(code)}, le {instant_words(view.at)}"
        st.vega_lite_chart(rows, spec, key=f"barres-{words}", alt=f"{name}.")
        shown = [(row["structure"], settings().age_bands[row["rank"]].words, row["available"]) for row in rows.to_pylist()]
        chart_tables.render(name, ["Structure", "Âge de l'information", words], shown)


def _structures_table(view: View, code: str) -> None:
    rows = view.structures(code)
    st.caption(f"{french.count(len(rows), 'structure')} : un nom ouvre la fiche.")
    table = view.cache.get(("structures table", code), lambda: tables.structures_table(view, rows))
    tables.render(
        table,
        "structures",
        on_open=lambda line: open_structure(rows[line]["finess"]),
        file=tables.view_download(view, f"structures-{code}", f"Structures, {named(code)}"),
        height=420,
    )
