"""Render « Consultation par structure »: the search, then the sheet of one structure."""

import html
from datetime import datetime

import pyarrow as pa
import streamlit as st

from ror.model import contact
from ror.model.count_parts import parts_from_json, parts_words
from ror.model.declaration import Channel
from ror.model.french import count
from ror.model.freshness import LATE, age_words
from ror.model.nomenclature import TEMPORALITY_WORDS, CapacityType
from ror.model.patient_type import patients_of
from ror.model.territory import department_name
from ror.model.trust.still_true import StillTrue
from ror.services.availability import consult, still_true
from ror.services.availability.consult import NO_UNIT, Summary, UnitRow, View
from ror.services.region_time import local_words
from ror.web import (
    address,
    answer_rows,
    consultation,
    feedback,
    legend,
    session,
    tables,
    telephones,
    trust_marks,
    unit_columns,
    window,
)
from ror.web.columns import AGE


def render_search(view: View, parameter: str, unit: str) -> None:
    """Render the search field and its results; a line opens the sheet of its structure and clears the chosen `unit`."""
    text = st.text_input(
        "Rechercher une structure",
        key="q",
        bind="query-params",
        placeholder="Nom, commune, département, FINESS, téléphone ou type d'unité",
        icon=":material/search:",
        on_change=lambda: address.step(**{parameter: "", unit: ""}),
    )
    matches = consult.search(session.database(), view, text or "")
    if not text:
        st.caption(
            "Par exemple : « réanimation créteil », un numéro FINESS ou un téléphone. Ni les accents, ni les majuscules, ni "
            "les traits d'union ne comptent."
        )
        return
    if not matches.num_rows:
        st.info("Aucune structure ne correspond : essayez moins de mots, ou le nom de la commune seul.")
        return

    def on_open(finess: str) -> None:
        address.step(**{parameter: finess, unit: ""})

    cut = matches.num_rows if matches.num_rows == consult.MAX_RESULTS else 0
    most = f" (les {cut} premières, précisez la recherche)" if cut else ""
    title = f"{matches.num_rows} structure{'s' if matches.num_rows > 1 else ''} : un nom ouvre la fiche{most}"
    offered = _offered(view, matches)
    with st.expander(title, expanded=not st.query_params.get(parameter)):
        if window.is_phone():
            pairs = zip(matches.to_pylist(), offered, strict=True)
            rows = [answer_rows.place_row(row, one["finess"], one["structure"], one["commune"]) for one, row in pairs]
            answer_rows.render(rows, "resultats-lignes", "Structures trouvées", on_open)
            return
        tables.render(
            _results_table(matches, offered),
            "resultats",
            on_open=lambda line: on_open(matches["finess"][line].as_py()),
            file=tables.view_download(view, "recherche", "Structures trouvées", *tables.search_criteria(text, cut)),
            height=tables.full_height(matches, 8),
        )


def _offered(view: View, structures: pa.Table) -> list[Summary]:
    """Return the summaries, in the view, of the structures that match a search, in their order."""
    departments = dict.fromkeys(structures["department"].to_pylist())
    summaries = {row["finess"]: row for code in departments for row in view.structures(code)}
    return [summaries.get(finess, NO_UNIT) for finess in structures["finess"].to_pylist()]


def _results_table(structures: pa.Table, rows: list[Summary]) -> pa.Table:
    """Return the table of the structures that match a search, with their summaries."""
    departments = structures["department"].to_pylist()
    return pa.table(
        {
            "Structure": structures["structure"],
            AGE: tables.age_chips(rows),
            "Lits": pa.array([row["beds"] for row in rows], pa.int32()),
            "Places": pa.array([row["places"] for row in rows], pa.int32()),
            "Commune": structures["commune"],
            "Département": [f"{code} {department_name(code)}" for code in departments],
            "Catégorie": structures["category"],
            "FINESS": structures["finess"],
            "Unités trouvées": structures["units"],
        }
    )


def units(view: View, finess: str) -> list[UnitRow]:
    """Return the units of one structure; none for an unknown one."""
    return view.units_of_structure(finess) if finess else []


def render_identity(row: UnitRow) -> None:
    """Render the name, address and telephones of the structure of a unit."""
    contacts = contact.of_structure(row["structure_bed_telephone"], row["structure_telephone"])
    place = f"{row['address']}, {row['postal_code']} {row['commune']}".strip(", ")
    st.html(
        f'<section class="ror-sheet"><h2>{html.escape(row["structure"])}</h2>'
        f"<p>{html.escape(row['category'])} · FINESS {html.escape(row['finess'])} · {department_name(row['department'])}<br>"
        f"{html.escape(place)}<br>{telephones.lines(contacts)}</p></section>"
    )


def render_sums(view: View, row: UnitRow) -> None:
    """Render the totals of the structure of a unit."""
    summary = next((one for one in view.structures(row["department"]) if one["finess"] == row["finess"]), None)
    if summary is not None:
        st.html(consultation.totals(summary, None))


def render_units(view: View, rows: list[UnitRow]) -> None:
    """Render each unit with its number, age, whether it is late, comment and its date, telephone to click."""
    chances = still_true.chances_of_rows(session.database(), view, rows)
    lines = "".join(_unit_line(row, view.at, of_row) for row, of_row in zip(rows, chances, strict=True))
    st.html(
        '<div class="ror-scroll"><table class="ror-table" aria-label="Unités de la structure"><thead><tr>'
        '<th scope="col">Unité</th><th scope="col">Disponible</th>'
        '<th scope="col">Mise à jour</th><th scope="col">Commentaire</th></tr></thead>'
        f"<tbody>{lines}</tbody></table></div>{trust_marks.explanation(chances)}"
    )


def render_download(view: View, rows: list[UnitRow]) -> None:
    """Render the downloads of the table of units, for accounts that have the right."""
    finess = rows[0]["finess"]
    table = view.cache.get(("sheet table", finess), lambda: _file_table(view, rows))
    tables.download(table, "fiche", tables.view_download(view, f"structure-{finess}", rows[0]["structure"]))


def _file_table(view: View, rows: list[UnitRow]) -> pa.Table:
    """Return the table of the file, with the last day of a closure, which the screen writes in words."""
    until = pa.array([None if row["open"] else row["closed_until"] for row in rows], pa.date32())
    others = pa.array([" ; ".join(others_words(row, view.at)) for row in rows], pa.string())
    return tables.units_table(view, rows).append_column("Fermée jusqu'au", until).append_column("Autres temporalités", others)


def _unit_line(row: UnitRow, at: datetime, chances: StillTrue) -> str:
    capacity = CapacityType(row["capacity_type"])
    number = "—" if row["available"] is None else capacity.of(row["available"])
    age = age_words(at - row["observed_at"]) if row["observed_at"] else ""
    shut = f"jusqu'au {row['closed_until']:%d/%m/%Y}" if row["closed_until"] and not row["open"] else ""
    badge = legend.chip(row["rank"] if row["open"] else None, shut or age)
    late = f' <span class="ror-late">{LATE}</span>' if row["overdue"] else ""
    since = f"<br><small>le {local_words(row['observed_at'], row['department'])}</small>" if row["observed_at"] else ""
    how = f"<br><small>{Channel.TELEPHONE.label}</small>" if row["channel"] == Channel.TELEPHONE else ""
    installed = f"<br><small>sur {capacity.of(row['installed'])}</small>" if row["installed"] is not None else ""
    detail = unit_columns.detail_in_words(row)
    rate = unit_columns.occupancy_of(row)
    mark = feedback.mark(row, at)
    trusted = trust_marks.lines(chances, capacity)
    full = f"<br><small>occupation {rate.words}, d'après les {rate.source}</small>" if rate else ""
    lines = [detail, *others_words(row, at)]
    if row["available"] is None and lines[1:]:
        number = lines.pop(1)
    more = "".join(f'<small class="ror-detail">{html.escape(line)}</small>' for line in lines if line)
    comment = html.escape(row["comment"]) + (since if row["comment"] else "")
    return (
        f"<tr><td><b>{html.escape(row['name'])}</b><br><small>{html.escape(_description(row))}</small>"
        f"<br>{telephones.lines(telephones.of_unit(row))}</td>"
        f'<td class="ror-figure">{number}{installed}{more}</td><td>{badge}{late}{since}{how}{trusted}{mark}{full}</td>'
        f"<td>{comment}</td></tr>"
    )


def _description(row: UnitRow) -> str:
    """Return the type of a unit and, where they are recorded, its patients, sector and zone."""
    patients = patients_of(row["patient_type"], row["type_label"])
    facts = (
        row["type_label"],
        patients.label if patients else "",
        f"secteur {row['psychiatric_sector']}" if row["psychiatric_sector"] else "",
        f"zone : {row['intervention_zone']}" if row["intervention_zone"] else "",
    )
    return " · ".join(fact for fact in facts if fact)


def others_words(row: UnitRow, at: datetime) -> list[str]:
    """Return the numbers of an open unit for other temporalities than its own: « 3 places maintenant, il y a 2 h »."""
    capacity = CapacityType(row["capacity_type"])
    words = []
    for other in row["others"] or () if row["open"] else ():
        if other["available"] is not None:
            sexes = parts_words(parts_from_json(other["parts"]), "available")
            number = f"{capacity.of(other['available'])} {TEMPORALITY_WORDS[other['temporality']]}"
            words.append(f"{number}{f' (dont {sexes})' if sexes else ''}, {age_words(at - other['observed_at'])}")
        elif other["supplementary"] is not None and other["observed_at"]:
            number = count(other["supplementary"], f"{capacity.label} supplémentaire", f"{capacity.label}s supplémentaires")
            words.append(f"{number} {TEMPORALITY_WORDS[other['temporality']]}, {age_words(at - other['observed_at'])}")
    return words
