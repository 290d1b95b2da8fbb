"""The parts of « Consultation par département »: totals, map, tables, and the détail par structure."""

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import streamlit as st

from ror.model.nomenclature import CapacityType
from ror.model.territory import INNER_PARIS, department_name, label_points
from ror.services import consult
from ror.services.consult import View
from ror.settings import PAGES
from ror.web import charts, legend, maps, session, tables

Row = dict[str, Any]
MAP_HEIGHT = 360


def level(view: View, name: str) -> list[Row]:
    """The summaries of one level: "region", "department" or "structure"."""
    rows: list[Row] = view.summaries.filter(pc.field("level") == name).to_pylist()
    return rows


def by_department(view: View, everywhere: View) -> list[Row]:
    """A line for every département of the region: one of which no unit passes the filters has zeros and no colour."""
    passing = {row["department"]: row for row in level(view, "department")}
    counted = ("beds", "places", "units", "shut", "up_to_date", "overdue", *(f"band_{rank}" for rank in range(5)))
    nothing: Row = {**dict.fromkeys(counted, 0), "rank": None, "oldest": None}
    return [passing.get(row["department"], {**row, **nothing}) for row in level(everywhere, "department")]


def empty() -> None:
    """No unit passes the filters, or the region has none yet."""
    st.info("Aucune unité ne correspond à ces filtres : élargissez-les.")


def chosen(parameter: str, rows: list[Row]) -> str:
    """The département of the address or of the list, which are one; "" when there is none or it has no unit."""
    codes = ["", *(row["department"] for row in rows)]
    code = st.query_params.get(parameter, "")
    code = code if code in codes else ""
    key = f"choose-{code}"
    st.selectbox(
        "Détail par structure de",
        codes,
        index=codes.index(code),
        format_func=lambda one: f"{one} {department_name(one)}" if one else "Toute la région",
        key=key,
        on_change=lambda: st.query_params.update({parameter: st.session_state[key]}),
    )
    return code


def totals(view: View, capacity_type: CapacityType | None) -> None:
    """What is available, beds and places apart (one of them when asked for), with how much of it is fresh."""
    row, count = level(view, "region")[0], tables.count
    shut = f" ; {count(row['shut'], 'autre fermée', 'autres fermées')}" if row["shut"] else ""
    since = f"depuis {legend.bands()[1].label}"
    lines = {
        "beds": f"<b>{count(row['beds'], 'lit')}</b> dont {count(row['beds_fresh'], 'confirmé')} {since}",
        "places": f"<b>{count(row['places'], 'place')}</b> dont {count(row['places_fresh'], 'confirmée')} {since}",
        "units": f"<b>{count(row['units'], 'unité')}</b> dont {tables.number(row['overdue'])} en retard{shut}",
    }
    hidden = _other(capacity_type)
    st.html('<div class="ror-totals">' + "".join(f"<p>{line}</p>" for key, line in lines.items() if key != hidden) + "</div>")


def _other(capacity_type: CapacityType | None) -> str:
    """The number that is not asked for when beds alone, or places alone, are."""
    return "" if capacity_type is None else {CapacityType.BED: "places", CapacityType.PLACE: "beds"}[capacity_type]


def region_map(rows: list[Row], capacity_type: CapacityType | None, code: str, parameter: str) -> None:
    """The map of the region, and an inset for Paris and its neighbours when they are there among others.

    It writes beds and places, or the one asked for.
    """
    codes = tuple(row["department"] for row in rows)
    hidden = _other(capacity_type)
    data = pa.Table.from_pylist(
        [
            {
                "code": row["department"],
                "name": department_name(row["department"]),
                "selected": row["department"] == code,
                "longitude": label_points().get(row["department"], (None, None))[0],
                "latitude": label_points().get(row["department"], (None, None))[1],
                **{name: None if name == hidden else row[name] for name in ("rank", "beds", "places", "units")},
            }
            for row in rows
        ]
    )
    mainland = tuple(one for one in codes if len(one) == 2)
    inner = tuple(one for one in mainland if one in INNER_PARIS)
    enlarged = inner if len(mainland) > len(inner) else ()
    overseas = [one for one in codes if len(one) == 3]
    region, insets = st.columns([5, 4] if enlarged or overseas else [9, 1], gap="small")
    with region:
        if mainland:
            _map(data, mainland, enlarged, parameter, "carte", MAP_HEIGHT)
    with insets:
        if enlarged:
            st.caption("Paris et les départements voisins, agrandis")
            _map(data, enlarged, (), parameter, "carte-paris", MAP_HEIGHT - 40)
        for one in overseas:
            _map(data, (one,), (), parameter, f"carte-{one}", 150)


def _map(data: pa.Table, codes: tuple[str, ...], unlabelled: tuple[str, ...], parameter: str, key: str, height: int) -> None:
    def pick() -> None:
        points = st.session_state[key]["selection"].get(maps.SELECTION, [])
        if points:
            st.query_params[parameter] = points[0]["code"]

    st.vega_lite_chart(
        data,
        maps.departments(codes, unlabelled, height),
        key=key,
        on_select=pick,
        selection_mode=maps.SELECTION,
        alt="Carte des départements, à la couleur de leur unité médiane ; le tableau qui suit dit la même chose.",
    )


def departments_table(view: View, rows: list[Row], parameter: str) -> None:
    """The table of départements; a line opens its detail."""

    def opens(line: int) -> None:
        st.query_params[parameter] = rows[line]["department"]

    st.caption("Le nom d'un département ouvre son détail par structure.")
    tables.show(tables.departments_table(view, rows), "departements", opens=opens, file="departements")


def department(view: View, code: str, parameter: str) -> None:
    """The détail par structure of one département: map, chart, tables by structure and by unit."""
    rows = [row for row in level(view, "structure") if row["department"] == code]
    title, close = st.columns([6, 1], vertical_alignment="bottom")
    title.header(f"Détail par structure : {department_name(code)} ({code})", anchor="detail")
    close.button("Fermer le détail", on_click=_close, args=(parameter,), type="tertiary", key="close_detail")
    if not rows:
        empty()
        return
    points, places, beds = st.columns(3, gap="medium")
    with points:
        st.markdown("**Structures**, selon leur unité médiane")
        data = view.summaries.filter((pc.field("level") == "structure") & (pc.field("department") == code))
        _structures_map(data, code)
    offered = consult.places_by_age(session.database(), view, code)
    with places:
        _chart(offered.filter(pc.field("capacity_type") == "02"), "Places")
    with beds:
        _chart(offered.filter(pc.field("capacity_type") == "01"), "Lits")
    by_structure, by_unit = st.tabs([f"Par structure ({len(rows)})", "Par unité"])
    with by_structure:
        _structures_table(view, rows)
    with by_unit:
        units = view.units.filter(pc.field("department") == code)
        finess = units["finess"].to_pylist()
        table = tables.units_table(view, units)
        tables.show(table, "unites", opens=lambda line: _open(finess[line]), file=f"unites-{code}", height=420)


def _close(parameter: str) -> None:
    st.query_params.pop(parameter, None)


def _open(finess: str) -> None:
    """Ask for the sheet of a structure: callbacks cannot change page, the next run does (`follow`)."""
    st.session_state["open_structure"] = finess


def follow() -> None:
    """Go to the structure that was picked, if one was."""
    if finess := st.session_state.pop("open_structure", ""):
        st.switch_page(PAGES / "structures.py", query_params={"structure": finess})


def _structures_map(data: pa.Table, code: str) -> None:
    def pick() -> None:
        points = st.session_state["carte-structures"]["selection"].get(maps.SELECTION, [])
        if points:
            _open(points[0]["finess"])

    columns = ["finess", "structure", "commune", "rank", "beds", "places", "longitude", "latitude"]
    st.vega_lite_chart(
        data.select(columns),
        maps.structures(code, MAP_HEIGHT),
        key="carte-structures",
        alt="Carte des structures du département ; le tableau par structure dit la même chose.",
        on_select=pick,
        selection_mode=maps.SELECTION,
    )


def _chart(rows: pa.Table, words: str) -> None:
    st.markdown(f"**{words} disponibles** par structure, selon l'âge")
    if not rows.num_rows:
        st.caption("Aucune disponibilité déclarée.")
        return
    with st.container(height=MAP_HEIGHT, border=False):
        st.vega_lite_chart(rows, charts.places_by_structure(), key=f"barres-{words}", alt=f"{words} disponibles par structure")


def _structures_table(view: View, rows: list[Row]) -> None:
    st.caption("Le nom d'une structure ouvre sa fiche.")
    table = tables.structures_table(view, rows)
    tables.show(table, "structures", opens=lambda line: _open(rows[line]["finess"]), file="structures", height=420)
