"""The outlines of the maps in the section « Import »: preview a file, import it, return to the outlines of the product."""

from datetime import UTC, datetime

import pyarrow as pa
import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from ror.errors import BadFile
from ror.model import french
from ror.model.outlines import OutlineKind
from ror.model.rights import Account, Action
from ror.model.territory import department_name
from ror.services.registry import outlines
from ror.services.registry.outlines import OutlinesPlan
from ror.web import session, tables
from ror.web.administration.uploaded_file import on_disk
from ror.web.forms import actions
from ror.web.forms.file_preview import FilePreview
from ror.web.markdown import literal

MAX_MEGABYTES = 60
_SECTION = "imports"
_FILE = FilePreview("outlines", _SECTION)
_MAX_LINES = 1_000
_COLUMNS = {"Distance (km)": st.column_config.NumberColumn(format="localized")}


def render_outlines(account: Account) -> None:
    """Render the outlines in force, the choice of a file, its preview and the button that imports it."""
    _render_present(account)
    st.caption(
        "Les contours des départements, ou des communes, en GeoJSON ou TopoJSON et en WGS 84 (degrés), comme Admin Express de "
        "l'IGN : ceux du fichier sont reconnus à leurs codes, simplifiés pour les cartes, et remplacent tous les précédents. "
        f"{MAX_MEGABYTES} Mo au plus."
    )
    plan = _FILE.render("Fichier", MAX_MEGABYTES, lambda file: _read(account, file))
    if plan is not None:
        _render_plan(plan)


def _render_present(account: Account) -> None:
    """Render which outlines the maps draw, with the button that returns to those of the product."""
    kinds = outlines.imported_kinds(session.database(), account, datetime.now(UTC))
    if not kinds:
        st.markdown("Les cartes dessinent les contours d'origine, approximatifs.")
        return
    st.markdown(f"Contours importés : {' et '.join(f'{kind.label}s' for kind in kinds)}.")
    st.button("Revenir aux contours d'origine", icon=":material/undo:", key="outlines-forget", on_click=_forget)


def _read(account: Account, file: UploadedFile) -> OutlinesPlan:
    if file.size > MAX_MEGABYTES * 2**20:
        raise BadFile(f"Le fichier dépasse {MAX_MEGABYTES} Mo : donnez une édition simplifiée, ou votre région seule.")
    with st.spinner("Lecture du fichier…"), on_disk(file) as path:
        return outlines.preview_outlines(session.database(), account, path, datetime.now(UTC))


def _render_plan(plan: OutlinesPlan) -> None:
    st.html(f'<p role="status">{_summary(plan)} Rien n\'est encore écrit.</p>')
    if plan.passed_over:
        names = ", ".join(plan.passed_over[:10]) + ("…" if len(plan.passed_over) > 10 else "")
        st.caption(literal(f"Contours qui ne sont pas des territoires connus, laissés de côté : {names}."))
    if plan.outside.num_rows:
        table = outside_table(plan.outside)
        with st.expander(f"Structures hors du contour : {french.count(table.num_rows, 'ligne')}", expanded=True):
            first = table.slice(0, _MAX_LINES)
            height = tables.full_height(range(first.num_rows), 10)
            tables.draw(first, "outlines-outside", height=height, config=_COLUMNS)
            title = "Structures hors du contour de leur territoire"
            tables.download(
                table, "outlines-outside", tables.Download("structures-hors-contour", title, Action.MANAGE_REGISTRY)
            )
    if plan.changes_nothing:
        st.info("Ces contours sont déjà ceux des cartes : il n'y a rien à importer.")
        return
    st.button(
        "Importer", type="primary", icon=":material/upload:", key=f"outlines-go-{_FILE.number}", on_click=_import, args=(plan,)
    )


def _summary(plan: OutlinesPlan) -> str:
    """Return one line of HTML: the outlines of the file, how many of its points are drawn, the structures outside of them."""
    number, count = french.number, french.count
    on_a_map = " sur une carte de tout" if plan.kind is OutlineKind.DEPARTMENT else ""
    return (
        f"<b>{count(plan.read, plan.kind.label)}</b> : {number(plan.vertices)} sommets dans le fichier, {number(plan.kept)} "
        f"gardés{on_a_map}. {count(plan.outside.num_rows, 'structure')} sur {number(plan.located)} hors du contour de leur "
        f"{plan.kind.label}."
    )


def outside_table(outside: pa.Table) -> pa.Table:
    """Return `OutlinesPlan.outside` with the names of its columns on screen."""
    departments = pa.array([f"{code} {department_name(code)}" for code in outside["department"].to_pylist()], pa.string())
    return pa.table(
        {
            "Nom": outside["name"],
            "FINESS": outside["finess"],
            "Commune": outside["commune"],
            "Département": departments,
            "Distance (km)": outside["km"],
        }
    )


def _import(plan: OutlinesPlan) -> None:
    if not _FILE.holds(plan):
        return
    success = f"Contours importés : {french.count(plan.read, plan.kind.label)}. Les cartes les dessinent désormais."

    def operation(account: Account, now: datetime) -> bool:
        outlines.write(session.database(), account, plan, now)
        return True

    written = actions.run_in_section(_SECTION, operation, success)
    _FILE.discard()
    if written:
        _FILE.empty()


def _forget() -> None:
    _FILE.discard()
    actions.run_in_section(
        _SECTION,
        lambda account, now: outlines.delete_imported(session.database(), account, now),
        "Les cartes dessinent de nouveau les contours d'origine.",
    )
