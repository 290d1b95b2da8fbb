"""The form « Par fichier »: download a workbook of one's units, preview the filled workbook, write its lines at once."""

import html
from datetime import UTC, datetime
from pathlib import PurePath
from typing import Any

import pyarrow as pa
import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.runtime.uploaded_file_manager import UploadedFile

from ror.exchange.bulk_workbook import MAX_FILE_BYTES
from ror.exchange.workbook import message_workbook
from ror.model import french
from ror.model.declaration import Declaration, EventKind
from ror.model.rights import Account, Action
from ror.model.text import plain
from ror.services.availability import bulk
from ror.services.availability.bulk import BulkLine, DeclarationLineState
from ror.services.region_time import region_zone
from ror.web import columns, session, tables, views
from ror.web.forms import actions, unit_form_state
from ror.web.forms.file_preview import FilePreview
from ror.web.markdown import literal

MAX_LISTED = 20
"""The most refusals that are listed in full; the table has them all."""

_SECTION = "bulk"
_WHY = "Effet, ou motif du refus"
_FILE = FilePreview("bulk", _SECTION)
_SAVED = "bulk-saved"
_ORDER = (
    DeclarationLineState.REFUSED,
    DeclarationLineState.TO_CONFIRM,
    DeclarationLineState.ACCEPTED,
    DeclarationLineState.UNTOUCHED,
)
_WORDS = {
    DeclarationLineState.ACCEPTED: ("acceptée", "acceptées"),
    DeclarationLineState.TO_CONFIRM: ("à confirmer", "à confirmer"),
    DeclarationLineState.UNTOUCHED: ("laissée telle quelle", "laissées telles quelles"),
    DeclarationLineState.REFUSED: ("refusée", "refusées"),
}


@session.fragment(Action.DECLARE)
def render_bulk_form(account: Account) -> None:
    """Render the form, folded: its content is rendered once it is opened."""
    part = st.expander("Par fichier : toutes vos unités à la fois", icon=":material/table_view:", key="bulk", on_change="rerun")
    if part.open:
        with part:
            _render_content(account)


def _render_content(account: Account) -> None:
    _render_result()
    st.html(
        "<p>Téléchargez le classeur de vos unités, remplissez sa colonne « Disponible », puis donnez-le ici : un aperçu dit "
        "ce qui sera enregistré avant que rien ne soit écrit. Une case vide laisse l'unité telle quelle ; le même nombre le "
        "confirme.</p>"
    )
    _render_download()
    most = MAX_FILE_BYTES // 2**20
    caption = f"{most} Mo au plus. N'y mettez aucune donnée patient."
    lines = _FILE.render("Fichier rempli (XLSX ou CSV)", most, lambda file: _read(account, file), caption=caption)
    if lines is not None:
        _render_preview(lines)
        _render_button(lines, _render_questions(lines))


def _render_download() -> None:
    def create(account: Account) -> bytes:
        return bulk.export_file(session.database(), account, views.view(account), datetime.now(UTC))

    st.download_button(
        "Télécharger mes unités (Excel)",
        session.deferred_file(create, message_workbook),
        f"mes-unites-a-remplir-{datetime.now(region_zone()):%Y-%m-%d-%Hh%M}.xlsx",
        tables.XLSX,
        key="bulk-download",
        icon=":material/download:",
        on_click="ignore",
    )


def _read(account: Account, file: UploadedFile) -> list[BulkLine]:
    st.session_state.pop(_SAVED, None)
    name = plain(PurePath(file.name).name)[-60:] or "fichier"
    placeholder = st.empty()
    try:
        with st.spinner("Lecture du fichier…"):
            db, view, now = session.database(), views.view(account), datetime.now(UTC)
            return bulk.preview(
                db, account, view, name, file.getvalue(), now, lambda message: _render_wait(placeholder, message)
            )
    finally:
        placeholder.empty()


def _render_wait(placeholder: DeltaGenerator, message: str) -> None:
    placeholder.info(literal(message), icon=":material/hourglass_top:")


def _render_preview(lines: list[BulkLine]) -> None:
    by_state = [(sum(line.state is state for line in lines), *_WORDS[state]) for state in DeclarationLineState]
    counts = ", ".join(french.count(*entry) for entry in by_state if entry[0]) or "aucune n'est remplie"
    st.html(
        f'<p role="status"><b>{french.count(len(lines), "ligne lue", "lignes lues")}</b> : {counts}. '
        "Rien n'est encore écrit.</p>"
    )
    _render_refusals([line for line in lines if line.state is DeclarationLineState.REFUSED])
    lines = sorted(lines, key=lambda line: (_ORDER.index(line.state), line.number))
    states = columns.ranked([state.label for state in _ORDER])
    by_label = {label: value for value, label in states.items()}
    table = pa.table(
        {
            "État": [by_label[line.state.label] for line in lines],
            "Unité": [line.name for line in lines],
            "Avant": [columns.by_number(line.before) for line in lines],
            "Dans le fichier": [columns.by_number(line.after) for line in lines],
            _WHY: [line.detail for line in lines],
            "Structure": [line.structure for line in lines],
            "Ligne": pa.array([line.number for line in lines], pa.int32()),
        }
    )
    widths = {"Unité": 230, _WHY: 340, "Structure": 280, "Ligne": 60}
    config: dict[str, Any] = {name: st.column_config.Column(width=width) for name, width in widths.items()}
    config["État"] = st.column_config.SelectboxColumn(
        options=list(states), format_func=lambda state: states[str(state)], width=110
    )
    config |= {name: st.column_config.Column(width=110, alignment="right") for name in ("Avant", "Dans le fichier")}
    tables.draw(table, "bulk-lines", height=tables.full_height(lines, 12), config=config)


def _render_refusals(lines: list[BulkLine]) -> None:
    """Render the reasons of the refused lines in full: the table cuts long sentences."""
    if not lines:
        return
    reasons = "".join(
        f"<li><b>{html.escape(line.name)}</b> (ligne {line.number}) : {html.escape(line.detail)}</li>"
        for line in lines[:MAX_LISTED]
    )
    more = len(lines) - MAX_LISTED
    others = f"<li>{french.count(more, 'autre')}, à lire dans le tableau.</li>" if more > 0 else ""
    st.html(f"<div><p>Ce qui est refusé, et pourquoi :</p><ul>{reasons}{others}</ul></div>")


def _render_questions(lines: list[BulkLine]) -> list[BulkLine]:
    """Render a checkbox for each unusual number; return the lines that were confirmed."""
    unusual = [line for line in lines if line.state is DeclarationLineState.TO_CONFIRM]
    if not unusual:
        return []
    st.html("<p>Ces nombres sont inhabituels : cochez ceux qui sont justes, les autres ne seront pas enregistrés.</p>")
    return [
        line
        for line in unusual
        if st.checkbox(literal(f"{line.name} : {line.detail}"), key=f"bulk-yes-{_FILE.file}-{line.number}")
    ]


def _render_button(lines: list[BulkLine], confirmed: list[BulkLine]) -> None:
    accepted = [line for line in lines if line.state is DeclarationLineState.ACCEPTED] + confirmed
    if not accepted:
        st.info("Aucune ligne n'est à enregistrer : remplissez la colonne « Disponible », puis donnez le fichier de nouveau.")
        return
    label = "Enregistrer la ligne acceptée" if len(accepted) == 1 else f"Enregistrer les {len(accepted)} lignes acceptées"
    key = f"bulk-go-{_FILE.number}"
    st.button(label, type="primary", icon=":material/save:", key=key, on_click=_save, args=(lines, accepted))


def _save(preview: list[BulkLine], lines: list[BulkLine]) -> None:
    """Write the lines; when one is refused now, the file still in its field is previewed again.

    A preview serves once: the second click of a double click would report that nothing was written.
    """
    if not _FILE.holds(preview):
        return
    events = _run(lambda account, now: bulk.write(session.database(), account, lines, now), "")
    if events:
        confirmed = sum(event.kind is EventKind.CONFIRMED for event in events)
        counts = f"{french.count(len(events) - confirmed, 'nouveau nombre', 'nouveaux nombres')}, "
        counts += french.count(confirmed, "confirmation")
        saved = f"{french.count(len(events), 'unité enregistrée', 'unités enregistrées')} : {counts}."
        actions.succeed(_SECTION, saved + _unwritten(preview, lines))
        st.session_state[_SAVED] = events
        _FILE.empty()


def _unwritten(preview: list[BulkLine], written: list[BulkLine]) -> str:
    """Return a sentence with the lines that had a number and were not written, by the names of their units."""
    unwritten = [
        line
        for line in preview
        if line.state in (DeclarationLineState.REFUSED, DeclarationLineState.TO_CONFIRM) and line not in written
    ]
    if not unwritten:
        return ""
    names = ", ".join(f"{line.name} (ligne {line.number})" for line in unwritten[:MAX_LISTED])
    more = f" et {len(unwritten) - MAX_LISTED} de plus" if len(unwritten) > MAX_LISTED else ""
    return f" {french.count(len(unwritten), 'ligne non enregistrée', 'lignes non enregistrées')} : {names}{more}."


def _undo(events: list[Declaration]) -> None:
    """Undo what was just written, once."""
    if st.session_state.get(_SAVED) is not events:
        return
    _run(lambda account, now: bulk.undo(session.database(), account, events, now), "Annulé : vos unités sont comme avant.")


def _run(operation: actions.Operation[list[Declaration]], success: str) -> list[Declaration] | None:
    """Run an operation; the forms of its units are rendered again from their present numbers."""
    events = actions.run_in_section(_SECTION, operation, success)
    _FILE.discard()
    st.session_state.pop(_SAVED, None)
    unit_form_state.discard([event.unit for event in events or []])
    return events


def _render_result() -> None:
    """Render the result of the last action, with « Annuler tout » after a write."""
    actions.render_messages(_SECTION)
    saved: list[Declaration] | None = st.session_state.get(_SAVED)
    if saved:
        st.button("Annuler tout", key="bulk-undo", icon=":material/undo:", on_click=_undo, args=(saved,))
